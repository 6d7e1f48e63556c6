/**
 * One person's view of the output: what of it is shown, how it lies, and what is searched for in it.
 * In: the store's lines, a filter, a query. Out: shown rows by index, and matches.
 *
 * Invariant: whatever takes long (a filter or a query over everything) is done in slices, so that the page goes on.
 */
import { keep, kept } from '../browser';
import { moved, type OutputLines, type Row } from '../output-lines';
import {
  EVERYTHING,
  finder,
  ROW_MS,
  shows,
  type Filter,
  type Finder,
  type Mark,
  type Query,
} from '../output-query';
import { Scan } from '../output-scan';
import { untrack } from 'svelte';
import { announcer } from './announcer.svelte';
import type { OutputStore } from './output-store.svelte';

/** Time for one slice. */
const SLICE_MS = 6;

const WRAP_KEY = 'breakroom.output.wrap';

/** A match: which one of a row. */
export interface Match {
  id: number;
  nth: number;
}

/** How many lines of the screen a row takes; null: one. */
export type Layout = ((row: Row) => number) | null;

export interface ViewOptions {
  /** For tests: goes on looking later. */
  schedule?: (run: () => void) => void;
}

export class OutputView {
  filter = $state.raw<Filter>(EVERYTHING);
  query = $state.raw<Query>({ text: '', cased: false, regex: false });
  /** Whether long lines are broken; remembered. */
  wrap = $state(kept(WRAP_KEY) !== 'off');
  /** Whether the search is open. */
  searching = $state(false);
  /** Why nothing can be searched for. */
  trouble = $state<string | null>(null);
  /** The match that is looked at. */
  now = $state.raw<Match | null>(null);
  /** A match to bring into view; a new object each time. */
  reveal = $state.raw<Match | null>(null);
  /** Changes with what is shown. */
  version = $state(0);
  /** How often it was cleared. */
  clears = $state(0);
  #of: OutputLines;
  /** Rows before this number are hidden. */
  #from = -Infinity;
  /** How many of its splices are taken in. */
  #spliced = 0;
  #layout: Layout = null;
  /** Null: every row is shown, one line each. */
  #shown: Scan | null = null;
  /** What takes its place once it has looked through all: until then nothing moves. */
  #coming: Scan | null = null;
  #found: Scan | null = null;
  #find: Finder = null;
  /** A new query shows its match that is nearest above this row. */
  #nearest: number | null = null;
  #scheduled = false;
  readonly #schedule: NonNullable<ViewOptions['schedule']>;

  constructor(
    readonly store: OutputStore,
    { schedule = (run) => void requestAnimationFrame(run) }: ViewOptions = {},
  ) {
    this.#of = store.lines;
    this.#spliced = store.lines.splices.length;
    this.#schedule = schedule;
  }

  get lines(): OutputLines {
    return this.#of;
  }

  /** How many rows are shown. */
  get count(): number {
    void this.version;
    return this.#shown ? this.#shown.length : this.#of.end - this.first;
  }

  /** Number of the first row that isn't hidden. */
  get first(): number {
    return Math.max(this.#of.first, this.#from);
  }

  /** How many rows are hidden, on this screen only. */
  get hidden(): number {
    void this.version;
    return this.first - this.#of.first;
  }

  get filtered(): boolean {
    return shows(this.filter) !== null;
  }

  /** How many lines of the screen they take. */
  get height(): number {
    void this.version;
    return this.#shown ? this.#shown.total : this.#of.end - this.first;
  }

  /** Number of the shown row at an index. */
  idAt(index: number): number {
    return this.#shown ? this.#shown.id(index)! : this.first + index;
  }

  /** Index of a shown row, or of the first one behind it. */
  indexOf(id: number): number {
    return this.#shown ? this.#shown.at(id) : Math.max(0, id - this.first);
  }

  /** The line of the screen that a shown row begins with. */
  topOf(index: number): number {
    if (!this.#shown) return index;
    return index < this.#shown.length ? this.#shown.before(index) : this.#shown.total;
  }

  /** Index of the row that has a line of the screen. */
  at(line: number): number {
    return this.#shown ? this.#shown.reaches(line) : Math.min(line, Math.max(0, this.count - 1));
  }

  /** How much was looked through, 0 to 1; null when all is. */
  get progress(): number | null {
    void this.version;
    const scan = [this.#coming, this.#shown, this.#found].find((one) => one && !one.done);
    return scan ? scan.progress : null;
  }

  get total(): number {
    void this.version;
    return this.#found?.total ?? 0;
  }

  /** Which of all matches is looked at, from 1. */
  get ordinal(): number | null {
    void this.version;
    return this.now && this.#found
      ? this.#found.before(this.#found.at(this.now.id)) + this.now.nth + 1
      : null;
  }

  /** Not all that was printed is here to be looked through. */
  get partial(): boolean {
    return this.hidden === 0 && (this.store.full || this.store.missing !== null);
  }

  /** What is said where nothing is found. */
  get nothing(): string {
    if (this.hidden > 0) return 'No matches in what is shown';
    return this.partial ? 'No matches in what is loaded' : 'No matches';
  }

  /** What of a row was found. */
  marks(row: Row): Mark[] {
    return typeof this.#find === 'function' && row.category !== 'notice' ? this.#find(row.text) : [];
  }

  filterBy(filter: Filter): void {
    this.filter = filter;
    this.#look();
    this.#search();
    this.sync();
  }

  /** Hides what is there until now, but a line that is being written: a progress bar stays. */
  clear(): void {
    const { end, open } = this.#of;
    this.#hide([...open.values()].includes(end - 1) ? end - 1 : end);
    this.clears += 1;
  }

  showAll(): void {
    this.#hide(-Infinity);
  }

  #hide(before: number): void {
    this.#from = before;
    this.#look();
    this.#search();
    this.sync();
  }

  /** How the rows lie. */
  layOut(layout: Layout): void {
    this.#layout = layout;
    this.#look();
    this.sync();
  }

  /** Searches; shows the match in or nearest above a row. */
  searchFor(query: Query, nearest: number): void {
    this.query = query;
    this.#nearest = nearest;
    this.#search();
    this.sync();
  }

  wrapLines(on: boolean): void {
    this.wrap = on;
    keep(WRAP_KEY, on ? 'on' : 'off');
  }

  open(): void {
    this.searching = true;
    this.#search();
    this.sync();
  }

  close(): void {
    this.searching = false;
    this.now = null;
    this.#search();
    this.sync();
  }

  /** To the next match or the one before; behind the last comes the first. */
  go(by: 1 | -1): void {
    const found = this.#found;
    if (!found || found.length === 0) return;
    let index = this.now ? found.at(this.now.id) : 0;
    let nth = this.now?.nth ?? -1;
    const there = this.now !== null && found.id(index) === this.now.id;
    if (there && nth + by >= 0 && nth + by < this.#in(index)) nth += by;
    else {
      if (by < 0 || there) index += by;
      index = (index + found.length) % found.length;
      nth = by > 0 ? 0 : this.#in(index) - 1;
    }
    this.#show({ id: found.id(index)!, nth });
  }

  /** In an effect: follows the store from here on. */
  follow(): void {
    void this.store.version;
    void this.store.lines;
    untrack(() => this.sync());
  }

  /** Looks through what is new, and goes on with what isn't looked through yet. */
  sync(): void {
    if (this.#of !== this.store.lines) {
      this.#of = this.store.lines;
      this.#spliced = this.#of.splices.length;
      this.now = null;
      this.#shown = null;
      this.#from = -Infinity;
      this.#look();
      this.#search();
    }
    for (const { splices } = this.#of; this.#spliced < splices.length; this.#spliced++) {
      const splice = splices[this.#spliced]!;
      if (this.now && moved(this.now.id, splice) !== this.now.id)
        this.now = { ...this.now, id: moved(this.now.id, splice) };
      this.#from = moved(this.#from, splice);
      if (this.#nearest !== null) this.#nearest = moved(this.#nearest, splice);
    }
    const until = performance.now() + SLICE_MS;
    const over = (): boolean => performance.now() > until;
    // What is shown first: it has only what is new to look at.
    const scans = [this.#shown, this.#coming, this.#found];
    const done = scans.map((scan) => scan?.advance(over) ?? true).every(Boolean);
    if (this.#coming?.done) [this.#shown, this.#coming] = [this.#coming, null];
    this.#settle();
    this.version += 1;
    if (done || this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(() => {
      this.#scheduled = false;
      this.sync();
    });
  }

  /** Text of what is shown. */
  text(): string {
    const pieces: string[] = [];
    for (let index = 0; index < this.count; index++) {
      const row = this.#of.row(this.idAt(index));
      if (row) pieces.push(row.text, row.continues ? '' : '\n');
    }
    return pieces.join('');
  }

  #look(): void {
    const [wanted, layout] = [shows(this.filter), this.#layout];
    this.#coming =
      wanted || layout
        ? new Scan(this.#of, (row) => (wanted && !wanted(row) ? 0 : layout ? layout(row) : 1), this.#from)
        : null;
    if (!this.#coming) this.#shown = null;
  }

  #search(): void {
    const find = this.searching ? finder(this.query) : null;
    this.trouble = find && 'trouble' in find ? find.trouble : null;
    this.#find = find;
    this.#found = null;
    if (typeof find !== 'function') {
      this.now = null;
      return;
    }
    const wanted = shows(this.filter);
    this.#found = new Scan(
      this.#of,
      (row) => {
        if (row.category === 'notice' || this.#find !== find || (wanted && !wanted(row))) return 0;
        if (!this.query.regex) return find(row.text).length;
        const start = performance.now();
        const { length } = find(row.text);
        if (performance.now() - start > ROW_MS) this.#tooSlow();
        return length;
      },
      this.#from,
    );
  }

  #tooSlow(): void {
    this.trouble = 'This pattern takes too long. Make it simpler.';
    this.#find = null;
  }

  /** What is looked at may have gone, or may be there only now. */
  #settle(): void {
    const found = this.#found;
    if (!this.#find) {
      this.#found = this.now = null;
      return;
    }
    if (!found) return;
    if (this.now) {
      const index = found.at(this.now.id);
      const there = found.id(index) === this.now.id;
      if (found.done && !there) this.now = null;
      else if (there && this.now.nth >= this.#in(index))
        this.now = { id: this.now.id, nth: this.#in(index) - 1 };
    }
    if (this.#nearest === null || !found.done) return;
    const nearest = this.#nearest;
    this.#nearest = null;
    if (found.length === 0) {
      this.now = null;
      return announcer.say(`${this.nothing}.`);
    }
    const index = Math.max(0, found.at(nearest + 1) - 1);
    this.#show({ id: found.id(index)!, nth: this.#in(index) - 1 });
  }

  #show(match: Match): void {
    this.now = match;
    this.reveal = { ...match };
    announcer.say(`${this.ordinal} of ${this.total}: ${(this.#of.row(match.id)?.text ?? '').slice(0, 200)}`);
  }

  /** Matches in a row by its index. */
  #in(index: number): number {
    const found = this.#found!;
    return (index + 1 < found.length ? found.before(index + 1) : found.total) - found.before(index);
  }
}
