/**
 * Values as a tree: pure. In: what was captured of a stop, and what is open. Out: nodes, and what is missing for them.
 *
 * A set with more than debugpy shows is laid out by pages: loaded ones in order, a row for each stretch between them.
 * Nodes are made at each event; so those of values are kept as long as the values are, or 10,000 of them would take a frame.
 */
import type { TreeNode } from './components/Tree.svelte';
import { setBefore as oldOf, was, type Was } from './before';
import {
  LIMITS,
  type StopView,
  type Variable,
  type VariablesId,
  type VariablesView,
  type WatchView,
} from './protocol';
import { missingWords, PAGE, type Missing, type Want } from './state/room';

export type ValueItem =
  | { kind: 'scope'; name: string; set: VariablesId }
  | {
      kind: 'value';
      name: string;
      value: Variable;
      parent: VariablesId;
      set: VariablesId | null;
      /** What it was at the stop before, if that is another. */
      was?: Was;
      /** What leads to it by the names above it; null: nothing does. */
      expression: string | null;
    }
  | {
      kind: 'watch';
      view: WatchView;
      value: Variable | null;
      error: string | null;
      old: boolean;
      set: VariablesId | null;
    }
  /** What an evaluation gave. */
  | { kind: 'result'; expression: string; value: Variable; set: VariablesId }
  /** A stretch that isn't loaded: `start` to before `end`. */
  | {
      kind: 'gap';
      set: VariablesId;
      start: number;
      end: number;
      total: number;
      state: 'there' | 'loading' | 'refused' | 'not-captured';
      /** To be had by `start`, or why not. */
      words: string;
    }
  | { kind: 'jump'; set: VariablesId; total: number }
  | { kind: 'left-out'; set: VariablesId; why: string };

export interface TreeDeps {
  view: StopView;
  /** The stop before; absent where changes aren't shown. */
  before?: StopView | null;
  live: boolean;
  isOpen(id: string): boolean;
  missing(want: Want): Missing;
}

type Node = TreeNode<ValueItem>;

/** The nodes of a set; a text stands for what isn't there. */
export function children(
  deps: TreeDeps,
  set: VariablesId,
  path: string,
  /** The same set at the stop before. */
  old: VariablesId | null = null,
  /** What leads to the set. */
  under: string | null = null,
): Node[] | string {
  const { view, missing } = deps;
  const known = view.variables[set];
  if (!known) return missingWords(missing({ kind: 'variables', stop: view.stop, variables: set }));
  if (known.total !== null) return paged(deps, set, known, known.total, path, old, under);
  if (known.items.length === 0) return 'Empty';
  const nodes = values(
    deps,
    set,
    known.items.some(isMore) ? known.items.filter((item) => !isMore(item)) : known.items,
    path,
    new Set(),
    old,
    under,
  );
  if (isCut(known)) nodes.push({ id: `${path}/…`, label: 'More were left out', data: leftOut(deps, set) });
  return nodes;
}

/** What pydevd puts where it stops counting up a container's items. */
const isMore = ({ name, type }: Variable): boolean =>
  (name === 'more' && type.startsWith('MoreItems')) || name === 'Unable to handle:';

/** What pydevd adds to a container's items. */
const isExtra = ({ name }: Variable): boolean => name === 'len()' || / variables$/.test(name);

const isCut = ({ truncated, items }: VariablesView): boolean => truncated || items.some(isMore);

function leftOut({ view, live, missing }: TreeDeps, set: VariablesId): ValueItem {
  const why = live ? missingWords(missing(firstPage(view, set))) : 'were left out';
  return { kind: 'left-out', set, why };
}

export const firstPage = (view: StopView, variables: VariablesId): Want => pageAt(view, variables, 0);

export const pageAt = (view: StopView, variables: VariablesId, index: number): Want => ({
  kind: 'page',
  stop: view.stop,
  variables,
  start: Math.max(0, Math.floor(index / PAGE) * PAGE),
  count: PAGE,
});

function paged(
  deps: TreeDeps,
  set: VariablesId,
  { pages, items: first }: VariablesView,
  total: number,
  path: string,
  old: VariablesId | null,
  under: string | null,
): Node[] | string {
  if (total === 0) return 'Empty';
  const nodes: Node[] = [];
  if (total > 2 * PAGE) {
    nodes.push({ id: `${path}/→`, label: 'Go to index', data: { kind: 'jump', set, total } });
  }
  const used = new Set<string>();
  const gap = (start: number, end: number): void => {
    const asked = [pageAt(deps.view, set, start), pageAt(deps.view, set, end - 1)].map(deps.missing);
    const refused = asked.find(({ why }) => why === 'refused');
    const lost = asked.find(({ why }) => why === 'not-captured');
    const loading = asked.some(({ why }) => why === 'loading');
    const state = refused ? 'refused' : loading ? 'loading' : lost ? 'not-captured' : 'there';
    const last = lost ? end : Math.min(end, start + PAGE);
    const which = `${start.toLocaleString()}–${(last - 1).toLocaleString()}`;
    const why = refused ?? lost;
    const words =
      state === 'loading' ? 'Loading …' : why ? `${which}: ${missingWords(why)}` : `Show ${which}`;
    const label = `${words} of ${total.toLocaleString()}`;
    // By both ends: whatever is loaded of it, another row is there then.
    const id = `${path}/…${start} ${end}`;
    nodes.push({ id, label, data: { kind: 'gap', set, start, end, total, state, words }, loose: true });
  };
  let at = 0;
  for (const { start, items } of [...pages].sort((a, b) => a.start - b.start)) {
    if (start + items.length <= at) continue;
    if (start > at) gap(at, start);
    nodes.push(...values(deps, set, start < at ? items.slice(at - start) : items, path, used, old, under));
    at = start + items.length;
  }
  if (at < total) gap(at, total);
  nodes.push(...values(deps, set, first.filter(isExtra), path, used, old, under));
  return nodes;
}

/**
 * Closed rows of items, by what was there before and the path to them. Both are held weakly: a stop's values would hold those
 * of the stop before by it, and so all of them for ever.
 */
const made = new WeakMap<readonly Variable[], WeakMap<object, Map<string, Node[]>>>();
const NOTHING_BEFORE = {};

function values(
  deps: TreeDeps,
  set: VariablesId,
  items: readonly Variable[],
  path: string,
  used: Set<string>,
  old: VariablesId | null,
  under: string | null,
): Node[] {
  const nodes = closed(deps, set, items, path, old, under);
  return nodes.map((node, i) => {
    const { id: plain, children: below, data } = node;
    const id = used.has(plain) ? `${plain}#${i}` : plain;
    used.add(id);
    if (below === undefined) return id === plain ? node : { ...node, id };
    if (data.kind !== 'value' || !deps.isOpen(id)) return id === plain ? node : { ...node, id };
    return {
      ...node,
      id,
      ...branch(deps, data.set, id, oldOf(deps.before ?? null, old, data.name), data.expression ?? under),
    };
  });
}

function closed(
  { before = null }: TreeDeps,
  set: VariablesId,
  items: readonly Variable[],
  path: string,
  old: VariablesId | null,
  under: string | null,
): Node[] {
  const oldSet = (old === null ? undefined : before?.variables[old]) ?? NOTHING_BEFORE;
  const byOld = made.get(items) ?? new WeakMap<object, Map<string, Node[]>>();
  const byPath = byOld.get(oldSet) ?? new Map<string, Node[]>();
  const known = byPath.get(path);
  if (known) return known;
  const nodes = items.map((value): Node => {
    const { name, type, variables } = value;
    const then = was(before, old, value);
    const change = then === undefined ? '' : then === null ? ', new' : `, was ${then.value}`;
    return {
      id: `${path}/${name}`,
      label: `${name}${value.value ? ` = ${value.value}` : ''}${type ? `, ${type}` : ''}${change}`,
      data: {
        kind: 'value',
        name,
        value,
        parent: set,
        set: variables,
        was: then,
        expression: expressionUnder(under, value),
      },
      ...(variables !== null && { open: false, children: '' }),
    };
  });
  made.set(items, byOld.set(oldSet, byPath.set(path, nodes)));
  return nodes;
}

/** What debugpy puts variables together in, as "special variables": it is no variable itself. */
export const isGroup = ({ type, value, variables }: Variable): boolean =>
  type === '' && value === '' && variables !== null;

/** What a step returned, which pydevd keeps under a name of its own until the next stop. */
export const isReturned = ({ name }: Variable): boolean => name.startsWith('(return) ');

/**
 * What leads to a value below `parent`. pydevd knows an object that is reached in two ways by the one that came first: by the
 * loop's name, which is another's at the next turn.
 */
export function expressionUnder(
  parent: string | null,
  { name, evaluate_name: own }: Variable,
): string | null {
  // Of what a step returned: it means something else, or nothing, at the next stop.
  if (own?.startsWith('__pydevd_')) return null;
  if (!own || parent === null || own.startsWith(parent)) return own || null;
  const last = [`[${name}]`, `.${name}`].find((one) => own.endsWith(one));
  return last === undefined ? own : parent + last;
}

/** What makes a node one that opens. */
export function branch(
  deps: TreeDeps,
  set: VariablesId | null,
  id: string,
  old: VariablesId | null = null,
  under: string | null = null,
): Pick<Node, 'open' | 'children'> {
  if (set === null) return {};
  const open = deps.isOpen(id);
  return { open, children: open ? children(deps, set, id, old, under) : '' };
}

/** What is looked through: of a value its name, value and type, not what it was. */
const searched = ({ data, label }: Node): string =>
  data.kind === 'value' ? `${data.name} ${data.value.value} ${data.value.type}` : label;

/**
 * The nodes that a text is found in, and those that lead to them. Only what is open is looked through. What is below a name
 * that it is found in stays whole, as it was looked for; below a value it doesn't, as that has a preview of all in it.
 */
export function filtered(nodes: readonly Node[], text: string): Node[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return [...nodes];
  return nodes.flatMap((node): Node[] => {
    if (node.data.kind === 'value' && node.data.name.toLowerCase().includes(wanted)) return [node];
    const below = node.open && Array.isArray(node.children) ? filtered(node.children as Node[], text) : [];
    if (below.length > 0) return [{ ...node, children: below }];
    return node.data.kind !== 'scope' && searched(node).toLowerCase().includes(wanted) ? [node] : [];
  });
}

/** How many rows nodes take. */
export function rowCount(nodes: readonly TreeNode<unknown>[]): number {
  return nodes.reduce((sum, { open, children: below }) => {
    if (!open || below === undefined) return sum + 1;
    return sum + 1 + (typeof below === 'string' ? 1 : rowCount(below));
  }, 0);
}

/** What open nodes need and isn't there. */
export function wantsOf(view: StopView, nodes: readonly Node[]): Want[] {
  const wants: Want[] = [];
  const visit = (list: readonly Node[]): void => {
    for (const { open, children: below, data } of list) {
      if (data.kind === 'left-out') wants.push(firstPage(view, data.set));
      if (!open || below === undefined) continue;
      if (typeof below !== 'string') visit(below);
      else if ('set' in data && data.set !== null && !view.variables[data.set])
        wants.push({ kind: 'variables', stop: view.stop, variables: data.set });
    }
  };
  visit(nodes);
  return wants;
}

/** The page that a gap which came into view loads by itself, if it may: `down`: it was come to from above. */
export function pageOfGap(
  { view, live, missing }: Pick<TreeDeps, 'view' | 'live' | 'missing'>,
  { set, start, end, state }: Extract<ValueItem, { kind: 'gap' }>,
  down: boolean,
): Want | null {
  const want = pageAt(view, set, down ? start : end - 1);
  // One page more, and another one would be dropped: people decide that.
  const full = (view.variables[set]?.pages.length ?? 0) >= LIMITS.pagesKept;
  // What was dropped before is left to people, too, or two that don't fit would go on dropping each other.
  const may = ['unasked', 'came'].includes(missing(want).why);
  return live && !full && state === 'there' && may ? want : null;
}

/** Where an index is among the loaded pages: the id of its row. */
export function rowOf(view: StopView, set: VariablesId, path: string, index: number): string | null {
  for (const { start, items } of view.variables[set]?.pages ?? []) {
    const item = items[index - start];
    if (item) return `${path}/${item.name}`;
  }
  return null;
}
