/**
 * What was shown last, while what takes its place is on its way: a step would show nothing in between for a moment, and the page
 * would make all of it anew. In a component's script: it has effects.
 */

import type { StopId } from '../protocol';

/** Longer than that, and people should see that something is loading. */
const LINGER_MS = 500;

export class Linger<T> {
  #kept: { stop: StopId | null; value: T } | null = null;
  #late = $state(false);
  #waits = $derived.by(() => {
    const { value, waits } = this.now();
    return value === null && waits;
  });
  #shown = $derived.by((): { value: T; old: boolean } | null => {
    const { stop, value } = this.now();
    if (value !== null) {
      this.#kept = { stop, value };
      return { value, old: false };
    }
    // Within a stop it was the person who asked for something: they see that it is loading.
    const lingers = this.#waits && !this.#late && this.#kept !== null && this.#kept.stop !== stop;
    return lingers ? { value: this.#kept!.value, old: true } : null;
  });

  /** `now`: what there is to show of which stop, or whether it may still come. */
  constructor(private readonly now: () => { stop: StopId | null; value: T | null; waits: boolean }) {
    $effect(() => {
      if (!this.#waits) return;
      const timer = setTimeout(() => (this.#late = true), LINGER_MS);
      return () => {
        clearTimeout(timer);
        this.#late = false;
      };
    });
  }

  /** What to show; `old`: of a stop before, and something else is to take its place. Null: nothing, say why. */
  get shown(): { value: T; old: boolean } | null {
    return this.#shown;
  }
}
