import { describe, expect, it } from 'vitest';
import { breakpointViews, type DocEntry } from './breakpoints';
import { command, use, type Context } from './commands';
import type { Asked } from './commands/checks';
import type { EntryId, Role } from './protocol';
import { context, room } from './testing';

const PATH = '/app/porch.py';
const entry = (line: number, author: string, more: Partial<DocEntry> = {}): DocEntry => ({
  path: PATH,
  line,
  enabled: true,
  author,
  ...more,
});
const ENTRIES: Record<EntryId, DocEntry> = {
  h: entry(42, 'host'),
  c: entry(42, 'collaborator', { condition: 'x > 1' }),
  off: entry(50, 'collaborator', { enabled: false }),
  alone: entry(60, 'host'),
};

interface Done {
  changes: Record<EntryId, DocEntry | null>;
  said: string;
  asked: Asked | null;
  edited: string | null;
}

function at(role: Role, line: number, entries = ENTRIES): { here: Context; done: Done } {
  const snapshot = room({ name: 'stopped' }, null);
  const done: Done = { changes: {}, said: '', asked: null, edited: null };
  const base = context(snapshot, role, {
    changeBreakpoints: (changes, said) => Object.assign(done, { changes: Object.fromEntries(changes), said }),
    ask: (asked) => void (done.asked = asked),
    editBreakpoint: ({ id }) => void (done.edited = id),
    draftBreakpoint: ({ line: at }) => void (done.edited = `new at ${at}`),
  });
  const breakpoints = (): ReturnType<Context['breakpoints']> => breakpointViews(snapshot, entries);
  return { here: { ...base, breakpoints, at: { ...base.at, line } }, done };
}

function run(id: string, role: Role, line = 42, entries = ENTRIES): Done {
  const { here, done } = at(role, line, entries);
  expect(use(command(id), here)).toEqual({ name: 'run' });
  void command(id).run(here);
  return done;
}

const why = (id: string, role: Role, line = 42, entries = ENTRIES): string =>
  (use(command(id), at(role, line, entries).here) as { why: string }).why;

describe('a breakpoint of a line', () => {
  it('is one’s own if there is one, else what one may change of others', () => {
    expect(run('breakpoint_remove', 'host').changes).toEqual({ h: null });
    expect(run('breakpoint_remove', 'collaborator').changes).toEqual({ c: null });
    expect(run('breakpoint_remove', 'host', 50).changes).toEqual({ off: null });
    expect(why('breakpoint_remove', 'collaborator', 60)).toBe('Only host or a host can change this one.');
    expect(why('breakpoint_able', 'watcher')).toBe('Watchers cannot change breakpoints.');
    expect(why('breakpoint_able', 'host', 1)).toBe('There is no breakpoint on this line.');
  });

  it('is disabled or enabled, and stays what it is else, and whose', () => {
    expect(run('breakpoint_able', 'collaborator').changes).toEqual({
      c: { ...ENTRIES['c'], enabled: false },
    });
    const { changes, said } = run('breakpoint_able', 'host', 50);
    expect(changes).toEqual({ off: { ...ENTRIES['off'], enabled: true } });
    expect(said).toBe('1 breakpoint enabled.');
    // A menu said which way it goes; somebody else was there first, and may remove it at this moment.
    const { here, done } = at('host', 50);
    void command('breakpoint_able').run({ ...here, at: { ...here.at, enables: false } });
    expect(done).toMatchObject({ changes: {}, said: '1 breakpoint disabled.' });
  });

  it('is changed by the form that sets a new one elsewhere', () => {
    expect(run('breakpoint_draft', 'collaborator').edited).toBe('c');
    expect(run('breakpoint_draft', 'collaborator', 60).edited).toBe('new at 60');
    // Who may set none proposes a change of what is there.
    expect(run('breakpoint_draft', 'watcher').edited).toBe('c');
    expect(run('breakpoint_draft', 'watcher', 60).edited).toBe('alone');
    expect(run('breakpoint_draft', 'watcher', 61).edited).toBe('new at 61');
  });
});

describe('all breakpoints', () => {
  it('are those that one may change, and it is said how many others there are', () => {
    const mine = run('breakpoints_disable', 'collaborator');
    expect(mine.changes).toEqual({ c: { ...ENTRIES['c'], enabled: false } });
    expect(mine.said).toBe('1 breakpoint disabled; 2 of others stay as set.');
    const all = run('breakpoints_disable', 'host');
    expect(Object.keys(all.changes).sort()).toEqual(['alone', 'c', 'h']);
    expect(all.said).toBe('3 breakpoints disabled.');
    expect(Object.keys(run('breakpoints_enable', 'collaborator').changes)).toEqual(['off']);
  });

  it('are removed when that was asked, without those that came or went meanwhile', async () => {
    const entries = { ...ENTRIES };
    const { asked, changes } = run('breakpoints_remove', 'host', 42, entries);
    expect(changes).toEqual({});
    expect(asked).toMatchObject({
      label: 'Remove 4 breakpoints',
      about: 'They go for everybody, with conditions and messages: 2 of collaborator, 2 of yours.',
    });
    const { here, done } = at('collaborator', 42, entries);
    void command('breakpoints_remove').run(here);
    expect(done.asked?.about).toContain('Those of others (2) stay');
    delete entries['off'];
    entries['later'] = entry(70, 'collaborator');
    await done.asked?.act();
    expect(done.changes).toEqual({ c: null });
    delete entries['c'];
    await done.asked?.act();
    expect([done.changes, done.said]).toEqual([{}, 'It is gone already; 2 of others stay as set.']);
  });

  it('need some to be there', () => {
    expect(why('breakpoints_enable', 'host', 42, { h: ENTRIES['h']! })).toBe(
      'None that you may change is disabled.',
    );
    expect(why('breakpoints_remove', 'collaborator', 42, { h: ENTRIES['h']! })).toBe(
      'There is none that you may change.',
    );
    expect(why('breakpoints_remove', 'watcher')).toBe('Watchers cannot set breakpoints.');
    const { here } = at('host', 42);
    expect(use(command('breakpoints_remove'), { ...here, breakpoints: () => null })).toEqual({
      name: 'refuse',
      why: 'The breakpoints are not loaded yet.',
    });
  });

  it('are not enabled where that would run code that one may not run now', () => {
    const off = {
      plain: entry(1, 'collaborator', { enabled: false }),
      code: entry(2, 'collaborator', { enabled: false, condition: 'x > 1' }),
    };
    const done = run('breakpoints_enable', 'collaborator', 1, off);
    expect(Object.keys(done.changes)).toEqual(['plain']);
    expect(done.said).toBe('1 breakpoint enabled; 1 with code stays, as you may not run it now.');
    expect(why('breakpoint_able', 'collaborator', 2, off)).toMatch(/^Only the driver may run code/);
    expect(why('breakpoints_enable', 'collaborator', 2, { code: off.code })).toMatch(/^Only the driver/);
    expect(Object.keys(run('breakpoints_enable', 'host', 1, off).changes)).toEqual(['plain', 'code']);
  });
});
