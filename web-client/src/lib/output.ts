/**
 * A line of the output as it is shown: in its colours, with the places that a traceback names and the addresses in it, and what
 * was searched for.
 * In: a row. Out: parts of it. Pure.
 */
import { PLAIN, type Look } from './ansi';
import type { Row } from './output-lines';
import type { Mark } from './output-query';
import { urls } from './urls';

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

/** The web's address that a text is. */
export interface Address {
  url: string;
}

export interface Part {
  /** Where it leads. */
  place: Place | Address | null;
  spans: Span[];
}

/** As Python writes it; `<string>` and the like are no files. */
const PLACE = /File "((?:\/|[A-Za-z]:[\\/])[^"\n]*)", line (\d+)/g;

type Named = Pick<Row, 'text'> & Partial<Pick<Row, 'continues'>>;

/** Whether a text leads anywhere. */
export const hasPlace = (row: Named): boolean =>
  (row.text.includes('File "') || row.text.includes('://')) && placesOf(row).length > 0;

interface Found {
  from: number;
  to: number;
  place: Place | Address;
}

/** In order, and apart. */
function placesOf({ text, continues }: Named): Found[] {
  const places = text.includes('File "') ? [...text.matchAll(PLACE)] : [];
  const found: Found[] = places.map(({ index, 0: all, 1: path, 2: line }) => ({
    from: index,
    to: index + all.length,
    place: { path: path!, line: Number(line) },
  }));
  const named = found.length;
  let at = 0;
  for (const { from, to } of urls(text)) {
    while (at < named && found[at]!.to <= from) at++;
    // What is in a file's name is none, and the rest of one that goes on in the next row isn't known here.
    if ((at < named && found[at]!.from < to) || (continues && to === text.length)) continue;
    found.push({ from, to, place: { url: text.slice(from, to) } });
  }
  return named > 0 ? found.sort((a, b) => a.from - b.from) : found;
}

/** Parts of a row, of which marks are lit. */
export function parts(
  { text, runs, continues }: Named & Pick<Row, 'runs'>,
  marks: readonly Mark[] = [],
  now = -1,
): Part[] {
  const places = placesOf({ text, continues });
  if (runs === null && places.length === 0 && marks.length === 0)
    return text === '' ? [] : [{ place: null, spans: [{ text, look: PLAIN, mark: null }] }];
  const cuts = new Set([text.length]);
  runs?.forEach(({ to }) => cuts.add(to));
  marks.forEach(({ from, to }) => cuts.add(from).add(to));
  places.forEach(({ from, to }) => cuts.add(from).add(to));
  cuts.delete(0);

  const out: Part[] = [];
  let [from, run, mark, place] = [0, 0, 0, 0];
  let before: Found | null = null;
  for (const to of [...cuts].sort((a, b) => a - b)) {
    while (runs && run < runs.length && runs[run]!.to <= from) run++;
    while (mark < marks.length && marks[mark]!.to <= from) mark++;
    while (place < places.length && places[place]!.to <= from) place++;
    const named = places[place];
    const here = named && named.from <= from ? named : null;
    const lit = mark < marks.length && marks[mark]!.from <= from;
    const span: Span = {
      text: text.slice(from, to),
      look: runs?.[run]?.look ?? PLAIN,
      mark: lit ? (mark === now ? 'now' : 'found') : null,
    };
    if (out.length > 0 && here === before) out.at(-1)!.spans.push(span);
    else out.push({ place: here && here.place, spans: [span] });
    before = here;
    from = to;
  }
  return out;
}
