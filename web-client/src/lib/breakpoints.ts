/** Breakpoint entries as they are drawn: what people want (the doc) with what debugpy made of it (the snapshot). */
import type { BreakpointEntry, EntryId, Snapshot } from './protocol';

/** An entry in the doc: absent fields are left out; a changed entry is set anew as a whole. */
export interface DocEntry {
  path: string;
  line: number;
  function?: string;
  snap?: boolean;
  condition?: string;
  hitCondition?: string;
  logMessage?: string;
  enabled: boolean;
  author: string;
}

/** Each state has a shape of its own: disc, ring, crossed ring, dashed ring. */
export type BreakpointShape = 'verified' | 'pending' | 'unverified' | 'disabled';

export interface BreakpointView {
  entry: BreakpointEntry;
  shape: BreakpointShape;
  /** The line where it really is. */
  line: number;
  /** Why it is not verified. */
  message: string | null;
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

function toEntry(id: EntryId, entry: DocEntry): BreakpointEntry {
  return {
    id,
    path: entry.path,
    line: entry.line,
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
  function: name,
  snap,
  condition,
  hitCondition,
  logMessage,
  ...rest
}: BreakpointEntry): DocEntry {
  return {
    ...rest,
    ...(name ? { function: name } : {}),
    ...(snap ? { snap } : {}),
    ...(condition ? { condition } : {}),
    ...(hitCondition ? { hitCondition } : {}),
    ...(logMessage ? { logMessage } : {}),
  };
}

function view(snapshot: Snapshot, entry: BreakpointEntry): BreakpointView {
  const state = snapshot.breakpoints[entry.id];
  const verified = state?.verified ?? null;
  return {
    entry,
    shape: !entry.enabled ? 'disabled' : verified === null ? 'pending' : verified ? 'verified' : 'unverified',
    line: (entry.enabled && state?.actual_line) || entry.line,
    message: state?.message ?? null,
  };
}

const SHAPE_WORDS: Record<BreakpointShape, string> = {
  verified: 'active',
  pending: 'not confirmed yet',
  unverified: 'not reachable',
  disabled: 'disabled',
};

/** What a screen reader and a tooltip say. */
export function describe({ entry, shape, message, line }: BreakpointView, author: string): string {
  const parts = [
    `${entry.logMessage ? 'Log point' : 'Breakpoint'} of ${author}, line ${line}, ${SHAPE_WORDS[shape]}`,
  ];
  if (line !== entry.line) parts.push(`set at line ${entry.line}`);
  if (entry.condition) parts.push(`if ${entry.condition}`);
  if (entry.hitCondition) parts.push(`hit count ${entry.hitCondition}`);
  if (entry.logMessage) parts.push(`prints ${entry.logMessage}`);
  if (shape === 'unverified' && message) parts.push(message);
  return parts.join('; ');
}
