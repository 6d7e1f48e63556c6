import { expect, it } from 'vitest';
import { bracesTrouble, expressionTrouble, hitCountTrouble, messageTrouble } from './expression';

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

it('a hit count is a number or a comparison, and nothing else', () => {
  for (const text of ['', '5', '>= 3', '% 10', '==2', '= 2', ' < 4 ', '> 0', '>= 0', '<= 1'])
    expect(hitCountTrouble(text), text).toBeNull();
  for (const text of ['abc', '>=', 'x y', '> 3 <', 'count % 3 == 1', '1.5', '-1', '!= 3'])
    expect(hitCountTrouble(text), text).toMatch(/^Type a number/);
  for (const text of ['0', '== 0', '% 0', '< 1', '<= 0'])
    expect(hitCountTrouble(text), text).toMatch(/never holds/);
});

it('a message’s braces hold expressions, as debugpy reads them', () => {
  for (const text of [
    '',
    'on',
    '{v}',
    "a {b} {c['d']} }",
    '{ {1: 2}[1] }%',
    '{[x for x in y]}',
    "{f'{x:>3}'}",
  ])
    expect(bracesTrouble(text) ?? messageTrouble(text), text).toBeNull();
  expect(bracesTrouble('level {v +')).toBe('“{v +” is not closed: a } is missing.');
  for (const text of ['{}', 'a { } b', '{v} {}'])
    expect(bracesTrouble(text), text).toBe('Type an expression between { and }.');
});

it('of a message, the part that is wrong is named, and what to write instead', () => {
  expect(messageTrouble('{a} {v +}')).toBe('In “{v +}”: Something is missing at its end.');
  expect(messageTrouble('{x = 3}')).toMatch(/^In “{x = 3}”: This would set/);
  expect(messageTrouble('{v:>5}')).toMatch(/not supported here: write {format\(v, '>5'\)}\.$/);
  expect(messageTrouble('{v!r:5}')).toMatch(/write {format\(v, '5'\)}/);
  expect(messageTrouble('{i!r}')).toMatch(/write {repr\(i\)}/);
  expect(messageTrouble('{i!s}')).toMatch(/write {str\(i\)}/);
  expect(messageTrouble('{n=}')).toMatch(/write {repr\(n\)}/);
  expect(messageTrouble('{{literal}}')).toBe(
    '“{{literal}}” would print a set: braces always hold an expression.',
  );
});
