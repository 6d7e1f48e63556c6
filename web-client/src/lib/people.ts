/** How a person is drawn: initials and a colour of their own. The colour only helps; the name is always there too. */
import type { ParticipantId } from './protocol';

/** Hue from the id, the same on every screen. */
export function hue(id: ParticipantId): number {
  let hash = 0;
  for (const char of id) hash = (hash * 31 + char.charCodeAt(0)) >>> 0;
  return (hash * 137) % 360;
}

export const color = (id: ParticipantId): string => `hsl(${hue(id)} 60% 27%)`;
export const colorLight = (id: ParticipantId): string => `hsl(${hue(id)} 60% 42% / 0.25)`;

export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  return words.length > 1 ? (words[0]![0]! + words.at(-1)![0]!).toUpperCase() : name.trim().slice(0, 2);
}
