/**
 * The text of one row and its looks, as they are written. Pure.
 *
 * Invariant: looks that are next to each other differ, and end where the text does; a row that is all plain has none.
 */
import { PLAIN, type Look } from './ansi';
import type { Row, Run } from './output-lines';

/** Gives what was added after `before` its look. */
export function paint(row: Row, before: number, look: Look): void {
  if (row.runs === null) {
    if (look === PLAIN) return;
    row.runs = before > 0 ? [{ to: before, look: PLAIN }] : [];
  }
  const last = row.runs.at(-1);
  if (last?.look === look) last.to = row.text.length;
  else row.runs.push({ to: row.text.length, look });
}

/** Puts a text in the place of what is from one letter up to another. It costs what it changes, and what it moves. */
export function put(row: Row, from: number, to: number, text: string, look: Look): void {
  if (from === to && text === '') return;
  const { text: old } = row;
  row.text = old.slice(0, from) + text + old.slice(to);
  if (row.runs === null && look === PLAIN) return;
  const runs = (row.runs ??= old === '' ? [] : [{ to: old.length, look: PLAIN }]);
  const shift = text.length - (to - from);
  const [first, behind] = [endingAfter(runs, from), endingAfter(runs, to)];
  // With a neighbour on each side, as looks that meet may be the same.
  const start = Math.max(0, first - 1);
  const next: Run[] = [];
  const add = (to: number, look: Look): void => {
    const last = next.at(-1);
    if (to <= (last?.to ?? runs[start - 1]?.to ?? 0)) return;
    if (last?.look === look) last.to = to;
    else next.push({ to, look });
  };
  for (const run of runs.slice(start, first + 1)) add(Math.min(run.to, from), run.look);
  add(from + text.length, look);
  const last = runs[behind];
  if (last) add(last.to + shift, last.look);
  runs.splice(start, behind + 1 - start, ...next);
  if (shift !== 0) for (let at = start + next.length; at < runs.length; at++) runs[at]!.to += shift;
  if (runs.length === 0 || (runs.length === 1 && runs[0]!.look === PLAIN)) row.runs = null;
}

/** Index of the first run that ends behind a letter. */
function endingAfter(runs: readonly Run[], letter: number): number {
  let [low, high] = [0, runs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (runs[middle]!.to > letter) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Whether a letter of two halves is there. */
export const isHigh = (text: string, at: number): boolean => (text.codePointAt(at) ?? 0) > 0xffff;
