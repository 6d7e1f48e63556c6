/**
 * The output that this client keeps: far more lines than the snapshot has. In: the pieces of a snapshot, then the events
 * that the session folds, and earlier pieces out of the journal. Out: `lines`, and `version`, which changes with them.
 *
 * Invariant: a piece is taken in once, by its number; where some are missing, it is known which, and they can be loaded.
 */
import { sentence, type OutputPage } from '../api';
import { OutputLines, type Limits, type Row } from '../output-lines';
import { feed, headOf, join, pieceOf, type Piece } from '../output-seam';
import { LIMITS, type Envelope, type JournalSeq, type OutputLine } from '../protocol';

/** The newest output before an event. */
export type EarlierOutput = (before: JournalSeq, signal: AbortSignal) => Promise<OutputPage>;

export type HoleState =
  { name: 'more' } | { name: 'loading' } | { name: 'failed'; message: string } | { name: 'filled' };

/** Where pieces are missing that the journal has. They are loaded from its end on, as that is next to what is read. */
export class Hole {
  state = $state.raw<HoleState>({ name: 'more' });

  constructor(
    /** The line that tells of it; null: it is before the first. */
    readonly row: Row | null,
    /** Pieces up to this number are here. */
    readonly after: JournalSeq,
    /** Pieces from this number on are here. */
    public before: JournalSeq,
    /** The first of those: a line may have been begun in the hole. */
    public head: Piece[],
  ) {}
}

export class OutputStore {
  lines = $state.raw<OutputLines>(new OutputLines());
  version = $state(0);
  /** Before the first line; null: that is where the output starts. */
  top = $state.raw<Hole | null>(null);
  /** Number of the last piece that was taken in. */
  #seen: JournalSeq = 0;
  #holes = new WeakMap<Row, Hole>();
  /** The same, in order. */
  #between: Hole[] = [];
  /** Ends what is being loaded, once it isn't wanted any more. */
  #leaving = new AbortController();

  constructor(
    private readonly earlier: EarlierOutput,
    private readonly limits?: Limits,
  ) {
    this.lines = new OutputLines(limits);
  }

  /** Old lines had to go, as there are so many. */
  get full(): boolean {
    void this.version;
    return this.lines.trimmed;
  }

  /** What a line tells of. */
  holeAt(row: Row): Hole | null {
    return this.#holes.get(row) ?? null;
  }

  /** Where lines are missing that can be loaded: the place that is nearest to the end; null: nowhere. */
  get missing(): Hole | null {
    void this.version;
    const { lines, top } = this;
    const left = this.#between.findLast(
      ({ state, row }) => state.name !== 'filled' && (lines.idOf(row!) ?? -Infinity) >= lines.first,
    );
    return left ?? (this.full || top?.state.name === 'filled' ? null : top);
  }

  /** What a snapshot has of it: all of it, or the part that was missed. */
  fill(pieces: readonly OutputLine[]): void {
    const missed = pieces.filter(({ seq }) => seq > this.#seen);
    const complete = pieces.length < LIMITS.outputKept || missed.length < pieces.length;
    if (!complete) this.#leaveHole(missed);
    for (const piece of missed) {
      feed(this.lines, piece);
      this.#seen = piece.seq;
    }
    this.version += 1;
  }

  /** What came since. */
  append(events: readonly Envelope[]): void {
    let changed = false;
    for (const event of events) {
      const piece = pieceOf(event);
      if (!piece || (piece.seq <= this.#seen && !('gap' in piece))) continue;
      feed(this.lines, piece);
      this.#seen = piece.seq;
      changed = true;
    }
    if (changed) this.version += 1;
  }

  /** Only what a moment's snapshot has. */
  show(pieces: readonly OutputLine[]): void {
    this.#leaving.abort();
    this.#leaving = new AbortController();
    this.lines = new OutputLines(this.limits);
    this.top = null;
    this.#between = [];
    this.#seen = 0;
    this.fill(pieces);
  }

  /** Loads what was printed right before a hole's end; gives how many lines that were, or null if nothing came of it. */
  async load(hole: Hole): Promise<number | null> {
    const { lines } = this;
    if (hole.state.name === 'loading' || hole.state.name === 'filled') return null;
    if (hole === this.top && this.full) return null;
    hole.state = { name: 'loading' };
    try {
      const page = await this.earlier(hole.before, this.#leaving.signal);
      return this.lines === lines ? this.#put(hole, page) : null;
    } catch (error) {
      if (this.lines === lines) hole.state = { name: 'failed', message: sentence(error) };
      return null;
    }
  }

  #leaveHole(missed: readonly OutputLine[]): void {
    const [before, head] = [missed[0]!.seq, headOf(missed)];
    if (this.#seen === 0) {
      this.top = new Hole(null, 0, before, head);
      return;
    }
    // What was being written when the connection was lost doesn't go on here.
    this.lines.cut();
    const row = this.lines.note('Some lines are missing here: too many came while you were away.');
    const hole = new Hole(row, this.#seen, before, head);
    this.#holes.set(row, hole);
    this.#between.push(hole);
  }

  #put(hole: Hole, { events, earlier }: OutputPage): number | null {
    const { lines } = this;
    const start = hole.row === null ? lines.first : (lines.idOf(hole.row) ?? -Infinity) + 1;
    // There are so many lines by now that those before and behind the hole are gone.
    if (start < lines.first || (hole === this.top && lines.trimmed)) {
      hole.state = { name: 'filled' };
      return null;
    }
    const missing = events.flatMap((event) => (event.seq > hole.after ? (pieceOf(event) ?? []) : []));
    const filled = !earlier || missing.length < events.length || missing.length === 0;
    const { rows, replaces, head } = join(missing, hole.head, lines.limits, (row) => lines.row(start + row)!);
    // The line that told of it goes with it.
    lines.splice(filled && hole.row ? start - 1 : start, start + replaces, rows);
    hole.before = missing[0]?.seq ?? hole.before;
    hole.head = head;
    hole.state = { name: filled ? 'filled' : 'more' };
    this.version += 1;
    return rows.length - replaces;
  }
}
