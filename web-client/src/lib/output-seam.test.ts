import { describe, expect, it } from 'vitest';
import { LIMITS, OutputLines, type Row } from './output-lines';
import { feed, headOf, join, type Piece } from './output-seam';
import { random } from './testing';

const piece = (seq: number, text: string, category: 'stdout' | 'stderr' = 'stdout'): Piece => ({
  seq,
  category,
  process: 0,
  text,
});
const rowsOf = (lines: OutputLines): Row[] =>
  Array.from({ length: lines.end - lines.first }, (_, i) => lines.row(lines.first + i)!);
function parsed(pieces: readonly Piece[]): OutputLines {
  const lines = new OutputLines();
  pieces.forEach((one) => feed(lines, one));
  return lines;
}
const seen = (lines: OutputLines): unknown =>
  rowsOf(lines).map(({ category, text, runs }) => [category, text, runs]);

/** As the store does it: the end first, then what is before it, a page at a time, while more comes behind. */
function backwards(
  all: readonly Piece[],
  borders: readonly number[],
  rest: readonly Piece[] = [],
): OutputLines {
  const start = borders.at(-1)!;
  const lines = parsed(all.slice(start));
  let head = headOf(all.slice(start));
  const later = [...rest];
  for (let i = borders.length - 1; i >= 0; i--) {
    const page = all.slice(i === 0 ? 0 : borders[i - 1]!, borders[i]!);
    const joined = join(page, head, LIMITS, (row) => lines.row(lines.first + row)!);
    lines.splice(lines.first, lines.first + joined.replaces, joined.rows);
    ({ head } = joined);
    const next = later.shift();
    if (next) feed(lines, next);
  }
  later.forEach((one) => feed(lines, one));
  return lines;
}

describe('earlier output in front of later', () => {
  it.each([
    ['a line goes on', ['lamp ', 'on\nhall\n'], ['lamp on', 'hall']],
    ['a line has ended', ['lamp\n', 'hall\n'], ['lamp', 'hall']],
    ['only its end is in the later part', ['lamp', '\nhall\n'], ['lamp', 'hall']],
    ['it is overwritten', ['10 %', '\r100 %\ndone\n'], ['100 %', 'done']],
    ['a return came, and nothing yet', ['10 %\r', '100 %\ndone\n'], ['100 %', 'done']],
    ['a letter is taken back', ['lampp', '\b on\n'], ['lamp on']],
    ['it has not ended yet', ['lamp ', 'on\nhall'], ['lamp on', 'hall']],
    ['an escape sequence is cut', ['\x1b[3', '1mlamp\x1b[0m\nhall\n'], ['lamp', 'hall']],
  ])('%s', (_, texts, wanted) => {
    const all = texts.map((text, i) => piece(i + 1, text));
    const lines = backwards(all, [1]);
    expect(rowsOf(lines).map(({ text }) => text)).toEqual(wanted);
    expect(seen(lines)).toEqual(seen(parsed(all)));
  });

  it('has its colours where they go on, up to where they end', () => {
    const all = ['\x1b[31mred\n', 'red too\n', '\x1b[1mbold\n', '\x1b[0mplain\n', 'plain\n'].map((text, i) =>
      piece(i + 1, text),
    );
    const lines = backwards(all, [1]);
    expect(seen(lines)).toEqual(seen(parsed(all)));
    expect(rowsOf(lines).map(({ runs }) => runs?.[0]?.look.classes ?? '')).toEqual([
      'ansi-fg-red',
      'ansi-fg-red',
      'ansi-bold ansi-fg-red',
      '',
      '',
    ]);
  });

  it('is a line of its own where too much would have to be looked at again', () => {
    const all = [
      piece(1, '\x1b[31mred\nlamp '),
      ...Array.from({ length: 400 }, (_, i) => piece(i + 2, `${i}\n`)),
    ];
    const lines = backwards(all, [1]);
    expect(rowsOf(lines).map(({ text }) => text)).toEqual(rowsOf(parsed(all)).map(({ text }) => text));
    expect(rowsOf(lines)[2]?.runs?.[0]?.look.classes, 'of its beginning').toBe('ansi-fg-red');
    expect(rowsOf(lines).at(-1)?.runs).toBe(null);
  });

  it('is what it would be, had it been there from the start', () => {
    const words = [
      'a',
      'lamp ',
      '😀',
      '\n',
      '\n',
      '\r',
      '\r\n',
      '\b',
      '\x1b[31m',
      '\x1b[0m',
      '\x1b',
      '[1m',
      '\x1b[2K',
      '\x1b[K',
      '\x1b[3G',
    ];
    for (let seed = 1; seed <= 600; seed++) {
      const pick = random(seed);
      const some = (count: number, from: number): Piece[] =>
        Array.from({ length: count }, (_, i) => {
          if (pick(40) === 0) return { seq: from + i, gap: 'The disk was full.' };
          const text = Array.from({ length: 1 + pick(6) }, () => words[pick(words.length)]!).join('');
          return piece(from + i, text, pick(3) === 0 ? 'stderr' : 'stdout');
        });
      const all = some(4 + pick(60), 1);
      // Then everything ends, so that no beginning is without an end.
      all.push(piece(all.length + 1, '\x1b[0m\n'), piece(all.length + 2, '\x1b[0m\n', 'stderr'));
      const rest = some(pick(6), all.length + 1);
      const borders = [
        ...new Set([1 + pick(all.length - 1), 1 + pick(all.length - 1), 1 + pick(all.length - 1)]),
      ];
      const lines = backwards(
        all,
        borders.sort((a, b) => a - b),
        rest,
      );
      expect(seen(lines), `seed ${seed}`).toEqual(seen(parsed([...all, ...rest])));
      expect(lines.chars).toBe(rowsOf(lines).reduce((sum, { text }) => sum + text.length, 0));
    }
  });
});
