/**
 * “Run to here”: a breakpoint of one's own for one stop, set in the shared doc like any other, so that everybody sees it.
 *
 * In: snapshots. Out: continue when debugpy has confirmed the line; the entry goes at the next stop, or when it can't be.
 */
import { newId } from '../browser';
import type { DocEntry } from '../breakpoints';
import type { EntryId, Snapshot, StopId } from '../protocol';

export interface RunToDeps {
  set(id: EntryId, entry: DocEntry): void;
  remove(id: EntryId): void;
  resume(stop: StopId): Promise<unknown>;
  trouble(message: string): void;
}

export class RunTo {
  #going: { id: EntryId; stop: StopId; resumed: boolean } | null = null;

  constructor(private readonly deps: RunToDeps) {}

  start(stop: StopId, entry: DocEntry): EntryId {
    this.#end();
    const id = newId();
    this.#going = { id, stop, resumed: false };
    this.deps.set(id, entry);
    return id;
  }

  /** Called when the snapshot changed. */
  sync({ breakpoints, phase, stop }: Snapshot): void {
    const going = this.#going;
    if (!going) return;
    const arrived = phase.name === 'stopped' && stop !== null && stop.stop !== going.stop;
    if (arrived || phase.name === 'ended') return this.#end();
    const state = breakpoints[going.id];
    if (going.resumed || !state || state.verified === null || phase.name !== 'stopped') return;
    if (!state.verified) {
      this.deps.trouble(state.message ?? 'The program cannot stop at this line.');
      return this.#end();
    }
    going.resumed = true;
    this.deps.resume(going.stop).catch((error: unknown) => {
      this.deps.trouble(error instanceof Error ? error.message : String(error));
      this.#end();
    });
  }

  #end(): void {
    if (this.#going) this.deps.remove(this.#going.id);
    this.#going = null;
  }
}
