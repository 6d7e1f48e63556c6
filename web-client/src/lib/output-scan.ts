/**
 * Looks through the output, bit by bit. In: lines, and what counts in a row. Out: the rows in which something does, in
 * order, and how much in all.
 *
 * Invariants: a row that is settled is looked at once; what is found is kept in step with what is dropped; a look ends when
 * its time is up, and goes on where it was.
 */
import type { OutputLines, Row } from './output-lines';

/** So many rows are looked at between two looks at the clock. */
const STRIDE = 64;
const COMPACT = 16_384;

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

  constructor(
    private readonly lines: OutputLines,
    private readonly count: (row: Row) => number,
  ) {
    this.#next = this.#unsure = lines.first;
  }

  /** Rows in which something was found. */
  get length(): number {
    return this.#ids.length - this.#head;
  }

  /** How much was found in all. */
  get total(): number {
    return (this.#sums.at(-1) ?? this.#gone) - this.#gone;
  }

  get done(): boolean {
    return this.#next >= this.lines.end;
  }

  /** How much of what is there was looked at, 0 to 1. */
  get progress(): number {
    const { first, end } = this.lines;
    return end === first ? 1 : Math.max(0, this.#next - first) / (end - first);
  }

  id(index: number): number | undefined {
    return this.#ids[this.#head + index];
  }

  /** How much was found before the row at an index. */
  before(index: number): number {
    return (index === 0 ? this.#gone : this.#sums[this.#head + index - 1]!) - this.#gone;
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
    this.#drop();
    // The newest rows may have changed since.
    this.#next = Math.max(lines.first, Math.min(this.#next, this.#unsure));
    while (this.#ids.length > this.#head && this.#ids.at(-1)! >= this.#next) {
      this.#ids.pop();
      this.#sums.pop();
    }
    let sum = this.#sums.at(-1) ?? this.#gone;
    for (let seen = 1; this.#next < lines.end; this.#next++, seen++) {
      if (seen % STRIDE === 0 && over()) break;
      const found = this.count(lines.row(this.#next)!);
      if (found === 0) continue;
      this.#ids.push(this.#next);
      this.#sums.push((sum += found));
    }
    this.#unsure = Math.min(this.#next, lines.settled);
    return this.done;
  }

  #drop(): void {
    const { first } = this.lines;
    while (this.#head < this.#ids.length && this.#ids[this.#head]! < first)
      this.#gone = this.#sums[this.#head++]!;
    if (this.#head < COMPACT) return;
    this.#ids.splice(0, this.#head);
    this.#sums.splice(0, this.#head);
    this.#head = 0;
  }
}
