import { describe, expect, it } from 'vitest';
import { hasPlace, parts, type Part } from './output';
import { OutputLines } from './output-lines';
import { worked } from './testing';

function shown(text: string): Part[] {
  const lines = new OutputLines();
  lines.append('stdout', 0, text);
  return parts(lines.row(0)!);
}
const brief = (list: Part[]): unknown[] =>
  list.map(({ place, spans }) => [place, spans.map(({ text }) => text)]);

describe('a line of the output', () => {
  it('is one text, if it is plain', () => {
    expect(brief(shown('plain'))).toEqual([[null, ['plain']]]);
    expect(shown('\n')).toEqual([]);
  });

  it('links the places of a traceback, whatever colours they have', () => {
    const text = '  File \x1b[35m"/app/my porch.py"\x1b[0m, line \x1b[35m12\x1b[0m, in tick\n';
    expect(brief(shown(text))).toEqual([
      [null, ['  ']],
      [{ path: '/app/my porch.py', line: 12 }, ['File ', '"/app/my porch.py"', ', line ', '12']],
      [null, [', in tick']],
    ]);
    expect(shown('File "C:\\porch.py", line 3')[0]?.place).toEqual({ path: 'C:\\porch.py', line: 3 });
    expect(hasPlace({ text: '  File "/a.py", line 3' })).toBe(true);
  });

  it('links nothing that is no file', () => {
    for (const text of ['File "<string>", line 1', 'File "porch.py", line 1', 'a File']) {
      expect(shown(text).map((part) => part.place)).toEqual([null]);
      expect(hasPlace({ text })).toBe(false);
    }
    expect(parts({ text: 'File "/a\nb", line 1', runs: null }).map((part) => part.place)).toEqual([null]);
  });

  it('lights what was searched for, across colours and links', () => {
    const lines = new OutputLines();
    lines.append('stdout', 0, 'a \x1b[31mred\x1b[0m lamp, File "/a.py", line 1');
    const marks = [
      { from: 4, to: 7 },
      { from: 13, to: 18 },
    ];
    const all = parts(lines.row(0)!, marks, 1);
    expect(all.flatMap(({ spans }) => spans.map(({ text, mark }) => [text, mark]))).toEqual([
      ['a ', null],
      ['re', null],
      ['d', 'found'],
      [' l', 'found'],
      ['amp, ', null],
      ['F', null],
      ['ile "', 'now'],
      ['/a.py", line 1', null],
    ]);
    expect(all.map(({ place }) => place && 'line' in place && place.line)).toEqual([null, 1]);
  });

  it('links addresses of the web, whatever colours they have, and no other', () => {
    const text =
      'at \x1b[36mhttp://127.0.0.1:\x1b[1m8000/\x1b[0m (File "/a/http://b.c/x.py", line 1), javascript:x\n';
    expect(brief(shown(text))).toEqual([
      [null, ['at ']],
      [{ url: 'http://127.0.0.1:8000/' }, ['http://127.0.0.1:', '8000/']],
      [null, [' (']],
      [{ path: '/a/http://b.c/x.py', line: 1 }, ['File "/a/http://b.c/x.py", line 1']],
      [null, ['), javascript:x']],
    ]);
    expect(hasPlace({ text: 'see https://a.b.' })).toBe(true);
    expect(hasPlace({ text: 'see javascript://x' })).toBe(false);
  });

  it('links no address of which the next row has the rest', () => {
    const lines = new OutputLines({ rows: 9, chars: 999, row: 12 });
    lines.append('stdout', 0, 'http://a.b/cdef http://b.c\n');
    const rows = Array.from({ length: lines.end }, (_, i) => lines.row(i)!);
    expect(rows.map((row) => [row.text, hasPlace(row)])).toEqual([
      ['http://a.b/c', false],
      ['def http://b', false],
      ['.c', false],
    ]);
  });

  it('costs in proportion to its length', () => {
    for (const one of ['http://a.b/x ', 'File "/a.py", line 1 http://a.b ', 'File "/http://', 'https://']) {
      const text = one.repeat(100_000 / one.length);
      expect(
        worked(() => parts({ text, runs: null })),
        one,
      ).toBeLessThan(1_000);
    }
  });
});
