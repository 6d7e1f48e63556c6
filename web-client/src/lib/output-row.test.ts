import { describe, expect, it } from 'vitest';
import { PLAIN, type Look } from './ansi';
import type { Row } from './output-lines';
import { paint, put } from './output-row';

const LOOKS: Look[] = [PLAIN, ...['a', 'b', 'c'].map((one) => ({ ...PLAIN, fg: one }) as unknown as Look)];

const empty = (): Row => ({ category: 'stdout', process: 0, text: '', runs: null, continues: false });

/** Each letter with its look. */
function letters({ text, runs }: Row): [string, Look][] {
  let at = 0;
  return [...text].map((letter, i) => {
    while (runs && i >= runs[at]!.to) at += 1;
    return [letter, runs ? runs[at]!.look : PLAIN];
  });
}

describe('writing over a row', () => {
  it('is what writing over its letters would be, in as few runs as there can be', () => {
    let seed = 7;
    const upTo = (n: number): number => (seed = (seed * 48_271) % 2_147_483_647) % (n + 1);
    for (let round = 0; round < 300; round++) {
      const row = empty();
      const all: [string, Look][] = [];
      for (let step = 0; step < 30; step++) {
        const look = LOOKS[upTo(3)]!;
        const text = 'xyz'.slice(0, upTo(3));
        if (upTo(3) === 0) {
          const before = row.text.length;
          row.text += text;
          if (text !== '') paint(row, before, look);
          all.push(...[...text].map((letter): [string, Look] => [letter, look]));
        } else {
          const from = upTo(all.length);
          const to = Math.min(all.length, from + upTo(4));
          put(row, from, to, text, look);
          all.splice(from, to - from, ...[...text].map((letter): [string, Look] => [letter, look]));
        }
        expect(letters(row)).toEqual(all);
        const { runs } = row;
        if (runs === null) continue;
        expect(runs.at(-1)!.to).toBe(row.text.length);
        expect(runs.some(({ look }, i) => look === runs[i + 1]?.look)).toBe(false);
        expect(runs.length === 1 && runs[0]!.look === PLAIN).toBe(false);
      }
    }
  });

  it('leaves what it does not touch alone, however much that is', () => {
    const row = empty();
    for (let i = 0; i < 10_000; i++) {
      row.text += 'x';
      paint(row, i, LOOKS[1 + (i % 2)]!);
    }
    const [first, last] = [row.runs![0], row.runs![9_999]];
    put(row, 5_000, 5_001, 'y', LOOKS[3]!);
    expect(row.runs).toHaveLength(10_000);
    expect([row.runs![0], row.runs![9_999]]).toEqual([first, last]);
    expect(row.runs![0]).toBe(first);
    expect(row.runs![9_999]).toBe(last);
  });
});
