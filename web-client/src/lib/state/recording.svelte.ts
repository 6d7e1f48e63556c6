/**
 * A recording at one moment. In: where to go. Out: the snapshot there, from the same fold as the live view.
 * Moments are fetched from keyframes and kept; the neighbours of a stop are fetched ahead, so that stepping is instant.
 */
import { api, ApiError, sentence, type Moment, type OutputPage } from '../api';
import { emptySnapshot, foldAll } from '../fold';
import { isBefore } from '../before';
import type {
  JournalSeq,
  Participant,
  SessionId,
  SessionRow,
  Snapshot,
  StopInfo,
  StopView,
} from '../protocol';
import { fragmentOf, parseFragment, type LinkTo } from '../links';
import { count, place, stateOf } from '../words';
import { announcer } from './announcer.svelte';
import { OutputStore } from './output-store.svelte';
import type { Missing, Room } from './room';
import { Sources } from './sources.svelte';
import { stopBefore } from './stop-before';

const KEPT = 48;

/** What of the API is needed; replaced in tests. */
export interface RecordingApi {
  session(id: SessionId): Promise<SessionRow>;
  stops(id: SessionId): Promise<StopInfo[]>;
  moment(id: SessionId, at: JournalSeq, signal?: AbortSignal): Promise<Moment>;
  output(id: SessionId, before: JournalSeq, signal: AbortSignal): Promise<OutputPage>;
}

export type RecordingState = { name: 'loading' } | { name: 'ready' } | { name: 'failed'; message: string };

export class Recording implements Room {
  readonly mode = 'recording';
  readonly sources: Sources;
  readonly output: OutputStore;
  state = $state.raw<RecordingState>({ name: 'loading' });
  row = $state.raw<SessionRow | null>(null);
  stops = $state.raw<StopInfo[]>([]);
  snapshot = $state.raw<Snapshot>(emptySnapshot());
  before = $state.raw<StopView | null>(null);
  /** Where we are going; equals `snapshot.seq` when we are there. */
  target = $state(0);
  /** A moment is being fetched. */
  moving = $state(false);
  /** Why the moment could not be loaded that was wanted last; until one is shown. */
  trouble = $state.raw<string | null>(null);
  /** It was deleted, or is not for us any more: to try again helps nothing. */
  gone = $state(false);
  /** Place in `stops` of the stop that the target belongs to or follows; -1 before the first. */
  index = $derived(this.stops.findLastIndex((stop) => stop.seq <= this.target));
  current: StopInfo | null = $derived(this.stops[this.index] ?? null);
  /** Whether the target is exactly the stop's own moment. */
  atStop = $derived(this.current?.last_seq === this.target);
  last = $derived(this.row?.last_seq ?? 0);
  you = $state.raw<Participant | null>(null);
  readonly waiting = [];
  readonly over = 'A recording cannot be changed.';

  #moments = new Map<JournalSeq, Snapshot>();
  #fetching: AbortController | null = null;
  readonly #api: RecordingApi;

  constructor(
    readonly id: SessionId,
    { with: with_ = api, sources }: { with?: RecordingApi; sources?: Sources } = {},
  ) {
    this.#api = with_;
    this.output = new OutputStore((before, signal) => with_.output(id, before, signal));
    this.sources = sources ?? new Sources(id);
  }

  /** Loads the list of stops and goes to the moment that the fragment names, or to the first stop. */
  async open(hash: string): Promise<void> {
    this.state = { name: 'loading' };
    try {
      const [row, stops] = await Promise.all([this.#api.session(this.id), this.#api.stops(this.id)]);
      this.row = row;
      this.stops = stops;
      await this.goTo(this.linked(hash) ?? stops[0]?.last_seq ?? row.last_seq);
      this.state = this.trouble ? { name: 'failed', message: this.trouble } : { name: 'ready' };
      const name = this.snapshot.session?.target.name ?? 'a session';
      if (!this.trouble)
        announcer.say(`Recording of ${name}, ${count(stops.length, 'stop')}. ${stateOf(this.snapshot)}.`);
    } catch (error) {
      this.#fail(error);
      this.state = { name: 'failed', message: this.trouble! };
    }
  }

  /** The number that `#stop=N` or `#at=SEQ` names; of a stop that there isn't, which is said, the last one's. */
  linked(hash: string): JournalSeq | null {
    const { stop, at } = parseFragment(hash);
    if (at !== undefined) return this.#clamp(at);
    if (stop === undefined) return null;
    const found = this.stops.find((one) => one.stop === stop);
    if (found) return found.last_seq;
    const last = this.stops.at(-1);
    const instead = last ? `: this is its last, stop ${last.stop}` : '';
    announcer.toast(`This recording has no stop ${stop}${instead}.`, 'error');
    return last?.last_seq ?? this.last;
  }

  /** The present moment, for links. */
  get moment(): LinkTo {
    return this.current && this.atStop ? { stop: this.current.stop } : { at: this.target };
  }

  get fragment(): string {
    return fragmentOf(this.moment);
  }

  /** To the next or previous stop. From between two stops, back is the start of what one is in. */
  async step(by: 1 | -1): Promise<void> {
    const from =
      by === -1 && this.current && this.target > this.current.last_seq ? this.index + 1 : this.index;
    const stop = this.stops[from + by];
    if (!stop) return;
    await this.goTo(stop.last_seq);
    if (this.trouble !== null || this.target !== stop.last_seq) return;
    announcer.say(
      `Stop ${stop.stop} of ${this.stops.length}, ${place(stop.path, stop.line)}, ${stop.reason}`,
    );
  }

  /** Shows the state after an event. The last call wins. */
  async goTo(seq: JournalSeq): Promise<void> {
    const at = this.#clamp(seq);
    this.target = at;
    this.#fetching?.abort();
    const known = this.#moments.get(at);
    if (known) {
      this.#show(known);
      return;
    }
    const fetching = new AbortController();
    this.#fetching = fetching;
    this.moving = true;
    try {
      const snapshot = await this.#fetch(at, fetching.signal);
      if (!fetching.signal.aborted) this.#show(snapshot);
    } catch (error) {
      if (fetching.signal.aborted) return;
      this.moving = false;
      this.#fail(error);
      // On the page that opens it that is the page's own to say.
      if (this.state.name === 'ready') announcer.say(this.trouble!);
    }
  }

  send(): Promise<never> {
    return Promise.reject(new Error(this.over));
  }

  want(): void {
    // What was not captured then can't be asked for now.
  }

  again(): void {
    // The same.
  }

  missing(): Missing {
    return { why: 'not-captured' };
  }

  #show(snapshot: Snapshot): void {
    this.#fetching = null;
    this.moving = false;
    this.trouble = null;
    this.snapshot = snapshot;
    void this.#findBefore(snapshot);
    this.output.show(snapshot.output);
    for (const neighbour of [this.stops[this.index + 1], this.stops[this.index - 1]]) {
      // A failure here shows when one really goes there.
      if (neighbour && !this.#moments.has(neighbour.last_seq))
        void this.#fetch(neighbour.last_seq).catch(() => {});
    }
  }

  /** Without the stop before nothing is marked as changed. */
  async #findBefore(snapshot: Snapshot): Promise<void> {
    if (isBefore(this.before, snapshot)) return;
    this.before = null;
    const found = await stopBefore(snapshot, {
      startOf: async (stop) => this.stops.find((one) => one.stop === stop)?.seq,
      momentAt: async (at) => this.#moments.get(at) ?? this.#fetch(at),
    }).catch(() => null);
    if (this.snapshot === snapshot) this.before = found;
  }

  async #fetch(at: JournalSeq, signal?: AbortSignal): Promise<Snapshot> {
    const { snapshot, events } = await this.#api.moment(this.id, at, signal);
    const folded = foldAll(snapshot, events);
    this.#moments.set(at, folded);
    for (const oldest of this.#moments.keys()) {
      if (this.#moments.size <= KEPT) break;
      this.#moments.delete(oldest);
    }
    return folded;
  }

  #fail(error: unknown): void {
    this.gone = error instanceof ApiError && error.code === 'session_not_found';
    this.trouble =
      this.gone && this.state.name === 'ready' ? 'Somebody has deleted this recording.' : sentence(error);
  }

  #clamp(seq: number): JournalSeq {
    return Math.max(1, Math.min(Math.round(seq), Math.max(1, this.last)));
  }
}
