import { describe, expect, it } from 'vitest';
import { columnsOf, linesFor } from './output-wrap';

describe('lines of the screen', () => {
  it.each([
    ['', 0],
    ['plain', 5],
    ['\tx', 9],
    ['ab\tx', 9],
    ['漢字', 4],
    ['é', 1],
    ['e\u0301', 1],
    ['😀!', 3],
    ['─│', 2],
  ])('%j takes %d columns', (text, columns) => expect(columnsOf(text)).toBe(columns));

  it('are as many as a text needs', () => {
    expect([0, 1, 10, 11, 20, 21].map((length) => linesFor('x'.repeat(length), 10))).toEqual([
      1, 1, 1, 2, 2, 3,
    ]);
    expect(linesFor('漢'.repeat(9), 10), 'a wide letter may not fit').toBe(2);
    expect(linesFor('漢'.repeat(10), 10)).toBe(3);
  });
});
