import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptySnapshot, fold, foldAll } from './fold';
import { LIMITS, type Envelope, type Event, type Snapshot } from './protocol';

interface Vector {
  name: string;
  events: Envelope[];
  snapshot: Snapshot;
}

const folder = join(process.cwd(), '../protocol/vectors');
const vectors = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Vector);

const number = (...events: Event[]): Envelope[] =>
  events.map((event, i) => ({ seq: i + 1, at: 1000 + i, by: null, event }));

const stopped = (stop: number): Event => ({
  type: 'stopped',
  stop,
  reason: 'step',
  description: null,
  text: null,
  thread: 1,
  process: 0,
});

describe('the vectors that Rust writes', () => {
  it('are there', () => expect(vectors.length).toBeGreaterThan(0));

  it.each(vectors)('$name, one by one', ({ events, snapshot }) => {
    expect(events.reduce(fold, emptySnapshot())).toEqual(snapshot);
  });

  it.each(vectors)('$name, at once', ({ events, snapshot }) => {
    expect(foldAll(emptySnapshot(), events)).toEqual(snapshot);
  });

  it.each(vectors)('$name, resumed in the middle', ({ events, snapshot }) => {
    const half = Math.floor(events.length / 2);
    const before = structuredClone(foldAll(emptySnapshot(), events.slice(0, half)));
    expect(foldAll(before, events.slice(half))).toEqual(snapshot);
  });
});

describe('fold', () => {
  it('leaves the old snapshot as it was and shares what did not change', () => {
    const before = foldAll(emptySnapshot(), number(stopped(1)));
    const copy = structuredClone(before);
    const after = fold(before, { seq: 2, at: 1, by: null, event: { type: 'chat', text: 'hello' } });
    expect(before).toEqual(copy);
    expect(after.stop).toBe(before.stop);
  });

  it('ignores parts of another stop', () => {
    const after = foldAll(
      emptySnapshot(),
      number(stopped(2), { type: 'threads', stop: 1, threads: [{ id: 1, name: 'old' }] }),
    );
    expect(after.stop?.threads).toEqual([]);
    expect(after.seq).toBe(2);
  });

  it('keeps the last stop while the program runs', () => {
    const after = foldAll(emptySnapshot(), number(stopped(1), { type: 'resumed', stop: 1, how: 'next' }));
    expect(after.phase).toEqual({ name: 'running', pausing: false });
    expect(after.stop?.stop).toBe(1);
  });

  it('keeps the newest output only', () => {
    const flood = Array.from({ length: LIMITS.outputKept + 5 }, (): Event => ({
      type: 'output',
      category: 'stdout',
      text: 'x\n',
      process: 0,
    }));
    const after = foldAll(emptySnapshot(), number(...flood));
    expect(after.output).toHaveLength(LIMITS.outputKept);
    expect(after.output[0]?.seq).toBe(6);
  });

  it('counts a gap to its end', () => {
    const after = foldAll(emptySnapshot(), number({ type: 'gap', to: 40, reason: 'disk full' }));
    expect(after.seq).toBe(40);
    expect(after.gaps).toEqual([{ from: 1, to: 40, reason: 'disk full' }]);
  });
});
