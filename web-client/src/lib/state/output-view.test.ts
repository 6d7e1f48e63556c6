import { beforeEach, describe, expect, it, vi } from 'vitest';
import { EVERYTHING } from '../output-query';
import { LIMITS as KEPT, type Envelope, type OutputLine } from '../protocol';
import { OutputStore } from './output-store.svelte';
import { OutputView } from './output-view.svelte';

const piece = (seq: number, text = `${seq}\n`): OutputLine => ({ seq, category: 'stdout', process: 0, text });
const event = (seq: number, text = `${seq}\n`): Envelope => ({
  seq,
  at: seq,
  by: null,
  event: { type: 'output', category: 'stdout', process: 0, text },
});
const many = (from: number, to: number): OutputLine[] =>
  Array.from({ length: to - from }, (_, i) => piece(from + i));
function texts({ lines }: OutputStore): (string | undefined)[] {
  return Array.from({ length: lines.end - lines.first }, (_, i) => lines.row(lines.first + i)?.text);
}

describe('the output that is kept', () => {
  it('is the snapshot’s, and what comes after it, each piece once', () => {
    const store = new OutputStore();
    store.fill([piece(3), piece(5)]);
    store.append([event(5), event(6), event(7)]);
    expect(texts(store)).toEqual(['3', '5', '6', '7']);
    expect(store.earlier).toBe(false);
  });

  it('is filled up after a loss, without doubling', () => {
    const store = new OutputStore();
    store.fill([piece(1)]);
    store.append([event(2), event(3)]);
    store.fill([piece(1), piece(2), piece(3), piece(8), piece(9)]);
    store.append([event(9), event(10)]);
    expect(texts(store)).toEqual(['1', '2', '3', '8', '9', '10']);
  });

  it('says where it begins, and where something is missing', () => {
    const store = new OutputStore();
    store.fill(many(10, 10 + KEPT.outputKept));
    expect(store.earlier).toBe(true);
    store.fill(many(5_000, 5_000 + KEPT.outputKept));
    expect(texts(store)[KEPT.outputKept]).toMatch(/^Some lines are missing here/);
    expect(texts(store)).toHaveLength(2 * KEPT.outputKept + 1);
    const last = 5_000 + KEPT.outputKept;
    store.append([
      { seq: last, at: 1, by: null, event: { type: 'gap', to: last + 4, reason: 'The disk was full.' } },
      event(last + 5),
    ]);
    expect(texts(store).slice(-2)).toEqual([
      'Lines may be missing here. The disk was full.',
      String(last + 5),
    ]);
  });

  it('is a moment’s own in a recording', () => {
    const store = new OutputStore();
    store.show([piece(1), piece(2)]);
    store.show([piece(1)]);
    expect(texts(store)).toEqual(['1']);
  });
});

describe('a view of the output', () => {
  let later: (() => void)[] = [];
  const goOn = (): void => {
    while (later.length > 0) later.shift()!();
  };
  function view(lines: string): OutputView {
    const store = new OutputStore();
    store.fill([piece(1, lines)]);
    const one = new OutputView(store, { schedule: (run) => later.push(run) });
    one.sync();
    return one;
  }
  const shown = (one: OutputView): (string | undefined)[] =>
    Array.from({ length: one.count }, (_, i) => one.lines.row(one.idAt(i))?.text);
  const search = (one: OutputView, text: string, nearest = 1e9): void => {
    one.open();
    one.searchFor({ text, cased: false, regex: false }, nearest);
    goOn();
  };

  beforeEach(() => (later = []));

  it('shows everything, or what is filtered, with what comes', () => {
    const one = view('lamp\nhall\nlamp 2\n');
    expect(shown(one)).toEqual(['lamp', 'hall', 'lamp 2']);
    one.filterBy({ ...EVERYTHING, text: 'lamp' });
    goOn();
    one.store.append([event(2, 'hall 3\nlamp 4\n')]);
    one.sync();
    expect(shown(one)).toEqual(['lamp', 'lamp 2', 'lamp 4']);
    expect(one.text()).toBe('lamp\nlamp 2\nlamp 4\n');
    expect([one.indexOf(2), one.indexOf(3)]).toEqual([1, 2]);
  });

  it('knows where wrapped rows lie', () => {
    const one = view('one\ntwo lines\nthree\n');
    one.layOut(({ text }) => (text.includes(' ') ? 2 : 1));
    goOn();
    expect([one.count, one.height]).toEqual([3, 4]);
    expect([0, 1, 2, 3].map((index) => one.topOf(index))).toEqual([0, 1, 3, 4]);
    expect([0, 1, 2, 3, 4, 99].map((line) => one.at(line))).toEqual([0, 1, 1, 2, 2, 2]);
  });

  it('moves nothing until a new look has been through all', () => {
    const one = view(Array.from({ length: 5_000 }, (_, i) => `line ${i}\n`).join(''));
    one.layOut(() => 1);
    goOn();
    const { count } = one;
    let clock = performance.now();
    const time = vi.spyOn(performance, 'now').mockImplementation(() => (clock += 3));
    one.layOut(() => 2);
    expect([one.progress === null, one.count, one.height]).toEqual([false, count, count]);
    goOn();
    expect([one.progress, one.height]).toEqual([null, 2 * count]);
    time.mockRestore();
  });

  it('begins with the match that is nearest above, and goes around', () => {
    const one = view('lamp lamp\nhall\nlamp\nhall\n');
    search(one, 'LAMP', 1);
    expect([one.ordinal, one.total, one.reveal]).toEqual([2, 3, { id: 0, nth: 1 }]);
    const way = [1, 1, 1, -1, -1, -1].map((by) => {
      one.go(by as 1 | -1);
      return one.ordinal;
    });
    expect(way).toEqual([3, 1, 2, 1, 3, 2]);
    one.close();
    expect([one.now, one.total]).toEqual([null, 0]);
  });

  it('keeps its match while lines come, and counts the new ones', () => {
    const one = view('lamp\nhall\n');
    search(one, 'lamp');
    one.store.append([event(2, 'lamp lamp\n')]);
    one.sync();
    expect([one.ordinal, one.total]).toEqual([1, 3]);
  });

  it('searches what is shown only, and says when there is nothing', () => {
    const one = view('lamp on\nlamp off\n');
    one.filterBy({ ...EVERYTHING, text: 'off' });
    search(one, 'lamp');
    expect(one.total).toBe(1);
    search(one, 'window');
    expect([one.total, one.ordinal]).toEqual([0, null]);
    one.searchFor({ text: '(', cased: false, regex: true }, 0);
    expect(one.trouble).toMatch(/Unterminated group/);
  });

  it('looks through much in slices, and goes on by itself', () => {
    const one = view('x'.repeat(60).concat('\n').repeat(150_000));
    search(one, 'x'.repeat(60));
    expect([one.total, one.progress]).toEqual([150_000, null]);
  });
});
