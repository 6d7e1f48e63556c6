/** The source view's editor: the debuggee's text, read-only but focusable, with our extensions. */
import { cursorMatchingBracket, standardKeymap } from '@codemirror/commands';
import { pythonLanguage } from '@codemirror/lang-python';
import { highlightSelectionMatches, setSearchQuery } from '@codemirror/search';
import { EditorState, Transaction, type Extension } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
  ViewPlugin,
} from '@codemirror/view';
import { breakpointGutter } from './breakpoint-gutter';
import { fileSearch, type LastSought } from './file-search.svelte';
import { hoverTips, type OnRest } from './hover-tips';
import type { Range, Spot } from '../presence';
import { handled, isHandled, scrolling } from './handled';
import { inlineValues } from './inline-values';
import { keepInView } from './keep-in-view';
import { executionLine, noteMarkers, pointedLines, pointerTags, presenceTags } from './line-marks';
import { remoteCursors } from './remote-cursors';
import { theme } from './theme';
import { formZone, raisedZone } from './zone';

export interface SourceEditorOptions {
  parent: HTMLElement;
  text: string;
  label: string;
  isPython: boolean;
  onBreakpoint: (line: number) => void;
  /** `own`: the person put it there, rather than the page. */
  onCursor: (line: number, range: Range, own: boolean) => void;
  /** The first line in view; `own` as above. */
  onScroll: (top: number, own: boolean) => void;
  /** A menu for a line, or what is selected there, at a place on the screen. */
  onMenu: (at: { line: number; selected: boolean }, x: number, y: number) => void;
  onHover: OnRest;
  lastSought: LastSought;
}

export function sourceEditor({
  parent,
  text,
  label,
  isPython,
  onBreakpoint,
  onCursor,
  onScroll,
  onMenu,
  onHover,
  lastSought,
}: SourceEditorOptions): EditorView {
  const view: EditorView = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        breakpointGutter(onBreakpoint),
        lineNumbers(),
        executionLine,
        keepInView,
        inlineValues,
        noteMarkers.extension,
        presenceTags.extension,
        pointerTags.extension,
        pointedLines,
        remoteCursors,
        raisedZone.extension,
        formZone.extension,
        highlightActiveLine(),
        highlightSelectionMatches(),
        drawSelection(),
        // A browser whose selection was in lines that go out of the page puts it somewhere else, which CodeMirror takes for the
        // person's doing, whose focus is elsewhere.
        EditorState.transactionFilter.of((one) =>
          one.annotation(Transaction.userEvent) === 'select' && !view.hasFocus ? [] : one,
        ),
        fileSearch(lastSought),
        keymap.of([...standardKeymap, { key: 'Shift-Mod-\\', run: cursorMatchingBracket }]),
        // Without what completes Python: nothing is typed here.
        isPython ? [pythonLanguage, hoverTips(onHover)] : [],
        lineMenu(onMenu),
        theme,
        EditorState.readOnly.of(true),
        EditorView.editable.of(false),
        EditorView.contentAttributes.of({ tabindex: '0', 'aria-label': label, 'aria-readonly': 'true' }),
        EditorView.updateListener.of(({ view, state, selectionSet, transactions }) => {
          if (!selectionSet) return;
          const { anchor, head } = state.selection.main;
          const range = { anchor: spot(state, anchor), head: spot(state, head) };
          const moved = transactions.some((one) => one.isUserEvent('select'));
          onCursor(range.head.line, range, moved && isHandled(view));
        }),
        handled,
        scrolling(onScroll),
      ],
    }),
  });
  if (lastSought.query) view.dispatch({ effects: setSearchQuery.of(lastSought.query) });
  return view;
}

function spot({ doc }: EditorState, at: number): Spot {
  const line = doc.lineAt(at);
  return { line: line.number, column: at - line.from };
}

/** Right click and Shift+F10: on the text, and on the gutters beside it. */
function lineMenu(onMenu: SourceEditorOptions['onMenu']): Extension {
  const atCursor = (view: EditorView): boolean => {
    const { head, empty } = view.state.selection.main;
    const at = view.coordsAtPos(head) ?? view.dom.getBoundingClientRect();
    onMenu({ line: view.state.doc.lineAt(head).number, selected: !empty }, at.left, at.bottom);
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
        const { main } = view.state.selection;
        const pos = view.contentDOM.contains(event.target)
          ? view.posAtCoords({ x: event.clientX, y: event.clientY })
          : null;
        const selected = !main.empty && pos !== null && pos >= main.from && pos <= main.to;
        onMenu({ line: view.state.doc.lineAt(block.from).number, selected }, event.clientX, event.clientY);
      };
      view.dom.addEventListener('contextmenu', open);
      return { destroy: () => view.dom.removeEventListener('contextmenu', open) };
    }),
  ];
}

/**
 * Puts the cursor on a line and brings it into view, without taking focus. With `top` that line is the first in view, if the
 * other is in view then.
 */
export function showLine(view: EditorView, line: number, top: number | null = null): void {
  const { doc } = view.state;
  const start = (n: number): number => doc.line(Math.max(1, Math.min(n, doc.lines))).from;
  const from = start(line);
  // Only where it is needed: the page would be laid out for it in the middle of a stop.
  const fitting = (): number => Math.floor(view.scrollDOM.clientHeight / view.defaultLineHeight) - 1;
  // Who has scrolled away from their cursor looks at what they scrolled to.
  const isIn = top !== null && line < top + fitting();
  view.dispatch({
    selection: { anchor: from },
    effects: isIn
      ? EditorView.scrollIntoView(start(top), { y: 'start', yMargin: 0 })
      : EditorView.scrollIntoView(from, { y: 'center', yMargin: 40 }),
  });
}
