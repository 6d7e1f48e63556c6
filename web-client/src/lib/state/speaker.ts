/**
 * Says what happens in a live session. In: events as they are folded. Out: sentences for ears, and toasts.
 *
 * What was missed while the connection was lost is told in one sentence, once it is all there.
 */
import { announcement, isCounted, missed } from '../announcements';
import type { Envelope, ParticipantId, Snapshot } from '../protocol';
import { spokenStop } from '../words';
import { announcer } from './announcer.svelte';

/** What follows a resumed connection within this time was missed. */
const MISSED_MS = 600;

export class Speaker {
  #spokenStop = 0;
  /** What came since the connection was resumed, for a moment. */
  #missed: Envelope[] | null = null;
  #telling: ReturnType<typeof setTimeout> | undefined;

  /** An event came; it is told when it is folded. */
  take(envelope: Envelope): void {
    this.#missed?.push(envelope);
  }

  tell(events: readonly Envelope[], before: Snapshot, after: Snapshot, me: ParticipantId | null): void {
    for (const envelope of events) {
      // Besides the one sentence only what asks for attention.
      if (this.#missed && isCounted(envelope)) continue;
      const said = announcement(envelope, after, me, before);
      if (said?.toast) announcer.toast(said.text, 'info', null, said.topics);
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
    announcer.say(spokenStop(snapshot, me));
  }
}
