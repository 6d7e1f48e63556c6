import { expect, it } from 'vitest';
import { find, fit, isAbsolute, parseTyped } from './quick-open';

it('a line may follow a colon, also of a Windows path', () => {
  const rows: [string, string, number | null][] = [
    ['porch', 'porch', null],
    [' porch.py:42 ', 'porch.py', 42],
    ['porch.py:', 'porch.py', null],
    [':7', '', 7],
    [':0', '', 1],
    ['C:\\app\\x.py', 'C:\\app\\x.py', null],
    ['C:\\app\\x.py:3', 'C:\\app\\x.py', 3],
    ['a:b', 'a:b', null],
    ['', '', null],
  ];
  for (const [text, name, line] of rows) expect(parseTyped(text), text).toEqual({ name, line });
});

it('knows whole paths', () => {
  expect(['/a.py', 'C:\\a.py', 'c:/a.py', '\\\\host\\a.py'].every(isAbsolute)).toBe(true);
  expect(['a.py', './a.py', 'C:a.py', ''].some(isAbsolute)).toBe(false);
});

it('what starts so comes before what has it, and that before what has its letters in order', () => {
  const paths = ['/x/lamps/porch.py', '/x/porch_lamp.py', '/x/lamp.py', '/x/light_amp.py', '/x/sun.py'];
  const name = (path: string): string => path.split('/').at(-1)!;
  const found = find(
    paths,
    'lamp',
    (path) => [name(path), path],
    (a, b) => (a < b ? -1 : 1),
  );
  expect(found).toEqual(['/x/lamp.py', '/x/porch_lamp.py', '/x/lamps/porch.py', '/x/light_amp.py']);
  expect(
    find(
      paths,
      '',
      (path) => [name(path), path],
      () => 0,
    ),
  ).toEqual(paths);
  expect(fit('lamp.py', '/x/lamp.py', 'LAMP.PY')).toBe(0);
  expect(fit('lamp.py', '/x/lamp.py', 'q')).toBeNull();
});
