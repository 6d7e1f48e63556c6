/**
 * Ports that nobody else gets while nothing listens on them: for what can't say which one it got, what is stopped and
 * started again, and addresses where nothing is. As `FreePort` of the Rust tests, which find these taken.
 */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** Below those that systems give to whoever asks for any free one. */
const FIRST = 20_000;
const COUNT = 12_000;
const HOST = '127.0.0.1';

let next = process.pid * 7_919;

/** A TCP port of 127.0.0.1 that is free, and stays so while the tests run but for whoever is told of it. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < COUNT; tried += 1) {
    const port = FIRST + (next++ % COUNT);
    if ((await hold(port)) && (await canListen(port))) return port;
  }
  throw new Error(`no port from ${FIRST} on is free`);
}

/** By a UDP socket of the same number, which takes nothing from TCP; until this process ends. */
function hold(port: number): Promise<boolean> {
  const socket = createSocket('udp4').unref();
  return new Promise((resolve) => {
    socket.once('error', () => socket.close(() => resolve(false)));
    socket.bind({ port, address: HOST, exclusive: true }, () => resolve(true));
  });
}

function canListen(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host: HOST, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
