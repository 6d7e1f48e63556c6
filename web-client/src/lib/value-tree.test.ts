import { describe, expect, it } from 'vitest';
import type { StopView, Variable, VariablesView } from './protocol';
import { room as session } from './testing';
import { children, PAGE, rowOf, wantsOf, type TreeDeps } from './value-tree';

const item = (name: string, variables: number | null = null): Variable => ({
  name,
  value: name,
  type: 'int',
  variables,
  evaluate_name: null,
});
const items = (from: number, to: number): Variable[] =>
  Array.from({ length: to - from }, (_, i) => item(`[${from + i}]`));

function view(sets: Record<number, Partial<VariablesView>>): StopView {
  const stop = session({ name: 'stopped' }, null).stop!;
  const whole = { items: [], truncated: false, total: null, pages: [], texts: [] };
  const filled = Object.entries(sets).map(([id, set]) => [id, { ...whole, ...set }]);
  return { ...stop, variables: Object.fromEntries(filled) as StopView['variables'] };
}

function deps(stop: StopView, open: string[] = []): TreeDeps {
  return { view: stop, live: true, isOpen: (id) => open.includes(id), missing: () => ({ why: 'loading' }) };
}
const labels = (nodes: ReturnType<typeof children>): string[] =>
  typeof nodes === 'string' ? [nodes] : nodes.map(({ label }) => label);

describe('a set', () => {
  it('that is small is shown whole, its children when they are open', () => {
    const stop = view({ 1: { items: [item('light', 2), item('left')] }, 2: { items: [item('on')] } });
    const [light, left] = children(deps(stop, ['L/light']), 1, 'L') as Exclude<
      ReturnType<typeof children>,
      string
    >;
    expect(light).toMatchObject({ id: 'L/light', open: true });
    expect(labels(light!.children as never)).toEqual(['on = on, int']);
    expect(left!.children).toBeUndefined();
  });

  it('that was not asked for says so, and is asked for where it is open', () => {
    const stop = view({ 1: { items: [item('light', 2)] } });
    const nodes = children(deps(stop, ['L/light']), 1, 'L') as Exclude<ReturnType<typeof children>, string>;
    expect(nodes[0]!.children).toBe('Loading …');
    expect(wantsOf(stop, nodes)).toEqual([{ kind: 'variables', stop: 1, variables: 2 }]);
  });

  it('that was cut asks for its first page', () => {
    const stop = view({ 1: { items: items(0, 3), truncated: true } });
    const nodes = children(deps(stop), 1, 'L') as Exclude<ReturnType<typeof children>, string>;
    expect(nodes).toHaveLength(4);
    expect(wantsOf(stop, nodes)).toEqual([{ kind: 'page', stop: 1, variables: 1, start: 0, count: PAGE }]);
  });

  it('that pydevd cut short is one that was cut, without what it put there', () => {
    const more = { ...item('more', 9), type: 'MoreItems' };
    const stop = view({ 1: { items: [...items(0, 2), more, item('len()')] } });
    const nodes = children(deps(stop), 1, 'L') as Exclude<ReturnType<typeof children>, string>;
    expect(nodes.map(({ data }) => data.kind)).toEqual(['value', 'value', 'value', 'left-out']);
    expect(wantsOf(stop, nodes)).toHaveLength(1);
    const known = { items: [more, item('len()')], total: 2, pages: [{ start: 0, items: items(0, 2) }] };
    expect(labels(children(deps(view({ 1: known })), 1, 'L')).at(-1)).toBe('len() = len(), int');
  });

  it('of a million is laid out by its pages, with a row for each stretch between them', () => {
    const pages = [
      { start: 500_000, items: items(500_000, 500_100) },
      { start: 0, items: items(0, 100) },
    ];
    const stop = view({ 1: { truncated: true, total: 1_000_000, pages } });
    const found = labels(children(deps(stop), 1, 'L'));
    expect(found).toHaveLength(203);
    expect(found[0]).toBe('Go to index');
    expect(found[101]).toBe('Show 100 to 199 of 1000000');
    expect(found[102]).toMatch(/^\[500000\]/);
    expect(found[202]).toBe('Show 500100 to 500199 of 1000000');
    expect(rowOf(stop, 1, 'L', 500_007)).toBe('L/[500007]');
    expect(rowOf(stop, 1, 'L', 700_000)).toBeNull();
  });

  it('ends where it ends, and overlapping pages show each item once', () => {
    const pages = [
      { start: 0, items: items(0, 100) },
      { start: 50, items: items(50, 150) },
    ];
    const found = labels(children(deps(view({ 1: { truncated: true, total: 150, pages } })), 1, 'L'));
    expect(found).toHaveLength(150);
    expect(new Set(found).size).toBe(150);
  });

  it('has two rows for two items of one name', () => {
    const stop = view({ 1: { items: [item('x'), item('x')] } });
    const nodes = children(deps(stop), 1, 'L') as Exclude<ReturnType<typeof children>, string>;
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(2);
  });
});
