/**
 * What a test has around it: processes and people, each with a browser context of their own. Everything that was
 * started ends with the test, in reverse order, so that the server lets go of the program before that ends.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base, expect, type Browser, type BrowserContextOptions, type Page } from '@playwright/test';
import { Debuggee, type PorchOptions } from './debuggee';
import { HomeAssistant } from './home-assistant';
import { lag } from './lag';
import { Process } from './process';
import { serve, share, type Serve, type ServeOptions, type Share } from './server';

export interface BrowserOptions extends BrowserContextOptions {
  /** On pages of ours an error in the console or an uncaught exception fails the test; others' are others'. */
  pages?: 'ours' | 'foreign';
}

export class World {
  #endings: (() => Promise<unknown>)[] = [];
  #processes: Process[] = [];
  #troubles: string[] = [];

  constructor(
    private readonly browser: Browser,
    private readonly options: BrowserContextOptions,
  ) {}

  /** A folder that goes with the test. */
  folder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'breakroom-browser-'));
    this.atEnd(async () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
    return folder;
  }

  async porch(options?: PorchOptions): Promise<Debuggee> {
    const porch = await Debuggee.porch(this.folder(), options);
    this.owns(porch.process, 'SIGKILL');
    return porch;
  }

  async program(source: string, folder = this.folder()): Promise<Debuggee> {
    const program = await Debuggee.program(folder, source);
    this.owns(program.process, 'SIGKILL');
    return program;
  }

  async share(debuggee: Debuggee, { folder = this.folder(), more = [] as string[] } = {}): Promise<Share> {
    const shared = await share(folder, debuggee.address, more);
    this.owns(shared.process);
    return shared;
  }

  async serve({ folder = this.folder(), ...options }: ServeOptions & { folder?: string }): Promise<Serve> {
    const served = await serve(folder, options);
    this.owns(served.process);
    return served;
  }

  async homeAssistant(): Promise<HomeAssistant> {
    return HomeAssistant.start(this.folder(), (process) => this.owns(process));
  }

  /** Somebody with a browser of their own. */
  async browserOf(name: string, { pages = 'ours', ...options }: BrowserOptions = {}): Promise<Page> {
    const late = await lag();
    if (late) this.atEnd(() => late.close());
    const context = await this.browser.newContext({ ...this.options, ...options, ...(late && { proxy: late.proxy }) });
    this.atEnd(() => context.close());
    const page = await context.newPage();
    if (pages === 'foreign') return page;
    page.on('pageerror', (error) => this.#troubles.push(`${name}: ${error.stack ?? error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' && message.text().includes('Content Security Policy')) {
        this.#troubles.push(`${name}: ${message.text()}`);
      }
    });
    return page;
  }

  owns(process: Process, signal?: NodeJS.Signals): void {
    this.#processes.push(process);
    this.atEnd(() => process.end(signal));
  }

  atEnd(ending: () => Promise<unknown>): void {
    this.#endings.push(ending);
  }

  /** What the processes said, for a failed test. */
  logs(): string {
    return this.#processes.map((process) => `--- ${process.name}\n${process.log()}`).join('\n');
  }

  async end(): Promise<void> {
    for (const ending of this.#endings.reverse()) {
      // One that fails must not leave the processes of the others behind.
      await ending().catch((error: unknown) => this.#troubles.push(`at the end: ${String(error)}`));
    }
    expect(this.#troubles, 'troubles beside the test').toEqual([]);
  }
}

export const test = base.extend<{ world: World }>({
  world: async ({ browser, contextOptions, viewport, locale, timezoneId }, use, info) => {
    const world = new World(browser, { ...contextOptions, viewport, locale, timezoneId });
    await use(world);
    if (info.status !== info.expectedStatus) await info.attach('processes', { body: world.logs(), contentType: 'text/plain' });
    await world.end();
  },
});

export { expect };
