/**
 * The output that this client keeps: far more lines than the snapshot has. In: the pieces of a snapshot, then the events
 * that the session folds. Out: `lines`, and `version`, which changes with them.
 *
 * Invariant: a piece is taken in once, by its number; where some are missing, a line says so.
 */
import { OutputLines, type Limits } from '../output-lines';
import { LIMITS, type Envelope, type JournalSeq, type OutputLine } from '../protocol';

export class OutputStore {
  lines = $state.raw<OutputLines>(new OutputLines());
  version = $state(0);
  /** There was more before the oldest piece that came. */
  #cut = $state(false);
  /** Number of the last piece that was taken in. */
  #seen: JournalSeq = 0;

  constructor(private readonly limits?: Limits) {
    this.lines = new OutputLines(limits);
  }

  /** Whether there was more before the first line. */
  get earlier(): boolean {
    void this.version;
    return this.#cut || this.lines.first > 0;
  }

  /** What a snapshot has of it: all of it, or the part that was missed. */
  fill(pieces: readonly OutputLine[]): void {
    const missed = pieces.filter(({ seq }) => seq > this.#seen);
    const complete = pieces.length < LIMITS.outputKept || missed.length < pieces.length;
    if (!complete && this.#seen === 0) this.#cut = true;
    else if (!complete)
      this.lines.note(
        'Some lines are missing here: too many came while you were away. The recording has them.',
      );
    for (const { seq, category, process, text } of missed) {
      this.lines.append(category, process, text);
      this.#seen = seq;
    }
    this.version += 1;
  }

  /** What came since. */
  append(events: readonly Envelope[]): void {
    let changed = false;
    for (const { seq, event } of events) {
      if (event.type === 'gap') this.lines.note(`Lines may be missing here. ${event.reason}`);
      else if (event.type === 'output' && seq > this.#seen)
        this.lines.append(event.category, event.process, event.text);
      else continue;
      this.#seen = seq;
      changed = true;
    }
    if (changed) this.version += 1;
  }

  /** Only what a moment's snapshot has. */
  show(pieces: readonly OutputLine[]): void {
    this.lines = new OutputLines(this.limits);
    this.#seen = 0;
    this.#cut = false;
    this.fill(pieces);
  }
}
