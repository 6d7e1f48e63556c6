import { describe, expect, it } from 'vitest';
import { announcement, missed } from './announcements';
import { asSentence, noStopWords, processState, processTree, spokenStop, statusLine } from './words';
import { foldAll } from './fold';
import type { BreakpointEntry, Event } from './protocol';
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

  it('say what was raised, as much as fits', () => {
    const stopped = room({ name: 'stopped' }, 'host');
    const raised = (text: string | null, description: string | null): string => {
      const stop = { ...stopped.stop!, reason: 'exception', text, description };
      return /— (.*) — host drives$/s.exec(statusLine({ ...stopped, stop }, 'watcher'))![1]!;
    };
    expect(raised('ValueError', 'no such lamp')).toBe('exception: ValueError: no such lamp');
    expect(raised('KeyError', '')).toBe('exception: KeyError');
    expect(raised(null, null)).toBe('exception');
    expect(raised('E', 'first\nsecond')).toBe('exception: E: first …');
    expect(raised('E', 'x'.repeat(500))).toBe(`exception: E: ${'x'.repeat(160)} …`);
  });

  it('have a capital and an end, and leave names as they are', () => {
    expect(asSentence('another client is debugging it: end that first')).toBe(
      'Another client is debugging it: end that first.',
    );
    expect(asSentence('127.0.0.1:5678 fell silent')).toBe('127.0.0.1:5678 fell silent.');
    expect(asSentence('debugpy at porch:5678 closed the connection')).toMatch(/^debugpy at .+\.$/);
    expect(asSentence('It is so.')).toBe('It is so.');
  });

  it('say what to do where there is no stop yet', () => {
    const words = (name: 'running' | 'restarting', mode: 'live' | 'recording' = 'live'): string =>
      noStopWords(
        room(name === 'running' ? { name, pausing: false } : { name }, null),
        mode,
        'Variables show',
      );
    expect(words('running')).toContain('set a breakpoint beside a line, or press Pause');
    expect(words('restarting')).toContain('Variables show here at the next stop');
    expect(words('running', 'recording')).toContain('Variables show at a stop');
  });

  it('say which process it is, once there are several', () => {
    const child = (id: number, parent: number, waiting: string | null): Event => ({
      type: 'process',
      process: { id, parent, pid: 70 + id, name: id === 0 ? 'Program' : `Subprocess ${70 + id}`, waiting },
    });
    const before = room({ name: 'stopped' }, 'host');
    const all = envelopes(9, child(0, 0, null), child(1, 0, null), child(3, 2, 'pause'), child(2, 1, null));
    const snapshot = foldAll({ ...before, stop: { ...before.stop!, process: 2 } }, all);
    expect(statusLine(snapshot, null)).toBe(
      'Paused at porch.py:42 in Subprocess 72 — after a step — host drives',
    );
    const names = (nodes: ReturnType<typeof processTree>): unknown[] =>
      nodes.map(({ process, children }) => [process.id, processState(snapshot, process), names(children)]);
    const third = [3, 'paused, waits its turn', []];
    expect(names(processTree(snapshot))).toEqual([
      [0, 'runs', [[1, 'runs', [[2, 'paused, shown here', [third]]]]]],
    ]);
    const orphaned = foldAll(snapshot, envelopes(13, { type: 'process_ended', process: 2 }));
    expect(names(processTree(orphaned))).toEqual([[0, 'runs', [[1, 'runs', []]]], third]);
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
      function: null,
      snap: false,
      condition: null,
      hitCondition: null,
      logMessage: null,
      enabled: true,
      author: 'host',
    };
    const unset = { actual_line: null, message: null, failed: false, disarmed: null, snaps: 0, passed: 0 };
    snapshot.breakpoints = { b: { entry, verified: true, ...unset } };
    snapshot.stop = { ...snapshot.stop!, reason: 'breakpoint', hit: ['b'] };
    expect(statusLine(snapshot, null)).toBe('Paused at porch.py:42 — breakpoint of host — Nobody drives');
  });

  it('tell others about the wheel, and not oneself about one’s own request', () => {
    const snapshot = room({ name: 'stopped' }, 'collaborator');
    const [request] = envelopes(9, { type: 'wheel_requested', participant: 'collaborator' });
    expect(announcement(request!, snapshot, 'host')).toMatchObject({
      text: 'collaborator asks for the wheel.',
      toast: true,
    });
    expect(announcement(request!, snapshot, 'collaborator')).toBeNull();
    const [given] = envelopes(9, { type: 'wheel', driver: 'collaborator', reason: 'granted' });
    expect(announcement({ ...given!, by: 'host' }, snapshot, 'collaborator')?.text).toBe(
      'You drive now, handed over by host.',
    );
  });

  it('take the place of what they make untrue of the wheel, and of nothing else', () => {
    const snapshot = room({ name: 'stopped' }, 'collaborator');
    const topics = (event: Event): string[] =>
      announcement(envelopes(9, event)[0]!, snapshot, 'watcher')?.topics ?? [];
    const asks = (participant: string): string[] => topics({ type: 'wheel_requested', participant });
    const drives = (driver: string | null): string[] => topics({ type: 'wheel', driver, reason: 'granted' });
    const meets = (a: string[], b: string[]): boolean => a.some((one) => b.includes(one));
    expect(meets(drives('host'), drives('collaborator'))).toBe(true);
    expect(meets(drives('host'), drives(null))).toBe(true);
    expect(meets(asks('host'), drives('host'))).toBe(true);
    expect(meets(asks('host'), drives('collaborator')), 'who still asks').toBe(false);
    expect(meets(asks('host'), asks('collaborator'))).toBe(false);
  });
});

describe('breakpoints', () => {
  const entry = (id: string, more: Partial<BreakpointEntry> = {}): BreakpointEntry => ({
    id,
    path: '/app/porch.py',
    line: 40,
    function: null,
    snap: false,
    condition: null,
    hitCondition: null,
    logMessage: null,
    enabled: true,
    author: 'host',
    ...more,
  });
  const before = room({ name: 'running', pausing: false }, null);
  /** What somebody hears of it with a file open. */
  function heard(what: Event, by: string, me: string, file: string | null, from = before): string | null {
    const [envelope] = envelopes(from.seq + 1, what);
    const after = foldAll(from, [envelope!]);
    return announcement({ ...envelope!, by }, after, me, from, file)?.text ?? null;
  }

  it('are told as they are set and removed: one’s own anywhere, others’ where one looks', () => {
    const set: Event = { type: 'breakpoint_set', entry: entry('a') };
    const removed: Event = { type: 'breakpoint_removed', id: 'a' };
    const [path, there] = ['/app/porch.py', foldAll(before, envelopes(before.seq + 1, set))];
    expect(heard(set, 'host', 'host', path)).toBe('Breakpoint set at line 40.');
    expect(heard(set, 'host', 'host', '/app/other.py')).toBe('Breakpoint set at porch.py:40.');
    expect(heard(set, 'host', 'watcher', path)).toBe('host set a breakpoint at line 40.');
    expect(heard(set, 'host', 'watcher', '/app/other.py')).toBeNull();
    expect(heard(set, 'host', 'host', path, there), 'one that is changed').toBeNull();
    expect(heard(removed, 'host', 'host', path, there)).toBe('Breakpoint removed from line 40.');
    expect(heard(removed, 'host', 'watcher', path, there)).toBe('host removed a breakpoint from line 40.');
    const snap: Event = { type: 'breakpoint_set', entry: entry('b', { snap: true }) };
    expect(heard(snap, 'host', 'watcher', path)).toBe('host set a snap point at line 40.');
    const tick: Event = {
      type: 'breakpoint_set',
      entry: entry('c', { path: '', line: 0, function: 'tick' }),
    };
    expect(heard(tick, 'host', 'host', path)).toBe('Breakpoint set at tick().');
    expect(heard(tick, 'host', 'watcher', '')).toBeNull();
  });
});

describe('what was missed', () => {
  it('is one sentence of what counts', () => {
    const chat: Event = { type: 'chat', text: 'hello' };
    const stopped = room({ name: 'stopped' }, null).stop!;
    const stop: Event = { ...stopped, type: 'stopped' } as never;
    expect(missed(envelopes(1, stop, chat, stop))).toBe('2 stops and 1 chat line');
    expect(missed([])).toBe('');
  });
});

describe('a proposal', () => {
  const action = { kind: 'command', command: { command: 'next', stop: 1 } } as const;
  const made: Event = { type: 'proposal_made', proposal: { id: 1, by: 'watcher', action } };
  const before = room({ name: 'stopped' }, 'collaborator');
  const after = foldAll(before, envelopes(before.seq + 1, made));
  const [envelope] = envelopes(before.seq + 1, made);

  it('is a toast for who waits for it, and a card for who decides', () => {
    expect(announcement(envelope!, after, 'watcher')).toEqual({
      text: 'You propose to step over.',
      toast: true,
    });
    expect(announcement(envelope!, after, 'host')).toEqual({
      text: 'watcher proposes to step over.',
      toast: false,
    });
  });

  it('says what came of it', () => {
    const outcome = { error: 'NameError' };
    const ended: Event = { type: 'proposal_ended', proposal: 1, how: 'run', message: null, outcome };
    const [end] = envelopes(after.seq + 1, ended);
    expect(announcement({ ...end!, by: 'host' }, after, 'watcher')).toEqual({
      text: 'host ran your proposal to step over: NameError.',
      toast: true,
    });
  });
});
