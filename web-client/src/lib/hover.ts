/**
 * A value to show beside a name in the source: from what was captured at once, else asked for, if it is only read.
 *
 * Nothing here runs code of the program: attributes are looked up among captured values, never evaluated.
 */
import { syntaxTree } from '@codemirror/language';
import type { EditorView } from '@codemirror/view';
import type { FrameId, Outcome, StopId, Variable } from './protocol';
import { dottedAt, isPlain } from './python';
import type { Desk } from './state/desk.svelte';
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

/** A value that is shown beside its name, and where that is on the screen. */
export interface Tip {
  expression: string;
  value: Variable;
  stop: StopId;
  path: string;
  /** Whose name it is: another call of the same function has another value. */
  frame: FrameId | null;
  at: Record<'left' | 'right' | 'top' | 'bottom', number>;
  /** Somebody asked for it, rather than rested there: it has the focus. */
  asked: boolean;
}

/** Whether a name stands at a place, rather than a text, a comment or a word of the language. */
const isName = ({ state }: EditorView, pos: number): boolean =>
  ([1, -1] as const).some((side) =>
    /^(VariableName|PropertyName)$/.test(syntaxTree(state).resolveInner(pos, side).name),
  );

/** Shows the value of the name at a place of the source's text. Null: it does; else why not, as a sentence. */
export async function showValue(
  desk: Desk,
  pos: number,
  asked: boolean,
  still: () => boolean,
): Promise<string | null> {
  const { editor: view, room, selection } = desk;
  const { path, frame } = selection;
  if (!view || path === null || !isName(view, pos)) return 'Put the cursor on a name first.';
  const line = view.state.doc.lineAt(pos);
  const found = hoverValue(room, selection, path, line.text, pos - line.from);
  const outcome = await Promise.resolve(found?.outcome).catch(() => null);
  const stop = room.snapshot.stop?.stop;
  if (!found || !outcome || 'error' in outcome || stop === undefined)
    return 'Its value is not known here: it is none of the frame that is selected, or more than a name.';
  if (!still() || desk.editor !== view || selection.frame !== frame) return null;
  const [from, to] = [found.from, found.to].map((column) => view.coordsAtPos(line.from + column));
  // Scrolled away meanwhile.
  if (!from || !to) return null;
  const at = { left: from.left, right: to.right, top: from.top, bottom: from.bottom };
  desk.tip = { expression: found.expression, value: outcome.value, stop, path, frame, at, asked };
  return null;
}
