import { describe, expect, it } from 'vitest';
import { color, here, initials } from './people';
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
});

describe('who is here', () => {
  it('is oneself from the first moment on, once', () => {
    const [ana, ben] = [guest(1), guest(2)];
    const names = (all: Person[]): string[] => all.map((one) => one.participant.id);
    expect(names(here(people(ana), participant(ben, 'watcher')))).toEqual([ana, ben]);
    expect(names(here(people(ana, ben), participant(ben, 'watcher')))).toEqual([ana, ben]);
    expect(names(here(people(ana), null))).toEqual([ana]);
  });
});

it.each([
  ['Ana', 'An'],
  ['  ana maria lópez ', 'AL'],
  ['Papa 👨‍👩‍👧', 'Pa'],
  ['👨‍👩‍👧', '👨\u200d'],
  ['𝒜na 𝒮', '𝒜𝒮'],
  ['Sam (2)', 'S2'],
  ['Łukasz', 'Łu'],
  ['李', '李'],
])('the initials of %j are %j', (name, letters) => expect(initials(name)).toBe(letters));
