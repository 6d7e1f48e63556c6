/**
 * A child process with its lines. What is waited for is a line or the end, each with a deadline; a failure shows what
 * the process said.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

const PATIENCE_MS = 30_000;
/** Lines that are kept for messages. */
const KEPT = 4_000;

export interface StartOptions {
  cwd?: string;
  env?: Record<string, string>;
}

export class Process {
  readonly lines: string[] = [];
  readonly ended: Promise<void>;
  #child: ChildProcess;
  #watchers = new Set<() => void>();

  constructor(
    readonly name: string,
    command: string,
    args: readonly string[],
    { cwd = ROOT, env = {} }: StartOptions = {},
  ) {
    this.#child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.lines.push(line);
        if (this.lines.length > KEPT) this.lines.shift();
        this.#wake();
      });
    }
    this.ended = new Promise((resolve) => {
      const done = (why: string): void => {
        this.lines.push(`(${why})`);
        resolve();
        this.#wake();
      };
      this.#child.once('error', (error) => done(error.message));
      this.#child.once('close', (code, signal) => done(`ended: ${signal ?? code}`));
    });
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The first line, past or future, that matches. */
  async line(wanted: RegExp): Promise<RegExpExecArray> {
    const find = (): RegExpExecArray | null => {
      for (const line of this.lines) {
        const match = wanted.exec(line);
        if (match) return match;
      }
      return null;
    };
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const match = find();
      if (match) return match;
      const left = deadline - Date.now();
      if (left <= 0 || !this.isRunning) throw new Error(`${this.name} did not say ${wanted}:\n${this.log()}`);
      await this.#news(left);
    }
  }

  log(): string {
    return this.lines.slice(-60).join('\n');
  }

  /** Asks it to end, and insists after a while. */
  async end(signal: NodeJS.Signals = 'SIGTERM', patience = 8_000): Promise<void> {
    if (!this.isRunning) return;
    this.#child.kill(signal);
    const insist = setTimeout(() => this.#child.kill('SIGKILL'), patience);
    await this.ended;
    clearTimeout(insist);
  }

  #wake(): void {
    for (const wake of [...this.#watchers]) wake();
  }

  async #news(within: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#watchers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, within);
      this.#watchers.add(done);
    });
  }
}

/** Asks again and again until there is an answer that is not null. For what can only be polled, such as HTTP. */
export async function until<T>(what: string, ask: () => Promise<T | null>, patience = PATIENCE_MS): Promise<T> {
  const deadline = Date.now() + patience;
  let last: unknown = 'nothing yet';
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== null) return answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`not within ${patience} ms: ${what} (${String(last)})`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
