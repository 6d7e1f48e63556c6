/** Something of the page's between two lines of the source: a form that is filled in where it belongs, an exception. */
import { StateEffect, StateField, type Extension, type StateEffectType } from '@codemirror/state';
import { Decoration, EditorView, WidgetType, type DecorationSet } from '@codemirror/view';

/** What is shown below a line; `fill` puts it in and gives what takes it out. */
export interface Zone {
  line: number;
  fill: (box: HTMLElement) => () => void;
}

class Box extends WidgetType {
  #empty: (() => void) | null = null;

  constructor(readonly zone: Zone) {
    super();
  }

  override eq(other: Box): boolean {
    return this.zone === other.zone;
  }

  override toDOM(view: EditorView): HTMLElement {
    const box = document.createElement('div');
    box.className = 'source-zone';
    // Beside the gutters, which stay where they are when the text is scrolled sideways.
    const gutters = view.dom.querySelector<HTMLElement>('.cm-gutters')?.offsetWidth ?? 0;
    box.style.setProperty('--gutters', `${gutters}px`);
    this.#empty = this.zone.fill(box);
    return box;
  }

  override destroy(): void {
    this.#empty?.();
  }

  // Keys and clicks in it are its own.
  override ignoreEvent(): boolean {
    return true;
  }
}

/** A place for one of them at a time. */
export interface Place {
  set: StateEffectType<Zone | null>;
  extension: Extension;
}

function place(): Place {
  const set = StateEffect.define<Zone | null>();
  const extension = StateField.define<DecorationSet>({
    create: () => Decoration.none,
    update(boxes, { effects, state: { doc } }) {
      for (const effect of effects) {
        if (!effect.is(set)) continue;
        const { value } = effect;
        if (!value) boxes = Decoration.none;
        else {
          const at = doc.line(Math.max(1, Math.min(value.line, doc.lines))).to;
          boxes = Decoration.set(
            Decoration.widget({ widget: new Box(value), side: 1, block: true }).range(at),
          );
        }
      }
      return boxes;
    },
    provide: (field) => EditorView.decorations.from(field),
  });
  return { set, extension };
}

/** Of a form. */
export const formZone = place();
/** Of what was raised where the program is paused. */
export const raisedZone = place();
