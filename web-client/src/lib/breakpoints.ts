/** Breakpoint entries as they are drawn: what people want (the doc) with what debugpy made of it (the snapshot). */
import type { BreakpointDraft, BreakpointEntry, BreakpointState, EntryId, Snapshot } from './protocol';
import { count, place } from './words';

/** An entry in the doc: absent fields are left out; a changed entry is set anew as a whole. */
export interface DocEntry {
  /** With `line`; or else there is a `function`. */
  path?: string;
  line?: number;
  function?: string;
  snap?: boolean;
  condition?: string;
  hitCondition?: string;
  logMessage?: string;
  enabled: boolean;
  author: string;
}

/** Each state has a shape of its own: disc, ring, crossed ring, dotted ring, disc with a bar, broken disc, one with a cross. */
export type BreakpointShape =
  'verified' | 'pending' | 'unverified' | 'disabled' | 'muted' | 'disarmed' | 'failed';
/** What happens there. */
export type BreakpointKind = 'plain' | 'conditional' | 'log' | 'snap';

export interface BreakpointView {
  entry: BreakpointEntry;
  shape: BreakpointShape;
  kind: BreakpointKind;
  /** The line where it really is. */
  line: number;
  /** Why it is not verified. */
  message: string | null;
  /** How often a second it was reached, if it was disarmed for that. */
  perSecond: number | null;
  /** How often it captured something. */
  snaps: number;
  /** How often it was passed since the last of these without one, as it came too often. */
  passed: number;
}

export const isOnFunction = (entry: Pick<BreakpointEntry, 'function'>): boolean => entry.function !== null;

/** `porch.py:42`, or `tick()` for one on a function. */
export function entryPlace(
  entry: Pick<BreakpointEntry, 'path' | 'line' | 'function'>,
  line = entry.line,
): string {
  return entry.function === null ? place(entry.path, line) : `${entry.function}()`;
}

/**
 * The entries in order of file and line. `doc` is null in recordings and until the doc is synced: then the snapshot alone
 * says what there is.
 */
export function breakpointViews(snapshot: Snapshot, doc: Record<EntryId, DocEntry> | null): BreakpointView[] {
  const views = doc
    ? Object.entries(doc).map(([id, entry]) => view(snapshot, toEntry(id, entry)))
    : Object.values(snapshot.breakpoints).map((state) => view(snapshot, state.entry));
  return views.sort(
    (a, b) =>
      a.entry.path.localeCompare(b.entry.path) || a.line - b.line || (a.entry.id < b.entry.id ? -1 : 1),
  );
}

export function toEntry(id: EntryId, entry: DocEntry): BreakpointEntry {
  return {
    id,
    path: entry.path ?? '',
    line: entry.line ?? 0,
    function: entry.function || null,
    snap: entry.snap ?? false,
    condition: entry.condition || null,
    hitCondition: entry.hitCondition || null,
    logMessage: entry.logMessage || null,
    enabled: entry.enabled,
    author: entry.author,
  };
}

/** The doc's form of an entry. */
export function toDocEntry({
  id: _key,
  path,
  line,
  function: name,
  snap,
  condition,
  hitCondition,
  logMessage,
  ...rest
}: BreakpointEntry): DocEntry {
  return {
    ...rest,
    ...(name ? { function: name } : { path, line }),
    ...(snap ? { snap } : {}),
    ...(condition ? { condition } : {}),
    ...(hitCondition ? { hitCondition } : {}),
    ...(logMessage ? { logMessage } : {}),
  };
}

function view(snapshot: Snapshot, entry: BreakpointEntry): BreakpointView {
  const state = snapshot.breakpoints[entry.id];
  return {
    entry,
    shape: shapeOf(snapshot, entry, state),
    kind: kindOf(entry),
    line: (entry.enabled && state?.actual_line) || entry.line,
    message: state?.message ?? null,
    perSecond: state?.disarmed ?? null,
    snaps: state?.snaps ?? 0,
    passed: state?.passed ?? 0,
  };
}

export function kindOf({ snap, logMessage, condition, hitCondition }: BreakpointEntry): BreakpointKind {
  if (snap) return 'snap';
  if (logMessage) return 'log';
  return condition || hitCondition ? 'conditional' : 'plain';
}

function shapeOf(
  snapshot: Snapshot,
  entry: BreakpointEntry,
  state: BreakpointState | undefined,
): BreakpointShape {
  if (!entry.enabled) return 'disabled';
  if (state && state.disarmed !== null) return 'disarmed';
  if (snapshot.muted_all || snapshot.muted.includes(entry.author)) return 'muted';
  const verified = state?.verified ?? null;
  if (verified === null) return 'pending';
  if (state?.failed) return 'failed';
  return verified ? 'verified' : 'unverified';
}

export const SHAPE_WORDS: Record<BreakpointShape, string> = {
  verified: 'active',
  pending: 'not confirmed yet',
  unverified: 'not reachable',
  disabled: 'disabled',
  muted: 'muted',
  disarmed: 'disarmed',
  failed: 'failed',
};

export const KIND_WORDS: Record<BreakpointKind, string> = {
  plain: 'Breakpoint',
  conditional: 'Breakpoint',
  log: 'Log point',
  snap: 'Snap point',
};

/** In a few words, where its place is known: “breakpoint of Ana, disabled”. */
export function briefly({ shape, kind }: BreakpointView, author: string): string {
  const what = `${KIND_WORDS[kind].toLowerCase()} of ${author}`;
  return shape === 'verified' ? what : `${what}, ${SHAPE_WORDS[shape]}`;
}

/** What a screen reader and a tooltip say. */
export function describe(
  { entry, shape, kind, message, line, perSecond, snaps, passed }: BreakpointView,
  author: string,
): string {
  const where = entry.function === null ? `line ${line}` : `on ${entry.function}()`;
  const parts = [`${KIND_WORDS[kind]} of ${author}, ${where}, ${SHAPE_WORDS[shape]}`];
  if (line !== entry.line) parts.push(`set at line ${entry.line}`);
  if (entry.condition) parts.push(`if ${entry.condition}`);
  if (entry.hitCondition) parts.push(`hit count ${entry.hitCondition}`);
  if (entry.logMessage) parts.push(`prints ${entry.logMessage}`);
  if (kind === 'snap') parts.push(count(snaps, 'snap'));
  if (passed > 0) parts.push(`passed ${count(passed, 'time')} since the last one, as it came too often`);
  if ((shape === 'unverified' || shape === 'failed') && message) parts.push(message);
  if (perSecond !== null) parts.push(`reached ${Math.round(perSecond)} times a second`);
  return parts.join('; ');
}

/** What a form makes of an entry; also what is proposed. */
export function draftOf(entry: BreakpointEntry): BreakpointDraft {
  const { path, line, function: name, condition, hitCondition, logMessage, snap } = entry;
  return {
    path,
    line,
    function: name,
    condition,
    hit_condition: hitCondition,
    log_message: logMessage,
    snap,
  };
}
