/**
 * The way from a browser to everywhere, as a slow network: each piece comes some time late, in order. A proxy, so that addresses
 * stay what they are. A test that does not wait for what it is about passes by luck, and this takes the luck away.
 */
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { pipeline, Transform } from 'node:stream';

/** The most that anything is late, in milliseconds, each way; none without. */
const MOST_MS = Number(process.env['BREAKROOM_TEST_LAG'] ?? 0);

export interface Lag {
  /** For a browser's settings. */
  proxy: { server: string; bypass: string };
  close(): Promise<void>;
}

/** For one browser, which is more or less late than others; null where nothing is to be late. */
export async function lag(): Promise<Lag | null> {
  if (MOST_MS === 0) return null;
  const late = Math.random() * MOST_MS;
  const sockets = new Set<Socket>();
  const known = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  };
  const server = createServer((asked, answer) => forward(asked, answer, late));
  server.on('connection', known);
  server.on('connect', ({ url }: IncomingMessage, near: Socket) => {
    const { hostname, port } = new URL(`http://${url}`);
    // Who has said all may still be answered, and what was said last is still on its way.
    const far = connect({ port: Number(port || 80), host: hostname, allowHalfOpen: true }, () => near.write('HTTP/1.1 200 OK\r\n\r\n'));
    known(far);
    const over = (error?: unknown): void => void (error && (near.destroy(), far.destroy()));
    pipeline(near, delay(late), far, over);
    pipeline(far, delay(late), near, over);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    // By itself a browser goes past a proxy to its own machine.
    proxy: { server: `http://127.0.0.1:${port}`, bypass: '<-loopback>' },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function forward(asked: IncomingMessage, answer: ServerResponse, late: number): void {
  const { method, headers } = asked;
  const onward = request(asked.url ?? '', { ...(method ? { method } : {}), headers }, (got) => {
    answer.writeHead(got.statusCode ?? 502, got.rawHeaders);
    answer.flushHeaders();
    pipeline(got, delay(late), answer, () => answer.destroy());
  });
  onward.on('error', () => answer.destroy());
  answer.on('close', () => onward.destroy());
  pipeline(asked, delay(late), onward, () => undefined);
}

/** Each piece so late, none before the one before it. */
function delay(late: number): Transform {
  let last: Promise<unknown> = Promise.resolve();
  const after = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, late));
  return new Transform({
    highWaterMark: 1 << 20,
    transform(piece, _, done) {
      const time = after();
      last = last.then(() => time).then(() => this.push(piece));
      done();
    },
    flush(done) {
      const time = after();
      void last.then(() => time).then(() => done());
    },
  });
}
