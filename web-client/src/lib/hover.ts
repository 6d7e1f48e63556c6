/**
 * A value to show beside a name in the source: from what was captured at once, else asked for, if it is only read.
 *
 * Nothing here runs code of the program: attributes are looked up among captured values, never evaluated.
 */
import type { Outcome, Variable } from './protocol';
import { dottedAt, isPlain } from './python';
import type { LiveSession } from './state/live-session.svelte';
import type { Recording } from './state/recording.svelte';
import type { Selection } from './state/selection.svelte';

export interface Hovered {
  /** Columns in the line. */
  from: number;
  to: number;
  expression: string;
  outcome: Outcome | Promise<Outcome>;
}

/** What a stop's captured values say a dotted name is, innermost scope first. */
export function captured(
  { snapshot }: Pick<LiveSession, 'snapshot'>,
  frame: number,
  parts: readonly string[],
): Variable | null {
  const { stop } = snapshot;
  for (const scope of stop?.scopes[frame] ?? []) {
    let set: number | null = scope.variables;
    let found: Variable | null = null;
    for (const part of parts) {
      found = set === null ? null : (stop!.variables[set]?.items.find(({ name }) => name === part) ?? null);
      if (!found) break;
      set = found.variables;
    }
    if (found) return found;
  }
  return null;
}

export function hoverValue(
  room: LiveSession | Recording,
  selection: Selection,
  path: string,
  line: string,
  column: number,
): Hovered | null {
  const { stop, phase } = room.snapshot;
  const { frame, thread } = selection;
  if (!stop || frame === null) return null;
  // A name means something in the frame's own file.
  const at = stop.stacks[thread ?? stop.thread]?.frames.find(({ id }) => id === frame);
  if (at?.path !== path) return null;
  const name = dottedAt(line, column);
  if (!name) return null;
  const expression = name.parts.join('.');
  const value = captured(room, frame, name.parts);
  if (value) return { ...name, expression, outcome: { value } };
  if (room.mode !== 'live' || phase.name !== 'stopped' || !isPlain(expression) || room.over !== null)
    return null;
  return { ...name, expression, outcome: room.peek(stop.stop, frame, expression) };
}
