import { describe, expect, it } from 'vitest';
import { announcement, spokenStop, statusLine } from './words';
import { foldAll } from './fold';
import { envelopes, participant, room } from './testing';

const ended = { name: 'ended', reason: 'ended_by_host', message: 'Ended by host.' } as const;

describe('sentences', () => {
  it('say where it is paused, why and who drives', () => {
    const snapshot = room({ name: 'stopped' }, 'host');
    expect(statusLine(snapshot, 'watcher')).toBe('Paused at porch.py:42 — after a step — host drives');
    expect(statusLine(snapshot, 'host')).toMatch(/— You drive$/);
    expect(spokenStop(snapshot, 'watcher')).toBe('Paused at porch.py line 42, after a step; host drives');
    expect(statusLine(room(ended, null), null)).toBe('Ended: Ended by host.');
  });

  it('write names as people write them', () => {
    const snapshot = room({ name: 'running', pausing: false }, 'host');
    expect(statusLine(snapshot, null)).toBe('Running — host drives');
    const [joined] = envelopes(9, { type: 'joined', participant: participant('bob', 'watcher') });
    expect(announcement(joined!, foldAll(snapshot, [joined!]), null)?.text).toBe('bob joined.');
  });

  it('name whose breakpoint was hit', () => {
    const snapshot = room({ name: 'stopped' }, null);
    const entry = {
      id: 'b',
      path: '/app/porch.py',
      line: 42,
      condition: null,
      hitCondition: null,
      logMessage: null,
      enabled: true,
      author: 'host',
    };
    snapshot.breakpoints = { b: { entry, verified: true, actual_line: null, message: null } };
    snapshot.stop = { ...snapshot.stop!, reason: 'breakpoint', hit: ['b'] };
    expect(statusLine(snapshot, null)).toBe('Paused at porch.py:42 — breakpoint of host — Nobody drives');
  });

  it('tell others about the wheel, and not oneself about one’s own request', () => {
    const snapshot = room({ name: 'stopped' }, 'collaborator');
    const [request] = envelopes(9, { type: 'wheel_requested', participant: 'collaborator' });
    expect(announcement(request!, snapshot, 'host')).toEqual({
      text: 'collaborator asks for the wheel.',
      toast: true,
    });
    expect(announcement(request!, snapshot, 'collaborator')).toBeNull();
    const [given] = envelopes(9, { type: 'wheel', driver: 'collaborator', reason: 'granted' });
    expect(announcement({ ...given!, by: 'host' }, snapshot, 'collaborator')?.text).toBe(
      'You drive now, handed over by host.',
    );
  });
});
