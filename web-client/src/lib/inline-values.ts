/**
 * Values beside the lines that use them: what was captured of the selected frame, nothing that would have to be asked for or
 * run. Pure.
 */
import { scopesBefore, was, type Was } from './before';
import type { NameAt } from './editor/python-names';
import type { FrameId, StopView, Variable, VariablesId } from './protocol';

/** One name's value on a line. */
export interface InlineValue {
  name: string;
  value: string;
  /** What it was at the stop before, if that is another. */
  was: Was;
}

export interface InlineLine {
  line: number;
  values: readonly InlineValue[];
}

/** Characters of one value, and of a line's values. */
const VALUE = 40;
const LINE = 140;
/** What names usually are that nobody wants to see the value of. */
const DULL =
  /^(module|function|method|type|builtin_function_or_method|classmethod|staticmethod|ABCMeta|EnumType)$/;

const cut = (value: string): string => {
  const one = value.replaceAll(/\s+/g, ' ');
  return one.length > VALUE ? `${one.slice(0, VALUE - 1)}…` : one;
};

export function inlineValues(
  stop: StopView,
  before: StopView | null,
  frame: FrameId,
  names: readonly NameAt[],
): InlineLine[] {
  // The first scope is the frame's own names; a global of the same name is another variable.
  const scope = stop.scopes[frame]?.[0];
  const own = new Map(stop.variables[scope?.variables ?? -1]?.items.map((item) => [item.name, item]));
  const old = (scope && scopesBefore(before, stop, frame).get(scope.name)) ?? null;
  const lines = new Map<number, InlineValue[]>();
  for (const { line, parts } of names) {
    const found = resolve(stop, own, parts);
    if (!found || DULL.test(found.value.type)) continue;
    const values = lines.get(line) ?? lines.set(line, []).get(line)!;
    const length = values.reduce((sum, { name, value }) => sum + name.length + value.length + 5, 0);
    const value = cut(found.value.value);
    if (values.some(({ name }) => name === found.name) || length + found.name.length + value.length > LINE)
      continue;
    const change = found.name.includes('.') ? undefined : was(before, old, found.value);
    values.push({ name: found.name, value, was: change });
  }
  return [...lines].filter(([, values]) => values.length > 0).map(([line, values]) => ({ line, values }));
}

/** The longest part of a dotted name that was captured. */
function resolve(
  { variables }: StopView,
  own: ReadonlyMap<string, Variable>,
  parts: readonly string[],
): { name: string; value: Variable } | null {
  const [first = '', ...attributes] = parts;
  const base = own.get(first);
  if (!base) return null;
  let found = { name: first, value: base };
  for (const attribute of attributes) {
    const set: VariablesId | null = found.value.variables;
    const next = set === null ? undefined : variables[set]?.items.find(({ name }) => name === attribute);
    if (!next) break;
    found = { name: `${found.name}.${attribute}`, value: next };
  }
  return found;
}
