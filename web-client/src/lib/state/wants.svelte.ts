/** Parts of the present stop that were asked for, and what became of that. Each is asked for once. */
import type { Envelope, Snapshot, StopId } from '../protocol';
import { CommandError } from './replies';
import { wantKey, wantOf, type Missing, type Want } from './room';

export interface WantsOptions {
  send: (want: Want) => Promise<unknown>;
  /** The present stop. */
  current: () => StopId | null;
  /** Runs behind the next batch of events. */
  schedule: (run: () => void) => void;
}

export class Wants {
  #known = $state.raw<ReadonlyMap<string, Missing>>(new Map());

  constructor(private readonly options: WantsOptions) {}

  /** What is said of a part while it isn't there, if it was asked for. */
  of(want: Want): Missing | undefined {
    return this.#known.get(wantKey(want));
  }

  /** Asks for it, unless it was asked for. */
  ask(want: Want): void {
    const key = wantKey(want);
    if (this.#known.has(key)) return;
    this.#known = new Map(this.#known).set(key, { why: 'loading' });
    this.options.send(want).then(
      // Its event came before the reply, and is folded with its frame at the latest.
      () => this.options.schedule(() => this.#note(want, { why: 'came' })),
      (error: CommandError) =>
        this.#note(
          want,
          error.code === 'connection_lost' ? null : { why: 'refused', message: error.message },
        ),
    );
  }

  /** It may be asked for again. */
  forget(want: Want): void {
    const key = wantKey(want);
    if (this.#known.has(key)) this.#known = new Map([...this.#known].filter(([one]) => one !== key));
  }

  /** Another stop. */
  clear(): void {
    this.#known = new Map();
  }

  /** What was on its way is lost; what had come, and isn't in a snapshot, was dropped. */
  reconnected(before: Snapshot, snapshot: Snapshot | null): void {
    const same = !snapshot || snapshot.stop?.stop === before.stop?.stop;
    const known = [...this.#known].filter(([, { why }]) => same && why !== 'loading');
    this.#known = new Map(
      known.map(([key, state]) => [key, snapshot && state.why === 'came' ? { why: 'gone' } : state]),
    );
  }

  /** What was dropped isn't asked for by itself again: something else would be dropped for it, and so on. */
  noteDropped(events: readonly Envelope[]): void {
    for (const { event } of events) {
      if (event.type !== 'dropped') continue;
      const wants = event.parts.map((part) => wantOf(event.stop, part));
      wants.forEach((want) => want && this.#note(want, { why: 'gone' }));
    }
  }

  /** Null: it can be asked for again. */
  #note(want: Want, state: Missing | null): void {
    if (this.options.current() !== want.stop) return;
    const key = wantKey(want);
    // It was dropped before it was shown.
    if (state?.why === 'came' && this.#known.get(key)?.why !== 'loading') return;
    const known = new Map(this.#known);
    if (state) known.set(key, state);
    else known.delete(key);
    this.#known = known;
  }
}
