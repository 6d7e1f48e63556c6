import { describe, expect, it } from 'vitest';
import type { Frame, ProcessInfo, StopView, Task, ThreadActivity } from './protocol';
import { stackNodes, stackWants, stays, type StackDeps, type StackItem } from './stack-tree';
import type { TreeNode } from './components/Tree.svelte';
import { room as session } from './testing';

type Node = TreeNode<StackItem>;

const process = (id: number, parent: number, waiting: string | null = null): ProcessInfo => ({
  id,
  parent,
  pid: 100 + id,
  name: id === 0 ? 'Program' : `Subprocess ${100 + id}`,
  waiting,
});
const task = (name: string, thread: number | null): Task => ({
  name,
  coroutine: 'serve',
  state: 'waiting',
  waits_for: '<Future pending>',
  stack: [{ function: 'serve', path: '/app/porch.py', line: 9 }],
  thread,
});
const frame = (id: number): Frame => ({
  id,
  name: `f${id}`,
  path: '/app/porch.py',
  line: id,
  column: 1,
  subtle: false,
});
const busy: ThreadActivity = { id: 2, held: false, place: null };

function deps(
  stop: Partial<StopView> | null,
  processes: ProcessInfo[] = [],
  open: Record<string, boolean> = {},
): StackDeps {
  const { stop: there, phase } = session(
    { name: stop ? 'stopped' : 'running', pausing: false } as never,
    null,
  );
  return {
    snapshot: {
      stop: stop && { ...there!, ...stop },
      phase,
      processes: Object.fromEntries(processes.map((one) => [one.id, one])),
    },
    mode: 'live',
    selection: { thread: null, frame: null },
    isOpen: (id, otherwise) => open[id] ?? otherwise,
    missing: () => ({ why: 'loading' }),
  };
}

/** Open rows, by their labels and how deep they are. */
function rows(nodes: readonly Node[] | string, depth = 0): string[] {
  const pad = '  '.repeat(depth);
  if (typeof nodes === 'string') return [`${pad}(${nodes})`];
  return nodes.flatMap(({ label, open, children }) => [
    `${pad}${children === undefined ? '' : open ? '- ' : '+ '}${label}`,
    ...(open && children !== undefined ? rows(children, depth + 1) : []),
  ]);
}

const threads = [
  { id: 2, name: 'worker' },
  { id: 1, name: 'MainThread' },
];
const stacks = { 1: { frames: [frame(1), frame(2)], total: 2 } };
const activity = { threads: [busy], tasks: [] as Task[], total_tasks: 0 };

describe('the call stack of one process', () => {
  it('has threads as its roots, the one that stopped first', () => {
    expect(rows(stackNodes(deps({ threads, stacks, activity }, [process(0, 0)])))).toEqual([
      '- MainThread, stopped here',
      '  f1, porch.py line 1',
      '  f2, porch.py line 2',
      '+ worker, outside the program, waits in native code',
    ]);
  });

  it('has tasks below the thread that runs their loop, and behind the threads where none does', () => {
    const tasks = [task('a', 1), task('b', 2), task('c', null), task('d', 1), task('e', 77)];
    const open = { t2: true, 'tasks t1': true, 'tasks t1 0 a': true };
    const all = deps({ threads, stacks, activity: { ...activity, tasks, total_tasks: 9 } }, [], open);
    expect(rows(stackNodes(all))).toEqual([
      '- MainThread, stopped here',
      '  f1, porch.py line 1',
      '  f2, porch.py line 2',
      '  - asyncio tasks, 2',
      '    - a, serve, waits for <Future pending>',
      '      serve, porch.py:9',
      '    + d, serve, waits for <Future pending>',
      '- worker, outside the program, waits in native code',
      '  Loading …',
      '  + asyncio tasks, 1',
      '+ asyncio tasks, 2',
      '4 more asyncio tasks, not captured',
    ]);
    expect(stackWants(all)).toEqual([{ kind: 'stack', stop: 1, thread: 2 }]);
  });

  it('keeps tasks that were open at the stop before, and asks for them', () => {
    const open = { 'tasks t1': true };
    const all = deps({ threads, stacks, activity: null }, [], open);
    expect(rows(stackNodes(all)).slice(3, 5)).toEqual(['  - asyncio tasks', '    (Loading …)']);
    expect(stackWants(all)).toEqual([{ kind: 'activity', stop: 1 }]);
    expect(rows(stackNodes({ ...all, mode: 'recording' }))).not.toContain('  - asyncio tasks');
    const none = deps({ threads, stacks, activity }, [], open);
    expect(rows(stackNodes(none)).join()).not.toContain('asyncio');
    expect(stackWants(none)).toEqual([]);
  });

  it('has what comes last of a stop as it was at the one before, until it is there', () => {
    const tasks = [task('a', 1)];
    const { stop: then } = deps({
      threads,
      stacks,
      activity: { ...activity, tasks, total_tasks: 1 },
    }).snapshot;
    const now = { ...deps({ threads: [], stacks, activity: null, stop: 2 }), before: then };
    expect(rows(stackNodes(now))).toEqual([
      '- MainThread, stopped here',
      '  f1, porch.py line 1',
      '  f2, porch.py line 2',
      '  + asyncio tasks',
      '+ worker',
    ]);
    const other = { ...now, before: { ...then!, process: 7 } };
    expect(rows(stackNodes(other))[0]).toBe('- Thread 1, stopped here');
    // Another thread than those that were known.
    const newer = { ...deps({ threads: [], thread: 9, stacks: {} }), before: then };
    expect(rows(stackNodes(newer))[0]).toBe('- Thread 9, stopped here');
  });

  it('offers what is left of a deep stack, once it may be had', () => {
    const deep = { 1: { frames: [frame(1)], total: 900 } };
    const more = (all: StackDeps): string | undefined => rows(stackNodes(all))[2]?.trim();
    const live = deps({ threads, stacks: deep });
    expect(more(live)).toBe('Show 200 more of 899 frames');
    expect(more({ ...live, mode: 'recording' })).toBe('899 more frames, not captured');
    expect(more({ ...live, missing: () => ({ why: 'refused', message: 'no' }) })).toBe('no');
  });

  it('is empty before the first stop', () => expect(stackNodes(deps(null, [process(0, 0)]))).toEqual([]));
});

describe('the call stack of several processes', () => {
  const family = [process(0, 0), process(1, 0), process(2, 1, 'breakpoint'), process(3, 0)];

  it('has processes as its roots, children below their parents, threads below the one that is shown', () => {
    const all = deps({ process: 3, threads, stacks }, family, { p2: true, t1: false });
    expect(rows(stackNodes(all))).toEqual([
      '- Program, pid 100, runs',
      '  Its threads show when it pauses.',
      '  - Subprocess 101, runs',
      '    Its threads show when it pauses.',
      '    - Subprocess 102, paused, waits its turn',
      '      Continue shows the next that waits (breakpoint).',
      '  - Subprocess 103, paused, shown here',
      '    + MainThread, stopped here',
      '    + worker',
    ]);
  });

  it('opens those that have something below', () => {
    const all = deps({ process: 0, threads, stacks }, [process(0, 0), process(1, 0), process(2, 1)]);
    const [program] = stackNodes(all);
    expect(program!.open).toBe(true);
    expect(rows([program!]).slice(-2)).toEqual([
      '    Its threads show when it pauses.',
      '    + Subprocess 102, runs',
    ]);
  });

  it('says of each why it has no threads, also in a recording', () => {
    const two = [process(0, 0), process(1, 0, 'pause')];
    const all = deps({ process: 0, threads, stacks }, two, { p1: true });
    expect(rows(stackNodes(all)).at(-1)!.trim()).toBe('Continue lets it run on, too.');
    expect(
      rows(stackNodes({ ...all, mode: 'recording' }))
        .at(-1)!
        .trim(),
    ).toBe('It is shown at a later stop (pause).');
  });

  it('shows while nothing was paused yet, and keeps the last stop of a process that is gone', () => {
    const two = [process(0, 0), process(1, 0)];
    expect(rows(stackNodes(deps(null, two)))).toEqual(['- Program, pid 100, runs', '  Subprocess 101, runs']);
    expect(rows(stackNodes(deps({ process: 5, threads, stacks }, two))).slice(3)).toEqual([
      '- process 5, ended',
      '  - MainThread, stopped here',
      '    f1, porch.py line 1',
      '    f2, porch.py line 2',
      '  + worker',
    ]);
  });

  it('has rows of different ids', () => {
    const tasks = [task('a', 1), task('a', 1), task('a', null)];
    const all = deps(
      { process: 3, threads, stacks, activity: { ...activity, tasks, total_tasks: 4 } },
      family,
    );
    const ids = (nodes: readonly Node[]): string[] =>
      nodes.flatMap(({ id, children }) => [id, ...(Array.isArray(children) ? ids(children as Node[]) : [])]);
    const found = ids(stackNodes({ ...all, isOpen: () => true }));
    expect(new Set(found).size).toBe(found.length);
    expect(found.filter(stays)).toEqual(['p0', 'p1', 'p2', 'p3', 'tasks t1', 'tasks none']);
  });
});
