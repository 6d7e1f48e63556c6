import { pythonLanguage } from '@codemirror/lang-python';
import { Text } from '@codemirror/state';
import { describe, expect, it } from 'vitest';
import { around, definitions, namesUpTo } from './python-tree';

const SOURCE = `import os

class Lamp:
    """A lamp."""

    @property
    def level(self):
        def scaled(by):
            return self.raw * by
        return scaled(2)

    async def fade(self, to: int, *, steps=3):
        for step in range(steps):
            part = to * step / steps
            await self.set(level=part, name="x.y")
            pick = lambda hidden: hidden + 1
        return part

LAMPS = [Lamp()]
print(LAMPS)
`;
const doc = Text.of(SOURCE.split('\n'));
const tree = pythonLanguage.parser.parse(SOURCE);
const words = (line: number): string[] =>
  namesUpTo(tree, doc, line).map(({ line: at, parts }) => `${at} ${parts.join('.')}`);

it('finds definitions with what they are in', () => {
  const rows = definitions(tree, doc).map(({ name, kind, line, end, within }) => [
    kind,
    name,
    line,
    end,
    within.join('.'),
  ]);
  expect(rows).toEqual([
    ['class', 'Lamp', 3, 17, ''],
    ['function', 'level', 7, 10, 'Lamp'],
    ['function', 'scaled', 8, 9, 'Lamp.level'],
    ['function', 'fade', 12, 17, 'Lamp'],
  ]);
});

it('knows what a line is in', () => {
  const path = (line: number): string =>
    around(tree, doc, line)
      .map(({ name }) => name)
      .join('.');
  expect([1, 3, 5, 7, 9, 10, 12, 16, 19].map(path)).toEqual([
    '',
    'Lamp',
    'Lamp',
    'Lamp.level',
    'Lamp.level.scaled',
    'Lamp.level',
    'Lamp.fade',
    'Lamp.fade',
    '',
  ]);
  expect(around(tree, doc, 9).at(-1)?.within).toEqual(['Lamp', 'level']);
  expect(path(999)).toBe('');
});

describe('the names up to a line', () => {
  it('are those of its function, without names of arguments, inner scopes and strings', () => {
    expect(words(15)).toEqual([
      '12 self',
      '12 to',
      '12 int',
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
    expect(words(17).slice(-2)).toEqual(['16 pick', '17 part']);
    expect(words(9)).toEqual(['8 by', '9 self.raw', '9 by']);
    expect(words(10)).toEqual(['7 self', '10 scaled']);
  });

  it('are those of the module outside of functions', () => {
    expect(words(20)).toEqual(['1 os', '19 LAMPS', '19 Lamp', '20 print', '20 LAMPS']);
  });

  it('are none of a line that is not there', () => {
    expect(words(0)).toEqual([]);
    expect(words(900)).toEqual([]);
  });

  it('do not go back without end', () => {
    const long = `${Array.from({ length: 1_000 }, (_, i) => `v${i} = ${i}`).join('\n')}\n`;
    const names = namesUpTo(pythonLanguage.parser.parse(long), Text.of(long.split('\n')), 900);
    expect([names[0]?.line, names.at(-1)?.line]).toEqual([700, 900]);
  });
});
