import { describe, expect, it } from 'vitest';
import { COMMANDS, command, commandsFor, use } from './commands';
import { fold } from './fold';
import type { Command as Wire, Phase, Proposed, Role } from './protocol';
import { context, room } from './testing';

const PHASES: Phase[] = [
  { name: 'starting' },
  { name: 'running', pausing: false },
  { name: 'running', pausing: true },
  { name: 'stopped' },
  { name: 'lost', message: 'the network broke' },
  { name: 'restarting' },
  { name: 'ended', reason: 'ended_by_host', message: 'over' },
];
const ROLES: Role[] = ['host', 'collaborator', 'watcher'];
const every = ROLES.flatMap((role) =>
  PHASES.flatMap((phase) => [null, 'host', 'collaborator'].map((driver) => ({ role, phase, driver }))),
);

const PAUSED = ['continue', 'next', 'step_in', 'step_out'];

describe('the table', () => {
  it('has ids once and no key twice in a mode', () => {
    expect(new Set(COMMANDS.map(({ id }) => id)).size).toBe(COMMANDS.length);
    for (const mode of ['live', 'recording'] as const) {
      const keys = commandsFor(mode).flatMap((one) => one.keys);
      expect(new Set(keys).size).toBe(keys.length);
    }
  });

  it.each(every)('$role, $phase.name, driven by $driver', ({ role, phase, driver }) => {
    const here = context(room(phase, driver), role);
    const drives = driver === role;
    const over = phase.name === 'ended';
    for (const one of commandsFor('live')) {
      const verdict = one.enabled(here);
      // A reason is a sentence.
      if (verdict !== true) expect(verdict, one.id).toMatch(/^\w.*\.$/);
      const is = (expected: boolean): void =>
        expect(verdict === true, `${one.id}: ${verdict}`).toBe(expected);
      if (PAUSED.includes(one.id)) is(drives && phase.name === 'stopped');
      else if (one.id === 'pause') is(drives && phase.name === 'running' && !phase.pausing);
      else if (one.id === 'start') is(role === 'host' && phase.name === 'starting');
      else if (one.id === 'wheel_take') is(!over && role === 'host' && !drives);
      else if (one.id === 'wheel_request') is(!over && role === 'collaborator' && !drives);
      else if (one.id === 'wheel_release') is(!over && drives);
      else if (['invite', 'end', 'restart'].includes(one.id)) is(!over && role === 'host');
      else if (['breakpoint_toggle', 'note_add'].includes(one.id)) is(!over && role !== 'watcher');
    }
  });

  it('disables everything that changes something when it is over, and says why', () => {
    const over = 'A host removed you from this session.';
    const here = { ...context(room({ name: 'stopped' }, 'host'), 'host'), connected: false, over };
    for (const id of ['continue', 'hand', 'note_add', 'breakpoint_toggle', 'invite'])
      expect(command(id).enabled(here), id).toBe(over);
  });

  it('disables everything that needs the server while disconnected', () => {
    const here = { ...context(room({ name: 'stopped' }, 'host'), 'host'), connected: false };
    for (const id of [...PAUSED, 'wheel_release', 'breakpoint_toggle', 'end']) {
      expect(command(id).enabled(here), id).toBe('Not connected at this moment.');
    }
  });

  it('sends one execution command at a time', () => {
    const here = { ...context(room({ name: 'stopped' }, 'host'), 'host'), busy: true };
    expect(command('next').enabled(here)).toMatch(/on its way/);
  });

  it('names the stop that a step is meant for, and the thread only if it is another', () => {
    const sent: Wire[] = [];
    const send = (wire: Wire): Promise<void> => {
      sent.push(wire);
      return Promise.resolve();
    };
    const here = context(room({ name: 'stopped' }, 'host'), 'host', { send });
    void command('next').run(here);
    void command('step_in').run({ ...here, at: { ...here.at, thread: 7 } });
    void command('continue').run(here);
    void command('pause').run(here);
    expect(sent).toEqual([
      { command: 'next', stop: 1 },
      { command: 'step_in', stop: 1, thread: 7 },
      { command: 'continue', stop: 1 },
      { command: 'pause', after: 1 },
    ]);
  });

  it('offers a step to who may not make it, once', () => {
    const snapshot = room({ name: 'stopped' }, 'host');
    for (const role of ['watcher', 'collaborator'] as const) {
      const here = context(snapshot, role);
      expect(use(command('next'), here)).toMatchObject({
        name: 'propose',
        action: { kind: 'command', command: { command: 'next', stop: 1 } },
      });
      const proposal = {
        id: 1,
        by: role,
        action: (use(command('next'), here) as { action: Proposed }).action,
      };
      const event = { type: 'proposal_made', proposal } as const;
      const after = fold(snapshot, { seq: snapshot.seq + 1, at: 1, by: role, event });
      expect(use(command('next'), { ...here, snapshot: after })).toEqual({
        name: 'refuse',
        why: 'You have proposed this already.',
      });
    }
    // A host takes the wheel; while it runs there is nothing to step.
    expect(use(command('next'), context(room({ name: 'stopped' }, null), 'host')).name).toBe('refuse');
    expect(
      use(command('next'), context(room({ name: 'running', pausing: false }, null), 'watcher')).name,
    ).toBe('refuse');
  });

  it('offers a watcher’s breakpoint as a plain draft', () => {
    const how = use(command('breakpoint_toggle'), context(room({ name: 'stopped' }, 'host'), 'watcher'));
    expect(how).toMatchObject({
      action: { kind: 'breakpoint', draft: { path: '/app/porch.py', line: 42, snap: false } },
    });
  });

  it('sets the next line only in the file that is paused in', () => {
    const here = context(room({ name: 'stopped' }, 'host'), 'host');
    expect(command('set_next').enabled(here)).toBe(true);
    expect(command('set_next').enabled({ ...here, at: { ...here.at, path: '/app/other.py' } })).toMatch(
      /same|must be/,
    );
  });

  it('lets a watcher write notes if the invite says so', () => {
    const here = context(room({ name: 'stopped' }, null), 'watcher');
    expect(command('note_add').enabled({ ...here, you: { ...here.you!, may_write_notes: true } })).toBe(true);
  });

  it('goes to the notes of a line that has some', () => {
    const snapshot = room({ name: 'stopped' }, null);
    const note = {
      id: 'n',
      path: '/app/porch.py',
      line: 42,
      author: 'host',
      stop: null,
      at: 1,
      resolved: null,
    };
    const event = { type: 'note_set', note: { ...note, text: '' } } as const;
    const after = fold(snapshot, { seq: snapshot.seq + 1, at: 1, by: 'host', event });
    expect(command('notes_here').enabled(context(snapshot, 'watcher'))).toBe(
      'There is no note on this line.',
    );
    const seen: unknown[] = [];
    const here = context(after, 'watcher', { showNotes: (...at) => void seen.push(at) });
    expect(command('notes_here').enabled(here)).toBe(true);
    void command('notes_here').run(here);
    expect(seen).toEqual([['/app/porch.py', 42]]);
  });

  it('stops at the ends of a recording', () => {
    const here = { ...context(room({ name: 'stopped' }, null), 'host'), mode: 'recording' as const };
    expect(command('stop_previous').enabled({ ...here, replay: { index: 0, stops: 2 } })).toBe(
      'This is the first stop.',
    );
    expect(command('stop_next').enabled({ ...here, replay: { index: 1, stops: 2 } })).toBe(
      'This is the last stop.',
    );
    expect(command('stop_next').enabled({ ...here, replay: { index: -1, stops: 2 } })).toBe(true);
  });
});
