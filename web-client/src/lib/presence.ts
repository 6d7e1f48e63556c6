/**
 * Where people look, as the notes doc's awareness has it. Pure.
 *
 * The server vouches for `participant` alone; all else is what a browser said, so it is checked before it is drawn.
 */
import type { FrameId, ParticipantId, Snapshot, StopId } from './protocol';

/** A place in a text: lines from 1, columns from 0 in UTF-16 units. */
export interface Spot {
  line: number;
  column: number;
}

/** A selection; without extent it is a cursor. */
export interface Range {
  anchor: Spot;
  head: Spot;
}

/** "Look here." `n` tells one from the next at the same line. */
export interface Pointing {
  path: string;
  line: number;
  n: number;
}

/** What somebody looks at. */
export interface Look {
  path: string | null;
  /** The cursor's line. */
  line: number | null;
  /** The first line in view. */
  top: number | null;
  selection: Range | null;
  frame: FrameId | null;
  stop: StopId | null;
}

/** The same of one of somebody's connections. */
export interface Presence extends Look {
  client: number;
  participant: ParticipantId;
  pointing: Pointing | null;
}

/** Longest path that is taken from others. */
const PATH = 4096;

const text = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' && value.length <= PATH ? value : null;
const whole = (value: unknown, least: number): number | null =>
  Number.isSafeInteger(value) && (value as number) >= least ? (value as number) : null;

function spot(value: unknown): Spot | null {
  const { line, column } = (value ?? {}) as Record<string, unknown>;
  const at = { line: whole(line, 1), column: whole(column, 0) };
  return at.line === null || at.column === null ? null : (at as Spot);
}

function range(value: unknown): Range | null {
  const { anchor, head } = (value ?? {}) as Record<string, unknown>;
  const at = { anchor: spot(anchor), head: spot(head) };
  return at.anchor && at.head ? (at as Range) : null;
}

function pointing(value: unknown): Pointing | null {
  const { path, line, n } = (value ?? {}) as Record<string, unknown>;
  const at = { path: text(path), line: whole(line, 1), n: whole(n, 0) };
  return at.path === null || at.line === null || at.n === null ? null : (at as Pointing);
}

/** A client's state as it came; null if it says nobody. */
export function readPresence(client: number, state: Readonly<Record<string, unknown>>): Presence | null {
  const participant = text(state['participant']);
  if (participant === null) return null;
  return {
    client,
    participant,
    path: text(state['path']),
    line: whole(state['line'], 1),
    top: whole(state['top'], 1),
    selection: range(state['selection']),
    frame: whole(state['frame'], 0),
    stop: whole(state['stop'], 0),
    pointing: pointing(state['pointing']),
  };
}

/** Who of the others is at a frame of the present stop, each once. */
export function atFrame(
  presence: readonly Presence[],
  { stop }: Pick<Snapshot, 'stop'>,
  frame: FrameId,
  me: ParticipantId | null,
): ParticipantId[] {
  const there = presence.filter(
    (one) => one.frame === frame && one.stop === stop?.stop && one.participant !== me,
  );
  return [...new Set(there.map(({ participant }) => participant))].sort();
}

/** Where somebody looks: of several tabs the one that shows a file. */
export function lookOf(presence: readonly Presence[], participant: ParticipantId): Presence | null {
  const theirs = presence.filter((one) => one.participant === participant);
  return theirs.find(({ path }) => path !== null) ?? theirs[0] ?? null;
}
