import { expect, it } from 'vitest';
import { find, fit, isAbsolute, parseTyped } from './quick-open';
import { worked } from './testing';

it('a line may follow a colon, also of a Windows path', () => {
  const rows: [string, string, number | null][] = [
    ['porch', 'porch', null],
    [' porch.py:42 ', 'porch.py', 42],
    ['porch.py:', 'porch.py', null],
    [':7', '', 7],
    [':0', '', 1],
    ['C:\\app\\x.py', 'C:\\app\\x.py', null],
    ['C:\\app\\x.py:3', 'C:\\app\\x.py', 3],
    ['porch.py:42:7', 'porch.py', 42],
    ['a:b', 'a:b', null],
    ['', '', null],
  ];
  for (const [text, name, line] of rows) expect(parseTyped(text), text).toEqual({ name, line });
});

it('knows whole paths', () => {
  expect(['/a.py', 'C:\\a.py', 'c:/a.py', '\\\\host\\a.py'].every(isAbsolute)).toBe(true);
  expect(['a.py', './a.py', 'C:a.py', ''].some(isAbsolute)).toBe(false);
});

interface File {
  path: string;
  near: number;
}
const base = (path: string): string => path.split(/[\\/]/).at(-1)!;
const files = (paths: readonly string[], typed: string): string[] =>
  find<File>(
    paths.map((path, near) => ({ path, near })),
    typed,
    ({ path }) => [base(path), path],
    (a, b) => a.near - b.near,
  ).map(({ path }) => path);

/** All that fit, the best first; what fits as well stays in this order. */
const PATHS = [
  '/app/lamps/porch.py',
  '/app/porch_lamp.py',
  '/app/lamp.py',
  '/app/light_amp.py',
  '/app/clamp.py',
  '/app/lamps.py',
  '/app/sun/test_views.py',
  '/app/sun/views.py',
  '/lib/python3/views/generic.py',
  '/lib/python3/HttpPorchClient.py',
];

it.each([
  // The name before the path; consecutive letters before scattered ones; a word's start before its middle.
  [
    'lamp',
    [
      '/app/lamp.py',
      '/app/lamps.py',
      '/app/porch_lamp.py',
      '/app/clamp.py',
      '/app/light_amp.py',
      '/app/lamps/porch.py',
    ],
  ],
  ['views', ['/app/sun/views.py', '/app/sun/test_views.py', '/lib/python3/views/generic.py']],
  [
    'plam',
    [
      '/app/porch_lamp.py',
      '/app/lamps/porch.py',
      '/app/lamp.py',
      '/app/lamps.py',
      '/app/clamp.py',
      '/app/light_amp.py',
    ],
  ],
  ['hpc', ['/lib/python3/HttpPorchClient.py']],
  ['PORCH', ['/app/lamps/porch.py', '/app/porch_lamp.py', '/lib/python3/HttpPorchClient.py']],
  // Spaces part what must all be there, in any order.
  ['lamp porch', ['/app/porch_lamp.py', '/app/lamps/porch.py']],
  ['porch  lamp', ['/app/porch_lamp.py', '/app/lamps/porch.py']],
  ['sun views', ['/app/sun/views.py', '/app/sun/test_views.py']],
  ['sun porch', []],
  // Folders, with either slash.
  ['sun/v', ['/app/sun/views.py', '/app/sun/test_views.py']],
  ['lamps\\porch', ['/app/lamps/porch.py']],
  ['/app/lamp.py', ['/app/lamp.py']],
  ['/app/amp.py', []],
  ['zebra', []],
  ['', PATHS],
  ['  ', PATHS],
] as [string, string[]][])('%j finds the best first', (typed, expected) => {
  expect(files(PATHS, typed)).toEqual(expected);
});

it('what is nearer comes first of those that fit as well, and only of those', () => {
  expect(files(['/b/app.py', '/a/app.py', '/a/my_app.py'], 'app')).toEqual([
    '/b/app.py',
    '/a/app.py',
    '/a/my_app.py',
  ]);
  expect(files(['/a/my_app.py', '/a/app.py'], 'app')).toEqual(['/a/app.py', '/a/my_app.py']);
  // A name is whole without what all have at their end; a word begins within one, too.
  expect(files(['/a/apps.py', '/b/app.py'], 'app')).toEqual(['/b/app.py', '/a/apps.py']);
  expect(files(['/a/httpocket.py', '/b/HttpPorchClient.py'], 'hpc')[0]).toBe('/b/HttpPorchClient.py');
});

it('takes stretches where they cost least, wherever the first letters are', () => {
  // Not the first `t`, but the one that a word starts with.
  expect(fit('a_water_tap.py', '', 'tap')).toBe(2);
  expect(fit('lamp.py', '/x/lamp.py', 'LAMP.PY')).toBe(0);
  expect(fit('lamp.py', '/x/lamp.py', 'q')).toBeNull();
  expect(fit('Step over', 'Step over', 'over step')).not.toBeNull();
});

it('is quick with many long paths', () => {
  const many = Array.from(
    { length: 5_000 },
    (_, i) => `/usr/lib/python3/site-packages/pkg_${i}/sub/module_${i}.py`,
  );
  // Five keys.
  const took = worked(() => {
    for (const typed of ['p', 'py', 'pymod', 'module_49', 'lib pkg 99']) files(many, typed);
  });
  expect(took).toBeLessThan(2_500);
});
