/**
 * A line of the output as it is shown: in its colours, with the places that a traceback names, and what was searched for.
 * In: a row. Out: parts of it. Pure.
 */
import { PLAIN, type Look } from './ansi';
import type { Row } from './output-lines';
import type { Mark } from './output-query';

/** A stretch of text that looks alike. */
export interface Span {
  text: string;
  look: Look;
  /** It was searched for; `now`: it is the one that is shown. */
  mark: 'now' | 'found' | null;
}

/** Where a text points to. */
export interface Place {
  path: string;
  line: number;
}

export interface Part {
  place: Place | null;
  spans: Span[];
}

/** As Python writes it; `<string>` and the like are no files. */
const PLACE = /File "((?:\/|[A-Za-z]:[\\/])[^"\n]*)", line (\d+)/g;

/** Whether a text names a place. */
export const hasPlace = (text: string): boolean => text.includes('File "') && text.search(PLACE) >= 0;

/** Parts of a row, of which marks are lit. */
export function parts(
  { text, runs }: Pick<Row, 'text' | 'runs'>,
  marks: readonly Mark[] = [],
  now = -1,
): Part[] {
  const places = text.includes('File "') ? [...text.matchAll(PLACE)] : [];
  if (runs === null && places.length === 0 && marks.length === 0)
    return text === '' ? [] : [{ place: null, spans: [{ text, look: PLAIN, mark: null }] }];
  const cuts = new Set([text.length]);
  runs?.forEach(({ to }) => cuts.add(to));
  marks.forEach(({ from, to }) => cuts.add(from).add(to));
  places.forEach(({ index, 0: { length } }) => cuts.add(index).add(index + length));
  cuts.delete(0);

  const out: Part[] = [];
  let [from, run, mark, place] = [0, 0, 0, 0];
  let before: RegExpExecArray | null = null;
  for (const to of [...cuts].sort((a, b) => a - b)) {
    while (runs && run < runs.length && runs[run]!.to <= from) run++;
    while (mark < marks.length && marks[mark]!.to <= from) mark++;
    while (place < places.length && endOf(places[place]!) <= from) place++;
    const named = places[place];
    const here = named && named.index <= from ? named : null;
    const lit = mark < marks.length && marks[mark]!.from <= from;
    const span: Span = {
      text: text.slice(from, to),
      look: runs?.[run]?.look ?? PLAIN,
      mark: lit ? (mark === now ? 'now' : 'found') : null,
    };
    if (out.length > 0 && here === before) out.at(-1)!.spans.push(span);
    else out.push({ place: here && { path: here[1]!, line: Number(here[2]) }, spans: [span] });
    before = here;
    from = to;
  }
  return out;
}

const endOf = (found: RegExpExecArray): number => found.index + found[0].length;
