import { expect, it } from 'vitest';
import { inlineValues } from './inline-values';
import { foldAll, emptySnapshot } from './fold';
import { envelopes, stackEvent, stopEvent } from './testing';
import type { StopView, Variable, VariablesView } from './protocol';

const value = (name: string, text: string, type = 'int', variables: number | null = null): Variable => ({
  name,
  value: text,
  type,
  variables,
  evaluate_name: name,
});
const set = (...items: Variable[]): VariablesView => ({
  items,
  truncated: false,
  total: null,
  pages: [],
  texts: [],
});
const at = (line: number, name: string): { line: number; parts: string[] } => ({
  line,
  parts: name.split('.'),
});

function view(stop: number, variables: Record<number, VariablesView>): StopView {
  const { stop: found } = foldAll(emptySnapshot(), envelopes(1, stopEvent(stop), stackEvent(stop, 42)));
  return { ...found!, scopes: { 1: [{ name: 'Locals', variables: 1, expensive: false }] }, variables };
}

const now = view(2, {
  1: set(
    value('level', '17'),
    value('lamp', 'Lamp()', 'Lamp', 2),
    value('os', "<module 'os'>", 'module'),
    value('text', `'${'x'.repeat(60)}\n'`, 'str'),
  ),
  2: set(value('on', 'True', 'bool')),
});

it('shows what names of a line were captured as', () => {
  const names = [
    at(3, 'os'),
    at(3, 'level'),
    at(4, 'lamp.on'),
    at(4, 'lamp.off.x'),
    at(4, 'gone'),
    at(5, 'gone'),
  ];
  const lines = inlineValues(now, null, 1, names);
  const words = lines.map(({ line, values }) => [
    line,
    ...values.map(({ name, value }) => `${name}=${value}`),
  ]);
  expect(words).toEqual([
    [3, 'level=17'],
    [4, 'lamp.on=True', 'lamp=Lamp()'],
  ]);
});

it('says what has changed since the stop before', () => {
  const before = view(1, { 1: set(value('level', '16')) });
  const [line] = inlineValues(now, before, 1, [at(3, 'level'), at(3, 'lamp')]);
  expect(line?.values.map(({ was }) => was && was.value)).toEqual(['16', null]);
});

it('cuts long values, and lines that have many', () => {
  const [line] = inlineValues(now, null, 1, [at(3, 'text')]);
  expect(line?.values[0]?.value).toMatch(/^'x{38}…$/);
  const many = Array.from({ length: 40 }, (_, i) => value(`name${i}`, '12345'));
  const [crowded] = inlineValues(
    view(2, { 1: set(...many) }),
    null,
    1,
    many.map(({ name }) => at(3, name)),
  );
  expect(crowded!.values.length).toBeGreaterThan(5);
  expect(crowded!.values.length).toBeLessThan(12);
});

it('is nothing without captured scopes', () => {
  expect(inlineValues({ ...now, scopes: {} }, null, 1, [at(3, 'level')])).toEqual([]);
});
