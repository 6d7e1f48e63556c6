import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { color, here, PALETTE } from './people';
import type { Person } from './protocol';
import { participant } from './testing';

const guest = (n: number): string => `0197a1b2-0000-7000-8000-00000000000${n}`;
const user = (n: number): string => `${n}197a1b2-0000-5000-8000-000000000000`;
const people = (...ids: string[]): { people: Record<string, Person> } => ({
  people: Object.fromEntries(
    ids.map((id) => [
      id,
      { participant: participant(id, 'collaborator'), present: true, hand: false, code: false },
    ]),
  ),
});

describe('colours of people', () => {
  it('differ, and stay when another guest comes', () => {
    const before = people(user(5), guest(1), user(2), guest(2));
    const colours = Object.keys(before.people).map((id) => color(before, id));
    expect(new Set(colours).size).toBe(4);
    const after = people(guest(1), guest(2), guest(3), user(2), user(5));
    expect(Object.keys(before.people).map((id) => color(after, id))).toEqual(colours);
    expect(colours).not.toContain(color(after, guest(3)));
  });

  it('can be read and seen in both themes', () => {
    const css = readFileSync('src/app.css', 'utf8');
    const surfaces = [...css.matchAll(/--surface(?:-raised)?: light-dark\((#\w+), (#\w+)\)/g)].flatMap(
      ([, light, dark]) => [light!, dark!],
    );
    expect(surfaces).toHaveLength(4);
    for (const one of PALETTE) {
      expect(contrast(one, '#ffffff'), one).toBeGreaterThanOrEqual(4.5);
      for (const surface of surfaces)
        expect(contrast(one, surface), `${one} on ${surface}`).toBeGreaterThanOrEqual(3);
    }
  });
});

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

describe('who is here', () => {
  it('is oneself from the first moment on, once', () => {
    const [ana, ben] = [guest(1), guest(2)];
    const names = (all: Person[]): string[] => all.map((one) => one.participant.id);
    expect(names(here(people(ana), participant(ben, 'watcher')))).toEqual([ana, ben]);
    expect(names(here(people(ana, ben), participant(ben, 'watcher')))).toEqual([ana, ben]);
    expect(names(here(people(ana), null))).toEqual([ana]);
  });
});

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
