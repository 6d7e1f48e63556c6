import { describe, expect, it } from 'vitest';
import { flatten, replacement, shift } from './tree-rows';

type Rows = Parameters<typeof shift<null>>[0];
/** `~`: it holds no view still. */
const rows = (text: string): Rows =>
  text.split(' ').map((id) => ({ id, node: { id, label: id, data: null, loose: id.startsWith('~') } }));

describe('rows', () => {
  it('are the open nodes in order, with a text where children are missing', () => {
    const leaf = (id: string) => ({ id, label: id, data: null });
    const all = flatten<null>([
      {
        ...leaf('a'),
        open: true,
        children: [leaf('b'), { ...leaf('c'), open: true, children: 'Loading …' }],
      },
      { ...leaf('d'), open: false, children: [leaf('e')] },
    ]);
    expect(all.map(({ text, level, index, size, parent }) => [text, level, index, size, parent])).toEqual([
      ['a', 1, 1, 2, -1],
      ['b', 2, 1, 2, 0],
      ['c', 2, 2, 2, 0],
      ['Loading …', 3, 1, 1, 2],
      ['d', 1, 2, 2, -1],
    ]);
  });
});

describe('what is in view stays', () => {
  it('when rows come or go above it', () => {
    expect(shift(rows('a b c d e'), rows('x y a b c d e'), 2, 4, -1)).toBe(2);
    expect(shift(rows('a b c d e'), rows('~ c d e'), 2, 4, -1)).toBe(-1);
  });

  it('when a page comes above a gap that it ends', () => {
    // From below: the gap is the first in view, and what comes lies behind it.
    expect(shift(rows('a b ~1 x y z'), rows('a b ~2 v w x y z'), 2, 5, -1)).toBe(2);
    // From above: what is behind it gives way.
    expect(shift(rows('a b ~1 x y z'), rows('a b c d ~2 x y z'), 0, 5, -1)).toBe(0);
  });

  it('with the focused row before all, if it is in view', () => {
    expect(shift(rows('a b ~1 x y z'), rows('a b c d ~2 x y z'), 0, 5, 3)).toBe(2);
    expect(shift(rows('a b ~1 x y z'), rows('a b c d ~2 x y z'), 0, 3, 5)).toBe(0);
  });

  it('unless nothing of it is there any more', () => {
    expect(shift(rows('a b c'), rows('x y z'), 1, 3, 1)).toBe(0);
    expect(shift(rows('a'), rows('a b'), 4, 9, -1)).toBe(0);
  });
});

describe('the focus of a row that is gone', () => {
  it('goes to what took its place, by where somebody was going', () => {
    const [old, next] = [rows('a ~1 z'), rows('a b c ~2 z')];
    expect(replacement(old, next, 1, true)).toBe('b');
    expect(replacement(rows('a ~1 z'), rows('a ~2 x y z'), 1, false)).toBe('y');
  });

  it('goes to what is left around it, however much went', () => {
    expect(replacement(rows('a b'), rows('a'), 1, true)).toBe('a');
    // Into a function with other locals.
    expect(replacement(rows('Locals x y z Globals g'), rows('Locals p q Globals g'), 2, true)).toBe('p');
    expect(replacement(rows('Locals x y z Globals g'), rows('Locals p q Globals g'), 2, false)).toBe('q');
    expect(replacement(rows('x y z'), rows('p z'), 1, true)).toBe('p');
    expect(replacement(rows('x y'), rows('x'), 1, false)).toBe('x');
  });

  it('stays where the row stays, and is lost with all around it', () => {
    expect(replacement(rows('a b'), rows('x a b'), 1, true)).toBeNull();
    expect(replacement(rows('a b'), rows('x y'), 1, true)).toBeNull();
    expect(replacement(rows('a b'), rows('b'), -1, true)).toBeNull();
  });
});
