/** How a person is drawn: initials and a colour. The colour only helps; the name is always there too. */
import type { Participant, ParticipantId, Person, Snapshot } from './protocol';

/**
 * White text on each is readable (4.5 : 1), and each is seen on the surfaces of both themes (3 : 1). The first and the
 * last ones differ most.
 */
export const PALETTE = [
  '#2c6be7',
  '#ba5500',
  '#008432',
  '#c83489',
  '#687b00',
  '#705be5',
  '#9d6800',
  '#007e84',
  '#9d4ccf',
  '#d63236',
] as const;

/** Ids of guests are in the order they were made (UUID version 7); those of Home Assistant's users say nothing. */
const isOrdered = (id: ParticipantId): boolean => id[14] === '7';

/**
 * The same on every screen, which only the ids of who has been here are. Guests take from the front in the order they
 * came, Home Assistant's users from the back: so nobody's colour changes when another guest comes.
 */
export function color({ people }: Pick<Snapshot, 'people'>, id: ParticipantId): string {
  const ordered = isOrdered(id);
  const alike = Object.keys(people).filter((one) => isOrdered(one) === ordered);
  const at = alike.filter((one) => one < id).length;
  return PALETTE.at((ordered ? at : -1 - at) % PALETTE.length)!;
}

/**
 * Who is here. `you`: oneself, where one is connected, from the first moment on: the event that says so comes right behind
 * the snapshot, and nothing is to move for it.
 */
export function here({ people }: Pick<Snapshot, 'people'>, you: Participant | null): Person[] {
  const present = Object.values(people).filter((person) => person.present);
  if (you === null || people[you.id]?.present) return present;
  return [...present, { hand: false, code: false, participant: you, ...people[you.id], present: true }];
}

/** A colour to lie under text. */
export const tint = (color: string): string => `${color}40`;

export function initials(name: string): string {
  const words = name.match(/[\p{L}\p{N}]\S*/gu) ?? [name.trim()];
  // By whole characters: half of one that is written as two is none.
  const first = (word: string, count = 1): string => [...word].slice(0, count).join('');
  return words.length > 1 ? (first(words[0]!) + first(words.at(-1)!)).toUpperCase() : first(words[0]!, 2);
}
