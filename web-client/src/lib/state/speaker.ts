/**
 * Says what happens in a live session. In: events as they are folded. Out: sentences for ears, and toasts.
 *
 * What was missed while the connection was lost is told in one sentence, once it is all there.
 */
import { announcement, asks, isCounted, missed } from '../announcements';
import type { EntryId, Envelope, Event, ParticipantId, Snapshot } from '../protocol';
import { spokenStop, whoIs } from '../words';
import { announcer } from './announcer.svelte';

/** What follows a resumed connection within this time was missed. */
const MISSED_MS = 600;

/** A stop that follows a step within this time is told together with it. */
const STEP_MS = 1_000;

/** Breakpoints that are told one by one. */
const FEW = 3;

/** Stops that come faster than this are told when they have slowed down: a step's key is held. */
const STOPS_MS = 400;

/** Whoever goes on within this time after they set a breakpoint has set it for one stop, which tells of it. */
const PASSING_MS = 1_000;

/** What a person looks at and does, which decides what they are told. */
export interface Ears {
  file: string | null;
  /** Entries that are told of otherwise, until they are removed: by the stop of “run to here”, by a toast. */
  readonly passing: Set<EntryId>;
}

/** Somebody's breakpoint, and what is to be said of it. */
interface Held {
  by: ParticipantId | null;
  words: string;
}

const noEars = (): Ears => ({ file: null, passing: new Set() });

export class Speaker {
  #spokenStop = 0;
  /** What came since the connection was resumed, for a moment. */
  #missed: Envelope[] | null = null;
  #telling: ReturnType<typeof setTimeout> | undefined;
  /** Who made the last step, in words, until its stop is told. */
  #step: { words: string; mine: boolean } | null = null;
  #stepping: ReturnType<typeof setTimeout> | undefined;
  /** Who was said to be let in, and hasn't come yet. */
  #admitted = new Set<ParticipantId>();
  /** Stops were told until then; the newest is told a little later. */
  #toldStop = -STOPS_MS;
  #tellingStop: ReturnType<typeof setTimeout> | undefined;
  /** Others' entries that are about to be told. */
  #held = new Map<EntryId, Held & { timer: ReturnType<typeof setTimeout> }>();
  /** Those whose setters have gone on: if they are still there at the stop, they are told behind it. */
  #passed = new Map<EntryId, Held>();

  /** An event came; it is told when it is folded. */
  take(envelope: Envelope): void {
    this.#missed?.push(envelope);
  }

  tell(
    events: readonly Envelope[],
    before: Snapshot,
    after: Snapshot,
    me: ParticipantId | null,
    { file, passing }: Ears = noEars(),
  ): void {
    // Of all at once one sentence is enough; who did it has been told by what they pressed.
    const changed = events.filter(({ event }) => breakpointOf(event) !== null);
    const many = changed.length > FEW;
    const one = new Set(changed.map(({ by }) => by)).size === 1 ? changed[0]!.by : null;
    if (many && !this.#missed && (one === null || one !== me))
      announcer.say(
        one === null
          ? `${changed.length} breakpoints were changed.`
          : `${whoIs(after, one, me, true)} changed ${changed.length} breakpoints.`,
      );
    for (const envelope of events) {
      const { event, by } = envelope;
      if (this.#isPassing(envelope, passing)) continue;
      if (many && breakpointOf(event) !== null) continue;
      if (event.type === 'admitted' && !this.#missed) this.#admitted.add(event.participant.id);
      if (event.type === 'joined' && this.#admitted.delete(event.participant.id)) continue;
      // Besides the one sentence only what asks for attention.
      if (this.#missed && isCounted(envelope)) continue;
      const said = announcement(envelope, after, me, before, file);
      if (event.type === 'wheel_request_dropped') announcer.drop([asks(event.participant)]);
      if (event.type === 'resumed') this.#toldStep();
      if (said && event.type === 'resumed' && event.how !== 'continue' && event.how !== 'unasked')
        this.#waitForStop(said.text, by === me);
      else if (said?.toast) announcer.toast(said.text, 'info', null, said.topics);
      else if (said && !this.#missed) {
        if (event.type === 'breakpoint_set' && by !== me) this.#hold(event.entry.id, by, said.text);
        else announcer.say(said.text);
      }
    }
    if (after.phase.name !== 'stopped' || after.stop?.stop !== this.#spokenStop) this.#untold();
    if (!this.#missed) this.#tellStop(after, me);
  }

  /** Where it stands was told with the first words. */
  knows({ stop }: Snapshot): void {
    this.#spokenStop = stop?.stop ?? 0;
  }

  /** The connection is lost, or left: what wasn't told yet is told when it is back. */
  lost(): void {
    clearTimeout(this.#telling);
    this.#untold();
    this.#toldStep();
    this.#admitted.clear();
    for (const { timer } of this.#held.values()) clearTimeout(timer);
    this.#held.clear();
    this.#passed.clear();
  }

  /** `resumed`: what was missed follows; else there is a snapshot. `now`, `me`: as they are once it is there. */
  cameBack(resumed: boolean, now: () => Snapshot, me: () => ParticipantId | null): void {
    if (!resumed) {
      this.#missed = null;
      announcer.say('Connected again.');
      return this.#tellStop(now(), me());
    }
    const events = (this.#missed ??= []);
    this.#telling = setTimeout(() => {
      this.#missed = null;
      const words = missed(events);
      if (words) announcer.toast(`Connected again. Meanwhile: ${words}.`);
      else announcer.say(`Connected again.${events.length === 0 ? ' Nothing happened meanwhile.' : ''}`);
      this.#tellStop(now(), me());
    }, MISSED_MS);
  }

  #tellStop(snapshot: Snapshot, me: ParticipantId | null): void {
    const { stop, phase } = snapshot;
    if (!stop || phase.name !== 'stopped' || stop.stop === this.#spokenStop || !stop.stacks[stop.thread])
      return;
    this.#spokenStop = stop.stop;
    const words = spokenStop(snapshot, me);
    // Who made the step knows that.
    const others = this.#step?.mine === false ? this.#step.words : null;
    this.#toldStep();
    const told =
      others === null ? words : `${others.slice(0, -1)}: ${words[0]!.toLowerCase()}${words.slice(1)}`;
    const tell = (): void => {
      this.#tellingStop = undefined;
      this.#toldStop = performance.now();
      announcer.say(told);
    };
    // Whoever meant one for this stop takes it away now.
    for (const [id, { by, words }] of this.#passed) this.#hold(id, by, words);
    this.#passed.clear();
    if (performance.now() - this.#toldStop >= STOPS_MS) tell();
    else this.#tellingStop = setTimeout(tell, STOPS_MS);
  }

  /** Whether an event is of a breakpoint that is told of otherwise. */
  #isPassing({ event, by }: Envelope, passing: Set<EntryId>): boolean {
    if (event.type === 'resumed' && event.how === 'continue')
      for (const [id, held] of this.#held) {
        if (held.by !== by) continue;
        this.#release(id);
        this.#passed.set(id, held);
      }
    if (event.type === 'breakpoint_removed')
      return [this.#release(event.id), this.#passed.delete(event.id), passing.delete(event.id)].includes(
        true,
      );
    return event.type === 'breakpoint_set' && passing.has(event.entry.id);
  }

  #hold(id: EntryId, by: ParticipantId | null, words: string): void {
    const timer = setTimeout(() => {
      this.#held.delete(id);
      announcer.say(words);
    }, PASSING_MS);
    this.#held.set(id, { by, words, timer });
  }

  /** A stop that was about to be told isn't. */
  #untold(): void {
    if (this.#tellingStop === undefined) return;
    clearTimeout(this.#tellingStop);
    this.#tellingStop = undefined;
    this.#spokenStop = 0;
  }

  #release(id: EntryId): boolean {
    clearTimeout(this.#held.get(id)?.timer);
    return this.#held.delete(id);
  }

  #waitForStop(words: string, mine: boolean): void {
    if (this.#missed) return;
    this.#step = { words, mine };
    this.#stepping = setTimeout(() => {
      this.#toldStep();
      announcer.say(words);
    }, STEP_MS);
  }

  #toldStep(): void {
    clearTimeout(this.#stepping);
    this.#step = null;
  }
}

function breakpointOf(event: Event): EntryId | null {
  if (event.type === 'breakpoint_set') return event.entry.id;
  return event.type === 'breakpoint_removed' ? event.id : null;
}
