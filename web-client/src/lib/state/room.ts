/** What the components of a session need, live or recorded: both kinds of room offer this and nothing else. */
import type { FrameId, Participant, SessionId, Snapshot, StopId, ThreadId, VariablesId } from '../protocol';
import type { Sources } from './sources.svelte';

/** A part of a stop that may not be there yet. */
export type Want =
  | { kind: 'stack'; stop: StopId; thread: ThreadId }
  | { kind: 'scopes'; stop: StopId; frame: FrameId }
  | { kind: 'variables'; stop: StopId; variables: VariablesId };

/** Why a part is not there. */
export type Missing = { why: 'loading' } | { why: 'not-captured' } | { why: 'refused'; message: string };

export interface Room {
  readonly mode: 'live' | 'recording';
  readonly id: SessionId;
  readonly snapshot: Snapshot;
  readonly you: Participant | null;
  readonly sources: Sources;
  /** Why nothing can be changed here any more; null while it can. */
  readonly over: string | null;
  /** Asks for a part, once; it arrives in the snapshot. */
  want(want: Want): void;
  /** Why it isn't there. */
  missing(want: Want): Missing;
}

export function wantKey(want: Want): string {
  switch (want.kind) {
    case 'stack':
      return `stack ${want.stop} ${want.thread}`;
    case 'scopes':
      return `scopes ${want.stop} ${want.frame}`;
    case 'variables':
      return `variables ${want.stop} ${want.variables}`;
  }
}
