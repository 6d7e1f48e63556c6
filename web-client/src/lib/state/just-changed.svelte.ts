/**
 * Whether what is pressed has only just come to where it is: the next one in a list, when the one before it went. Until it can have
 * been seen nothing is done by it: a second tap, or a thumb on its way, was meant for what was there before.
 */
const SEEN_MS = 600;

class JustChanged {
  now = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;

  mark(): void {
    this.now = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.now = false), SEEN_MS);
  }

  /** An attachment for what makes room for another one when it goes. */
  readonly goes = (): (() => void) => () => this.mark();
}

export const justChanged = new JustChanged();
