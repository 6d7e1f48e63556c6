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

/** Puts a text in the place of what is from one letter up to another. */
export function put(row: Row, from: number, to: number, text: string, look: Look): void {
  const { text: old, runs } = row;
  row.text = old.slice(0, from) + text + old.slice(to);
  if (runs === null && look === PLAIN) return;
  const all = runs ?? [{ to: old.length, look: PLAIN }];
  const next: Run[] = [];
  const add = (to: number, look: Look): void => {
    const last = next.at(-1);
    if (to <= (last?.to ?? 0)) return;
    if (last?.look === look) last.to = to;
    else next.push({ to, look });
  };
  for (const run of all) add(Math.min(run.to, from), run.look);
  add(from + text.length, look);
  for (const run of all) if (run.to > to) add(run.to + row.text.length - old.length, run.look);
  row.runs = next.some((run) => run.look !== PLAIN) ? next : null;
}

/** Whether a letter of two halves is there. */
export const isHigh = (text: string, at: number): boolean => (text.codePointAt(at) ?? 0) > 0xffff;
