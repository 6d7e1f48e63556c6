/**
 * Finding in a file: CodeMirror looks and goes, our bar asks and counts. In: what is typed there. Out: a query of CodeMirror's, how
 * many there are of it, and which one the selection is.
 */
import {
  closeSearchPanel,
  findNext,
  findPrevious,
  getSearchQuery,
  openSearchPanel,
  search,
  SearchQuery,
  setSearchQuery,
} from '@codemirror/search';
import type { EditorState, Extension } from '@codemirror/state';
import { EditorView, keymap, runScopeHandlers, type Panel, type ViewUpdate } from '@codemirror/view';
import { mount, unmount } from 'svelte';
import FileSearch from '../components/FileSearch.svelte';
import { regexTrouble } from '../output-query';

/** Matches that are counted. */
const MOST = 10_000;

/** What is set in the bar. */
export interface Sought {
  text: string;
  cased: boolean;
  regex: boolean;
  words: boolean;
}

/** What was looked for last: it is there again in the next file. */
export interface LastSought {
  query: SearchQuery | null;
}

/** Where they begin and end, in order, up to so many. */
function matches(query: SearchQuery, state: EditorState): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  if (!query.valid) return found;
  const cursor = query.getCursor(state);
  for (let next = cursor.next(); !next.done && found.length <= MOST; next = cursor.next())
    found.push({ from: next.value.from, to: next.value.to });
  return found;
}

export class FileFind {
  sought = $state.raw<Sought>({ text: '', cased: false, regex: false, words: false });
  trouble = $state.raw<string | null>(null);
  /** Which one is selected, from 1; how many there are, at most [`MOST`]; whether there are more. */
  ordinal = $state.raw<number | null>(null);
  total = $state.raw(0);
  more = $state.raw(false);
  #all: { from: number; to: number }[] = [];

  constructor(readonly view: EditorView) {
    const query = getSearchQuery(view.state);
    this.#take(query);
    this.#count(query, view.state);
  }

  set(change: Partial<Sought>): void {
    const sought = { ...this.sought, ...change };
    const { text, cased, regex, words } = sought;
    this.sought = sought;
    this.trouble = regex ? regexTrouble(text, 'u') : null;
    const query = new SearchQuery({
      search: this.trouble === null ? text : '',
      caseSensitive: cased,
      regexp: regex,
      wholeWord: words,
      literal: true,
    });
    this.view.dispatch({ effects: setSearchQuery.of(query) });
    if (query.valid) this.#first(query);
  }

  go(by: 1 | -1): void {
    (by === 1 ? findNext : findPrevious)(this.view);
  }

  close(): void {
    closeSearchPanel(this.view);
  }

  updated({ state, startState, selectionSet }: ViewUpdate): void {
    const query = getSearchQuery(state);
    if (!query.eq(getSearchQuery(startState))) {
      if (query.search !== '') this.#take(query);
      this.#count(query, state);
    } else if (selectionSet) this.#place(state);
  }

  /** The one that the selection is at the beginning of, or the next one. */
  #first(query: SearchQuery): void {
    const { state } = this.view;
    const { from } = state.selection.main;
    let next = query.getCursor(state, from).next();
    if (next.done) next = query.getCursor(state).next();
    if (next.done) return;
    const selection = { anchor: next.value.from, head: next.value.to };
    const effects = EditorView.scrollIntoView(next.value.from, { y: 'nearest', yMargin: 40 });
    this.view.dispatch({ selection, effects, userEvent: 'select.search' });
  }

  #take({ search: text, caseSensitive: cased, regexp: regex, wholeWord: words }: SearchQuery): void {
    this.sought = { text, cased, regex, words };
    this.trouble = null;
  }

  #count(query: SearchQuery, state: EditorState): void {
    this.#all = matches(query, state);
    this.more = this.#all.length > MOST;
    this.total = Math.min(this.#all.length, MOST);
    this.#place(state);
  }

  #place(state: EditorState): void {
    const { from, to } = state.selection.main;
    let [low, high] = [0, this.total];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#all[middle]!.from < from) low = middle + 1;
      else high = middle;
    }
    const here = low < this.total ? this.#all[low]! : null;
    this.ordinal = here && here.from === from && here.to === to ? low + 1 : null;
  }
}

function panel(last: LastSought): (view: EditorView) => Panel {
  return (view) => {
    const dom = document.createElement('div');
    const find = new FileFind(view);
    const bar = mount(FileSearch, { target: dom, props: { find } });
    dom.addEventListener('keydown', (event) => {
      if (runScopeHandlers(view, event, 'search-panel')) event.preventDefault();
    });
    return {
      dom,
      top: true,
      update: (update) => {
        find.updated(update);
        last.query = getSearchQuery(update.state);
      },
      destroy: () => void unmount(bar),
    };
  };
}

/** Ctrl+G is the room's: to a line. F3 finds the next one. */
export function fileSearch(last: LastSought): Extension {
  const scope = 'editor search-panel';
  return [
    search({ literal: true, createPanel: panel(last) }),
    keymap.of([
      { key: 'Mod-f', run: openSearchPanel, scope },
      { key: 'F3', run: findNext, shift: findPrevious, scope, preventDefault: true },
      { key: 'Escape', run: closeSearchPanel, scope },
    ]),
  ];
}
