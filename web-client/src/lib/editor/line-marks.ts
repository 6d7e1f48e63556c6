/** Marks on whole lines: where the program is paused, the selected frame's line, notes, and who looks where. */
import { StateEffect, StateField, type EditorState, type Extension, type Range } from '@codemirror/state';
import {
  Decoration,
  EditorView,
  gutterLineClass,
  GutterMarker,
  WidgetType,
  type DecorationSet,
} from '@codemirror/view';
import { RangeSet } from '@codemirror/state';

/** `stop`: paused here; `was`: was paused here before it ran on; `frame`: a caller's line. */
export interface ExecutionLine {
  line: number;
  kind: 'stop' | 'was' | 'frame';
}

/** Something beside a line: a person or a note. */
export interface LineTag {
  line: number;
  text: string;
  title: string;
  kind: 'person' | 'note' | 'pointer';
  color: string | null;
  /** Tells tags apart that look alike. */
  key?: string;
  /** What a click does; by keyboard a command of the table does it. */
  open?: () => void;
}

export const setExecution = StateEffect.define<readonly ExecutionLine[]>();

class GutterClass extends GutterMarker {
  constructor(override readonly elementClass: string) {
    super();
  }
}

interface Lines {
  lines: DecorationSet;
  gutters: RangeSet<GutterMarker>;
}

const execution = StateField.define<Lines>({
  create: () => ({ lines: Decoration.none, gutters: RangeSet.empty }),
  update(value, { effects, state: { doc } }) {
    for (const effect of effects) {
      if (!effect.is(setExecution)) continue;
      const known = effect.value.filter(({ line }) => line >= 1 && line <= doc.lines);
      value = {
        lines: Decoration.set(
          known.map(({ line, kind }) =>
            Decoration.line({ class: `cm-execution cm-execution-${kind}` }).range(doc.line(line).from),
          ),
          true,
        ),
        gutters: RangeSet.of(
          known.map(({ line, kind }) =>
            new GutterClass(`cm-execution-gutter cm-execution-gutter-${kind}`).range(doc.line(line).from),
          ),
          true,
        ),
      };
    }
    return value;
  },
  provide: (field) => [
    EditorView.decorations.from(field, ({ lines }) => lines),
    gutterLineClass.from(field, ({ gutters }) => gutters),
  ],
});

/** Where the line of the stop begins in the text. */
export function stopLine(state: EditorState): number | null {
  let at: number | null = null;
  state.field(execution, false)?.lines.between(0, state.doc.length, (from, _to, { spec }) => {
    if (/-stop$/.test((spec as { class: string }).class)) at = from;
  });
  return at;
}

/** The execution line and other frames' lines. */
export const executionLine: Extension = execution;

class Tag extends WidgetType {
  constructor(readonly tag: LineTag) {
    super();
  }

  override eq(other: Tag): boolean {
    return JSON.stringify(this.tag) === JSON.stringify(other.tag);
  }

  override toDOM(): HTMLElement {
    const tag = document.createElement('span');
    tag.className = `line-tag ${this.tag.kind}`;
    tag.textContent = this.tag.text;
    tag.title = this.tag.title;
    if (this.tag.color) tag.style.setProperty('--tag', this.tag.color);
    const { open } = this.tag;
    if (open) {
      tag.classList.add('opens');
      tag.addEventListener('click', open);
    }
    return tag;
  }
}

/** Which comes first at a line's end. Values come when the stop is painted: notes, which are there before, must not move, and who looks there must not push them out of view. */
const ORDER: readonly (LineTag['kind'] | 'values')[] = ['pointer', 'note', 'values', 'person'];
export const sideOf = (kind: (typeof ORDER)[number]): number => ORDER.indexOf(kind) + 1;

/** Tags at the ends of lines; each caller has an effect of its own, so that notes and people don't wake each other. */
function lineTags(): {
  extension: Extension;
  set: ReturnType<typeof StateEffect.define<readonly LineTag[]>>;
} {
  const set = StateEffect.define<readonly LineTag[]>();
  const extension = StateField.define<DecorationSet>({
    create: () => Decoration.none,
    update(tags, { effects, state: { doc } }) {
      for (const effect of effects) {
        if (!effect.is(set)) continue;
        const ranges: Range<Decoration>[] = [];
        for (const tag of effect.value) {
          if (tag.line < 1 || tag.line > doc.lines) continue;
          ranges.push(
            Decoration.widget({ widget: new Tag(tag), side: sideOf(tag.kind) }).range(doc.line(tag.line).to),
          );
        }
        tags = Decoration.set(ranges, true);
      }
      return tags;
    },
    provide: (field) => EditorView.decorations.from(field),
  });
  return { extension, set };
}

export const noteMarkers = lineTags();
export const presenceTags = lineTags();
export const pointerTags = lineTags();

/** Lines that somebody points at, with the person's colour. */
export const setPointed = StateEffect.define<readonly { line: number; color: string }[]>();

export const pointedLines: Extension = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(lines, { effects, state: { doc } }) {
    for (const effect of effects) {
      if (!effect.is(setPointed)) continue;
      const known = effect.value.filter(({ line }) => line >= 1 && line <= doc.lines);
      lines = Decoration.set(
        known.map(({ line, color }) =>
          Decoration.line({ class: 'cm-pointed', attributes: { style: `--person: ${color}` } }).range(
            doc.line(line).from,
          ),
        ),
        true,
      );
    }
    return lines;
  },
  provide: (field) => EditorView.decorations.from(field),
});
