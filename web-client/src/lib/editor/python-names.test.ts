import { pythonLanguage } from '@codemirror/lang-python';
import { Text } from '@codemirror/state';
import { describe, expect, it } from 'vitest';
import { namesUpTo } from './python-names';

function names(source: string, line: number, frame: string): string[] {
  const tree = pythonLanguage.parser.parse(source);
  const found = namesUpTo(tree, Text.of(source.split('\n')), line, frame);
  return found.map(({ line: at, parts }) => `${at} ${parts.join('.')}`);
}

describe('the names up to a line', () => {
  const LAMP = `import os

class Lamp:
    """A lamp."""

    @property
    def level(self):
        def scaled(by):
            return self.raw * by
        return scaled(2)

    async def fade(self, to: int, *, steps=most) -> Level:
        for step in range(steps):
            part = to * step / steps
            await self.set(level=part, name="x.y")
            pick = lambda hidden: hidden + 1
        return part

LAMPS = [Lamp()]
print(LAMPS)
`;

  it('are those of its function, without names of arguments, inner scopes, defaults, types and strings', () => {
    expect(names(LAMP, 15, 'fade')).toEqual([
      '12 self',
      '12 to',
      '12 steps',
      '13 step',
      '13 range',
      '13 steps',
      '14 part',
      '14 to',
      '14 step',
      '14 steps',
      '15 self.set',
      '15 part',
    ]);
    expect(names(LAMP, 17, 'fade').slice(-2)).toEqual(['16 pick', '17 part']);
    expect(names(LAMP, 9, 'scaled')).toEqual(['8 by', '9 self.raw', '9 by']);
    expect(names(LAMP, 10, 'level')).toEqual(['7 self', '10 scaled']);
  });

  it('are those of the module outside of functions', () => {
    expect(names(LAMP, 20, '<module>')).toEqual(['1 os', '19 LAMPS', '19 Lamp', '20 print', '20 LAMPS']);
  });

  it('are those of the code that runs a definition, not of the one that is defined', () => {
    expect(names('a = 1\ndef f(a, b=a):\n    return a\n', 2, '<module>')).toEqual(['1 a']);
    expect(names('def f(a):\n    def g(a): return a\n', 2, 'f')).toEqual(['1 a']);
  });

  it('are none of a line or a function that is not there', () => {
    expect(names(LAMP, 0, '<module>')).toEqual([]);
    expect(names(LAMP, 900, '<module>')).toEqual([]);
    expect(names(LAMP, 15, 'another')).toEqual([]);
    expect(names(LAMP, 15, '<string>')).toEqual([]);
  });

  it('do not go back without end', () => {
    const long = `${Array.from({ length: 1_000 }, (_, i) => `v${i} = ${i}`).join('\n')}\n`;
    const found = names(long, 900, '<module>');
    expect([found[0], found.at(-1)]).toEqual(['700 v699', '900 v899']);
  });
});

describe('a comprehension’s own variables', () => {
  it.each([
    ['[x.on + k for x in xs if x]', ['k', 'xs']],
    ['{x: y for x, (y, *z) in xs for z in y}', ['xs']],
    ['{x for x in xs}', ['xs']],
    ['sum(x for x in xs)', ['sum', 'xs']],
    ['(x async for x in xs)', ['xs']],
    ['[[x + y for x in y] for y in ys]', ['ys']],
    ['[k for box.x in xs]', ['k', 'box.x', 'xs']],
    ['[(last := x) for x in xs]', ['last', 'xs']],
  ])('are not those around it with the same names: %s', (expression, wanted) => {
    expect(names(`def f(xs):\n    v = ${expression}\n    return v\n`, 3, 'f')).toEqual([
      '1 xs',
      '2 v',
      ...wanted.map((name) => `2 ${name}`),
      '3 v',
    ]);
  });

  const AROUND = `def f(xs, x):
    print(x)
    ys = [
        x + 1
        for x in xs
    ]
    return x
`;

  it('are not shown as those around it while it may be running in their frame', () => {
    expect(names(AROUND, 4, 'f')).toEqual(['1 xs', '2 print', '3 ys']);
    expect(names(AROUND, 7, 'f')).toContain('2 x');
    expect(names(AROUND, 2, 'f')).toContain('2 x');
    // A generator always has a frame of its own.
    expect(names('def f(xs, x):\n    return sum(x for x in xs)\n', 2, 'f')).toContain('1 x');
  });

  it('are the ones of its own frame, as Python before 3.12 has it', () => {
    expect(names(AROUND, 4, '<listcomp>')).toEqual(['4 x']);
    expect(names(AROUND, 5, '<listcomp>')).toEqual(['4 x', '5 x']);
    expect(names('a = b\nv = sum(x * k for x in x)\n', 2, '<genexpr>')).toEqual(['2 x', '2 k']);
  });

  it('are none where two are on a line', () => {
    expect(names('v = [[x for x in y] for y in ys]\n', 1, '<listcomp>')).toEqual([]);
  });

  it('see nothing of a class’s body', () => {
    const source = 'class Lamp:\n    n = 2\n    all = [n for i in range(n)]\n    m = n\n';
    expect(names(source, 4, 'Lamp')).toEqual(['2 n', '3 all', '4 m', '4 n']);
  });
});

describe('a lambda’s parameters', () => {
  const SOURCE = 'def f(x, k):\n    x = k\n    return map(lambda x, y=k: x + k, x)\n';

  it('are not those around it', () => {
    expect(names(SOURCE, 3, 'f')).toEqual(['1 x', '1 k', '2 x', '2 k', '3 map', '3 x']);
  });

  it('are all that its own frame knows of, but for what it takes from around', () => {
    expect(names(SOURCE, 3, '<lambda>')).toEqual(['3 x', '3 y', '3 k']);
  });
});
