/** Breakpoints in the gutter: a shape for each state, a click sets or removes one's own. */
import { RangeSet, StateEffect, StateField, type Extension } from '@codemirror/state';
import { EditorView, gutter, GutterMarker } from '@codemirror/view';
import type { BreakpointKind, BreakpointShape } from '../breakpoints';

/** What is drawn on one line: the strongest entry's shape, and a sentence about all. */
export interface LineBreakpoint {
  line: number;
  shape: BreakpointShape;
  kind: BreakpointKind;
  mine: boolean;
  /** The colour of whose it is. */
  owner: string;
  /** The file on disk is another by now. */
  drifted: boolean;
  count: number;
  title: string;
  /** The same in a few words. */
  brief: string;
}

export const setBreakpoints = StateEffect.define<readonly LineBreakpoint[]>();

class Marker extends GutterMarker {
  constructor(readonly at: LineBreakpoint) {
    super();
  }

  override eq(other: Marker): boolean {
    return JSON.stringify(this.at) === JSON.stringify(other.at);
  }

  override toDOM(): Node {
    const dot = document.createElement('span');
    const { shape, kind, mine, drifted, owner, count } = this.at;
    dot.className = `breakpoint owned ${shape} ${kind}${mine ? ' mine' : ''}${drifted ? ' drifted' : ''}`;
    dot.style.setProperty('--person', owner);
    if (count > 1) dot.dataset['count'] = String(count);
    dot.title = this.at.title;
    dot.setAttribute('role', 'img');
    dot.setAttribute('aria-label', this.at.title);
    return dot;
  }
}

class Spacer extends GutterMarker {
  override toDOM(): Node {
    const spacer = document.createElement('span');
    spacer.className = 'breakpoint-spacer';
    return spacer;
  }
}

const field = StateField.define<RangeSet<GutterMarker>>({
  create: () => RangeSet.empty,
  update(markers, transaction) {
    for (const effect of transaction.effects) {
      if (!effect.is(setBreakpoints)) continue;
      const { doc } = transaction.state;
      const known = effect.value.filter((at) => at.line >= 1 && at.line <= doc.lines);
      markers = RangeSet.of(
        known.map((at) => new Marker(at).range(doc.line(at.line).from)),
        true,
      );
    }
    return markers;
  },
});

export function breakpointGutter(onclick: (line: number) => void): Extension {
  return [
    field,
    gutter({
      class: 'cm-breakpoint-gutter',
      markers: (view) => view.state.field(field),
      initialSpacer: () => new Spacer(),
      // The line under a mouse shows what a click would set.
      renderEmptyElements: true,
      domEventHandlers: {
        // What a finger has touched counts as hovered until it touches something else.
        pointerover(_view, _block, event) {
          const { currentTarget, pointerType } = event as PointerEvent;
          (currentTarget as HTMLElement).dataset['by'] = pointerType;
          return false;
        },
        mousedown(view, block, event) {
          if ((event as MouseEvent).button !== 0) return false;
          onclick(view.state.doc.lineAt(block.from).number);
          return true;
        },
      },
    }),
    EditorView.baseTheme({ '.cm-breakpoint-gutter': { cursor: 'pointer' } }),
  ];
}
