/** What the components of a session need, live or recorded: both kinds of room offer this and nothing else. */
import type {
  Command,
  FrameId,
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

/** Why a part is not there. */
export type Missing = { why: 'loading' } | { why: 'not-captured' } | { why: 'refused'; message: string };

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

/** The command that asks for a part. */
export function toCommand({ kind, ...rest }: Want): Command {
  return { command: kind, ...rest } as Command;
}

/** The same for people. */
export function missingWords(missing: Missing): string {
  if (missing.why === 'refused') return missing.message;
  return missing.why === 'loading' ? 'Loading …' : 'Not captured';
}
