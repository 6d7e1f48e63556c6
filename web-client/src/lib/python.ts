/** As much of Python's grammar as the client needs: what is only read, what a name is, numbers. */

const NAME = String.raw`[\p{L}_][\p{L}\p{N}_]*`;
const STRING = String.raw`'[^'\\\n]*'|"[^"\\\n]*"`;
const PLAIN = new RegExp(String.raw`^\s*${NAME}(\s*\[\s*(-?\d+|${STRING})\s*\])*\s*$`, 'u');
const KEYWORDS = new Set(
  (
    'and as assert async await break class continue def del elif else except finally for from global if import in is ' +
    'lambda nonlocal not or pass raise return try while with yield'
  ).split(' '),
);

/** A plain name, or literal subscripts of one: read without running code of anybody's. */
export function isPlain(expression: string): boolean {
  return PLAIN.test(expression) && !KEYWORDS.has(expression.trim());
}

/** A name, with attributes, as a path through captured values. */
export interface Dotted {
  from: number;
  to: number;
  parts: string[];
}

/** The dotted name that ends with the word at a column; a call, a subscript or a keyword before it makes it none. */
export function dottedAt(line: string, column: number): Dotted | null {
  const chain = new RegExp(String.raw`${NAME}(\.${NAME})*`, 'gu');
  for (const found of line.matchAll(chain)) {
    const from = found.index;
    if (column < from || column > from + found[0].length) continue;
    // What is left of it is part of the expression, so this alone means something else.
    if (from > 0 && /[.\p{N}]/u.test(line[from - 1]!)) return null;
    const rest = line.slice(column, from + found[0].length);
    const to = column + (rest.indexOf('.') < 0 ? rest.length : rest.indexOf('.'));
    const parts = line.slice(from, to).split('.');
    if (parts.some((part) => part === '') || KEYWORDS.has(parts[0]!)) return null;
    return { from, to, parts };
  }
  return null;
}

/** Whole numbers in base 16, if it is one. */
export function toHex(value: string, type: string): string | null {
  if (type !== 'int' || !/^-?\d+$/.test(value)) return null;
  const n = BigInt(value);
  return n < 0n ? `-0x${(-n).toString(16)}` : `0x${n.toString(16)}`;
}

/** A value as a number, if Python shows it as one. */
export function toNumber(value: string, type: string): number | null {
  if (type === 'bool') return value === 'True' ? 1 : value === 'False' ? 0 : null;
  if (!/^-?(\d[\d_]*)?\.?\d*(e[-+]?\d+)?$/i.test(value) || !/\d/.test(value)) return null;
  const n = Number(value.replaceAll('_', ''));
  return Number.isFinite(n) ? n : null;
}

/** Whether a value may be rows: a guess to offer the table by; the server knows. */
export function maybeTable(type: string, value: string): boolean {
  if (/^(DataFrame|Series|ndarray|RangeIndex|Index|recarray|Table|matrix)$/.test(type)) return true;
  return /^(list|tuple|deque)$/.test(type) && /^(deque\()?[[(]\s*[{[(]/.test(value);
}
