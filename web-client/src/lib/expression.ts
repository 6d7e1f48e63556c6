/** What is wrong with a text that should be a Python expression, as a sentence; null: nothing that one can see. Pure. */
import { pythonLanguage } from '@codemirror/lang-python';

export function expressionTrouble(text: string): string | null {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  const tree = pythonLanguage.parser.parse(trimmed);
  let trouble: number | null = null;
  tree.iterate({
    enter: ({ type, from }) => {
      if (type.isError) trouble ??= from;
      return trouble === null;
    },
  });
  if (trouble !== null) {
    const rest = trimmed.slice(trouble).trim();
    return rest === ''
      ? 'Something is missing at its end.'
      : `Python does not understand this from “${cut(rest)}” on.`;
  }
  const parts = [];
  for (let node = tree.topNode.firstChild; node; node = node.nextSibling)
    if (node.name !== 'Comment') parts.push(node);
  const [first] = parts;
  if (first?.name !== 'ExpressionStatement' || parts.length > 1) {
    return first?.name === 'AssignStatement'
      ? 'This would set something: compare with ==.'
      : 'This is a statement: an expression is needed.';
  }
  return null;
}

/** The same of a hit count: a number, a comparison, `% n`, or an expression. */
export function hitCountTrouble(text: string): string | null {
  if (/^\s*(==?|>=|<=|>|<|%)?\s*\d+\s*$/.test(text)) return null;
  return expressionTrouble(text);
}

const cut = (text: string): string => (text.length > 20 ? `${text.slice(0, 19)}…` : text);
