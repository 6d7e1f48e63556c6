/** Finding by a part of a name, as editors do. Pure. */

/** What is typed into "open a file": a part of a path, and a line behind a colon. */
export interface Typed {
  name: string;
  line: number | null;
}

export function parseTyped(text: string): Typed {
  const [, name, line] = /^(.*?)(?::(\d{0,9}))?$/.exec(text.trim())!;
  return { name: name!.trim(), line: line ? Math.max(1, Number(line)) : null };
}

/** Whether it is a whole path, on whichever system the program runs. */
export const isAbsolute = (path: string): boolean => /^(\/|[a-z]:[\\/]|\\\\)/i.test(path);

/** How well a name fits, less is better; null: not at all. Of equal ones the shorter path is nearer. */
export function fit(name: string, whole: string, typed: string): number | null {
  const [n, w, t] = [name.toLowerCase(), whole.toLowerCase(), typed.toLowerCase()];
  if (t === '') return 5;
  if (n === t || w === t) return 0;
  if (n.startsWith(t)) return 1;
  if (n.includes(t)) return 2;
  if (w.includes(t)) return 3;
  let at = 0;
  for (const letter of w) if (letter === t[at]) at++;
  return at === t.length ? 4 : null;
}

/** What fits, the best first; `order` says which of equal ones comes first. */
export function find<T>(
  items: readonly T[],
  typed: string,
  names: (item: T) => readonly [name: string, whole: string],
  order: (a: T, b: T) => number,
): T[] {
  const ranked = items.flatMap((item) => {
    const rank = fit(...names(item), typed);
    return rank === null ? [] : [{ item, rank }];
  });
  return ranked.sort((a, b) => a.rank - b.rank || order(a.item, b.item)).map(({ item }) => item);
}
