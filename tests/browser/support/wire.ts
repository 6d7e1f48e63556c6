/** A page's live socket, as a test has it in hand: what comes from the server can be held back, changed or cut off. */
import type { Page, WebSocketRoute } from '@playwright/test';

type Message = { type: string } & Record<string, unknown>;

export class Wire {
  #page: WebSocketRoute | null = null;
  #held: string[] | null = null;
  #holdsBehind: string | null = null;
  #holds: (message: Message) => boolean = () => false;
  #refuses = false;

  /** Changes what comes from the server; set before it comes. */
  change: (message: Message) => Message = (message) => message;

  private constructor() {}

  /** Before the page is opened. */
  static async of(page: Page): Promise<Wire> {
    const wire = new Wire();
    await page.routeWebSocket(/\/live(\?|$)/, (socket) => wire.#take(socket));
    return wire;
  }

  /** Holds back what tells of the session; answers go through, unless it is said otherwise. */
  hold(holds: (message: Message) => boolean = ({ type }) => type !== 'reply'): void {
    this.#held ??= [];
    this.#holds = holds;
  }

  /** The same from behind the next event of a type on. */
  holdBehind(type: string): void {
    this.#holdsBehind = type;
  }

  /** Lets what was held go, and all that follows. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const frame of held) this.#page?.send(frame);
  }

  /** Says something in the server's place. */
  say(message: Message): void {
    this.#page?.send(JSON.stringify(message));
  }

  /** Closes it with a code of the server's; `refuses`: and does so with each that follows. */
  async close(code: number, { refuses = false } = {}): Promise<void> {
    this.#refuses = refuses;
    await this.#page?.close({ code });
  }

  #take(socket: WebSocketRoute): void {
    if (this.#refuses) return void socket.close({ code: 4503 });
    this.#page = socket;
    const server = socket.connectToServer();
    server.onMessage((frame) => {
      const message = this.change(JSON.parse(String(frame)) as Message);
      const text = JSON.stringify(message);
      if (this.#held && this.#holds(message)) this.#held.push(text);
      else socket.send(text);
      const { event } = message as { event?: { type: string } };
      if (event?.type !== this.#holdsBehind) return;
      this.#holdsBehind = null;
      this.hold();
    });
  }
}
