/** Finding by a part of a name, as editors do. Pure. */

/** What is typed into "open a file": a part of a path, and a line behind a colon. */
export interface Typed {
  name: string;
  line: number | null;
}

/** A column behind the line is understood, and not needed. */
export function parseTyped(text: string): Typed {
  const [, name, line] = /^(.*?)(?::(\d{0,9})(?::\d{0,9})?)?$/.exec(text.trim())!;
  return { name: name!.trim(), line: line ? Math.max(1, Number(line)) : null };
}

/** Whether it is a whole path, on whichever system the program runs. */
export const isAbsolute = (path: string): boolean => /^(\/|[a-z]:[\\/]|\\\\)/i.test(path);

/** What a stretch of letters that belong together costs: at the start of a word, and within one. */
const START = 2;
const WITHIN = 3;
/** More than any name costs: what is only in the path comes after what is in the name. */
const IN_PATH = 1e6;

/** How well a name fits, less is better; null: not at all. Spaces part what must all be in it, in any order. */
export function fit(name: string, whole: string, typed: string): number | null {
  const asked = flat(typed);
  if ([whole, name, name.replace(/\.\w+$/, '')].some((one) => flat(one) === asked)) return 0;
  let cost = 0;
  for (const part of asked.split(/\s+/).filter(Boolean)) {
    // A whole path is meant as it is.
    if (isAbsolute(part) && !flat(whole).includes(part)) return null;
    const own = flat(name).startsWith(part) ? 1 : letters(name, part);
    const path = own === null && name !== whole ? letters(whole, part) : null;
    if (own === null && path === null) return null;
    cost += own ?? path! + IN_PATH;
  }
  return cost;
}

/** Either slash parts folders. */
const flat = (text: string): string => text.toLowerCase().replaceAll('\\', '/');

/** The cheapest way to have some letters in their order: in few stretches, which start where words do. */
function letters(text: string, part: string): number | null {
  const all = flat(text);
  let seen = 0;
  for (const letter of all) if (letter === part[seen]) seen++;
  if (seen < part.length) return null;
  // By where the last letter so far is: nothing is before the first.
  let costs: number[] = [];
  for (let i = 0; i < part.length; i++) {
    const next: number[] = [];
    let before = i === 0 ? 0 : Infinity;
    for (let at = 0; at < all.length; at++) {
      const apart = before + (startsWord(text, at) ? START : WITHIN);
      next.push(all[at] === part[i] ? Math.min(apart, costs[at - 1] ?? Infinity) : Infinity);
      before = Math.min(before, costs[at] ?? Infinity);
    }
    costs = next;
  }
  return costs.reduce((least, cost) => Math.min(least, cost), Infinity);
}

/** Behind what is no letter, or as in `camelCase`. */
const startsWord = (text: string, at: number): boolean =>
  at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1]!) || /\p{Ll}\p{Lu}/u.test(text.slice(at - 1, at + 1));

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
