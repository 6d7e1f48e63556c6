import { describe, expect, it } from 'vitest';
import { LIMITS, type StopView, type Variable, type VariablesView } from './protocol';
import { room as session } from './testing';
import { PAGE } from './state/room';
import {
  children,
  expressionUnder,
  filtered,
  isGroup,
  pageOfGap,
  rowCount,
  rowOf,
  wantsOf,
  type TreeDeps,
  type ValueItem,
} from './value-tree';

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
  return { view: stop, live: true, isOpen: (id) => open.includes(id), missing: () => ({ why: 'unasked' }) };
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

  it('is narrowed to what a text is found in, and whole below a name that it is found in', () => {
    const stop = view({
      1: { items: [item('lamps', 2), { ...item('house', 3), value: '{lamps: 2}' }, item('left')] },
      2: { items: [item('lamp'), item('heater')] },
      3: { items: [item('lamp'), item('stove')] },
    });
    const all = children(deps(stop, ['L/lamps', 'L/house']), 1, 'L') as Exclude<
      ReturnType<typeof children>,
      string
    >;
    const seen = (text: string): string[] =>
      filtered(all, text).flatMap(({ id, children: below }) => [
        id,
        ...(below as typeof all).map((node) => node.id),
      ]);
    expect(seen(' LAMP ')).toEqual(['L/lamps', 'L/lamps/lamp', 'L/lamps/heater', 'L/house', 'L/house/lamp']);
    expect(seen('stove')).toEqual(['L/house', 'L/house/stove']);
    expect(filtered(all, 'chair')).toEqual([]);
    expect(filtered(all, ' ')).toEqual(all);
  });

  it('of what a step returned have no name that would mean them at another stop', () => {
    const name = "__pydevd_ret_val_dict['add']";
    expect(expressionUnder(null, { ...item('(return) add'), evaluate_name: name })).toBeNull();
    expect(expressionUnder('x', { ...item('bright'), evaluate_name: `${name}.bright` })).toBeNull();
  });

  it('that is a group of debugpy’s is told from a variable', () => {
    const group = { ...item('special variables', 4), value: '', type: '' };
    expect(isGroup(group)).toBe(true);
    // One whose repr is empty, and a result of nothing.
    expect(
      [{ ...group, type: 'Lamp' }, { ...group, variables: null }, item('light', 2)].map(isGroup),
    ).toEqual([false, false, false]);
  });

  it('that is reached in two ways is named by the one that it is shown below', () => {
    const named = (
      name: string,
      evaluate_name: string | null,
      variables: number | null = null,
    ): Variable => ({
      ...item(name, variables),
      evaluate_name,
    });
    const stop = view({
      1: { items: [named('lamp', 'lamp', 2), named('lamps', 'lamps', 3)] },
      2: {
        items: [
          named("'watts'", "lamp['watts']"),
          named('special variables', null, 4),
          named('deep', 'lamp.deep', 5),
        ],
      },
      3: { items: [named("'porch'", "lamps['porch']", 2)] },
      4: { items: [named('__class__', 'lamp.__class__')] },
      5: { items: [named('0', 'other(lamp)[0]'), named('odd', 'vars(lamp)["x"]')] },
    });
    const open = [
      'L/lamps',
      "L/lamps/'porch'",
      "L/lamps/'porch'/special variables",
      "L/lamps/'porch'/deep",
      'L/lamp',
    ];
    const all = (nodes: ReturnType<typeof children>): (string | null)[] =>
      typeof nodes === 'string'
        ? []
        : nodes.flatMap(({ data, children: below }) => [
            data.kind === 'value' ? data.expression : null,
            ...(below === undefined ? [] : all(below as never)),
          ]);
    expect(all(children(deps(stop, open), 1, 'L'))).toEqual([
      'lamp',
      "lamp['watts']",
      null,
      'lamp.deep',
      'lamps',
      "lamps['porch']",
      "lamps['porch']['watts']",
      null,
      "lamps['porch'].__class__",
      "lamps['porch'].deep",
      "lamps['porch'].deep[0]",
      'vars(lamp)["x"]',
    ]);
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
    expect(found[101]).toBe('Show 100–199 of 1,000,000');
    expect(found[102]).toMatch(/^\[500000\]/);
    expect(found[202]).toBe('Show 500,100–500,199 of 1,000,000');
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

type Gap = Extract<ValueItem, { kind: 'gap' }>;
const gapsOf = (nodes: ReturnType<typeof children>): Gap[] =>
  typeof nodes === 'string' ? [] : nodes.map(({ data }) => data).filter((data) => data.kind === 'gap');
const pages = (count: number, from = 0): VariablesView['pages'] =>
  Array.from({ length: count }, (_, i) => {
    const start = (from + i) * PAGE;
    return { start, items: items(start, start + PAGE) };
  });

describe('a gap', () => {
  const [first, middle] = [pages(1), pages(2, 500)];
  const stop = view({ 1: { truncated: true, total: 90_000, pages: [...first, ...middle] } });

  it('loads its beginning if one comes from above, its end if from below', () => {
    const [before, behind] = gapsOf(children(deps(stop), 1, 'L')) as [Gap, Gap];
    const starts = [before, behind].flatMap((gap) =>
      [true, false].map((down) => pageOfGap(deps(stop), gap, down)),
    );
    expect(starts.map((want) => want?.kind === 'page' && want.start)).toEqual([100, 49_900, 50_200, 89_900]);
  });

  it('is another row once something of it is loaded, and holds no view still', () => {
    const ids = (one: StopView): string[] => {
      const nodes = children(deps(one), 1, 'L');
      return (nodes as Exclude<typeof nodes, string>).filter(({ loose }) => loose).map(({ id }) => id);
    };
    const more = view({
      1: { truncated: true, total: 90_000, pages: [...first, ...middle, ...pages(1, 499)] },
    });
    expect(ids(stop)).toEqual(['L/…100 50000', 'L/…50200 90000']);
    expect(ids(more)).toEqual(['L/…100 49900', 'L/…50200 90000']);
  });

  it('says that it is loading, or why it was not', () => {
    const said = (missing: TreeDeps['missing']): [string, string] => {
      const [gap] = gapsOf(children({ ...deps(stop), missing }, 1, 'L'));
      return [gap!.state, gap!.words];
    };
    const at =
      (start: number, then: ReturnType<TreeDeps['missing']>): TreeDeps['missing'] =>
      (want) =>
        'start' in want && want.start === start ? then : { why: 'unasked' };
    expect(said(() => ({ why: 'came' }))).toEqual(['there', 'Show 100–199']);
    expect(said(at(100, { why: 'loading' }))).toEqual(['loading', 'Loading …']);
    expect(said(at(49_900, { why: 'loading' }))).toEqual(['loading', 'Loading …']);
    expect(said(at(100, { why: 'refused', message: 'Busy.' }))).toEqual(['refused', '100–199: Busy.']);
    // In a recording, and once the program has gone on: all of it.
    expect(said(() => ({ why: 'not-captured' }))).toEqual(['not-captured', '100–49,999: Not captured']);
  });

  it('loads nothing by itself that was refused or dropped, for which another page would be dropped, or in a recording', () => {
    const [gap] = gapsOf(children(deps(stop), 1, 'L'));
    const loads = (change: Partial<TreeDeps>): boolean =>
      pageOfGap({ ...deps(stop), ...change }, gap!, true) !== null;
    expect(loads({ missing: () => ({ why: 'came' }) })).toBe(true);
    expect(loads({ missing: () => ({ why: 'gone' }) })).toBe(false);
    expect(loads({ missing: () => ({ why: 'refused', message: '' }) })).toBe(false);
    expect(loads({ missing: () => ({ why: 'loading' }) })).toBe(false);
    expect(loads({ live: false })).toBe(false);
    const kept = (count: number): StopView =>
      view({ 1: { truncated: true, total: 90_000, pages: pages(count) } });
    expect(loads({ view: kept(LIMITS.pagesKept - 1) })).toBe(true);
    expect(loads({ view: kept(LIMITS.pagesKept) })).toBe(false);
  });
});

describe('10,000 items', () => {
  const all = pages(100);
  const now = view({ 1: { truncated: true, total: 10_000, pages: all } });
  /** The stop before had other values at each tenth index. */
  const before = view({
    1: {
      truncated: true,
      total: 10_000,
      pages: all.map(({ start, items }) => ({
        start,
        items: items.map((one, i) => (i % 10 ? one : { ...one, value: 'old' })),
      })),
    },
  });
  const nodesAt = (stop: StopView): Exclude<ReturnType<typeof children>, string> =>
    children({ ...deps(stop), before }, 1, 'L', 1) as Exclude<ReturnType<typeof children>, string>;

  it('keep their nodes while they stay: of what an event changes, one page is made anew', () => {
    const first = nodesAt(now);
    expect(rowCount(first)).toBe(10_001);
    const marked = first.filter(({ data }) => data.kind === 'value' && data.was !== undefined);
    expect(marked).toHaveLength(1_000);
    expect(marked[0]!.label).toBe('[0] = [0], int, was old');
    const again = nodesAt(
      view({ 1: { truncated: true, total: 10_000, pages: [...all.slice(1), ...pages(1)] } }),
    );
    expect(again.map(({ id }) => id)).toEqual(first.map(({ id }) => id));
    expect(again.filter((node, i) => node !== first[i] && node.data.kind === 'value')).toHaveLength(PAGE);
  });

  it('are not looked at again while nothing has changed', () => {
    let looks = 0;
    const counted = (one: Variable): Variable =>
      new Proxy(one, { get: (of, key): unknown => (looks++, Reflect.get(of, key)) });
    const counting = all.map((page) => ({ ...page, items: page.items.map(counted) }));
    const stop = view({ 1: { truncated: true, total: 10_000, pages: counting } });
    const cost = (): number => {
      looks = 0;
      wantsOf(stop, nodesAt(stop));
      return looks;
    };
    const anew = cost();
    expect(anew).toBeGreaterThan(10_000);
    expect(cost()).toBeLessThan(anew / 100);
  });
});
