/** A network cable between a browser and the server: it can be pulled out and put back. */
import { createServer, connect, type Server, type Socket } from 'node:net';

export class Cable {
  #sockets = new Set<Socket>();
  #isCut = false;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** Leads to the server at `url`. */
  static async to(url: string): Promise<Cable> {
    const { hostname, port } = new URL(url);
    let cable: Cable | null = null;
    const server = createServer((near) => {
      if (!cable || cable.#isCut) return void near.destroy();
      cable.#join(near, connect(Number(port), hostname));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    cable = new Cable(server, `http://127.0.0.1:${address.port}`);
    return cable;
  }

  /** Every connection ends at once, new ones get nowhere. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Connections that are there swallow everything and close never, as behind a Wi-Fi that was left; new ones work. */
  swallow(): void {
    for (const socket of this.#sockets) {
      socket.unpipe();
      socket.pause();
    }
  }

  mend(): void {
    this.#isCut = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #join(near: Socket, far: Socket): void {
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from);
      from.pipe(to);
      // Either end's end is the other's, however it came.
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}
