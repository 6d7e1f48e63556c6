import { beforeEach, describe, expect, it, vi } from 'vitest';
import { EVERYTHING } from '../output-query';
import { LIMITS as KEPT, type Envelope, type OutputLine } from '../protocol';
import { announcer } from './announcer.svelte';
import { OutputStore, type EarlierOutput } from './output-store.svelte';
import { OutputView } from './output-view.svelte';

const none = (): Promise<never> => Promise.reject(new Error('not expected'));
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
    const store = new OutputStore(none);
    store.fill([piece(3), piece(5)]);
    store.append([event(5), event(6), event(7)]);
    expect(texts(store)).toEqual(['3', '5', '6', '7']);
    expect(store.top).toBe(null);
  });

  it('is filled up after a loss, without doubling', () => {
    const store = new OutputStore(none);
    store.fill([piece(1)]);
    store.append([event(2), event(3)]);
    store.fill([piece(1), piece(2), piece(3), piece(8), piece(9)]);
    store.append([event(9), event(10)]);
    expect(texts(store)).toEqual(['1', '2', '3', '8', '9', '10']);
  });

  it('says where it begins, and where something is missing', () => {
    const store = new OutputStore(none);
    store.fill(many(10, 10 + KEPT.outputKept));
    expect(store.top?.before).toBe(10);
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
    const store = new OutputStore(none);
    store.show([piece(1), piece(2)]);
    store.show([piece(1)]);
    expect(texts(store)).toEqual(['1']);
  });
});

describe('output from before', () => {
  /** Every piece from 1 on, and who gives pages of them. */
  function journal(
    last: number,
    text = (seq: number): string => `${seq}\n`,
  ): { asked: number[]; give: EarlierOutput } {
    const asked: number[] = [];
    const give: EarlierOutput = (before) => {
      asked.push(before);
      const first = Math.max(1, before - 700);
      const events = Array.from({ length: Math.min(before, last + 1) - first }, (_, i) =>
        event(first + i, text(first + i)),
      );
      return Promise.resolve({ events, earlier: first > 1 });
    };
    return { asked, give };
  }
  const count = KEPT.outputKept;

  it('is loaded a page at a time, up to the start', async () => {
    const { asked, give } = journal(3_000);
    const store = new OutputStore(give);
    store.fill(many(3_000 - count, 3_000));
    const top = store.top!;
    expect(await store.load(top)).toBe(700);
    store.append([event(3_000)]);
    expect(await Promise.all([store.load(top), store.load(top)]), 'once at a time').toEqual([700, null]);
    expect(await store.load(top)).toBe(599);
    expect(asked).toEqual([2_000, 1_300, 600]);
    expect(top.state.name).toBe('filled');
    expect(await store.load(top)).toBe(null);
    expect(texts(store)).toEqual(Array.from({ length: 3_000 }, (_, i) => `${i + 1}`));
  });

  it('joins a line that was begun before', async () => {
    const store = new OutputStore(journal(1_500, (seq) => (seq % 2 === 0 ? `${seq}\n` : `${seq} `)).give);
    const pieces = many(502, 502 + count).map(({ seq }) =>
      piece(seq, seq % 2 === 0 ? `${seq}\n` : `${seq} `),
    );
    store.fill(pieces);
    expect(texts(store)[0]).toBe('502');
    await store.load(store.top!);
    expect(texts(store)[250]).toBe('501 502');
    expect(texts(store).slice(0, 750)).toEqual(
      Array.from({ length: 750 }, (_, i) => `${2 * i + 1} ${2 * i + 2}`),
    );
  });

  it('fills a hole between lines, and then nothing tells of it', async () => {
    const store = new OutputStore(journal(9_000).give);
    store.fill(many(1, 11));
    store.fill(many(2_000, 2_000 + count));
    const hole = store.holeAt(store.lines.row(10)!)!;
    expect([hole.after, hole.before]).toEqual([10, 2_000]);
    while (hole.state.name !== 'filled') await store.load(hole);
    expect(texts(store)).toEqual(Array.from({ length: 2_999 }, (_, i) => `${i + 1}`));
    expect(store.lines.row(11)?.text, 'what is below keeps its number').toBe('2000');
  });

  it('is missing where it can be loaded, the newest place first', async () => {
    const store = new OutputStore(journal(9_000).give);
    store.fill(many(1_000, 1_000 + count));
    store.fill(many(4_000, 4_000 + count));
    store.fill(many(7_000, 7_000 + count));
    const places: (number | undefined)[] = [];
    for (let at = store.missing; at; at = store.missing) {
      if (at.after !== places.at(-1)) places.push(at.after);
      await store.load(at);
    }
    expect(places).toEqual([4_999, 1_999, 0]);
    expect(texts(store)).toHaveLength(7_999);
    store.show(many(1, 11));
    expect(store.missing).toBe(null);
  });

  it('is missing nowhere that can be loaded once there are too many lines', async () => {
    const store = new OutputStore(journal(9_000).give, { rows: count + 100, chars: 1e6, row: 100 });
    store.fill(many(2_000, 2_000 + count));
    store.fill(many(5_000, 5_000 + count));
    expect(store.lines.trimmed).toBe(true);
    expect(store.missing?.after).toBe(2_999);
    store.append(Array.from({ length: 200 }, (_, i) => event(5_000 + count + i)));
    expect(store.missing).toBe(null);
  });

  it('says why it is not there, and is asked for again', async () => {
    const give = vi.fn(journal(3_000).give);
    give.mockRejectedValueOnce(new Error('The disk is gone.'));
    const store = new OutputStore(give);
    store.fill(many(2_000, 2_000 + count));
    expect(await store.load(store.top!)).toBe(null);
    expect(store.top!.state).toEqual({ name: 'failed', message: 'The disk is gone.' });
    expect(await store.load(store.top!)).toBe(700);
  });

  it('is nothing for a moment that was left meanwhile', async () => {
    let answer = (): void => {};
    const store = new OutputStore(
      (before, signal) =>
        new Promise((resolve) => {
          answer = () => void journal(9_000).give(before, signal).then(resolve);
        }),
    );
    store.show(many(2_000, 2_000 + count));
    const loading = store.load(store.top!);
    store.show(many(5_000, 5_000 + count));
    answer();
    expect(await loading).toBe(null);
    expect(texts(store)).toHaveLength(count);
    expect(store.top!.state.name).toBe('more');
  });

  it('is no more than is kept', async () => {
    const store = new OutputStore(journal(9_000).give, { rows: count + 100, chars: 1e6, row: 100 });
    store.fill(many(5_000, 5_000 + count));
    expect(store.full).toBe(false);
    await store.load(store.top!);
    expect(store.full).toBe(true);
    expect([texts(store).length, texts(store)[0]]).toEqual([count + 100, '4900']);
    expect(await store.load(store.top!)).toBe(null);
  });
});

describe('a view of the output', () => {
  let later: (() => void)[] = [];
  const goOn = (): void => {
    while (later.length > 0) later.shift()!();
  };
  function view(lines: string): OutputView {
    const store = new OutputStore(none);
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

  it.each(['every row', 'wrapped rows', 'a filter'])('hides what came until it was cleared: %s', (what) => {
    const one = view('lamp\nhall\nlamp 2\n');
    if (what === 'wrapped rows') one.layOut(({ text }) => (text.includes(' ') ? 2 : 1));
    if (what === 'a filter') one.filterBy({ ...EVERYTHING, text: 'lamp' });
    goOn();
    one.clear();
    goOn();
    expect([shown(one), one.count, one.height, one.hidden]).toEqual([[], 0, 0, 3]);
    one.store.append([event(2, 'lamp 3\nlamp\n')]);
    one.sync();
    expect([shown(one), one.text()]).toEqual([['lamp 3', 'lamp'], 'lamp 3\nlamp\n']);
    const lines = what === 'wrapped rows' ? [0, 2, 3] : [0, 1, 2];
    expect([0, 1, 2].map((index) => one.topOf(index))).toEqual(lines);
    expect([one.at(0), one.at(lines[1]!), one.indexOf(0), one.indexOf(4)]).toEqual([0, 1, 0, 1]);
    search(one, 'lamp');
    expect([one.total, one.ordinal]).toEqual([2, 2]);
    search(one, 'hall');
    expect([one.total, one.nothing]).toEqual([0, 'No matches in what is shown']);
    one.showAll();
    goOn();
    expect([one.hidden, one.total]).toEqual([0, what === 'a filter' ? 0 : 1]);
    expect(shown(one)).toEqual(
      what === 'a filter'
        ? ['lamp', 'lamp 2', 'lamp 3', 'lamp']
        : ['lamp', 'hall', 'lamp 2', 'lamp 3', 'lamp'],
    );
  });

  it('leaves a line that is being written when it is cleared, and nothing that is loaded into what is hidden', async () => {
    const store = new OutputStore((before) =>
      Promise.resolve({ events: [event(before - 1, 'earlier\n')], earlier: false }),
    );
    store.fill(many(3_000, 3_000 + KEPT.outputKept));
    store.append([event(9_000, '10 %')]);
    const one = new OutputView(store, { schedule: (run) => later.push(run) });
    one.layOut(() => 1);
    goOn();
    one.clear();
    await store.load(store.top!);
    store.append([event(9_001, '\r20 %\n')]);
    one.sync();
    goOn();
    expect([shown(one), one.hidden]).toEqual([['20 %'], KEPT.outputKept + 1]);
  });

  it('keeps the match that is looked at when all is shown again, but none that is hidden', () => {
    const one = view('lamp\nlamp\n');
    search(one, 'lamp');
    expect([one.total, one.ordinal]).toEqual([2, 2]);
    one.clear();
    goOn();
    expect([one.total, one.ordinal]).toEqual([0, null]);
    one.store.append([event(2, 'lamp\n')]);
    one.sync();
    search(one, 'lamp');
    one.showAll();
    goOn();
    expect([one.total, one.ordinal]).toEqual([3, 3]);
  });

  it('stays cleared as far as it was when a hole behind that is filled, and not in another moment', async () => {
    const store = new OutputStore(() =>
      Promise.resolve({ events: [event(4_998), event(4_999)], earlier: false }),
    );
    store.fill(many(1, 11));
    const one = new OutputView(store, { schedule: (run) => later.push(run) });
    one.clear();
    store.append([event(11)]);
    store.fill(many(5_000, 5_000 + KEPT.outputKept));
    expect(one.partial, 'of what is hidden nothing is missing').toBe(false);
    await store.load(store.missing!);
    one.sync();
    goOn();
    expect([shown(one).slice(0, 3), one.hidden]).toEqual([['11', '4998', '4999'], 10]);
    store.show(many(1, 3));
    one.sync();
    expect([shown(one), one.hidden]).toEqual([['1', '2'], 0]);
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
    expect([one.nothing, announcer.said.at(-1)?.text]).toEqual(['No matches', 'No matches.']);
    one.searchFor({ text: '(', cased: false, regex: true }, 0);
    expect(one.trouble).toMatch(/Unterminated group/);
  });

  it('says that not all is here when there is nothing', () => {
    const store = new OutputStore(none);
    store.fill(many(51, 51 + KEPT.outputKept));
    const one = new OutputView(store, { schedule: (run) => later.push(run) });
    search(one, 'window');
    expect([one.partial, announcer.said.at(-1)?.text]).toEqual([true, 'No matches in what is loaded.']);
  });

  it('keeps its match, its filter and its rows when earlier lines come', async () => {
    const events = Array.from({ length: 50 }, (_, i) => event(i + 1, `lamp ${i + 1}\nhall\n`));
    const store = new OutputStore(() => Promise.resolve({ events, earlier: false }));
    store.fill(many(51, 51 + KEPT.outputKept).map(({ seq }) => piece(seq, `lamp ${seq}\n`)));
    const one = new OutputView(store, { schedule: (run) => later.push(run) });
    one.filterBy({ ...EVERYTHING, text: 'lamp' });
    search(one, 'lamp 700');
    expect([one.ordinal, one.total, one.now?.id]).toEqual([1, 1, 649]);
    search(one, 'lamp');
    expect(one.total).toBe(KEPT.outputKept);
    const [now, row] = [one.now!, one.lines.row(one.now!.id)];
    await store.load(store.top!);
    one.sync();
    goOn();
    expect([one.total, one.count]).toEqual([KEPT.outputKept + 50, KEPT.outputKept + 50]);
    expect([one.now, one.lines.row(one.now!.id), one.ordinal]).toEqual([now, row, KEPT.outputKept + 50]);
    expect(shown(one)[0]).toBe('lamp 1');
  });

  it('looks through much in slices, and goes on by itself', () => {
    const one = view('x'.repeat(60).concat('\n').repeat(150_000));
    search(one, 'x'.repeat(60));
    expect([one.total, one.progress]).toEqual([150_000, null]);
  });
});
