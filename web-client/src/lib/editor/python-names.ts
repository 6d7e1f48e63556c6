/**
 * The names that the lines of a running piece of code use, for the values beside them. Pure.
 *
 * In: Lezer's tree, the text, and a frame's line and function as Python names it. A comprehension's own variables and a
 * lambda's parameters are other variables than those around them with the same names; Python 3.12 and newer runs list, set
 * and dict comprehensions in the frame around them, older ones in a frame of their own. What can't be told apart is left out.
 */
import type { Text } from '@codemirror/state';
import type { SyntaxNode, Tree } from '@lezer/common';
import { KINDS, nameNode, nodesAround } from './python-tree';

/** A name, with attributes if it has some, on a line. */
export interface NameAt {
  line: number;
  parts: readonly string[];
}

/** How many lines before the one asked for are looked at. */
const LINES = 200;

/** What Python calls the code of expressions that have names of their own. */
const EXPRESSIONS: Readonly<Record<string, string>> = {
  LambdaExpression: '<lambda>',
  ArrayComprehensionExpression: '<listcomp>',
  SetComprehensionExpression: '<setcomp>',
  DictionaryComprehensionExpression: '<dictcomp>',
  ComprehensionExpression: '<genexpr>',
};
const MODULE = '<module>';

/** The same for a node; null for all others. A generator that is a call's only argument has no brackets of its own. */
function expressionOf(node: SyntaxNode): string | null {
  if (node.name === 'ArgList') return node.getChild('for') ? '<genexpr>' : null;
  return EXPRESSIONS[node.name] ?? null;
}

/** The code that a frame runs: null, the module's; undefined: it can't be told. */
function codeOf(tree: Tree, doc: Text, line: number, frame: string): SyntaxNode | null | undefined {
  if (frame === MODULE) return null;
  if (!frame.startsWith('<'))
    return nodesAround(tree, doc, line).findLast((node) => {
      const { from, to } = nameNode(node)!;
      return doc.sliceString(from, to) === frame;
    });
  const { from, to } = doc.line(line);
  const found: SyntaxNode[] = [];
  tree.iterate({ from, to, enter: ({ node }) => void (expressionOf(node) === frame && found.push(node)) });
  return found.length === 1 ? found[0] : undefined;
}

/** The names that a comprehension's `for`s give values to. */
function bound(comprehension: SyntaxNode, doc: Text): ReadonlySet<string> {
  const names = new Set<string>();
  let binds = false;
  for (let child = comprehension.firstChild; child; child = child.nextSibling) {
    if (child.name === 'for') binds = true;
    else if (child.name === 'in') binds = false;
    else if (binds)
      child.cursor().iterate(({ name, from, to, node }) => {
        if (name === 'VariableName' && node.parent?.name !== 'MemberExpression')
          names.add(doc.sliceString(from, to));
      });
  }
  return names;
}

/** What a piece of code runs outside of itself: a first iterable, defaults of parameters, and their types. */
function isOutside(node: SyntaxNode, code: SyntaxNode | null): boolean {
  const { parent, prevSibling } = node;
  if (!parent || !code) return false;
  if (isSame(parent, code)) {
    if (node.name === 'TypeDef') return true;
    return prevSibling?.name === 'in' && isSame(parent.getChild('in')!, prevSibling);
  }
  if (parent.name !== 'ParamList' || !parent.parent || !isSame(parent.parent, code)) return false;
  return node.name === 'TypeDef' || prevSibling?.name === 'AssignOp';
}

/** The names that a frame's code uses up to its line: each once a line, in their order. */
export function namesUpTo(tree: Tree, doc: Text, line: number, frame: string): NameAt[] {
  if (line < 1 || line > doc.lines) return [];
  const code = codeOf(tree, doc, line, frame);
  if (code === undefined) return [];
  const { from: start, to: end } = doc.line(line);
  const from = Math.max(code?.from ?? 0, doc.line(Math.max(1, line - LINES)).from);
  const to = Math.min(code?.to ?? doc.length, end);
  const names: NameAt[] = [];
  const seen = new Set<string>();
  /** Of the comprehensions that are being looked into, and of those that may be running. */
  const [hidden, running]: [ReadonlySet<string>[], Set<string>] = [[], new Set()];
  const add = (node: SyntaxNode): void => {
    const text = doc.sliceString(node.from, node.to);
    const parts = text.split('.');
    const at = doc.lineAt(node.from).number;
    if (seen.has(`${at} ${text}`) || hidden.some((some) => some.has(parts[0]!))) return;
    seen.add(`${at} ${text}`);
    names.push({ line: at, parts });
  };
  const isAround = (node: SyntaxNode): boolean =>
    code !== null && node.from <= code.from && node.to >= code.to;
  tree.iterate({
    from,
    to,
    enter: ({ node, name }) => {
      if ((node.from < from && !node.firstChild) || isOutside(node, code)) return false;
      const expression = expressionOf(node);
      if (name in KINDS || expression === '<lambda>') return isAround(node);
      if (expression !== null && !isAround(node)) {
        // What is in a class's body isn't seen from a comprehension in it.
        if (code?.name === 'ClassDefinition') return false;
        const own = bound(node, doc);
        hidden.push(own);
        if (expression !== '<genexpr>' && node.to >= start) own.forEach((one) => running.add(one));
      }
      if (name === 'MemberExpression' && isDotted(doc.sliceString(node.from, node.to))) {
        if (node.from >= from) add(node);
        return false;
      }
      if (name === 'VariableName' && !isLabel(node)) add(node);
      return undefined;
    },
    leave: ({ node }) => {
      const expression = expressionOf(node);
      if (expression !== null && expression !== '<lambda>' && !isAround(node)) hidden.pop();
    },
  });
  return names.filter(({ parts }) => !running.has(parts[0]!));
}

const isSame = (a: SyntaxNode, b: SyntaxNode): boolean =>
  a.name === b.name && a.from === b.from && a.to === b.to;

const isDotted = (text: string): boolean => /^[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*)+$/u.test(text);

/** A definition's own name, or the name of an argument in a call. */
function isLabel({ parent, nextSibling }: SyntaxNode): boolean {
  if (!parent) return false;
  if (parent.name in KINDS) return true;
  return parent.name === 'ArgList' && nextSibling?.name === 'AssignOp';
}
