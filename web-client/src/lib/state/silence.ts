/**
 * Notices that nothing comes any more over a connection that nobody has closed: a network that swallows everything, a Wi-Fi that was
 * left, a computer that slept. In: that something was heard, and doubts. Out: `onSilent`, once.
 */

/** Three times what a server is silent for at most. */
export const SILENT_MS = 60_000;
/** So long after a doubt something has to be heard, on a slow line too. */
export const DOUBT_MS = 4_000;

export interface SilenceOptions {
  /** Asks the other end for a sign of life. */
  ask: () => void;
  onSilent: () => void;
}

export class Silence {
  #heard: number;
  #times = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #doubt: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: SilenceOptions) {
    this.#heard = Date.now();
    this.#wait();
  }

  /** Something came. It is said often, and has to cost nothing. */
  heard(): void {
    this.#heard = Date.now();
    this.#times += 1;
  }

  /** There is a reason to think that nothing comes any more, if nothing came for so long. */
  doubt(quiet: number): void {
    if (Date.now() - this.#heard < quiet || this.#doubt !== undefined) return;
    const times = this.#times;
    this.#doubt = setTimeout(() => {
      this.#doubt = undefined;
      if (this.#times !== times) return;
      this.end();
      this.options.onSilent();
    }, DOUBT_MS);
    this.options.ask();
  }

  end(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#doubt);
  }

  #wait(): void {
    // A computer that sleeps stops its timers, and not its clock.
    const left = this.#heard + SILENT_MS - Date.now();
    this.#timer = setTimeout(
      () => {
        this.doubt(SILENT_MS);
        this.#wait();
      },
      Math.max(left, DOUBT_MS),
    );
  }
}
