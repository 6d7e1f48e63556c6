import { describe, expect, it } from 'vitest';
import { atFrame, lookOf, readPresence, type Presence } from './presence';
import { emptySnapshot } from './fold';

const spot = (line: number, column: number): object => ({ line, column });

describe('what others say of where they look', () => {
  it('is read whole', () => {
    const state = {
      participant: 'ana',
      path: '/a.py',
      line: 3,
      top: 1,
      frame: 0,
      stop: 2,
      selection: { anchor: spot(3, 0), head: spot(4, 7) },
      pointing: { path: '/b.py', line: 9, n: 1 },
      user: { name: 'Ana' },
    };
    const { user: _user, ...rest } = state;
    expect(readPresence(7, state)).toEqual({ client: 7, ...rest });
  });

  it('is nobody without a participant', () => {
    for (const state of [{}, { participant: 5 }, { participant: '' }, { path: '/a.py' }])
      expect(readPresence(1, state)).toBeNull();
  });

  it('leaves out what makes no sense, and keeps the rest', () => {
    const bad = [null, 'x', -1, 0.5, NaN, 2 ** 60, [], {}];
    for (const value of bad) {
      const read = readPresence(1, {
        participant: 'ana',
        path: '/a.py',
        line: value,
        top: value,
        stop: value,
        selection: { anchor: spot(1, 0), head: value },
        pointing: { path: '/a.py', line: value, n: 0 },
      });
      expect(read, String(value)).toMatchObject({ participant: 'ana', path: '/a.py' });
      expect(read, String(value)).toMatchObject({
        line: null,
        top: null,
        stop: null,
        selection: null,
        pointing: null,
      });
    }
    expect(readPresence(1, { participant: 'ana', path: 'x'.repeat(5_000) })).toMatchObject({ path: null });
    expect(
      readPresence(1, { participant: 'ana', selection: { anchor: spot(0, 0), head: spot(1, 0) } })?.selection,
    ).toBeNull();
  });
});

const at = (participant: string, more: Partial<Presence>): Presence => ({
  ...readPresence(1, { participant })!,
  ...more,
});

it('people are at a frame of the present stop only, each once, and not oneself', () => {
  const view = { stop: 4 } as NonNullable<ReturnType<typeof emptySnapshot>['stop']>;
  const snapshot = { ...emptySnapshot(), stop: view };
  const there = [
    at('cem', { frame: 1, stop: 4 }),
    at('ana', { frame: 1, stop: 4 }),
    at('ana', { frame: 1, stop: 4 }),
    at('me', { frame: 1, stop: 4 }),
    at('old', { frame: 1, stop: 3 }),
    at('up', { frame: 2, stop: 4 }),
  ];
  expect(atFrame(there, snapshot, 1, 'me')).toEqual(['ana', 'cem']);
  expect(atFrame(there, { ...snapshot, stop: null }, 1, 'me')).toEqual([]);
});

it('of several tabs the one with a file counts', () => {
  const tabs = [at('ana', {}), at('ana', { path: '/a.py', line: 2 }), at('bob', { path: '/b.py' })];
  expect(lookOf(tabs, 'ana')?.line).toBe(2);
  expect(lookOf(tabs.slice(0, 1), 'ana')?.path).toBeNull();
  expect(lookOf(tabs, 'cem')).toBeNull();
});
