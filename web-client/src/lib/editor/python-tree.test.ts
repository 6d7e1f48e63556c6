import { pythonLanguage } from '@codemirror/lang-python';
import { Text } from '@codemirror/state';
import { expect, it } from 'vitest';
import { around, definitions } from './python-tree';

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
