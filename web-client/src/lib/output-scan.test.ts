import { describe, expect, it } from 'vitest';
import { LIMITS, moved, OutputLines, type Row } from './output-lines';
import { EVERYTHING, finder, shows, type Filter, type Query } from './output-query';
import { Scan } from './output-scan';
import { random } from './testing';

const never = (): boolean => false;
const query = (text: string, more: Partial<Query> = {}): Query => ({
  text,
  cased: false,
  regex: false,
  ...more,
});
const places = (text: string, what: Query): number[][] => {
  const find = finder(what);
  if (typeof find !== 'function') throw new Error(JSON.stringify(find));
  return find(text).map(({ from, to }) => [from, to]);
};
function printed(): OutputLines {
  const lines = new OutputLines();
  lines.append('stdout', 0, '\x1b[31mPorch on\nhall on\n');
  lines.append('stderr', 0, 'porch?\n');
  lines.append('console', 0, 'attached\n');
  lines.append('stdout', 3, 'porch of a child\n');
  return lines;
}

describe('a filter', () => {
  const shown = (filter: Partial<Filter>): string[] => {
    const lines = printed();
    const wanted = shows({ ...EVERYTHING, ...filter })!;
    return Array.from({ length: lines.end }, (_, id) => lines.row(id)!)
      .filter(wanted)
      .map(({ text }) => text);
  };

  it('shows what has a text, in whatever case, of a stream, of a process', () => {
    expect(shows(EVERYTHING)).toBeNull();
    expect(shown({ text: ' porch ' })).toEqual(['Porch on', 'porch?', 'porch of a child']);
    expect(shown({ stream: 'stderr' })).toEqual(['porch?']);
    expect(shown({ stream: 'debugger' })).toEqual(['attached']);
    expect(shown({ process: 3 })).toEqual(['porch of a child']);
    expect(shown({ text: 'porch', process: 0, stream: 'stdout' })).toEqual(['Porch on']);
    expect(shown({ stream: 'debugger', text: 'porch' })).toEqual([]);
    expect(shown({ text: '.*' }), 'no pattern').toEqual([]);
  });
});

describe('a search', () => {
  it('finds texts, with or without case, and patterns', () => {
    expect(places('Lamp, lamp', query('lamp'))).toEqual([
      [0, 4],
      [6, 10],
    ]);
    expect(places('Lamp, lamp', query('lamp', { cased: true }))).toEqual([[6, 10]]);
    expect(places('a.b axb', query('a.b'))).toEqual([[0, 3]]);
    expect(places('a.b axb', query('a.b', { regex: true }))).toEqual([
      [0, 3],
      [4, 7],
    ]);
    expect(places('aab', query('x*', { regex: true }))).toEqual([]);
    expect(finder(query(''))).toBeNull();
  });

  it('says what is wrong with a pattern', () => {
    expect(finder(query('(', { regex: true }))).toEqual({
      trouble: 'This is no regular expression: Unterminated group.',
    });
    for (const slow of ['(a+)+$', '(\\w*x?)*', '(a{1,})+', '(?:ab*)+c'])
      expect(finder(query(slow, { regex: true })), slow).toHaveProperty('trouble');
    for (const fine of ['(a+)', '(ab)+', '(a+)?b', '\\d+ (on|off)+', '\\(a+\\)+'])
      expect(finder(query(fine, { regex: true })), fine).toBeInstanceOf(Function);
  });
});

describe('looking through the output', () => {
  const count = (row: { text: string }): number => row.text.split('lamp').length - 1;
  const found = (scan: Scan): (number | undefined)[] =>
    Array.from({ length: scan.length }, (_, i) => scan.id(i));

  it('finds the rows, how much in all, and how much before each', () => {
    const lines = new OutputLines();
    lines.append('stdout', 0, 'lamp lamp\nhall\nlamp\n');
    const scan = new Scan(lines, count);
    expect(scan.advance(never)).toBe(true);
    expect([found(scan), scan.total, scan.before(1)]).toEqual([[0, 2], 3, 2]);
    expect([scan.at(0), scan.at(1), scan.at(2), scan.at(3)]).toEqual([0, 1, 1, 2]);
  });

  it('follows what is appended, and what the newest lines become', () => {
    const lines = new OutputLines();
    const scan = new Scan(lines, count);
    lines.append('stdout', 0, 'one la');
    scan.advance(never);
    expect(found(scan)).toEqual([]);
    lines.append('stderr', 0, 'lamp\n');
    scan.advance(never);
    lines.append('stdout', 0, 'mp');
    scan.advance(never);
    expect(found(scan)).toEqual([0, 1]);
    lines.append('stdout', 0, '\r\x1b[Kgone\n');
    scan.advance(never);
    expect([found(scan), scan.total]).toEqual([[1], 1]);
  });

  it('stops when its time is over, and goes on there', () => {
    const lines = new OutputLines();
    lines.append('stdout', 0, 'lamp\n'.repeat(1_000));
    const scan = new Scan(lines, count);
    let looks = 0;
    expect(scan.advance(() => ++looks > 3)).toBe(false);
    expect(scan.length).toBeGreaterThan(0);
    expect(scan.progress).toBeGreaterThan(0);
    expect(scan.progress).toBeLessThan(1);
    lines.append('stdout', 0, 'lamp\n'.repeat(10));
    while (!scan.advance(() => ++looks % 3 === 0));
    expect([scan.length, scan.total, scan.id(1_009)]).toEqual([1_010, 1_010, 1_009]);
  });

  it('forgets what is dropped', () => {
    const lines = new OutputLines({ ...LIMITS, rows: 100 });
    const scan = new Scan(lines, count);
    for (let i = 0; i < 40_000; i++) {
      lines.append('stdout', 0, i % 2 === 0 ? 'lamp lamp\n' : 'hall\n');
      if (i % 37 === 0) scan.advance(never);
    }
    scan.advance(never);
    expect([scan.length, scan.total, scan.before(0), scan.before(1)]).toEqual([50, 100, 0, 2]);
    expect([scan.id(0), scan.id(49)]).toEqual([39_900, 39_998]);
  });
});

describe('a look through lines that others are put in between', () => {
  const row = (text: string): Row => ({ category: 'stdout', process: 0, text, runs: null, continues: false });
  const found = (scan: Scan): number[][] =>
    Array.from({ length: scan.length }, (_, i) => [scan.id(i)!, scan.before(i)]);
  const count = ({ text }: Row): number => Number(text) % 4;

  it('counts nothing of them before all of them were looked at, and then all', () => {
    const lines = new OutputLines();
    lines.append('stdout', 0, '1\n0\n2\n');
    const scan = new Scan(lines, count);
    scan.advance(never);
    lines.splice(
      0,
      0,
      Array.from({ length: 200 }, () => row('3')),
    );
    expect(scan.advance(() => true)).toBe(false);
    expect(found(scan)).toEqual([
      [0, 0],
      [2, 1],
    ]);
    expect(scan.progress).toBeLessThan(1);
    scan.advance(never);
    expect([scan.length, scan.total, scan.id(0), scan.before(200), scan.done]).toEqual([
      202,
      603,
      -200,
      600,
      true,
    ]);
  });

  it('is what a new look finds, however they came', () => {
    for (let seed = 1; seed <= 500; seed++) {
      const pick = random(seed);
      const lines = new OutputLines({ ...LIMITS, rows: 300 + pick(400) });
      const scan = new Scan(lines, count);
      /** One that leaves out what was there when it came, and where that ends. */
      let late: { scan: Scan; from: number } | null = null;
      let spliced = 0;
      const rows = (): Row[] => Array.from({ length: pick(120) }, () => row(`${pick(9)}`));
      for (let turn = 0; turn < 25; turn++) {
        const kept = lines.end - lines.first;
        const from = pick(3) > 0 ? lines.first : lines.first + pick(kept + 1);
        if (pick(2) === 0)
          lines.append(
            'stdout',
            0,
            rows()
              .map(({ text }) => `${text}\n`)
              .join(''),
          );
        else if (pick(3) > 0) lines.splice(from, Math.min(lines.end, from + pick(3)), rows());
        for (; spliced < lines.splices.length; spliced++)
          if (late) late.from = moved(late.from, lines.splices[spliced]!);
        if (turn === 8) late = { scan: new Scan(lines, count, lines.end), from: lines.end };
        let left = pick(3);
        if (pick(4) > 0) scan.advance(() => left-- <= 0);
        if (pick(4) > 0) late?.scan.advance(() => left-- <= 0);
      }
      scan.advance(never);
      late!.scan.advance(never);
      const behind = new Scan(lines, count, late!.from);
      behind.advance(never);
      expect(found(late!.scan), `seed ${seed}`).toEqual(found(behind));
      expect([late!.scan.total, late!.scan.done]).toEqual([behind.total, true]);
      const fresh = new Scan(lines, count);
      fresh.advance(never);
      expect(found(scan), `seed ${seed}`).toEqual(found(fresh));
      expect([scan.total, scan.done]).toEqual([fresh.total, true]);
    }
  });
});
