import { describe, expect, it } from 'vitest';
import { COLUMNS, LIMITS, OutputLines, UNSETTLED, type Row } from './output-lines';
import type { OutputCategory } from './protocol';
import { random, worked } from './testing';

type Piece = [text: string, category?: OutputCategory, process?: number];

function lines(pieces: readonly Piece[], limits = LIMITS): OutputLines {
  const all = new OutputLines(limits);
  for (const [text, category = 'stdout', process = 0] of pieces) all.append(category, process, text);
  return all;
}
const rowsOf = (all: OutputLines): Row[] =>
  Array.from({ length: all.end - all.first }, (_, i) => all.row(all.first + i)!);
const texts = (...pieces: (string | Piece)[]): string[] =>
  rowsOf(lines(pieces.map((piece) => (typeof piece === 'string' ? [piece] : piece)))).map(({ text }) => text);
const looks = (row: Row | undefined): [string, string][] => {
  let from = 0;
  return (row?.runs ?? []).map(({ to, look }) => [row!.text.slice(from, (from = to)), look.classes]);
};

describe('what a program printed, as lines', () => {
  it('is cut at its newlines, however it comes', () => {
    expect(texts('a\nb\n\nc')).toEqual(['a', 'b', '', 'c']);
    expect(texts('a', '\n', 'b', 'c\n')).toEqual(['a', 'bc']);
    expect(texts('a\r\nb\r\r\n')).toEqual(['a', 'b']);
  });

  it('goes on in its own stream, whatever others print meanwhile', () => {
    const all = lines([['a'], ['x', 'stderr'], ['b\n'], ['y', 'stdout', 1], ['z\n', 'stderr'], ['c']]);
    expect(rowsOf(all).map(({ category, process, text }) => [category, process, text])).toEqual([
      ['stdout', 0, 'ab'],
      ['stderr', 0, 'xz'],
      ['stdout', 1, 'y'],
      ['stdout', 0, 'c'],
    ]);
    expect([...all.processes]).toEqual([0, 1]);
  });

  it('is not continued where nobody reads any more, and its late newline makes no line', () => {
    const between: Piece[] = Array.from({ length: UNSETTLED }, (_, i) => [`${i}\n`, 'stderr']);
    const all = lines([['begun'], ...between, ['\n'], ['next\n']]);
    expect(all.row(0)?.text).toBe('begun');
    expect(all.row(all.end - 1)?.text).toBe('next');
    expect(all.end).toBe(UNSETTLED + 2);
    expect(rowsOf(lines([['begun'], ...between, [' later\n'], ['next\n']])).slice(-2)).toMatchObject([
      { text: ' later' },
      { text: 'next' },
    ]);
  });

  it('has its colours, which stay in their own stream until they are changed', () => {
    const all = lines([['plain \x1b[1;31mred'], ['not red', 'stderr'], [' still\x1b[0m plain\n']]);
    expect(looks(all.row(0))).toEqual([
      ['plain ', ''],
      ['red still', 'ansi-bold ansi-fg-red'],
      [' plain', ''],
    ]);
    expect(all.row(1)?.runs).toBeNull();
    expect(looks(lines([['\x1b[32ma\nb\n']]).row(1))).toEqual([['b', 'ansi-fg-green']]);
  });

  it.each([
    ['\x1b[38;5;196mx', 'ansi-fg', '--ansi-fg:rgb(255 0 0)'],
    ['\x1b[38;5;244mx', 'ansi-fg', '--ansi-fg:rgb(128 128 128)'],
    ['\x1b[48;2;1;2;3mx', 'ansi-bg', '--ansi-bg:rgb(1 2 3)'],
    ['\x1b[38:2::1:2:3mx', 'ansi-fg', '--ansi-fg:rgb(1 2 3)'],
    ['\x1b[38:5:196;1mx', 'ansi-bold ansi-fg', '--ansi-fg:rgb(255 0 0)'],
    ['\x1b[38;5;9;4mx', 'ansi-underline ansi-fg-red', ''],
    ['\x1b[90mx', 'ansi-fg-gray', ''],
    ['\x1b[92mx', 'ansi-fg-green', ''],
    ['\x1b[103mx', 'ansi-bg-yellow', ''],
    ['\x1b[7mx', 'ansi-reverse', ''],
    ['\x1b[7;31;42mx', 'ansi-fg-green ansi-bg-red', ''],
    ['\x1b[1;3m\x1b[22mx', 'ansi-italic', ''],
    ['\x1b[31;41m\x1b[39;49;9mx', 'ansi-strikethrough', ''],
  ])('%j is %s %s', (text, classes, style) => {
    expect(lines([[text]]).row(0)?.runs).toEqual([{ to: 1, look: { classes, style } }]);
  });

  it('is free of what only a terminal understands', () => {
    expect(texts('\x1b]0;a title\x07a\x1b[2J\x1b[1;1Hb\x1b]8;;http://x\x1b\\c\x1b(Bd\x07\x1b7')).toEqual([
      'abcd',
    ]);
    expect(texts('\x1b[?25lx\x1b[>4;2my')).toEqual(['xy']);
    expect(texts('\x1b]no end\nnext'), 'what has no end hides one line at most').toEqual(['', 'next']);
  });

  // As xterm shows them.
  it.each([
    ['10 %\r50 %\r100 %\r\nnext\r\n', ['100 %', 'next']],
    ['10 %\r', ['10 %']],
    ['100 %\r99', ['990 %']],
    ['downloading\rdone\n', ['doneloading']],
    ['downloading\r\x1b[Kdone\n', ['done']],
    ['downloading\rdone\x1b[K\n', ['done']],
    ['downloading\x1b[2K\rdone', ['done']],
    ['downloading\x1b[2Kdone', ['           done']],
    ['downloading\r\x1b[0K\nnext', ['', 'next']],
    ['downloading\x1b[1Gup', ['upwnloading']],
    ['downloading\x1b[5G\x1b[K', ['down']],
    ['down\x1b[7Gup', ['down  up']],
    ['a\n\x1b[4Gb\x1b[8Gc\n', ['a', '   b   c']],
    ['a\n\x1b[4G\nb', ['a', '', 'b']],
    ['😀x\x1b[2Gy', ['yx']],
    ['12\b\b34\n', ['34']],
    ['12\b', ['12']],
    ['12\b \b3', ['13']],
    ['|\b/\b-\b\\', ['\\']],
    ['a😀b\b\bx', ['axb']],
    ['a😀b\rxy', ['xyb']],
    ['ab\r😀', ['😀b']],
    ['\rabc', ['abc']],
    ['\x1b[K\babc', ['abc']],
    ['a\n\x1b[K\b\rb', ['a', 'b']],
    ['tab\t1\rxx', ['xxb\t1']],
  ] as [string, string[]][])('%j is %j', (text, expected) => {
    expect(texts(text)).toEqual(expected);
    expect(texts(...text), 'letter by letter').toEqual(expected);
  });

  it('has its own colours where it is written over', () => {
    expect(looks(lines([['\x1b[31mab\x1b[32mc\b\bd']]).row(0))).toEqual([
      ['a', 'ansi-fg-red'],
      ['dc', 'ansi-fg-green'],
    ]);
    expect(looks(lines([['\x1b[31mabcdef\x1b[0m\rxy\x1b[32mz']]).row(0))).toEqual([
      ['xy', ''],
      ['z', 'ansi-fg-green'],
      ['def', 'ansi-fg-red'],
    ]);
    expect(lines([['\x1b[31mab\x1b[0m\rxy']]).row(0)?.runs, 'nothing of them is left').toBeNull();
    expect(lines([['ab\x1b[31mcd\x1b[0m\b\b\x1b[K']]).row(0)?.runs).toBeNull();
  });

  it('is begun again where it is longer than any terminal is wide', () => {
    const long = 'x'.repeat(COLUMNS);
    expect(texts(`${long}\rshort`)).toEqual([`short${long.slice(5)}`]);
    expect(texts(`${long}x\rshort`)).toEqual(['short']);
    expect(texts(`${long}xy\b\b1`)).toEqual([`${long}1`]);
    expect(texts(`${long}x\x1b[2Kshort`)).toEqual(['short']);
    expect(texts('a\x1b[999999999Gb')[0]).toHaveLength(COLUMNS);
    // Wide letters over narrow ones make it longer, in whatever pieces they come.
    const [narrow, wide] = [`${'x'.repeat(COLUMNS)}\r`, '😀'.repeat(COLUMNS / 2 + 100)];
    expect(texts(narrow + wide)).toEqual([wide]);
    expect(texts(narrow, ...wide)).toEqual([wide]);
    expect(texts(`${narrow}😀`)).toEqual(['😀']);
  });

  it('costs no more where it is written over again and again', () => {
    for (const one of ['\ra', '\b', '\x1b[Ga\x1b[K', '\x1b[2K\x1b[999Ga', '\r\x1b[31ma\x1b[32mb']) {
      const all = lines([['x'.repeat(LIMITS.row - 1)]]);
      // If each of them cost what a row may be long, it were ten times this.
      const took = worked(() => all.append('stdout', 0, one.repeat(200_000)));
      expect(took, one).toBeLessThan(3_000);
      expect(all.end).toBe(1);
    }
  });

  it('is the same however it is cut into pieces', () => {
    const words = [
      'a',
      'lamp ',
      '😀',
      '\n',
      '\r',
      '\r\n',
      '\b',
      '\x1b[31m',
      '\x1b[0m',
      '\x1b[38;5;208m',
      '\x1b[2K',
      '\x1b[K',
      '\x1b[4G',
      '\x07',
    ];
    words.push(
      '\x1b]0;t\x07',
      '\x1b]8;;x\x1b\\',
      '\x1b(B',
      '\x1b',
      '\x1b]',
      '\x1b[',
      '9'.repeat(300),
      'm',
      '\x1bP',
      '\\',
    );
    const pick = random(7);
    for (let round = 0; round < 400; round++) {
      const streams = [0, 1].map(() =>
        Array.from({ length: pick(40) + 1 }, () => words[pick(words.length)]!).join(''),
      );
      const limits = { ...LIMITS, row: 3 + pick(20) };
      const whole = lines([[streams[0]!], [streams[1]!, 'stderr']], limits);
      const cut: Piece[] = streams.flatMap((text, at) => {
        const category = at === 0 ? 'stdout' : 'stderr';
        const pieces: Piece[] = [];
        let piece = '';
        for (const letter of text) {
          piece += letter;
          if (pick(4) > 0) continue;
          pieces.push([piece, category]);
          piece = '';
        }
        return [...pieces, [piece, category] as Piece];
      });
      const split = lines(cut, limits);
      expect(rowsOf(split), JSON.stringify(streams)).toEqual(rowsOf(whole));
      expect(split.chars).toBe(rowsOf(split).reduce((sum, { text }) => sum + text.length, 0));
      for (const row of rowsOf(split))
        if (row.runs && row.text) expect(row.runs.at(-1)?.to).toBe(row.text.length);
    }
  });

  it('is cut where a line is too long, not within a character', () => {
    const all = rowsOf(lines([['abc😀d\ne']], { ...LIMITS, row: 4 }));
    expect(all.map(({ text, continues }) => [text, continues])).toEqual([
      ['abc', true],
      ['😀d', false],
      ['e', false],
    ]);
  });

  it('keeps the newest lines, by number and by size, and their numbers', () => {
    const all = lines(
      Array.from({ length: 60_000 }, (_, i) => [`line ${i}\n`]),
      { ...LIMITS, rows: 1_000 },
    );
    expect([all.first, all.end]).toEqual([59_000, 60_000]);
    expect(all.row(59_000)?.text).toBe('line 59000');
    expect(all.row(58_999)).toBeUndefined();
    expect(all.chars).toBe(10_000);

    const large = lines(
      Array.from({ length: 1_000 }, () => [`${'x'.repeat(99)}\n`]),
      { ...LIMITS, chars: 20_000 },
    );
    expect(large.end - large.first).toBe(202);
    expect(large.chars).toBeLessThanOrEqual(20_000);
  });

  it('costs no more to append to when much is there', () => {
    const all = new OutputLines();
    const batch = Array.from(
      { length: 1_000 },
      (_, i) => `2026-01-01 12:00:00 INFO line ${i} of what is printed\n`,
    ).join('');
    const took = (): number =>
      worked(() => {
        for (let i = 0; i < 20; i++) all.append('stdout', 0, batch);
      });
    const times = Array.from({ length: 15 }, took);
    const half = (list: number[]): number => [...list].sort((a, b) => a - b)[2]!;
    // The first and the last five; generous, as machines are noisy.
    expect(half(times.slice(-5))).toBeLessThan(half(times.slice(0, 5)) * 10 + 20);
    expect(all.end - all.first).toBe(LIMITS.rows);
  });
});
