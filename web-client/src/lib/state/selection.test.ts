import { describe, expect, it } from 'vitest';
import { foldAll } from '../fold';
import type { Look } from '../presence';
import type { Snapshot } from '../protocol';
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
      ['a thread', (selection) => selection.selectThread(1)],
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
});
