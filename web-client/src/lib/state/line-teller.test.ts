import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { announcer } from './announcer.svelte';
import { LineTeller } from './line-teller';

const heard = (): string[] => announcer.said.map(({ text }) => text);

beforeEach(() => {
  vi.useFakeTimers();
  announcer.said = [];
});
afterEach(() => vi.useRealTimers());

it('tells of the line where somebody stays, once, and not of where the page goes', () => {
  let set = 0;
  const teller = new LineTeller((line) => (line % 2 === 0 || line === set ? `Line ${line}` : null));
  // An arrow key is held down.
  for (const line of [2, 4, 6, 8]) {
    teller.came(line, true);
    vi.advanceTimersByTime(50);
  }
  expect(heard()).toEqual([]);
  vi.advanceTimersByTime(300);
  expect(heard()).toEqual(['Line 8']);
  // Along the line.
  teller.came(8, true);
  vi.advanceTimersByTime(300);
  // A line with nothing beside it, until one sets it there, and what comes to pass before it could be told.
  teller.came(9, true);
  set = 9;
  vi.advanceTimersByTime(300);
  teller.came(10, true);
  teller.came(12, false);
  vi.advanceTimersByTime(300);
  // What was beside it has gone by then.
  set = 13;
  teller.came(13, true);
  set = 0;
  vi.advanceTimersByTime(300);
  teller.came(14, true);
  teller.stop();
  vi.advanceTimersByTime(300);
  expect(heard()).toEqual(['Line 8']);
  teller.came(8, true);
  vi.advanceTimersByTime(300);
  expect(heard()).toEqual(['Line 8', 'Line 8']);
});
