/** The source view's editor: the debuggee's text, read-only but focusable, with our extensions. */
import { defaultKeymap } from '@codemirror/commands';
import { python } from '@codemirror/lang-python';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { breakpointGutter } from './breakpoint-gutter';
import { executionLine, noteMarkers, presenceTags } from './line-marks';
import { theme } from './theme';

export interface SourceEditorOptions {
  parent: HTMLElement;
  text: string;
  label: string;
  isPython: boolean;
  onBreakpoint: (line: number) => void;
  onCursor: (line: number) => void;
}

export function sourceEditor({
  parent,
  text,
  label,
  isPython,
  onBreakpoint,
  onCursor,
}: SourceEditorOptions): EditorView {
  let cursor = 0;
  return new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        breakpointGutter(onBreakpoint),
        lineNumbers(),
        executionLine,
        noteMarkers.extension,
        presenceTags.extension,
        highlightActiveLine(),
        highlightSelectionMatches(),
        drawSelection(),
        search({ top: true }),
        keymap.of([...searchKeymap, ...defaultKeymap]),
        isPython ? python() : [],
        theme,
        EditorState.readOnly.of(true),
        EditorView.editable.of(false),
        EditorView.contentAttributes.of({ tabindex: '0', 'aria-label': label, 'aria-readonly': 'true' }),
        EditorView.updateListener.of(({ state, selectionSet }) => {
          if (!selectionSet) return;
          const line = state.doc.lineAt(state.selection.main.head).number;
          if (line !== cursor) onCursor((cursor = line));
        }),
      ],
    }),
  });
}

/** Puts the cursor on a line and brings it into view, without taking focus. */
export function showLine(view: EditorView, line: number): void {
  const { from } = view.state.doc.line(Math.max(1, Math.min(line, view.state.doc.lines)));
  view.dispatch({
    selection: { anchor: from },
    effects: EditorView.scrollIntoView(from, { y: 'center', yMargin: 40 }),
  });
}
