/**
 * Looks through the output, bit by bit. In: lines, and what counts in a row. Out: the rows in which something does, in
 * order, and how much in all.
 *
 * Invariants: a row that is settled is looked at once; what is found is kept in step with what is dropped and what is put in;
 * of rows that were put in nothing counts before all of them were looked at; a look ends when its time is up, and goes on
 * where it was.
 */
import { moved, type OutputLines, type Row, type Splice } from './output-lines';

/** So many rows are looked at between two looks at the clock. */
const STRIDE = 64;
const COMPACT = 16_384;

/** Rows that were put in, and aren't looked through yet. */
interface Pending {
  from: number;
  to: number;
  next: number;
  ids: number[];
  counts: number[];
}

export class Scan {
  /** Rows in which something was found, oldest first, from `#head` on; behind each, how much up to and with it. */
  #ids: number[] = [];
  #sums: number[] = [];
  #head = 0;
  /** How much was in rows that are gone. */
  #gone = 0;
  #next: number;
  /** What was looked at from here on may have changed. */
  #unsure: number;
  #pending: Pending[] = [];
  /** How many of the splices are taken in. */
  #spliced: number;
  /** Rows before this number don't count. */
  #from: number;

  constructor(
    private readonly lines: OutputLines,
    private readonly count: (row: Row) => number,
    from = -Infinity,
  ) {
    this.#from = from;
    this.#next = this.#unsure = Math.max(from, lines.first);
    this.#spliced = lines.splices.length;
  }

  /** Rows in which something was found. */
  get length(): number {
    return this.#ids.length - this.#head;
  }

  /** How much was found in all. */
  get total(): number {
    return this.#sum(this.#ids.length) - this.#gone;
  }

  get done(): boolean {
    return this.#next >= this.lines.end && this.#pending.length === 0;
  }

  /** How much of what is there was looked at, 0 to 1. */
  get progress(): number {
    const { first, end } = this.lines;
    const left = this.#pending.reduce((sum, { next, to }) => sum + to - next, 0);
    return end === first ? 1 : Math.max(0, this.#next - first - left) / (end - first);
  }

  id(index: number): number | undefined {
    return this.#ids[this.#head + index];
  }

  /** How much was found before the row at an index. */
  before(index: number): number {
    return this.#sum(this.#head + index) - this.#gone;
  }

  /** Index of the first row with this number or a later one. */
  at(id: number): number {
    let [low, high] = [this.#head, this.#ids.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ids[middle]! < id) low = middle + 1;
      else high = middle;
    }
    return low - this.#head;
  }

  /** Index of the row in which the sum gets over an amount: the last one at most. */
  reaches(amount: number): number {
    let [low, high] = [this.#head, this.#ids.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sums[middle]! - this.#gone <= amount) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - this.#head);
  }

  /** Looks on until all is looked at or the time is over; gives whether all is. */
  advance(over: () => boolean): boolean {
    const { lines } = this;
    for (; this.#spliced < lines.splices.length; this.#spliced++) this.#splice(lines.splices[this.#spliced]!);
    this.#drop();
    // The newest rows may have changed since.
    this.#rewind(Math.max(lines.first, this.#from, Math.min(this.#next, this.#unsure)));
    let sum = this.#sum(this.#ids.length);
    for (let seen = 1; this.#next < lines.end; this.#next++, seen++) {
      if (seen % STRIDE === 0 && over()) break;
      const found = this.count(lines.row(this.#next)!);
      if (found === 0) continue;
      this.#ids.push(this.#next);
      this.#sums.push((sum += found));
    }
    this.#unsure = Math.min(this.#next, lines.settled);
    // What is new goes first: people look at the end.
    if (this.#next >= lines.end) this.#lookAtPending(over);
    return this.done;
  }

  /** How much there was up to a place in the list. */
  #sum(at: number): number {
    return at > this.#head ? this.#sums[at - 1]! : this.#gone;
  }

  /** Nothing counts from a row on. */
  #rewind(to: number): void {
    this.#next = to;
    while (this.#ids.length > this.#head && this.#ids.at(-1)! >= to) {
      this.#ids.pop();
      this.#sums.pop();
    }
    // From there on it is looked at anyway.
    this.#pending = this.#pending.filter(({ from }) => from < to);
    for (const one of this.#pending) if (one.to > to) restart(one, one.from, to);
  }

  /** Rows took the place of others: those above have other numbers now. */
  #splice(splice: Splice): void {
    const { from, to, rows } = splice;
    const known = Math.min(this.#next, this.#unsure);
    this.#from = moved(this.#from, splice);
    if (known < to) this.#rewind(Math.min(known, from));
    const [above, below] = [this.#head + this.at(from), this.#head + this.at(to)];
    const lost = this.#sum(below) - this.#sum(above);
    // Sums below stay as they are: what went is taken from those above, as if it had gone before them.
    this.#ids.splice(above, below - above);
    this.#sums.splice(above, below - above);
    for (let i = this.#head; i < above; i++) {
      this.#ids[i] = moved(this.#ids[i]!, splice);
      this.#sums[i]! += lost;
    }
    this.#gone += lost;
    if (known < to) {
      this.#next = this.#unsure = this.#next - rows + (to - from);
      for (const one of this.#pending) restart(one, moved(one.from, splice), moved(one.to - 1, splice) + 1);
      return;
    }
    if (to <= this.#from) return;
    const put = { from: Math.max(to - rows, this.#from), to, next: 0, ids: [], counts: [] };
    const others: Pending[] = [];
    for (const one of this.#pending) {
      if (one.to <= from) restart(one, moved(one.from, splice), moved(one.to - 1, splice) + 1);
      if (one.to <= put.from || one.from >= to) others.push(one);
      else [put.from, put.to] = [Math.min(put.from, moved(one.from, splice)), Math.max(put.to, one.to)];
    }
    restart(put, put.from, put.to);
    this.#pending = [...others, put];
  }

  /** Looks at what was put in; what is found in it counts once all of it is looked at. */
  #lookAtPending(over: () => boolean): void {
    const { lines } = this;
    for (let one = this.#pending[0]; one; one = this.#pending[0]) {
      for (let seen = 1; one.next < one.to; one.next++, seen++) {
        if (seen % STRIDE === 0 && over()) return;
        const found = this.count(lines.row(one.next)!);
        if (found === 0) continue;
        one.ids.push(one.next);
        one.counts.push(found);
      }
      this.#take(one);
      this.#pending.shift();
    }
  }

  #take({ from, ids, counts }: Pending): void {
    const at = this.#head + this.at(from);
    const total = counts.reduce((sum, one) => sum + one, 0);
    for (let i = this.#head; i < at; i++) this.#sums[i]! -= total;
    this.#gone -= total;
    let sum = this.#sum(at);
    const sums = counts.map((one) => (sum += one));
    this.#ids = this.#ids.slice(this.#head, at).concat(ids, this.#ids.slice(at));
    this.#sums = this.#sums.slice(this.#head, at).concat(sums, this.#sums.slice(at));
    this.#head = 0;
  }

  #drop(): void {
    const { first } = this.lines;
    for (const one of this.#pending) {
      const gone = one.ids.findIndex((id) => id >= first);
      const count = gone < 0 ? one.ids.length : gone;
      one.ids.splice(0, count);
      one.counts.splice(0, count);
      [one.from, one.next] = [Math.max(one.from, first), Math.max(one.next, first)];
    }
    this.#pending = this.#pending.filter(({ from, to }) => from < to);
    while (this.#head < this.#ids.length && this.#ids[this.#head]! < first)
      this.#gone = this.#sums[this.#head++]!;
    if (this.#head < COMPACT) return;
    this.#ids.splice(0, this.#head);
    this.#sums.splice(0, this.#head);
    this.#head = 0;
  }
}

function restart(one: Pending, from: number, to: number): void {
  [one.from, one.to, one.next, one.ids, one.counts] = [from, to, from, [], []];
}
