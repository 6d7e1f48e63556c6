import { describe, expect, it } from 'vitest';
import { completes, dedented, folded, History, offers, raised } from './console';

function storage(): Storage & { kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  } as unknown as Storage & { kept: Map<string, string> };
}

describe('the history of the console', () => {
  it('goes back and forth, with what is typed at its end', () => {
    const history = new History(storage(), 's');
    history.add('a');
    history.add('b');
    history.add('b');
    expect(history.step(1, 'typed')).toBe('b');
    expect(history.step(1, 'b')).toBe('a');
    expect(history.step(1, 'a')).toBeNull();
    expect(history.step(-1, 'a')).toBe('b');
    expect(history.step(-1, 'b')).toBe('typed');
    expect(history.step(-1, 'typed')).toBeNull();
  });

  it('begins at the newest again when something is typed or evaluated', () => {
    const history = new History(storage(), 's');
    history.add('a');
    history.add('b');
    history.step(1, '');
    history.step(1, '');
    history.typed();
    expect(history.step(1, 'ax')).toBe('b');
    history.add('c');
    expect(history.step(1, '')).toBe('c');
  });

  it('is kept by session, the newest 200', () => {
    const store = storage();
    const history = new History(store, 's');
    for (let i = 0; i < 250; i++) history.add(`x${i}`);
    const again = new History(store, 's', ['other']);
    let oldest = '';
    for (let next = again.step(1, ''); next !== null; next = again.step(1, '')) oldest = next;
    expect(oldest).toBe('x50');
    expect(new History(store, 'another').step(1, '')).toBeNull();
    expect(new History(store, 'another', ['from before']).step(1, '')).toBe('from before');
    store.kept.set('broken', '{');
    expect(new History(store, 'broken').step(1, '')).toBeNull();
  });

  it('lasts as long as the page where nothing can be kept', () => {
    const history = new History(
      {
        getItem: () => null,
        setItem: () => {
          throw new Error('full');
        },
      },
      's',
    );
    history.add('a');
    expect(history.step(1, '')).toBe('a');
  });
});

describe('pasted code', () => {
  it.each([
    ['  x + 1 ', 'x + 1'],
    ['\n\n    for a in b:\n        print(a)\n\n', 'for a in b:\n    print(a)'],
    ['    a\n\n  \n    b', 'a\n\n\nb'],
    ['\tif a:\r\n\t\tb', 'if a:\n\tb'],
    ['  a\n b', ' a\nb'],
    ['   \n', ''],
  ])('%j is %j', (text, code) => {
    // What only has spaces says nothing.
    expect(dedented(text).replace(/^ +$/gm, '')).toBe(code);
  });
});

it('long texts are folded', () => {
  expect(folded('short')).toBeNull();
  expect(folded('x'.repeat(601))).toBe(`${'x'.repeat(600)} …`);
  expect(folded('a\n'.repeat(20))).toBe(`${'a\n'.repeat(8).trimEnd()} …`);
});

describe('of an error', () => {
  const header = 'Traceback (most recent call last):';
  const frame = (n: number): string => `  File "/a.py", line ${n}, in f${n}\n    f${n + 1}()`;
  const deep = [header, ...Array.from({ length: 30 }, (_, n) => frame(n))].join('\n');

  it.each([
    ["NameError: name 'x' is not defined", "NameError: name 'x' is not defined"],
    [`${deep}\nValueError: two\n  lines`, 'ValueError: two'],
    ['    x =\n       ^\nSyntaxError: invalid syntax', 'SyntaxError: invalid syntax'],
    [`${deep}\nKeyError: 1\n\nDuring handling …:\n\n${deep}\nOSError: 2`, 'OSError: 2'],
    [
      'KeyError: 1\n\nThe above exception was the direct cause of the following exception:\n\nOSError: 2',
      'OSError: 2',
    ],
    [
      `  + Exception Group ${header}\n  |   File "/a.py", line 1, in f\n  | ExceptionGroup: all (2)\n  +-+--- 1 ---`,
      'ExceptionGroup: all (2)',
    ],
    ['  only this', '  only this'],
    ['', ''],
  ])('%j: what was raised is known', (text, line) => expect(raised(text)).toBe(line));

  it('what was raised is in sight, however deep or long', () => {
    const short = folded(`${deep}\nValueError: no`, true);
    expect(short).toMatch(/^…\n/);
    expect(short).toMatch(/in f29\n {4}f30\(\)\nValueError: no$/);
    const long = folded(`${deep}\nValueError: ${'no\n'.repeat(30)}`, true);
    expect(long).toMatch(/^…\nValueError: no\n[^]* …$/);
    expect(folded(`${deep}\nValueError: ${'x'.repeat(900)}`, true)).toMatch(/^…\nValueError: x{588} …$/);
  });
});

it.each([
  ['te', true],
  ['t', false],
  ['x.', true],
  ['1 + x.y', true],
  ['people[0].na', true],
  ['é_1.', true],
  ['5.', false],
  ['5', false],
  ['a.b.', false],
  ['f().', false],
  ['f()[0].x', false],
  ['', false],
  ['x ', false],
])('completions come unasked behind %j: %j', (before, come) => expect(offers(before)).toBe(come));

it.each<[string, boolean]>([
  ['', false],
  ['lam', true],
  ['x1', true],
  ['größe', true],
  ['text.', true],
  ['text.sta', true],
  ['shared(1, po', true],
  ['12', false],
  ['1.5', false],
  ['x = ', false],
  ['f(x)', false],
  ['if x:\n    ', false],
])('Tab has something to complete behind %j: %j', (before, some) => expect(completes(before)).toBe(some));
