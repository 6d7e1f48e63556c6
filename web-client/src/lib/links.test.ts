import { expect, it } from 'vitest';
import { fragmentOf, parseFragment, type LinkTo } from './links';

it('what a link is made of is what it leads to', () => {
  const rows: [LinkTo, string][] = [
    [{ stop: 4 }, '#stop=4'],
    [{ at: 120 }, '#at=120'],
    [{ path: '/app/porch.py', line: 42 }, '#file=/app/porch.py&line=42'],
    [
      { stop: 4, path: 'C:\\my app\\a+b&c=d#é.py', line: 1 },
      '#stop=4&file=C%3A%5Cmy%20app%5Ca%2Bb%26c%3Dd%23%C3%A9.py&line=1',
    ],
  ];
  for (const [to, fragment] of rows) {
    expect(fragmentOf(to)).toBe(fragment);
    expect(parseFragment(fragment)).toEqual(to);
  }
});

it('what makes no sense is left out', () => {
  for (const fragment of [
    '',
    '#',
    '#stop=-1',
    '#stop=x',
    '#at=1e9',
    '#line=5',
    '#file=',
    '#stop=99999999999999999999',
  ])
    expect(parseFragment(fragment), fragment).toEqual({});
  expect(parseFragment('#file=/a.py&line=0')).toEqual({ path: '/a.py', line: 1 });
  expect(parseFragment('#file=/a.py&line=x')).toEqual({ path: '/a.py', line: 1 });
  expect(parseFragment('#file=/a+b.py')).toEqual({ path: '/a+b.py', line: 1 });
});
