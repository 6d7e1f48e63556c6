/** Commands on their way. In: commands, and the server's replies. Out: each ends once: done, refused, late, or its connection lost. */
import type { Command, ErrorBody, ErrorCode, ReplyResult } from '../protocol';

/** A refused command, or one whose connection ended first (`connection_lost`). */
export class CommandError extends Error {
  constructor(
    readonly code: ErrorCode | 'connection_lost',
    message: string,
  ) {
    super(message);
  }
}

/** Longest wait for a reply: an evaluation may take long. */
const REPLY_DEADLINE_MS = 60_000;
/** Commands that move the program: one at a time. */
const EXECUTION = new Set<Command['command']>(['continue', 'next', 'step_in', 'step_out', 'pause', 'goto']);

interface Pending {
  command: Command['command'];
  resolve: (result: ReplyResult | null) => void;
  reject: (error: CommandError) => void;
  timer: ReturnType<typeof setTimeout>;
}

export class Replies {
  #pending = new Map<number, Pending>();
  #nextId = 1;

  /** `onBusy`: whether a command that moves the program is on its way. */
  constructor(private readonly onBusy: (busy: boolean) => void) {}

  /** Sends a command as text; its end. */
  of(command: Command, send: (text: string) => void): Promise<ReplyResult | null> {
    const id = this.#nextId++;
    const late: ErrorBody = {
      code: 'debuggee_timeout',
      message: 'The server did not answer in time. Try again.',
    };
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.end(id, late), REPLY_DEADLINE_MS);
      this.#pending.set(id, { command: command.command, resolve, reject, timer });
      this.#noteBusy();
      send(JSON.stringify({ id, ...command }));
    });
  }

  /** A reply. */
  end(id: number, error?: ErrorBody, result?: ReplyResult): void {
    const pending = this.#pending.get(id);
    if (!pending) return;
    this.#pending.delete(id);
    clearTimeout(pending.timer);
    this.#noteBusy();
    if (error) pending.reject(new CommandError(error.code, error.message));
    else pending.resolve(result ?? null);
  }

  /** The connection is lost. */
  fail(): void {
    const lost = 'The connection was lost before the server answered. Look before trying again.';
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(new CommandError('connection_lost', lost));
    }
    this.#pending.clear();
    this.#noteBusy();
  }

  #noteBusy(): void {
    this.onBusy([...this.#pending.values()].some(({ command }) => EXECUTION.has(command)));
  }
}
