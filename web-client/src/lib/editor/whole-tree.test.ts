import { pythonLanguage } from '@codemirror/lang-python';
import { Text } from '@codemirror/state';
import { Tree, TreeFragment } from '@lezer/common';
import { expect, it } from 'vitest';
import { namesUpTo } from './python-names';
import { around, definitions } from './python-tree';
import { wholeTree, wholeTreeOf } from './whole-tree';

const SOURCE = `"""A module.

def in_the_text(): pass
"""
import os

@os.register(
    1,
)
@other
class Lamp:
    """It says:
def also_in_a_text(): pass
"""

    def level(self):
        return 1


    # Its end.

def first(by): return by
async def second(
    to,
):
    part = to * 2
    return part

CHOICES = [
    first,
]
if CHOICES:
    def inner(): ...
else:
    def inner(): ...

def last():
    x = 1
    return x
`;
const doc = Text.of(SOURCE.split('\n'));

function parsed(text: string, least: number): { tree: Tree; steps: number } {
  let steps = 0;
  for (const tree of wholeTreeOf(text, least)) {
    if (tree) return { tree, steps };
    steps++;
  }
  throw new Error('it ends without a tree');
}

it.each([1, 40, 150, 10_000])('says the same of pieces of %i characters as of all at once', (least) => {
  const { tree } = parsed(SOURCE, least);
  const direct = pythonLanguage.parser.parse(SOURCE);
  expect(tree.length).toBe(SOURCE.length);
  expect(definitions(tree, doc)).toEqual(definitions(direct, doc));
  expect(definitions(tree, doc).map(({ name }) => name)).toEqual([
    'Lamp',
    'level',
    'first',
    'second',
    'inner',
    'inner',
    'last',
  ]);
  for (let line = 1; line <= doc.lines; line++)
    expect(around(tree, doc, line), `line ${line}`).toEqual(around(direct, doc, line));
  const at = SOURCE.slice(0, SOURCE.indexOf('return x')).split('\n').length;
  expect(namesUpTo(tree, doc, at, 'last')).toEqual(namesUpTo(direct, doc, at, 'last'));
  expect(namesUpTo(tree, doc, at, 'last')).not.toEqual([]);
  expect(namesUpTo(tree, doc, doc.lines, '<module>')).toEqual(namesUpTo(direct, doc, doc.lines, '<module>'));
});

it('is right where going on from what was cut short, as the editor does, is not', () => {
  const text = Array.from({ length: 330 }, (_, i) => `def function_${i}(x):\n    return x + ${i}\n\n`).join(
    '',
  );
  const inOthers = (tree: Tree): number =>
    definitions(tree, Text.of(text.split('\n'))).filter(({ within }) => within.length > 0).length;
  let fragments: readonly TreeFragment[] = [];
  let tree = Tree.empty;
  for (const end of [1_570, 4_070, text.length]) {
    const parse = pythonLanguage.parser.startParse(text, fragments);
    parse.stopAt(end);
    let cut: Tree | null;
    while (!(cut = parse.advance()));
    fragments = TreeFragment.addTree((tree = cut), fragments, true);
  }
  expect(inOthers(tree), 'of the parser by itself: without this the module has no reason').toBeGreaterThan(0);
  expect(inOthers(parsed(text, 2_000).tree)).toBe(0);
});

it.each(['', '\n', 'x = 1', 'def broken(:\n', '"""\ndef a(): pass\n'])('has an end for %j', (text) => {
  expect(parsed(text, 1).tree.length).toBe(text.length);
});

it('goes step by step, and what was parsed once is there at once', async () => {
  const text = Array.from({ length: 330 }, (_, i) => `def function_${i}(x):\n    return x + ${i}\n\n`).join(
    '',
  );
  expect(parsed(text, 2_000).steps).toBeGreaterThan(1_000);
  const tree = await new Promise<Tree>((done) => void wholeTree(text, done));
  const found = definitions(tree, Text.of(text.split('\n')));
  expect(found).toHaveLength(330);
  expect(found.filter(({ within }) => within.length > 0)).toEqual([]);
  let again: Tree | null = null;
  wholeTree(text, (tree) => (again = tree));
  expect(again).toBe(tree);
});
