/**
 * What a stop has changed, by the stop before it. Pure.
 *
 * Ids are of one stop alone, so a frame is found again by its thread, its place counted from the stack's bottom, its file and
 * its function; a value by the names that lead to it.
 */
import { foldAll } from './fold';
import type {
  Envelope,
  Frame,
  FrameId,
  Snapshot,
  StopView,
  Variable,
  VariablesId,
  VariablesView,
} from './protocol';

/** A snapshot, and the stop before its own if that is known. */
export interface WithBefore {
  snapshot: Snapshot;
  before: StopView | null;
}

/** Folds, and keeps the stop that the newest one took the place of. */
export function foldWithBefore(state: WithBefore, envelopes: readonly Envelope[]): WithBefore {
  let { snapshot, before } = state;
  let from = 0;
  for (let i = 0; i <= envelopes.length; i++) {
    if (i < envelopes.length && envelopes[i]!.event.type !== 'stopped') continue;
    snapshot = foldAll(snapshot, envelopes.slice(from, i));
    if (i < envelopes.length) before = snapshot.stop;
    from = i;
  }
  return { snapshot, before: isBefore(before, snapshot) ? before : null };
}

/** Whether it is the stop right before the one that is shown. */
export function isBefore(before: StopView | null, { stop }: Pick<Snapshot, 'stop'>): boolean {
  return before !== null && stop !== null && before.stop === stop.stop - 1;
}

/** Where a frame is: its thread, and its place from the bottom of the stack. */
function placeOf({ stacks }: StopView, id: FrameId): { thread: number; above: number; frame: Frame } | null {
  for (const [thread, { frames, total }] of Object.entries(stacks)) {
    const at = frames.findIndex((frame) => frame.id === id);
    if (at >= 0) return { thread: Number(thread), above: total - at, frame: frames[at]! };
  }
  return null;
}

/** The same call's frame at the stop before. */
export function frameBefore(before: StopView, now: StopView, id: FrameId): FrameId | null {
  const place = before.process === now.process ? placeOf(now, id) : null;
  if (!place) return null;
  const stack = before.stacks[place.thread];
  const there = stack?.frames[stack.total - place.above];
  return there && there.name === place.frame.name && there.path === place.frame.path ? there.id : null;
}

/** The sets of its scopes at the stop before, by the scopes' names. */
export function scopesBefore(
  before: StopView | null,
  now: StopView,
  frame: FrameId,
): ReadonlyMap<string, VariablesId> {
  const there = before && frameBefore(before, now, frame);
  const scopes = there === null ? [] : (before!.scopes[there] ?? []);
  return new Map(scopes.map(({ name, variables }) => [name, variables]));
}

/** A value's change: what it was; `null`: it was not there; absent: the same, or not known. */
export type Was = Variable | null | undefined;

/** Sets never change in place, so a table of one is good for as long as it is there. */
const tables = new WeakMap<VariablesView, ReadonlyMap<string, Variable>>();

function byName(set: VariablesView): ReadonlyMap<string, Variable> {
  let table = tables.get(set);
  if (!table) {
    const all = [...set.pages.flatMap(({ items }) => items), ...set.items];
    tables.set(set, (table = new Map(all.map((one) => [one.name, one]))));
  }
  return table;
}

/** What a value of a set was, in the set that was there before. */
export function was(before: StopView | null, set: VariablesId | null, now: Variable): Was {
  const known = set === null ? undefined : before?.variables[set];
  if (!known) return undefined;
  const found = byName(known).get(now.name);
  // Of a part nothing can be said of what isn't in it.
  if (!found) return known.truncated || known.total !== null ? undefined : null;
  return found.value === now.value && found.type === now.type ? undefined : found;
}

/** The set of a value's children, in the set that was there before. */
export function setBefore(
  before: StopView | null,
  set: VariablesId | null,
  name: string,
): VariablesId | null {
  const known = set === null ? undefined : before?.variables[set];
  return (known && byName(known).get(name)?.variables) ?? null;
}
