/** What the components of a session need, live or recorded: both kinds of room offer this and nothing else. */
import type {
  Command,
  FrameId,
  Part,
  Participant,
  ReplyResult,
  SessionId,
  Snapshot,
  StopId,
  StopView,
  ThreadId,
  VariablesId,
  WaitingGuest,
} from '../protocol';
import type { OutputStore } from './output-store.svelte';
import type { Sources } from './sources.svelte';

/** A part of a stop that may not be there yet. */
export type Want =
  | { kind: 'stack'; stop: StopId; thread: ThreadId; frames?: number }
  | { kind: 'scopes'; stop: StopId; frame: FrameId }
  | { kind: 'variables'; stop: StopId; variables: VariablesId }
  | { kind: 'page'; stop: StopId; variables: VariablesId; start: number; count: number }
  | { kind: 'text'; stop: StopId; variables: VariablesId; name: string; start: number; count: number }
  | {
      kind: 'table';
      stop: StopId;
      variables: VariablesId;
      start: number;
      count: number;
      sort?: string;
      descending?: boolean;
    }
  | { kind: 'activity'; stop: StopId };

/** Why a part is not there. `came`: it was asked for, and came; `gone`: it was dropped, as there was too much. */
export type Missing =
  { why: 'unasked' | 'loading' | 'came' | 'gone' | 'not-captured' } | { why: 'refused'; message: string };

export interface Room {
  readonly mode: 'live' | 'recording';
  readonly id: SessionId;
  readonly snapshot: Snapshot;
  /** The stop before the one that the snapshot has, if it is known. */
  readonly before: StopView | null;
  readonly you: Participant | null;
  readonly sources: Sources;
  /** What the program printed, as far as it is kept here. */
  readonly output: OutputStore;
  /** For hosts: who waits to be let in. */
  readonly waiting: readonly WaitingGuest[];
  /** Why nothing can be changed here any more; null while it can. */
  readonly over: string | null;
  /** Sends a command; resolves when the server has done it or taken it on, rejects with its reason. */
  send(command: Command): Promise<ReplyResult | null>;
  /** Asks for a part, once; it arrives in the snapshot. */
  want(want: Want): void;
  /** Asks for it again: it was refused, or is no longer kept, or may have changed. */
  again(want: Want): void;
  /** Why it isn't there. */
  missing(want: Want): Missing;
}

export function wantKey(want: Want): string {
  return JSON.stringify(Object.entries(want).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** How many items a page of a large container has. */
export const PAGE = 100;

/** What has to be asked for to have a part again; texts and tables are asked for whenever they are opened. */
export function wantOf(stop: StopId, part: Part): Want | null {
  const { kind, variables } = part;
  if (kind === 'set') return { kind: 'variables', stop, variables };
  return kind === 'page' ? { kind, stop, variables, start: part.start, count: PAGE } : null;
}

/** The command that asks for a part. */
export function toCommand({ kind, ...rest }: Want): Command {
  return { command: kind, ...rest } as Command;
}

/** Whether it may still come, or at least nobody has said why not. */
export const mayCome = ({ why }: Missing): boolean =>
  why === 'unasked' || why === 'loading' || why === 'came';

/** The same for people. */
export function missingWords(missing: Missing): string {
  switch (missing.why) {
    case 'refused':
      return missing.message;
    case 'gone':
      return 'No longer kept, as much else was opened: close and open it to have it again';
    case 'not-captured':
      return 'Not captured';
    default:
      return 'Loading …';
  }
}
