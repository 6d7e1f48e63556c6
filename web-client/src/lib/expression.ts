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

/** The same of a hit count, which is counted, not evaluated. */
export function hitCountTrouble(text: string): string | null {
  if (text.trim() === '') return null;
  const [, operator = '', digits] = /^\s*(==?|>=|<=|>|<|%)?\s*(\d+)\s*$/.exec(text) ?? [];
  if (digits === undefined) return 'Type a number, or one after ==, >=, >, <=, < or %.';
  return !/^>/.test(operator) && +digits < (operator === '<' ? 2 : 1)
    ? 'Hits are counted from 1: this never holds.'
    : null;
}

/** The expressions of a log message, as debugpy finds them; what is left open, with its brace. */
function parts(message: string): { closed: string[]; open: string | null } {
  const closed = [];
  let [depth, from] = [0, 0];
  for (let i = 0; i < message.length; i++) {
    if (message[i] === '{' && depth++ === 0) from = i;
    if (message[i] === '}' && depth > 0 && --depth === 0) closed.push(message.slice(from + 1, i).trim());
  }
  return { closed, open: depth > 0 ? message.slice(from) : null };
}

/** What is wrong with a log message's braces, whatever is between them. */
export function bracesTrouble(message: string): string | null {
  const { closed, open } = parts(message);
  if (open !== null) return `“${cut(open)}” is not closed: a } is missing.`;
  return closed.includes('') ? 'Type an expression between { and }.' : null;
}

/** What is wrong between them: an expression is all that debugpy takes, no format, and no braces as such. */
export function messageTrouble(message: string): string | null {
  for (const part of parts(message).closed) {
    if (/^\{[\s\w]*\}$/.test(part))
      return `“{${cut(part)}}” would print a set: braces always hold an expression.`;
    const why = expressionTrouble(part);
    if (why === null) continue;
    const [, value = '', way, spec] = /^([^]+?)\s*(?:=|!([rsa]))?(?::([^:]*))?$/.exec(part) ?? [];
    if (value === part || value === '' || expressionTrouble(value) !== null)
      return `In “{${cut(part)}}”: ${why}`;
    const call = spec ? `format(${value}, '${spec}')` : way === 's' ? `str(${value})` : `repr(${value})`;
    return `“{${cut(part)}}” has a format, which is not supported here: write {${call}}.`;
  }
  return null;
}

const cut = (text: string): string => (text.length > 20 ? `${text.slice(0, 19)}…` : text);
