/**
 * Earlier output in front of later. In: the pieces of both, as far as they matter where they meet. Out: rows, and how many of
 * the later ones they take the place of. Pure.
 *
 * A line, a colour or an escape sequence that was begun in the earlier part goes on in the later one, which was parsed without
 * knowing: so its beginning is parsed again behind the earlier part, up to where that makes no difference any more.
 */
import { OutputLines, type Limits, type Row } from './output-lines';
import type { Envelope, JournalSeq, OutputLine } from './protocol';

/** A piece of a stream, or a place where some may be missing. */
export type Piece = OutputLine | { seq: JournalSeq; gap: string };

/** How much of a beginning is kept for this: a colour that goes on for longer ends there. */
const PIECES = 256;
const CHARS = 65_536;

export function pieceOf({ seq, event }: Envelope): Piece | null {
  if (event.type === 'gap') return { seq, gap: event.reason };
  if (event.type !== 'output') return null;
  const { category, process, text } = event;
  return { seq, category, process, text };
}

export function feed(lines: OutputLines, piece: Piece): void {
  if ('gap' in piece) lines.note(`Lines may be missing here. ${piece.gap}`);
  else lines.append(piece.category, piece.process, piece.text);
}

/** What is kept of the beginning of some pieces. */
export function headOf(pieces: readonly Piece[]): Piece[] {
  let chars = 0;
  const end = pieces.findIndex((piece, i) => {
    chars += 'gap' in piece ? 0 : piece.text.length;
    return i >= PIECES || chars > CHARS;
  });
  return pieces.slice(0, end < 0 ? pieces.length : end);
}

export interface Joined {
  rows: Row[];
  /** So many of the later part's first rows are among them. */
  replaces: number;
  /** The beginning of both together. */
  head: Piece[];
}

/** `later` gives a row of the later part, as it is now. */
export function join(
  earlier: readonly Piece[],
  head: readonly Piece[],
  limits: Limits,
  later: (row: number) => Row,
): Joined {
  const whole = parsed(earlier, limits);
  const alone = new OutputLines(limits);
  /** Up to here every line had ended, at least. */
  let [ended, replaces] = [0, 0];
  for (let taken = 0; ; taken++) {
    if (whole.goesOnAs(alone)) {
      const rows = rowsOf(whole);
      // What is written to now may have been written to since.
      const now = whole.open;
      for (const [stream, row] of alone.open) rows[now.get(stream)! - whole.first] = later(row);
      return { rows, replaces: alone.end, head: headOf([...earlier, ...head]) };
    }
    const piece = head[taken];
    if (!piece) break;
    feed(whole, piece);
    feed(alone, piece);
    if (whole.open.size === 0 && alone.open.size === 0) [ended, replaces] = [taken + 1, alone.end];
  }
  const known = [...earlier, ...head.slice(0, ended)];
  return { rows: rowsOf(parsed(known, limits)), replaces, head: headOf(known) };
}

function parsed(pieces: readonly Piece[], limits: Limits): OutputLines {
  const lines = new OutputLines(limits);
  for (const piece of pieces) feed(lines, piece);
  return lines;
}

const rowsOf = (lines: OutputLines): Row[] =>
  Array.from({ length: lines.end - lines.first }, (_, i) => lines.row(lines.first + i)!);
