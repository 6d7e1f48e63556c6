/**
 * What the source view asks of a Python syntax tree: definitions, and where a line is. Pure.
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

export const KINDS: Readonly<Record<string, Definition['kind']>> = {
  ClassDefinition: 'class',
  FunctionDefinition: 'function',
};

/** Where its name is. */
export const nameNode = (node: SyntaxNode): SyntaxNode | null => node.getChild('VariableName');

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

/** Their nodes. */
export function nodesAround(tree: Tree, doc: Text, line: number): SyntaxNode[] {
  const { from, text } = doc.line(Math.max(1, Math.min(line, doc.lines)));
  const nodes: SyntaxNode[] = [];
  let node: SyntaxNode | null = tree.resolveInner(from + text.search(/\S|$/), 1);
  for (; node; node = node.parent) if (node.name in KINDS && nameNode(node)) nodes.unshift(node);
  return nodes;
}
