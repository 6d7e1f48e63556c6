import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { announcer } from './announcer.svelte';

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  announcer.held = () => false;
  vi.runAllTimers();
  vi.useRealTimers();
});

const shown = (): string[] => announcer.toasts.map(({ text }) => text);

it('a toast goes by itself, one that says what is wrong later', () => {
  announcer.toast('Ben joined.');
  announcer.toast('Only the driver can step.', 'error');
  vi.advanceTimersByTime(6_000);
  expect(shown()).toEqual(['Only the driver can step.']);
  vi.advanceTimersByTime(6_000);
  expect(shown()).toEqual([]);
});

it('none goes by itself while somebody is there; who dismisses it, does', () => {
  let there = true;
  announcer.held = () => there;
  announcer.toast('Ben joined.');
  announcer.toast('Eve joined.');
  vi.advanceTimersByTime(60_000);
  expect(shown()).toEqual(['Ben joined.', 'Eve joined.']);
  announcer.dismiss(announcer.toasts[0]!.id);
  expect(shown()).toEqual(['Eve joined.']);
  there = false;
  vi.advanceTimersByTime(1_000);
  expect(shown()).toEqual([]);
});
