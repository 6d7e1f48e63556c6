/** WebDriver BiDi over a WebSocket: what Firefox speaks without a driver beside it. */
import { WebSocket } from 'ws';
import { packed, type Device, type Wire } from './wire';

interface Answer {
  type: 'success' | 'error' | 'event';
  id?: number;
  result?: unknown;
  error?: string;
  message?: string;
}

export class BiDi implements Wire {
  #next = 1;
  #waiting = new Map<number, (answer: Answer) => void>();
  #page = '';
  version = '';

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data) => {
      const answer = JSON.parse(String(data)) as Answer;
      if (answer.id === undefined) return;
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    socket.on('close', () => {
      for (const answer of this.#waiting.values()) answer({ type: 'error', error: 'gone', message: 'the browser has ended' });
      this.#waiting.clear();
    });
  }

  /** A session with a browser that listens at `url`. */
  static async start(url: string): Promise<BiDi> {
    const socket = new WebSocket(`${url}/session`, { maxPayload: 64 << 20 });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const one = new BiDi(socket);
    const { capabilities } = (await one.#send('session.new', { capabilities: {} })) as {
      capabilities: { browserName: string; browserVersion: string };
    };
    one.version = `${capabilities.browserName} ${capabilities.browserVersion}`;
    const { contexts } = (await one.#send('browsingContext.getTree', {})) as { contexts: { context: string }[] };
    one.#page = contexts[0]!.context;
    return one;
  }

  async open(url: string): Promise<void> {
    await this.#send('browsingContext.navigate', { context: this.#page, url, wait: 'complete' });
  }

  async evaluate(text: string, args: readonly unknown[]): Promise<unknown> {
    const done = (await this.#send('script.callFunction', {
      functionDeclaration: `() => { ${packed(text, args)} }`,
      target: { context: this.#page },
      awaitPromise: false,
    })) as { type: string; result: { value: string }; exceptionDetails?: { text: string } };
    if (done.type !== 'success') throw new Error(done.exceptionDetails?.text);
    return JSON.parse(done.result.value);
  }

  async perform(devices: readonly Device[]): Promise<void> {
    await this.#send('input.performActions', { context: this.#page, actions: devices });
  }

  async resize(width: number, height: number): Promise<void> {
    await this.#send('browsingContext.setViewport', { context: this.#page, viewport: { width, height } });
  }

  async screenshot(): Promise<Buffer> {
    const { data } = (await this.#send('browsingContext.captureScreenshot', { context: this.#page })) as { data: string };
    return Buffer.from(data, 'base64');
  }

  async end(): Promise<void> {
    await this.#send('browser.close', {}).catch(() => {});
    this.socket.close();
  }

  async #send(method: string, params: object): Promise<unknown> {
    const id = this.#next++;
    const answer = await new Promise<Answer>((resolve) => {
      this.#waiting.set(id, resolve);
      this.socket.send(JSON.stringify({ id, method, params }));
    });
    if (answer.type === 'success') return answer.result;
    throw new Error(`${method}: ${answer.error}: ${answer.message}`.slice(0, 600));
  }
}
