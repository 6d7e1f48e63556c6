/** Says what is beside a line when a person's cursor comes to it: it stands in gutters, which no screen reader reads. */
import { announcer } from './announcer.svelte';

/** Who holds an arrow key down is told of the line where they stay. */
const STAYS_MS = 300;

export class LineTeller {
  #line: number | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly words: (line: number) => string | null) {}

  /** The cursor is on a line; `own`: the person put it there. */
  came(line: number, own: boolean): void {
    if (line === this.#line) return;
    this.stop();
    this.#line = line;
    // What one sets there oneself is told by its event.
    if (!own || this.words(line) === null) return;
    this.#timer = setTimeout(() => {
      const words = this.words(line);
      if (words !== null) announcer.say(words);
    }, STAYS_MS);
  }

  /** It is no more shown. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#line = null;
  }
}
