/**
 * What was cleared from one person's screen: what came until then is hidden, until they ask for it or load the page again.
 * Nobody else's changes, and the recording keeps all.
 */
import { announcer } from './announcer.svelte';
import type { OutputView } from './output-view.svelte';
import type { Room } from './room';

export type Clearable = 'output' | 'console' | 'snaps';

export class Clearing {
  /** What came up to these numbers isn't shown. */
  #until = $state({ console: 0, snaps: 0 });

  constructor(
    private readonly room: Room,
    private readonly output: OutputView,
  ) {}

  get console(): number {
    return this.#until.console;
  }

  get snaps(): number {
    return this.#until.snaps;
  }

  clear(what: Clearable): void {
    const { evaluations, snaps } = this.room.snapshot;
    if (what === 'output') this.output.clear();
    else this.#until[what] = (what === 'console' ? evaluations : snaps).at(-1)?.seq ?? 0;
    announcer.say(`Cleared, on this screen: ${what}.`);
  }

  showAll(what: Clearable): void {
    if (what === 'output') this.output.showAll();
    else this.#until[what] = 0;
  }
}
