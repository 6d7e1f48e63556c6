/** What others did that somebody may not have seen, as keys: pure. What one did oneself is no news. */
import type { Thread } from './notes';
import type { ParticipantId, Snapshot } from './protocol';

export const chatKeys = ({ chat }: Pick<Snapshot, 'chat'>, me: ParticipantId | null): string[] =>
  chat.filter(({ by }) => by !== me).map(({ seq }) => String(seq));

export const noteKeys = (threads: readonly Thread[], me: ParticipantId | null): string[] =>
  threads
    .flatMap((thread) => [thread, ...thread.replies])
    .filter(({ author }) => author !== me)
    .map(({ id }) => id);

/** Who wants something of the others: each wish that is taken back and made again is another. */
export function askKeys(
  { people, wheel_requests }: Pick<Snapshot, 'people' | 'wheel_requests'>,
  me: ParticipantId | null,
): string[] {
  const hands = Object.values(people).filter(({ hand, present }) => hand && present);
  return [
    ...hands
      .map(({ participant }) => participant.id)
      .filter((id) => id !== me)
      .map((id) => `hand ${id}`),
    ...wheel_requests.filter((id) => id !== me).map((id) => `wheel ${id}`),
  ];
}

/** A number at a name, with what it counts. */
export interface Badge {
  many: number;
  words: string;
}

/** Null where there is nothing to count. */
export function badgeOf(...parts: readonly (readonly [many: number, words: string])[]): Badge | null {
  const some = parts.filter(([many]) => many > 0);
  if (some.length === 0) return null;
  return {
    many: some.reduce((sum, [many]) => sum + many, 0),
    words: some.map(([many, words]) => `${many} ${words}`).join(', '),
  };
}
