/**
 * The syntax tree of a whole Python text, made in slices beside what is painted.
 *
 * Why not the editor's own: where it is behind, it is cut short, and going on from there it takes what follows for a part of
 * what was cut. A text is parsed in pieces because a tree is built in one go at the end of its text.
 */
import { pythonLanguage } from '@codemirror/lang-python';
import { Tree } from '@lezer/common';

/** How long it goes on at once. */
const SLICE_MS = 6;
/** The least of a piece, in characters. */
const PIECE = 20_000;
/** Texts whose trees are kept: those that one goes back and forth between. */
const KEPT = 4;
const known = new Map<string, Tree>();

/** Calls `done` with the tree: at once if it is known. Gives what ends it. */
export function wholeTree(text: string, done: (tree: Tree) => void): () => void {
  const kept = known.get(text);
  if (kept) {
    done(kept);
    return () => {};
  }
  const pieces = wholeTreeOf(text);
  const slice = (): void => {
    const until = performance.now() + SLICE_MS;
    while (performance.now() < until) {
      const { value } = pieces.next();
      if (!value) continue;
      known.set(text, value);
      if (known.size > KEPT) known.delete(known.keys().next().value!);
      return done(value);
    }
    timer = setTimeout(slice);
  };
  let timer = setTimeout(slice);
  return () => clearTimeout(timer);
}

/** One small step each; the last gives the tree. */
export function* wholeTreeOf(text: string, least = PIECE): Generator<Tree | null, void> {
  const trees: Tree[] = [];
  const starts: number[] = [];
  let [from, size] = [0, least];
  do {
    const to = nextPiece(text, from + size);
    const parse = pythonLanguage.parser.startParse(text.slice(from, to));
    let tree: Tree | null;
    while (!(tree = parse.advance())) yield null;
    // What looked like a definition is in a text or in brackets, or has a decorator.
    if (to < text.length && isOpen(tree)) {
      size = 2 * (to - from);
      continue;
    }
    trees.push(tree);
    starts.push(from);
    [from, size] = [to, least];
    yield null;
  } while (from < text.length);
  yield new Tree(trees[0]!.type, trees, starts, text.length);
}

/** Where a definition that is in no other begins, behind a place. */
function nextPiece(text: string, behind: number): number {
  const definition = /\n(?=def |class |async def |@)/g;
  definition.lastIndex = behind;
  return definition.test(text) ? definition.lastIndex : text.length;
}

/** Whether its end is in the middle of something. */
function isOpen(tree: Tree): boolean {
  let last = tree.topNode.lastChild;
  while (last && !last.type.isError) last = last.lastChild;
  return last !== null;
}
