/**
 * What a program printed, as lines. In: pieces of its streams, as they come. Out: rows, numbered from 0 on. Rows that are put
 * in later leave those below them their numbers, and lower those above: `splices` tells who keeps numbers.
 *
 * Invariants: appending costs in proportion to what is appended; how text was cut into pieces makes no difference; only
 * the newest `UNSETTLED` rows may still change; no more is kept than the limits say, and `first` is behind what went.
 */
import { lookOf, NEW_PEN, PLAIN, turned, type Look, type Pen } from './ansi';
import { isHigh, paint, put } from './output-row';
import type { OutputCategory, ProcessId } from './protocol';

/** A stretch of a row up to `to`, from where the one before ended. */
export interface Run {
  to: number;
  look: Look;
}

export interface Row {
  /** A notice is ours: something is missing here. */
  category: OutputCategory | 'notice';
  process: ProcessId;
  text: string;
  /** Null: all of it is plain. */
  runs: Run[] | null;
  /** The line was too long: it goes on in the next row of its stream. */
  continues: boolean;
}

export interface Limits {
  rows: number;
  chars: number;
  /** How long a row may be. */
  row: number;
}

/** Rows took the place of those from one number up to another (none, if both are the same). */
export interface Splice {
  from: number;
  to: number;
  rows: number;
}

/** What becomes of a row's number. */
export function moved(id: number, { from, to, rows }: Splice): number {
  return id < from ? id - rows + (to - from) : id;
}

/** 32 Mi characters are at most 64 MiB. */
export const LIMITS: Limits = { rows: 200_000, chars: 32 * 1_048_576, row: 10_000 };

/** A line that was begun before so many others came isn't continued: what is so far up is not read any more. */
export const UNSETTLED = 64;

/**
 * What a terminal's cursor went back into is written over, as long as the row is no longer than this: behind the cursor a longer
 * one is dropped. No terminal has such lines, and each time it costs what the row is long.
 */
export const COLUMNS = 1_000;

/** Rows that went are let go of at once, their places in the list in batches. */
const COMPACT = 16_384;

/** One stream of one process. */
interface Tape {
  /** The row that its next text goes to. */
  open: number | null;
  pen: Pen;
  look: Look;
  /** An escape sequence whose end hasn't come. */
  rest: string;
  /** Where in its row the next text goes, if not at the end: it was moved back, and may be behind an end that was erased. */
  cursor: number | null;
  /** Its row was left open: a newline that comes first only ends that one. */
  left: boolean;
}

const blank = (): Tape => ({
  open: null,
  pen: NEW_PEN,
  look: PLAIN,
  rest: '',
  cursor: null,
  left: false,
});

// eslint-disable-next-line no-control-regex -- that is what a terminal understands
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/g;
// eslint-disable-next-line no-control-regex
const SEQUENCE = /\x1b\[([0-?]{0,256})([ -/]{0,16})([@-~]?)/y;
// eslint-disable-next-line no-control-regex
const STRING = /\x1b[\]PX^_][^\x07\x1b\n]{0,4094}/y;
// eslint-disable-next-line no-control-regex
const OTHER = /\x1b[ -/]{0,16}[0-~]?/y;

export class OutputLines {
  /** Number of the oldest row that is kept. */
  first = 0;
  /** Longest row that was ever here. */
  longest = 0;
  /** Whether old rows had to go. */
  trimmed = false;
  /** What was put in, in order. */
  readonly splices: Splice[] = [];
  /** Processes that said something. */
  readonly processes = new Set<ProcessId>();
  #rows: (Row | undefined)[] = [];
  /** Number of the row that is at 0 in the list. */
  #base = 0;
  #chars = 0;
  #tapes = new Map<string, Tape>();

  constructor(readonly limits: Limits = LIMITS) {}

  /** Number after the newest row. */
  get end(): number {
    return this.#base + this.#rows.length;
  }

  /** Rows before this number don't change any more. */
  get settled(): number {
    return Math.max(this.first, this.end - UNSETTLED);
  }

  /** Characters that are kept. */
  get chars(): number {
    return this.#chars;
  }

  row(id: number): Row | undefined {
    return this.#rows[id - this.#base];
  }

  /** A line of our own; gives it. */
  note(text: string): Row {
    const row: Row = { category: 'notice', process: 0, text, runs: null, continues: false };
    this.#push(row);
    this.#trim();
    return row;
  }

  /** What comes next doesn't follow what came last. */
  cut(): void {
    this.#tapes.clear();
  }

  /** The number of a row; it costs a look at all of them. */
  idOf(row: Row): number | null {
    const at = this.#rows.indexOf(row);
    return at < 0 ? null : this.#base + at;
  }

  /** Puts rows in the place of those from one number up to another. Those that go on being written to must be among them. */
  splice(from: number, to: number, rows: readonly Row[]): void {
    const splice = { from, to, rows: rows.length };
    const gone = new Map<number, Row>();
    for (let id = from; id < to; id++) {
      const row = this.row(id)!;
      this.#chars -= row.text.length;
      gone.set(id, row);
    }
    const above = this.#rows.slice(this.first - this.#base, from - this.#base);
    const below = this.#rows.slice(to - this.#base);
    this.#rows = above.concat(rows, below);
    this.first = this.#base = this.first - rows.length + (to - from);
    for (const row of rows) {
      this.#chars += row.text.length;
      this.longest = Math.max(this.longest, row.text.length);
      if (row.category !== 'notice') this.processes.add(row.process);
    }
    for (const tape of this.#tapes.values()) {
      if (tape.open === null) continue;
      const row = gone.get(tape.open);
      if (!row) tape.open = moved(tape.open, splice);
      else tape.open = rows.includes(row) ? to - rows.length + rows.indexOf(row) : null;
    }
    this.splices.push(splice);
    this.#trim();
  }

  /** The rows that are being written to, by stream. */
  get open(): ReadonlyMap<string, number> {
    const open = new Map<string, number>();
    for (const [key, tape] of this.#tapes) if (this.#opened(tape)) open.set(key, tape.open!);
    return open;
  }

  /** Whether what comes next makes the same rows here as there. */
  goesOnAs(other: OutputLines): boolean {
    return [...new Set([...this.#tapes.keys(), ...other.#tapes.keys()])].every((key) => {
      const [one, two] = [this.#tapes.get(key) ?? blank(), other.#tapes.get(key) ?? blank()];
      return (
        one.rest === two.rest &&
        one.cursor === two.cursor &&
        JSON.stringify(one.pen) === JSON.stringify(two.pen) &&
        JSON.stringify(this.#opened(one)) === JSON.stringify(other.#opened(two)) &&
        one.left === two.left
      );
    });
  }

  append(category: OutputCategory, process: ProcessId, text: string): void {
    this.processes.add(process);
    const tape = this.#tape(category, process);
    const all = tape.rest + text;
    tape.rest = '';
    let at = 0;
    while (at < all.length) {
      CONTROL.lastIndex = at;
      const next = CONTROL.exec(all)?.index ?? all.length;
      if (next > at) this.#write(tape, category, process, all.slice(at, next));
      at = next;
      if (at < all.length) at = this.#control(tape, category, process, all, at);
    }
    this.#trim();
  }

  /** Does what a control character says; gives where the text goes on. */
  #control(tape: Tape, category: OutputCategory, process: ProcessId, text: string, at: number): number {
    switch (text[at]) {
      case '\n':
        this.#newline(tape, category, process);
        return at + 1;
      case '\r':
        tape.cursor = 0;
        return at + 1;
      case '\b':
        this.#move(tape, (at) => at - 1);
        return at + 1;
      case '\x1b':
        return this.#escape(tape, text, at);
      default:
        return at + 1;
    }
  }

  #escape(tape: Tape, text: string, at: number): number {
    const keep = (): number => {
      tape.rest = text.slice(at);
      return text.length;
    };
    const kind = text[at + 1];
    if (kind === undefined) return keep();
    if (kind === '[') {
      SEQUENCE.lastIndex = at;
      const [all = '', parameters = '', between = '', final = ''] = SEQUENCE.exec(text) ?? [];
      const to = at + all.length;
      if (final === '' && to === text.length) return keep();
      if (between !== '' || /[<=>?]/.test(parameters)) return to;
      if (final === 'm') {
        tape.pen = turned(tape.pen, parameters);
        tape.look = lookOf(tape.pen);
      } else if (final === 'K') this.#erase(tape, Number(parameters));
      else if (final === 'G') this.#move(tape, () => Math.min(COLUMNS, Number(parameters) || 1) - 1);
      return to;
    }
    if (']PX^_'.includes(kind)) {
      // A title, a link and the like: up to its terminator, or to where it clearly has none.
      STRING.lastIndex = at;
      const to = at + STRING.exec(text)![0].length;
      if (to - at >= 4096 || text[to] === '\n') return to;
      if (text[to] === '\x07') return to + 1;
      if (to + 1 >= text.length) return keep();
      return text[to + 1] === '\\' ? to + 2 : to;
    }
    OTHER.lastIndex = at;
    const all = OTHER.exec(text)![0];
    const ended = /[0-~]$/.test(all);
    return !ended && at + all.length === text.length ? keep() : at + all.length;
  }

  #write(tape: Tape, category: OutputCategory, process: ProcessId, text: string): void {
    let row = this.#opened(tape);
    // It moved to a column before there was anything.
    if (!row && !tape.left && (tape.cursor ?? 0) > 0)
      tape.open = this.#push((row = { category, process, text: '', runs: null, continues: false }));
    tape.left = false;
    const over = row && tape.cursor !== null ? this.#overwrite(row, tape, tape.cursor, text) : 0;
    if (over < text.length) tape.cursor = null;
    for (let from = over; from < text.length;) {
      if (!row) tape.open = this.#push((row = { category, process, text: '', runs: null, continues: false }));
      const room = Math.max(0, this.limits.row - row.text.length);
      let to = Math.min(text.length, from + room);
      // Not within a character.
      if (to < text.length && /[\udc00-\udfff]/.test(text[to]!)) to -= 1;
      if (to > from) {
        const before = row.text.length;
        row.text += text.slice(from, to);
        this.#chars += to - from;
        this.longest = Math.max(this.longest, row.text.length);
        paint(row, before, tape.look);
      }
      from = to;
      if (from < text.length) {
        row.continues = true;
        row = null;
      }
    }
  }

  #newline(tape: Tape, category: OutputCategory, process: ProcessId): void {
    const row = this.#opened(tape);
    if (!row && !tape.left) this.#push({ category, process, text: '', runs: null, continues: false });
    tape.open = null;
    tape.left = false;
    tape.cursor = null;
  }

  /** Writes over what is there, a letter over each; gives how much of the text that took. */
  #overwrite(row: Row, tape: Tape, cursor: number, text: string): number {
    const end = row.text.length;
    if (cursor > end) this.#put(row, end, end, ' '.repeat(cursor - end), PLAIN);
    let [used, to] = [0, cursor];
    while (used < text.length && to < row.text.length) {
      used += isHigh(text, used) ? 2 : 1;
      to += isHigh(row.text, to) ? 2 : 1;
      // Letter by letter, as it may come in any pieces.
      if (row.text.length + used - (to - cursor) > COLUMNS) to = row.text.length;
    }
    this.#put(row, cursor, to, text.slice(0, used), tape.look);
    tape.cursor = cursor + used < row.text.length ? cursor + used : null;
    return used;
  }

  /** To a place in the row that is being written. */
  #move(tape: Tape, to: (from: number) => number): void {
    const row = this.#opened(tape);
    const text = row?.text ?? '';
    const at = Math.max(0, to(tape.cursor ?? text.length));
    // Not within a character.
    tape.cursor = at === text.length ? null : /[\udc00-\udfff]/.test(text[at] ?? '') ? at - 1 : at;
  }

  /** From the cursor on (0), or all of the line (2); the cursor stays where it is. */
  #erase(tape: Tape, what: number): void {
    const row = this.#opened(tape);
    if (!row || (what !== 0 && what !== 2)) return;
    const [at, end] = [tape.cursor ?? row.text.length, row.text.length];
    if (what === 2 || at < end) this.#put(row, what === 2 ? 0 : at, end, '', PLAIN);
    const stays = at > COLUMNS ? row.text.length : at;
    tape.cursor = stays === row.text.length ? null : stays;
  }

  #put(row: Row, from: number, to: number, text: string, look: Look): void {
    const { length } = row.text;
    put(row, from, to, text, look);
    this.#chars += row.text.length - length;
    this.longest = Math.max(this.longest, row.text.length);
  }

  #opened(tape: Tape): Row | null {
    if (tape.open === null) return null;
    if (tape.open >= this.settled) return this.row(tape.open) ?? null;
    tape.open = null;
    tape.left = true;
    return null;
  }

  #tape(category: OutputCategory, process: ProcessId): Tape {
    const key = `${process} ${category}`;
    let tape = this.#tapes.get(key);
    if (!tape) {
      tape = blank();
      this.#tapes.set(key, tape);
    }
    return tape;
  }

  #push(row: Row): number {
    this.#chars += row.text.length;
    this.longest = Math.max(this.longest, row.text.length);
    return this.#base + this.#rows.push(row) - 1;
  }

  #trim(): void {
    const { rows, chars } = this.limits;
    while (this.end - this.first > rows || (this.#chars > chars && this.end - this.first > UNSETTLED)) {
      const at = this.first - this.#base;
      this.#chars -= this.#rows[at]?.text.length ?? 0;
      this.#rows[at] = undefined;
      this.first += 1;
      this.trimmed = true;
    }
    const gone = this.first - this.#base;
    if (gone < COMPACT) return;
    this.#rows.splice(0, gone);
    this.#base = this.first;
  }
}

/** A text as a terminal leaves it, without its colours. */
export function plainText(printed: string): string {
  const lines = new OutputLines();
  lines.append('stdout', 0, printed);
  return Array.from({ length: lines.end }, (_, i) => lines.row(i)!.text).join('\n');
}
