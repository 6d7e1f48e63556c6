import { expect, it } from 'vitest';
import { callsAt } from './step-targets';

const TEXT = `first(1)
x = outer(inner(1), inner(2))
if x:
    failing(x)
    print("a")
y = outer(inner(1), 3)
`;
const calls = (text: string | null, line: number, ...labels: string[]): unknown[] =>
  callsAt(
    labels.map((label, id) => ({ id, label })),
    text,
    line,
  ).map((one) => [one.label, one.line]);

it('tells the lines of those that are on another one than the program is paused at', () => {
  const labels = ['inner(1)', 'inner(2)', 'outer(inner(1), inner(2))', 'failing(x)', 'print("a")'];
  expect(calls(TEXT, 2, ...labels, 'inner(1) (call 2)', 'outer(inner(1), 3)')).toEqual([
    ['inner(1)', null],
    ['inner(2)', null],
    ['outer(inner(1), inner(2))', null],
    ['failing(x)', 4],
    ['print("a")', 5],
    ['inner(1) (call 2)', 6],
    ['outer(inner(1), 3)', 6],
  ]);
});

it('has those of the line first, and says nothing of what it does not find', () => {
  expect(calls(TEXT, 4, 'print("a")', 'failing(x)', 'gone()')).toEqual([
    ['failing(x)', null],
    ['gone()', null],
    ['print("a")', 5],
  ]);
  expect(calls(null, 4, 'print("a")')).toEqual([['print("a")', null]]);
});
