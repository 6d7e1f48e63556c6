/**
 * Following somebody, and what others point at. In: others' presence. Out: what one looks at oneself, and pointers that fade.
 *
 * Opt-in, and over at one's first own move (`Selection`); focus is never moved. What somebody points at comes with their
 * presence and goes with it.
 */
import { color } from '../people';
import { lookOf, type Pointing, type Presence } from '../presence';
import type { ParticipantId, Snapshot } from '../protocol';
import { nameOf, place } from '../words';
import { announcer } from './announcer.svelte';
import type { Selection } from './selection.svelte';

/** Where somebody points at this moment. */
export interface Pointer extends Pointing {
  participant: ParticipantId;
  name: string;
  color: string;
}

const drawn = (snapshot: Snapshot, participant: ParticipantId, pointing: Pointing): Pointer => ({
  ...pointing,
  participant,
  name: nameOf(snapshot, participant),
  color: color(snapshot, participant),
});

export class Following {
  pointers = $state.raw<readonly Pointer[]>([]);
  /** The newest that was said, of each connection. */
  #said = new Map<number, number>();

  constructor(
    private readonly selection: Selection,
    private readonly show: (path: string, line: number) => void,
  ) {}

  /** Called when anybody's presence or the snapshot changed. */
  sync(
    presence: readonly Presence[],
    snapshot: Snapshot,
    own: Pointing | null,
    me: ParticipantId | null,
  ): void {
    this.#mirror(presence, snapshot);
    const theirs = presence.flatMap((one): Pointer[] => {
      const { participant, pointing, client } = one;
      // Their presence may come before it is known who they are.
      if (pointing === null || !snapshot.people[participant]) return [];
      const pointer = drawn(snapshot, participant, pointing);
      if (this.#said.get(client) !== pointing.n) {
        this.#said.set(client, pointing.n);
        this.#say(pointer);
      }
      return [pointer];
    });
    const clients = new Set(presence.map(({ client }) => client));
    for (const client of this.#said.keys()) if (!clients.has(client)) this.#said.delete(client);
    const next = own && me !== null ? [...theirs, drawn(snapshot, me, own)] : theirs;
    if (next.length > 0 || this.pointers.length > 0) this.pointers = next;
  }

  #mirror(presence: readonly Presence[], snapshot: Snapshot): void {
    const { selection } = this;
    const { leader } = selection;
    if (leader === null) return;
    const look = lookOf(presence, leader);
    if (look) return selection.mirror(look, snapshot);
    // A connection that breaks for a moment, theirs or ours, is nobody's leaving.
    if (snapshot.people[leader]?.present) return;
    selection.leader = null;
    announcer.toast(`${nameOf(snapshot, leader)} is gone: you follow nobody now.`);
  }

  #say({ participant, name, path, line }: Pointer): void {
    const words = `${name} points at ${place(path, line)}.`;
    // Who follows is there already.
    if (this.selection.leader === participant && this.selection.path === path && this.selection.line === line)
      return announcer.say(words);
    announcer.toast(words, 'info', { label: 'Look', run: () => this.show(path, line) });
  }
}
