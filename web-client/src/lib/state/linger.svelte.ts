/**
 * What was shown last, while what takes its place is on its way: a step would show nothing in between for a moment, and the page
 * would make all of it anew. In a component's script: it has effects.
 */

/** Longer than that, and people should see that something is loading. */
const LINGER_MS = 500;

export class Linger<T> {
  #kept: T | null = null;
  #late = $state(false);
  #waits = $derived.by(() => {
    const { value, waits } = this.now();
    return value === null && waits;
  });
  #shown = $derived.by((): { value: T; old: boolean } | null => {
    const { value } = this.now();
    if (value !== null) return { value: (this.#kept = value), old: false };
    return this.#waits && this.#kept !== null && !this.#late ? { value: this.#kept, old: true } : null;
  });

  /** `now`: what there is to show, or whether it may still come. */
  constructor(private readonly now: () => { value: T | null; waits: boolean }) {
    $effect(() => {
      if (!this.#waits) return;
      const timer = setTimeout(() => (this.#late = true), LINGER_MS);
      return () => {
        clearTimeout(timer);
        this.#late = false;
      };
    });
  }

  /** What to show; `old`: something else is to take its place. Null: nothing, say why. */
  get shown(): { value: T; old: boolean } | null {
    return this.#shown;
  }
}
