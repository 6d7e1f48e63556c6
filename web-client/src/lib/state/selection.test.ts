import { describe, expect, it } from 'vitest';
import { foldAll } from '../fold';
import type { Look } from '../presence';
import type { Snapshot, StopView } from '../protocol';
import { envelopes, room, stackEvent, stopEvent } from '../testing';
import { Selection } from './selection.svelte';

const PORCH = '/app/porch.py';
const at = (stop: number, line: number): Snapshot =>
  foldAll(
    room({ name: 'running', pausing: false }, null),
    envelopes(50, stopEvent(stop), stackEvent(stop, line)),
  );
const place = ({ path, line }: Selection): [string | null, number | null] => [path, line];
const look = (more: Partial<Look>): Look => ({
  path: PORCH,
  line: 7,
  top: 1,
  selection: null,
  frame: null,
  stop: null,
  ...more,
});

describe('where one looks', () => {
  it('is where the program stops, unless one does not follow that', () => {
    const selection = new Selection();
    selection.sync(at(2, 10));
    expect(place(selection)).toEqual([PORCH, 10]);
    selection.follow = false;
    selection.sync(at(3, 11));
    expect(place(selection)).toEqual([PORCH, 10]);
    selection.showStop(at(3, 11));
    expect([...place(selection), selection.follow]).toEqual([PORCH, 11, true]);
  });

  it('is where somebody looks who is followed, until the first move of one’s own', () => {
    const moves: [string, (selection: Selection) => void][] = [
      ['a file', (selection) => selection.go('/b.py', 1)],
      ['a frame', (selection) => selection.selectFrame(1, at(2, 10).stop!.stacks[1]!.frames[0]!)],
      ['a thread', (selection) => selection.selectThread(1, at(2, 10))],
      ['the cursor', (selection) => selection.cursor(3, null, true)],
      ['scrolling', (selection) => selection.scrolled(3, true)],
      ['the stop', (selection) => selection.showStop(at(2, 10))],
    ];
    for (const [what, move] of moves) {
      const selection = new Selection();
      selection.leader = 'ana';
      selection.mirror(look({}), at(2, 10));
      expect(place(selection), what).toEqual([PORCH, 7]);
      // A stop doesn't lead away from them, and what the page does itself is no move.
      selection.sync(at(3, 20));
      selection.cursor(7, null, false);
      selection.scrolled(2, false);
      expect([...place(selection), selection.leader], what).toEqual([PORCH, 7, 'ana']);
      move(selection);
      expect(selection.leader, what).toBeNull();
    }
  });

  it('takes their frame along at the same stop only', () => {
    const selection = new Selection();
    selection.sync(at(2, 10));
    selection.frame = 99;
    selection.mirror(look({ stop: 1, frame: 1 }), at(2, 10));
    expect(selection.frame).toBe(99);
    selection.mirror(look({ stop: 2, frame: 1 }), at(2, 10));
    expect(selection.frame).toBe(1);
  });

  it('is a chosen thread’s top frame once its stack is there, and not before', () => {
    const other: Snapshot = at(2, 10);
    const stack = other.stop!.stacks[1]!;
    const frames = [
      { ...stack.frames[0]!, id: 70, path: null },
      { ...stack.frames[0]!, id: 71, path: '/b.py', line: 5 },
    ];
    const come = (stop: StopView): Snapshot => ({
      ...other,
      stop: { ...stop, stacks: { ...stop.stacks, 7: { ...stack, frames } } },
    });
    const state = (one: Selection): unknown[] => [one.thread, one.frame, ...place(one)];
    const selection = new Selection();
    selection.sync(other);
    const before = state(selection);
    selection.selectThread(7, other);
    expect(state(selection)).toEqual(before);
    selection.sync(come(other.stop!));
    expect(state(selection)).toEqual([7, 70, '/b.py', 5]);
    // Of what somebody went on from, or of a stop that is over, nothing comes.
    for (const move of [() => selection.go('/c.py', 1), () => selection.sync(at(3, 11))]) {
      selection.sync(other);
      selection.selectThread(8, other);
      move();
      const then = state(selection);
      const { stop } = selection.path === '/c.py' ? other : at(3, 11);
      selection.sync({ ...other, stop: { ...stop!, stacks: { ...stop!.stacks, 8: { ...stack, frames } } } });
      expect(state(selection)).toEqual(then);
    }
    // One that runs no Python.
    selection.sync(other);
    selection.selectThread(7, {
      ...other,
      stop: { ...other.stop!, stacks: { 7: { ...stack, frames: [] } } },
    });
    expect(selection.frame).not.toBeNull();
  });

  it('is shown anew only when it is another place', () => {
    const selection = new Selection();
    selection.mirror(look({}), at(2, 10));
    const { reveal } = selection;
    selection.mirror(look({}), at(2, 10));
    expect(selection.reveal).toBe(reveal);
    selection.mirror(look({ top: 5 }), at(2, 10));
    expect(selection.reveal).not.toBe(reveal);
  });

  it('stays at a form that one types in, while its file is shown', () => {
    const selection = new Selection();
    selection.sync(at(2, 10));
    selection.held = PORCH;
    selection.sync(at(3, 11));
    expect(place(selection)).toEqual([PORCH, 10]);
    selection.showStop(at(3, 11));
    expect(place(selection)).toEqual([PORCH, 11]);
    selection.go('/b.py', 1);
    selection.sync(at(4, 12));
    expect(place(selection)).toEqual([PORCH, 12]);
  });

  it('is what a link names, past the stop that is there, and follows the next', () => {
    const fresh = new Selection();
    fresh.goByLink('/b.py', 3);
    fresh.sync(at(2, 10));
    expect(place(fresh)).toEqual(['/b.py', 3]);
    fresh.sync(at(3, 11));
    expect(place(fresh)).toEqual([PORCH, 11]);
    // In a room that is open already.
    fresh.goByLink('/b.py', 3);
    fresh.sync(at(3, 11));
    expect(place(fresh)).toEqual(['/b.py', 3]);
    fresh.sync(at(4, 12));
    expect(place(fresh)).toEqual([PORCH, 12]);
  });

  it('leads back to where one was by oneself: by jumps, frames and stops, not to where somebody else looked', () => {
    const selection = new Selection();
    expect(selection.walk(-1)).toBeNull();
    selection.go('/a.py', 1);
    selection.sync(at(2, 40));
    selection.leader = 'ana';
    selection.mirror(look({ path: '/theirs.py', line: 500 }), at(2, 40));
    selection.mirror(look({ path: '/theirs.py', line: 900 }), at(2, 40));
    // The first move of one’s own begins there.
    selection.go('/b.py', 70);
    expect(selection.walk(-1)).toEqual({ path: '/theirs.py', line: 900 });
    expect(selection.walk(-1)).toEqual({ path: PORCH, line: 40 });
    expect(selection.walk(-1)).toEqual({ path: '/a.py', line: 1 });
    selection.leader = 'ana';
    expect(selection.walk(1)).toEqual({ path: PORCH, line: 40 });
    expect([...place(selection), selection.leader]).toEqual([PORCH, 40, null]);
    // Where one has gone meanwhile is a place, too.
    selection.cursor(90, null, true);
    expect(selection.walk(-1)).toEqual({ path: PORCH, line: 40 });
    expect(selection.walk(1)).toEqual({ path: PORCH, line: 90 });
  });
});
