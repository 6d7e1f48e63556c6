/** What hosts are told of those who wait to be let in: pure, so that cards, live region and tests say the same. */
import type { ParticipantId, Snapshot, WaitEnded, WaitingGuest } from './protocol';
import { list, roleName, whoIs } from './words';

/** Told apart across restarts of the server, which numbers them anew. */
export const guestKey = ({ id, since }: WaitingGuest): string => `${id} ${since}`;

/** “watcher”, as half a sentence. */
const asRole = (guest: WaitingGuest): string => roleName(guest.role).toLowerCase();

/** Who waits, as one sentence; empty if nobody does. */
export function waitingWords(guests: readonly WaitingGuest[]): string {
  const [only] = guests;
  if (!only) return '';
  if (guests.length === 1) return `${only.name} waits to be let in as ${asRole(only)}.`;
  const names = guests.slice(0, 3).map(({ name }) => name);
  const more = guests.length - names.length;
  return `${list(more > 0 ? [...names, `${more} more`] : names)} wait to be let in.`;
}

/** What is said when the list has changed: those who are new in it, and who stopped waiting and why. */
export function waitingNews(
  known: ReadonlySet<string>,
  guests: readonly WaitingGuest[],
  ended: WaitEnded | undefined,
  snapshot: Snapshot,
  me: ParticipantId | null,
): { text: string; toast: boolean }[] {
  const news: { text: string; toast: boolean }[] = [];
  const gone = ended && endWords(ended, snapshot, me);
  if (gone) news.push(gone);
  const text = waitingWords(guests.filter((guest) => !known.has(guestKey(guest))));
  if (text) news.push({ text, toast: true });
  return news;
}

function endWords(
  { name, how, by }: WaitEnded,
  snapshot: Snapshot,
  me: ParticipantId | null,
): { text: string; toast: boolean } | null {
  switch (how) {
    case 'let_in':
      // An event says so to everybody.
      return null;
    case 'turned_away':
      return { text: `${whoIs(snapshot, by, me, true)} turned ${name} away.`, toast: by !== me };
    case 'left':
      return { text: `${name} waits no longer: they left.`, toast: false };
    case 'invite_ended':
      return { text: `${name} waits no longer: their invite has ended.`, toast: false };
    case 'nobody_decided':
      return { text: `${name} waits no longer: nobody decided in time.`, toast: true };
    default:
      how satisfies never;
      return null;
  }
}
