/** Values at the ends of the lines that use them. */
import { StateEffect, StateField, type Extension } from '@codemirror/state';
import { Decoration, EditorView, WidgetType, type DecorationSet } from '@codemirror/view';
import type { InlineLine } from '../inline-values';
import { sideOf } from './line-marks';

export const setInlineValues = StateEffect.define<readonly InlineLine[]>();

class Values extends WidgetType {
  readonly #key: string;

  constructor(readonly at: InlineLine) {
    super();
    this.#key = JSON.stringify(
      at.values.map(({ name, value, was }) => [name, value, was && was.value, was === null]),
    );
  }

  override eq(other: Values): boolean {
    return this.#key === other.#key;
  }

  override toDOM(): HTMLElement {
    const box = document.createElement('span');
    box.className = 'inline-values';
    this.at.values.forEach(({ name, value, was }, i) => {
      if (i > 0) box.append(', ');
      const one = document.createElement('span');
      one.textContent = `${name} = ${value}`;
      if (was !== undefined) {
        one.className = 'changed';
        one.title = was === null ? `${name} is new` : `${name} was ${was.value}`;
      }
      box.append(one);
    });
    return box;
  }
}

/** Of the selected frame; an empty list hides them. */
export const inlineValues: Extension = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(values, { effects, state: { doc } }) {
    for (const effect of effects) {
      if (!effect.is(setInlineValues)) continue;
      const known = effect.value.filter(({ line }) => line >= 1 && line <= doc.lines);
      values = Decoration.set(
        known.map((at) =>
          Decoration.widget({ widget: new Values(at), side: sideOf('values') }).range(doc.line(at.line).to),
        ),
        true,
      );
    }
    return values;
  },
  provide: (field) => EditorView.decorations.from(field),
});
