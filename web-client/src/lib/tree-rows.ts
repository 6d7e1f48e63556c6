/**
 * A tree's rows, and what becomes of the view when others take their place. Pure.
 *
 * What comes or goes elsewhere moves nothing of what is in view.
 */
import type { TreeNode } from './components/Tree.svelte';

export interface Row<T> {
  /** Null: it stands in for children that aren't there. */
  node: TreeNode<T> | null;
  id: string;
  text: string;
  level: number;
  /** Among its siblings, from 1. */
  index: number;
  size: number;
  /** Index of its parent's row; -1: it is a root. */
  parent: number;
}

/** The rows of nodes, with those of open ones' children. */
export function flatten<T>(
  list: readonly TreeNode<T>[],
  level = 1,
  parent = -1,
  out: Row<T>[] = [],
): Row<T>[] {
  list.forEach((node, i) => {
    const at = out.length;
    out.push({ node, id: node.id, text: node.label, level, index: i + 1, size: list.length, parent });
    if (!node.open || node.children === undefined) return;
    if (typeof node.children !== 'string') flatten(node.children, level + 1, at, out);
    else {
      const id = `${node.id}\u0000`;
      out.push({ node: null, id, text: node.children, level: level + 1, index: 1, size: 1, parent: at });
    }
  });
  return out;
}

type Rows<T> = readonly Pick<Row<T>, 'id' | 'node'>[];

const find = <T>(rows: Rows<T>, id: string | undefined): number => rows.findIndex((one) => one.id === id);

/**
 * What has taken the place of the row at `focused`, if that is gone: what follows the nearest row before it that is still there, or
 * for who moves upwards what is above the nearest row behind it; where there is nothing, that row. Null: all of them are gone.
 */
export function replacement<T>(old: Rows<T>, next: Rows<T>, focused: number, down: boolean): string | null {
  if (focused < 0 || find(next, old[focused]!.id) >= 0) return null;
  const places = new Map(next.map(({ id }, i) => [id, i]));
  for (const by of down ? [-1, 1] : [1, -1])
    for (let at = focused + by; at >= 0 && at < old.length; at += by) {
      const beside = places.get(old[at]!.id);
      if (beside !== undefined) return (next[beside - by] ?? next[beside])!.id;
    }
  return null;
}

/** How far rows move: those that are in view from row `first` to before `last` stay, the one with the focus before all. */
export function shift<T>(old: Rows<T>, next: Rows<T>, first: number, last: number, focused: number): number {
  const inView = Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i);
  for (const at of focused >= first && focused < last ? [focused, ...inView] : inView) {
    const row = old[at];
    const to = row && !row.node?.loose ? find(next, row.id) : -1;
    if (to >= 0) return to - at;
  }
  return 0;
}
