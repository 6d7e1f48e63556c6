/** Where others' cursors are and what they have selected, in their colours and with their names. */
import {
  RangeSet,
  StateEffect,
  StateField,
  type EditorState,
  type Extension,
  type Range,
} from '@codemirror/state';
import { Decoration, EditorView, WidgetType, type DecorationSet } from '@codemirror/view';
import { tint } from '../people';
import type { Range as Selected, Spot } from '../presence';

export interface RemoteCursor {
  name: string;
  color: string;
  range: Selected;
}

export const setCursors = StateEffect.define<readonly RemoteCursor[]>();

class Caret extends WidgetType {
  constructor(
    readonly name: string,
    readonly color: string,
  ) {
    super();
  }

  override eq(other: Caret): boolean {
    return this.name === other.name && this.color === other.color;
  }

  override toDOM(): HTMLElement {
    const caret = document.createElement('span');
    caret.className = 'remote-caret';
    caret.style.setProperty('--person', this.color);
    caret.title = this.name;
    // The tag at the line's end says it too.
    caret.setAttribute('aria-hidden', 'true');
    return caret;
  }

  override ignoreEvent(): boolean {
    return false;
  }
}

/** The offset of a place, as near as the text has it. */
function offset({ doc }: EditorState, { line, column }: Spot): number {
  const at = doc.line(Math.max(1, Math.min(line, doc.lines)));
  return Math.min(at.from + column, at.to);
}

function drawn(state: EditorState, cursors: readonly RemoteCursor[]): DecorationSet {
  const ranges: Range<Decoration>[] = [];
  for (const { name, color, range } of cursors) {
    const [anchor, head] = [offset(state, range.anchor), offset(state, range.head)];
    const [from, to] = anchor < head ? [anchor, head] : [head, anchor];
    if (from < to) {
      const attributes = { style: `background-color: ${tint(color)}`, title: `Selected by ${name}` };
      ranges.push(Decoration.mark({ class: 'remote-selection', attributes }).range(from, to));
    }
    ranges.push(
      Decoration.widget({ widget: new Caret(name, color), side: head === to ? -1 : 1 }).range(head),
    );
  }
  return RangeSet.of(ranges, true);
}

export const remoteCursors: Extension = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(cursors, { effects, state }) {
    for (const effect of effects) if (effect.is(setCursors)) cursors = drawn(state, effect.value);
    return cursors;
  },
  provide: (field) => EditorView.decorations.from(field),
});
