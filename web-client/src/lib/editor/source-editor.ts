/** The source view's editor: the debuggee's text, read-only but focusable, with our extensions. */
import { defaultKeymap } from '@codemirror/commands';
import { python } from '@codemirror/lang-python';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
  ViewPlugin,
} from '@codemirror/view';
import { breakpointGutter } from './breakpoint-gutter';
import { hoverTips, type HoverSource } from './hover-tips';
import { executionLine, noteMarkers, presenceTags } from './line-marks';
import { theme } from './theme';

export interface SourceEditorOptions {
  parent: HTMLElement;
  text: string;
  label: string;
  isPython: boolean;
  onBreakpoint: (line: number) => void;
  onCursor: (line: number) => void;
  /** A menu for a line, at a place on the screen; null where there is none. */
  onMenu: ((line: number, x: number, y: number) => void) | null;
  onHover: HoverSource;
}

export function sourceEditor({
  parent,
  text,
  label,
  isPython,
  onBreakpoint,
  onCursor,
  onMenu,
  onHover,
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
        isPython ? [python(), hoverTips(onHover)] : [],
        onMenu ? lineMenu(onMenu) : [],
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

/** Right click and Shift+F10: on the text, and on the gutters beside it. */
function lineMenu(onMenu: NonNullable<SourceEditorOptions['onMenu']>): Extension {
  const atCursor = (view: EditorView): boolean => {
    const { head } = view.state.selection.main;
    const at = view.coordsAtPos(head) ?? view.dom.getBoundingClientRect();
    onMenu(view.state.doc.lineAt(head).number, at.left, at.bottom);
    return true;
  };
  return [
    keymap.of([
      { key: 'Shift-F10', run: atCursor },
      { key: 'ContextMenu', run: atCursor },
    ]),
    ViewPlugin.define((view) => {
      const open = (event: MouseEvent): void => {
        if (!(event.target instanceof Element) || event.target.closest('.cm-panels')) return;
        event.preventDefault();
        if (event.clientX <= 0) return void atCursor(view);
        const block = view.lineBlockAtHeight(event.clientY - view.documentTop);
        const line = view.state.doc.lineAt(block.from);
        onMenu(line.number, event.clientX, event.clientY);
      };
      view.dom.addEventListener('contextmenu', open);
      return { destroy: () => view.dom.removeEventListener('contextmenu', open) };
    }),
  ];
}

/** Puts the cursor on a line and brings it into view, without taking focus. */
export function showLine(view: EditorView, line: number): void {
  const { from } = view.state.doc.line(Math.max(1, Math.min(line, view.state.doc.lines)));
  view.dispatch({
    selection: { anchor: from },
    effects: EditorView.scrollIntoView(from, { y: 'center', yMargin: 40 }),
  });
}
