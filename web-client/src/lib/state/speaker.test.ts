import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { foldAll } from '../fold';
import type { BreakpointEntry, Event } from '../protocol';
import { envelopes, participant, room, stackEvent, stopEvent } from '../testing';
import { announcer } from './announcer.svelte';
import { Speaker, type Ears } from './speaker';

const heard = (): string[] => announcer.said.map(({ text }) => text);

/** What the host hears of events that somebody has caused, one batch after the other. */
function connected(ears?: Ears) {
  const speaker = new Speaker();
  let snapshot = room({ name: 'stopped' }, 'host');
  speaker.knows(snapshot);
  const tell = (by: string | null, ...events: Event[]): void => {
    const all = envelopes(snapshot.seq + 1, ...events).map((one) => ({ ...one, by }));
    const before = snapshot;
    snapshot = foldAll(before, all);
    speaker.tell(all, before, snapshot, 'host', ears);
  };
  return { speaker, tell, now: () => snapshot };
}

const listening = (ears?: Ears) => connected(ears).tell;

beforeEach(() => {
  vi.useFakeTimers();
  announcer.said = [];
  announcer.toasts = [];
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
    vi.advanceTimersByTime(500);
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
    const tell = listening({ file: '/app/porch.py', passing: new Set(['to']) });
    const entry = { id: 'to', path: '/app/porch.py', line: 9, function: null } as BreakpointEntry;
    tell('host', { type: 'breakpoint_set', entry });
    tell('host', { type: 'breakpoint_removed', id: 'to' });
    tell('host', { type: 'breakpoint_set', entry: { ...entry, id: 'other' } });
    expect(heard()).toEqual(['Breakpoint set at line 9.']);
  });

  it('is one sentence of all breakpoints that are changed at once, and none of one’s own, which the toast tells', () => {
    const tell = listening({ file: '/app/porch.py', passing: new Set() });
    const set = (id: string): Event => ({
      type: 'breakpoint_set',
      entry: { id, path: '/app/porch.py', line: 9, function: null } as BreakpointEntry,
    });
    const ids = ['a', 'b', 'c', 'd'];
    tell('collaborator', ...ids.map(set));
    vi.advanceTimersByTime(1_100);
    expect(heard()).toEqual(['collaborator changed 4 breakpoints.']);
    tell('host', ...ids.map((id): Event => ({ type: 'breakpoint_removed', id })));
    expect(heard()).toHaveLength(1);
    tell('collaborator', ...ids.slice(1).map(set));
    vi.advanceTimersByTime(1_100);
    expect(heard()).toHaveLength(4);
  });

  it('is of stops that follow each other at once, as a key is held down, the newest', () => {
    const tell = listening();
    const steps = (from: number): void => {
      tell('host', { type: 'resumed', stop: from, how: 'next' });
      tell(null, stopEvent(from + 1), stackEvent(from + 1, from + 1));
    };
    for (let stop = 1; stop < 20; stop++) {
      steps(stop);
      vi.advanceTimersByTime(100);
    }
    expect(heard().length).toBeLessThan(6);
    vi.advanceTimersByTime(500);
    expect(heard().at(-1)).toMatch(/^Paused at porch\.py line 20/);
    // Not one that has been left.
    steps(20);
    steps(21);
    tell('host', { type: 'resumed', stop: 22, how: 'continue' });
    vi.advanceTimersByTime(500);
    expect(heard().at(-1)).not.toMatch(/line 22/);
  });

  it('is nothing of a breakpoint that somebody else sets, goes on to, and takes away', () => {
    const tell = listening({ file: '/app/porch.py', passing: new Set() });
    const entry = { id: 'to', path: '/app/porch.py', line: 9, function: null } as BreakpointEntry;
    tell('collaborator', { type: 'breakpoint_set', entry });
    tell('collaborator', { type: 'resumed', stop: 1, how: 'continue' });
    vi.advanceTimersByTime(2_000);
    tell('collaborator', { type: 'breakpoint_removed', id: 'to' });
    expect(heard().filter((one) => one.includes('breakpoint'))).toEqual([]);
    tell('collaborator', { type: 'breakpoint_set', entry });
    vi.advanceTimersByTime(2_000);
    tell('collaborator', { type: 'breakpoint_removed', id: 'to' });
    expect(heard().filter((one) => one.includes('breakpoint'))).toHaveLength(2);
  });

  it('is a breakpoint that is still there at the stop that follows, whoever set it', () => {
    const tell = listening({ file: '/app/porch.py', passing: new Set() });
    const entry = { id: 'stays', path: '/app/porch.py', line: 9, function: null } as BreakpointEntry;
    tell('collaborator', { type: 'breakpoint_set', entry });
    tell('collaborator', { type: 'resumed', stop: 1, how: 'continue' });
    vi.advanceTimersByTime(5_000);
    expect(heard()).not.toContain('collaborator set a breakpoint at line 9.');
    tell(null, stopEvent(2), stackEvent(2, 9));
    vi.advanceTimersByTime(1_100);
    expect(heard()).toContain('collaborator set a breakpoint at line 9.');
    tell('collaborator', { type: 'breakpoint_removed', id: 'stays' });
    expect(heard().at(-1)).toBe('collaborator removed a breakpoint from line 9.');
  });

  it('is at once a breakpoint that was not set to go on to: another goes on, or its setter steps', () => {
    const tell = listening({ file: '/app/porch.py', passing: new Set() });
    const set = (line: number): void =>
      tell('collaborator', {
        type: 'breakpoint_set',
        entry: { id: `${line}`, path: '/app/porch.py', line, function: null } as BreakpointEntry,
      });
    set(9);
    tell('host', { type: 'resumed', stop: 1, how: 'continue' });
    vi.advanceTimersByTime(1_100);
    expect(heard()).toContain('collaborator set a breakpoint at line 9.');
    tell(null, stopEvent(2), stackEvent(2, 7));
    set(10);
    tell('collaborator', { type: 'resumed', stop: 2, how: 'next' });
    vi.advanceTimersByTime(1_100);
    expect(heard()).toContain('collaborator set a breakpoint at line 10.');
  });

  it('is no breakpoint of before the connection was lost: what was missed has it', () => {
    const { speaker, tell, now } = connected({ file: '/app/porch.py', passing: new Set() });
    const set = (line: number): void =>
      tell('collaborator', {
        type: 'breakpoint_set',
        entry: { id: `${line}`, path: '/app/porch.py', line, function: null } as BreakpointEntry,
      });
    set(9);
    tell('collaborator', { type: 'resumed', stop: 1, how: 'continue' });
    set(10);
    speaker.lost();
    vi.advanceTimersByTime(1_100);
    speaker.cameBack(false, now, () => 'host');
    tell(null, stopEvent(2), stackEvent(2, 9));
    vi.advanceTimersByTime(1_100);
    expect(heard().filter((one) => one.includes('breakpoint'))).toEqual([]);
  });

  it('is not shown any longer that somebody asks for the wheel when they no longer do', () => {
    const tell = listening();
    tell('collaborator', { type: 'wheel_requested', participant: 'collaborator' });
    expect(announcer.toasts.map(({ text }) => text)).toEqual([expect.stringContaining('wheel')]);
    tell('collaborator', { type: 'wheel_request_dropped', participant: 'collaborator' });
    expect(announcer.toasts).toEqual([]);
  });

  it('is where it stands, also if the connection was lost before that was said', () => {
    const { speaker, tell, now } = connected();
    tell(null, stopEvent(2), stackEvent(2, 7));
    tell('host', { type: 'resumed', stop: 2, how: 'next' });
    tell(null, stopEvent(3), stackEvent(3, 8));
    expect(heard().at(-1)).toMatch(/line 7/);
    speaker.lost();
    speaker.cameBack(false, now, () => 'host');
    vi.advanceTimersByTime(500);
    expect(heard().at(-1)).toMatch(/^Paused at porch\.py line 8/);
  });

  it('is that somebody joined, where it was not heard that they were let in', () => {
    const { speaker, tell } = connected();
    const eve = participant('eve', 'collaborator');
    tell('collaborator', { type: 'admitted', participant: eve });
    speaker.lost();
    tell(null, { type: 'joined', participant: eve });
    expect(heard().at(-1)).toBe('eve joined.');
  });
});
