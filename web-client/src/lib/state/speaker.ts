/**
 * Says what happens in a live session. In: events as they are folded. Out: sentences for ears, and toasts.
 *
 * What was missed while the connection was lost is told in one sentence, once it is all there.
 */
import { announcement, isCounted, missed } from '../announcements';
import type { EntryId, Envelope, Event, ParticipantId, Snapshot } from '../protocol';
import { spokenStop, whoIs } from '../words';
import { announcer } from './announcer.svelte';

/** What follows a resumed connection within this time was missed. */
const MISSED_MS = 600;

/** A stop that follows a step within this time is told together with it. */
const STEP_MS = 1_000;

/** Breakpoints that are told one by one. */
const FEW = 3;

/** What a person looks at and does, which decides what they are told. */
export interface Ears {
  file: string | null;
  /** The entry that “run to here” sets for one stop: of that the stop tells. */
  passing: EntryId | null;
}

const NO_EARS: Ears = { file: null, passing: null };

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

  /** An event came; it is told when it is folded. */
  take(envelope: Envelope): void {
    this.#missed?.push(envelope);
  }

  tell(
    events: readonly Envelope[],
    before: Snapshot,
    after: Snapshot,
    me: ParticipantId | null,
    { file, passing }: Ears = NO_EARS,
  ): void {
    // Of all at once one sentence is enough; who did it has been told by what they pressed.
    const stops = events.filter(({ event }) => breakpointOf(event) !== null);
    const many = stops.length > FEW;
    if (many && !this.#missed && stops[0]!.by !== me)
      announcer.say(`${whoIs(after, stops[0]!.by, me, true)} changed ${stops.length} breakpoints.`);
    for (const envelope of events) {
      const { event, by } = envelope;
      if (many && breakpointOf(event) !== null) continue;
      if (passing !== null && breakpointOf(event) === passing) continue;
      if (event.type === 'admitted') this.#admitted.add(event.participant.id);
      if (event.type === 'joined' && this.#admitted.delete(event.participant.id)) continue;
      // Besides the one sentence only what asks for attention.
      if (this.#missed && isCounted(envelope)) continue;
      const said = announcement(envelope, after, me, before, file);
      if (event.type === 'resumed') this.#toldStep();
      if (said && event.type === 'resumed' && event.how !== 'continue' && event.how !== 'unasked')
        this.#waitForStop(said.text, by === me);
      else if (said?.toast) announcer.toast(said.text, 'info', null, said.topics);
      else if (said && !this.#missed) announcer.say(said.text);
    }
    if (!this.#missed) this.#tellStop(after, me);
  }

  /** Where it stands was told with the first words. */
  knows({ stop }: Snapshot): void {
    this.#spokenStop = stop?.stop ?? 0;
  }

  /** The connection is lost, or left: what wasn't told yet is told when it is back. */
  lost(): void {
    clearTimeout(this.#telling);
    this.#toldStep();
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
    announcer.say(
      others === null ? words : others.replace(/\.$/, `: ${words[0]!.toLowerCase()}${words.slice(1)}`),
    );
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
