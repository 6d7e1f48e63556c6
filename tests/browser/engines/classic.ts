/** WebDriver over HTTP: what WebKitWebDriver and ChromeDriver speak. */
import { packed, type Act, type Device, type Wire } from './wire';

export class Classic implements Wire {
  /** What the window is larger by than its page. */
  #frame: { width: number; height: number } | null = null;
  #size: [width: number, height: number] | null = null;
  #turned = 0;

  private constructor(
    private readonly base: string,
    readonly version: string,
    /** WebKit's driver takes a wheel's delta for a place: it turns by what the last one differs from it. */
    private readonly wheelHasPlace: boolean,
  ) {}

  /** A session with a driver that listens at `url`. */
  static async start(url: string, capabilities: object): Promise<Classic> {
    const made = (await call('POST', `${url}/session`, { capabilities: { alwaysMatch: capabilities } })) as {
      sessionId: string;
      capabilities: { browserName: string; browserVersion: string };
    };
    const { browserName, browserVersion } = made.capabilities;
    return new Classic(`${url}/session/${made.sessionId}`, `${browserName} ${browserVersion}`, browserName === 'MiniBrowser');
  }

  async open(url: string): Promise<void> {
    await this.#post('url', { url });
    // WebKit takes another process for another site, which learns of the window's size by and by.
    if (this.#size) await this.resize(...this.#size);
  }

  async evaluate(text: string, args: readonly unknown[]): Promise<unknown> {
    return JSON.parse((await this.#post('execute/sync', { script: packed(text, args), args: [] })) as string);
  }

  async perform(devices: readonly Device[]): Promise<void> {
    const turned = (one: Act): Act => (one.type === 'scroll' ? { ...one, deltaY: (this.#turned += one.deltaY) } : one);
    const actions = this.wheelHasPlace ? devices.map((device) => ({ ...device, actions: device.actions.map(turned) })) : devices;
    await this.#post('actions', { actions });
  }

  async resize(width: number, height: number): Promise<void> {
    this.#size = [width, height];
    // A window takes its size when it likes.
    for (let tries = 0; tries < 20; tries++) {
      const inner = (await this.evaluate('() => [innerWidth, innerHeight]', [])) as [number, number];
      if (inner[0] === width && inner[1] === height) return;
      const outer = (await call('GET', `${this.base}/window/rect`)) as { width: number; height: number };
      this.#frame ??= { width: outer.width - inner[0], height: outer.height - inner[1] };
      if (tries % 5 === 4) this.#frame = { width: this.#frame.width + width - inner[0], height: this.#frame.height + height - inner[1] };
      await this.#post('window/rect', { width: width + this.#frame.width, height: height + this.#frame.height });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`the window does not get ${width} × ${height}`);
  }

  async screenshot(): Promise<Buffer> {
    return Buffer.from((await call('GET', `${this.base}/screenshot`)) as string, 'base64');
  }

  async end(): Promise<void> {
    await call('DELETE', this.base);
  }

  #post(path: string, body: object): Promise<unknown> {
    return call('POST', `${this.base}/${path}`, body);
  }
}

async function call(method: string, url: string, body?: object): Promise<unknown> {
  const response = await fetch(url, { method, body: body === undefined ? null : JSON.stringify(body) });
  const { value } = (await response.json()) as { value: unknown };
  if (response.ok) return value;
  const { error, message } = value as { error: string; message: string };
  throw new Error(`${error}: ${message}`.slice(0, 600));
}
