import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { foldAll } from '../fold';
import type { BreakpointEntry, Event } from '../protocol';
import { envelopes, participant, room, stackEvent, stopEvent } from '../testing';
import { announcer } from './announcer.svelte';
import { Speaker, type Ears } from './speaker';

const heard = (): string[] => announcer.said.map(({ text }) => text);

/** What the host hears of events that somebody has caused, one batch after the other. */
function listening(ears?: Ears) {
  const speaker = new Speaker();
  let snapshot = room({ name: 'stopped' }, 'host');
  speaker.knows(snapshot);
  return (by: string | null, ...events: Event[]): void => {
    const all = envelopes(snapshot.seq + 1, ...events).map((one) => ({ ...one, by }));
    const before = snapshot;
    snapshot = foldAll(before, all);
    speaker.tell(all, before, snapshot, 'host', ears);
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  announcer.said = [];
});
afterEach(() => vi.useRealTimers());

describe('what is said of what happens', () => {
  it('is a step together with its stop, and of one’s own the stop alone', () => {
    const tell = listening();
    const step = (stop: number): Event => ({ type: 'resumed', stop, how: 'next' });
    tell('host', step(1));
    vi.advanceTimersByTime(500);
    tell(null, stopEvent(2), stackEvent(2, 7));
    expect(heard()).toEqual([expect.stringMatching(/^Paused at porch\.py line 7/)]);
    tell('collaborator', step(2));
    tell(null, stopEvent(3), stackEvent(3, 8));
    expect(heard()).toHaveLength(2);
    expect(heard()[1]).toMatch(/^collaborator stepped over: paused at porch\.py line 8/);
    // One that takes long is told by itself.
    tell('host', step(3));
    vi.advanceTimersByTime(1_100);
    expect(heard()[2]).toBe('You stepped over.');
    tell(null, stopEvent(4), stackEvent(4, 9));
    expect(heard()[3]).toMatch(/^Paused at porch\.py line 9/);
    vi.advanceTimersByTime(1_100);
    expect(heard()).toHaveLength(4);
  });

  it('is once that somebody was let in', () => {
    const tell = listening();
    const eve = participant('eve', 'collaborator');
    tell('host', { type: 'admitted', participant: eve });
    tell(null, { type: 'joined', participant: eve });
    tell(null, { type: 'left', participant: 'eve', reason: 'disconnected' });
    tell(null, { type: 'joined', participant: eve });
    expect(heard()).toEqual(['You let eve in.', 'eve left.', 'eve joined.']);
  });

  it('is no breakpoint that “run to here” sets for one stop', () => {
    const tell = listening({ file: '/app/porch.py', passing: 'to' });
    const entry = { id: 'to', path: '/app/porch.py', line: 9, function: null } as BreakpointEntry;
    tell('host', { type: 'breakpoint_set', entry });
    tell('host', { type: 'breakpoint_removed', id: 'to' });
    tell('host', { type: 'breakpoint_set', entry: { ...entry, id: 'other' } });
    expect(heard()).toEqual(['Breakpoint set at line 9.']);
  });

  it('is one sentence of all breakpoints that are changed at once, and none of one’s own, which the toast tells', () => {
    const tell = listening({ file: '/app/porch.py', passing: null });
    const set = (id: string): Event => ({
      type: 'breakpoint_set',
      entry: { id, path: '/app/porch.py', line: 9, function: null } as BreakpointEntry,
    });
    const ids = ['a', 'b', 'c', 'd'];
    tell('collaborator', ...ids.map(set));
    expect(heard()).toEqual(['collaborator changed 4 breakpoints.']);
    tell('host', ...ids.map((id): Event => ({ type: 'breakpoint_removed', id })));
    expect(heard()).toHaveLength(1);
    tell('collaborator', ...ids.slice(1).map(set));
    expect(heard()).toHaveLength(4);
  });
});
