import { expect, it } from 'vitest';
import { expressionTrouble, hitCountTrouble } from './expression';

it('takes what Python takes', () => {
  const good = [
    '',
    'count > 3',
    'not (a and b) or c[1:2]',
    "lamp.name == 'porch' and lamp.level in {1, 2}",
    '[x for x in y if x]',
    'lambda: 1',
    'f(a, *b, k=1, **c)',
    "f'{x!r:>{w}}' in s",
    '(n := len(a)) > 10',
    'a if b else c',
    'await_ is None',
    'π > 3',
    '...',
  ];
  for (const text of good) expect(expressionTrouble(text), text).toBeNull();
});

it('says where it stops understanding, and what is no expression', () => {
  expect(expressionTrouble('count >')).toBe('Something is missing at its end.');
  expect(expressionTrouble('(a + b')).toBe('Something is missing at its end.');
  expect(expressionTrouble('count > 3)')).toMatch(/from “\)” on/);
  expect(expressionTrouble('level = 3')).toBe('This would set something: compare with ==.');
  for (const text of ['del x', 'import os', 'a; b', 'pass', 'raise X', 'x += 1'])
    expect(expressionTrouble(text), text).toBe('This is a statement: an expression is needed.');
});

it('a hit count is a number, a comparison, or an expression', () => {
  for (const text of ['', '5', '>= 3', '% 10', '==2', ' < 4 ', 'count % 3 == 1'])
    expect(hitCountTrouble(text), text).toBeNull();
  for (const text of ['>=', 'x y', '> 3 <']) expect(hitCountTrouble(text), text).not.toBeNull();
});
