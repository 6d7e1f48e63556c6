/**
 * What the source view asks of a Python syntax tree: definitions, and the names of a function's lines. Pure.
 *
 * In: Lezer's tree (node names are those of `@lezer/python`) and the text. A tree that is cut short gives less, never wrong.
 */
import type { Text } from '@codemirror/state';
import type { SyntaxNode, Tree } from '@lezer/common';

/** A class or a function. */
export interface Definition {
  name: string;
  kind: 'class' | 'function';
  /** Where its `def` or `class` is; from 1. */
  line: number;
  /** The last line of its body. */
  end: number;
  /** Names of what it is in, outermost first. */
  within: readonly string[];
}

const KINDS: Readonly<Record<string, Definition['kind']>> = {
  ClassDefinition: 'class',
  FunctionDefinition: 'function',
};

const nameNode = (node: SyntaxNode): SyntaxNode | null => node.getChild('VariableName');

function definition(node: SyntaxNode, doc: Text, within: readonly string[]): Definition | null {
  const kind = KINDS[node.name];
  const name = kind && nameNode(node);
  if (!name) return null;
  return {
    name: doc.sliceString(name.from, name.to),
    kind,
    line: doc.lineAt(name.from).number,
    end: doc.lineAt(Math.max(node.from, node.to - 1)).number,
    within,
  };
}

/** All definitions, in the text's order. */
export function definitions(tree: Tree, doc: Text): Definition[] {
  const found: Definition[] = [];
  const open: Definition[] = [];
  tree.iterate({
    enter: (ref) => {
      if (!(ref.name in KINDS)) return;
      const one = definition(
        ref.node,
        doc,
        open.map(({ name }) => name),
      );
      if (!one) return false;
      found.push(one);
      open.push(one);
      return;
    },
    leave: (ref) => {
      if (ref.name in KINDS && open.at(-1)?.line === doc.lineAt(nameNode(ref.node)?.from ?? ref.from).number)
        open.pop();
    },
  });
  return found;
}

/** The definitions that a line is in, outermost first. */
export function around(tree: Tree, doc: Text, line: number): Definition[] {
  return nodesAround(tree, doc, line).flatMap((node, i, all) => {
    const within = all.slice(0, i).map((outer) => {
      const name = nameNode(outer)!;
      return doc.sliceString(name.from, name.to);
    });
    return definition(node, doc, within) ?? [];
  });
}

function nodesAround(tree: Tree, doc: Text, line: number): SyntaxNode[] {
  const { from, text } = doc.line(Math.max(1, Math.min(line, doc.lines)));
  const nodes: SyntaxNode[] = [];
  let node: SyntaxNode | null = tree.resolveInner(from + text.search(/\S|$/), 1);
  for (; node; node = node.parent) if (node.name in KINDS && nameNode(node)) nodes.unshift(node);
  return nodes;
}

/** A name, with attributes if it has some, on a line. */
export interface NameAt {
  line: number;
  parts: readonly string[];
}

/** How many lines before the one asked for are looked at. */
const LINES = 200;

/**
 * The names that the function around a line uses, from its head to the line: each once a line, in their order. Inner
 * functions, classes and lambdas have names of their own.
 */
export function namesUpTo(tree: Tree, doc: Text, line: number): NameAt[] {
  if (line < 1 || line > doc.lines) return [];
  const own = nodesAround(tree, doc, line).at(-1) ?? null;
  const first = doc.line(Math.max(1, line - LINES)).from;
  const [from, to] = [Math.max(own?.from ?? 0, first), doc.line(line).to];
  const names: NameAt[] = [];
  const seen = new Set<string>();
  const add = (node: SyntaxNode): void => {
    const text = doc.sliceString(node.from, node.to);
    const at = doc.lineAt(node.from).number;
    if (seen.has(`${at} ${text}`)) return;
    seen.add(`${at} ${text}`);
    names.push({ line: at, parts: text.split('.') });
  };
  tree.iterate({
    from,
    to,
    enter: ({ node, name }) => {
      if (node.from < from && !node.firstChild) return false;
      if (name in KINDS || name === 'LambdaExpression')
        return own !== null && node.from <= own.from && node.to >= own.to;
      if (name === 'MemberExpression' && isDotted(doc.sliceString(node.from, node.to))) {
        if (node.from >= from) add(node);
        return false;
      }
      if (name === 'VariableName' && !isLabel(node)) add(node);
      return undefined;
    },
  });
  return names;
}

const isDotted = (text: string): boolean => /^[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*)+$/u.test(text);

/** A definition's own name, or the name of an argument in a call. */
function isLabel({ parent, nextSibling }: SyntaxNode): boolean {
  if (!parent) return false;
  if (parent.name in KINDS) return true;
  return parent.name === 'ArgList' && nextSibling?.name === 'AssignOp';
}
