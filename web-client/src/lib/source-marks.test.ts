import { describe, expect, it } from 'vitest';
import type { DocEntry } from './breakpoints';
import type { Thread } from './notes';
import type { Presence } from './presence';
import type { Frame } from './protocol';
import { cursorsOf, executionLines, lineBreakpoints, lineWords, personTags, raisedIn } from './source-marks';
import { steady } from './steady';
import { room } from './testing';

const PATH = '/app/porch.py';
const snapshot = room({ name: 'stopped' }, 'host');

describe('breakpoints beside lines', () => {
  const entry = (author: string, line: number, more: Partial<DocEntry> = {}): DocEntry => ({
    path: PATH,
    line,
    enabled: true,
    author,
    ...more,
  });

  it('are one mark a line: the strongest, how many, and whether one is mine', () => {
    const doc = {
      a: entry('host', 3, { enabled: false }),
      b: entry('watcher', 3, { logMessage: 'x' }),
      c: entry('host', 9),
      d: entry('host', 9, { path: '/app/other.py' }),
      e: entry('host', 0, { function: 'tick' }),
    };
    const [three, nine, ...others] = lineBreakpoints(snapshot, doc, PATH, 'watcher');
    expect(three).toMatchObject({ line: 3, shape: 'pending', kind: 'log', mine: true, count: 2 });
    expect(three!.title.split('\n')).toHaveLength(2);
    expect(nine).toMatchObject({ line: 9, count: 1, mine: false });
    expect(others).toEqual([]);
    expect(lineBreakpoints(snapshot, doc, null, null)).toEqual([]);
    const words = (
      line: number,
      kind: 'stop' | 'frame' | 'was',
      notes: number,
      resolved = 0,
    ): string | null =>
      lineWords(
        line,
        [{ line: 9, kind }],
        [three!, nine!],
        [
          ...Array.from({ length: notes }, () => ({ line, resolved: null }) as Thread),
          ...Array.from({ length: resolved }, () => ({ line, resolved: 'host' }) as Thread),
        ],
      );
    expect(words(9, 'stop', 2, 1)).toBe(
      'Line 9: paused here, breakpoint of host, not confirmed yet, 2 notes.',
    );
    expect(words(3, 'stop', 0)).toBe(
      'Line 3: breakpoint of host, disabled, log point of watcher, not confirmed yet.',
    );
    expect(words(5, 'stop', 1)).toBe('Line 5: 1 note.');
    expect(words(5, 'stop', 0, 1)).toBeNull();
    expect(lineWords(9, [{ line: 9, kind: 'frame' }], [], [])).toBe('Line 9: the selected frame.');
    expect(lineWords(9, [{ line: 9, kind: 'was' }], [], [])).toBeNull();
  });
});

describe('lines of frames', () => {
  const frame = (id: number, line: number, path = PATH): Frame => ({
    id,
    name: 'f',
    path,
    line,
    column: 1,
    subtle: false,
  });
  const frames = [frame(1, 5), frame(2, 5), frame(3, 8), frame(4, 11, '/app/other.py')];

  it('are where the program is paused, and the selected one', () => {
    expect(executionLines(frames, PATH, 3, false)).toEqual([
      { line: 5, kind: 'stop' },
      { line: 8, kind: 'frame' },
    ]);
    // The caller is on the very line.
    expect(executionLines(frames, PATH, 2, false)).toEqual([{ line: 5, kind: 'stop' }]);
    expect(executionLines(frames, '/app/other.py', 4, false)).toEqual([{ line: 11, kind: 'frame' }]);
  });

  it('are only where it was, once it runs on', () =>
    expect(executionLines(frames, PATH, 3, true)).toEqual([{ line: 5, kind: 'was' }]));
});

describe('an exception', () => {
  it('is below the line that raised it, in its file only', () => {
    const stop = { ...snapshot.stop!, reason: 'exception', text: 'ValueError', description: ' no lamp\n' };
    expect(raisedIn(stop, PATH)).toEqual({ line: 42, type: 'ValueError', message: 'no lamp' });
    expect(raisedIn(stop, '/app/other.py')).toBeNull();
    expect(raisedIn({ ...stop, reason: 'step' }, PATH)).toBeNull();
    expect(raisedIn({ ...stop, stacks: {} }, PATH)).toBeNull();
    expect(raisedIn({ ...stop, text: null, description: null }, PATH)).toMatchObject({
      type: 'Exception',
      message: '',
    });
    expect(raisedIn(null, PATH)).toBeNull();
  });
});

describe('people beside lines', () => {
  const presence = (participant: string, line: number | null, selection: Presence['selection'] = null) =>
    ({
      client: 1,
      participant,
      path: PATH,
      line,
      top: null,
      selection,
      frame: null,
      stop: null,
      pointing: null,
    }) as Presence;

  it('are named once a line, however many pages they have open', () => {
    const here = [
      presence('host', 3),
      presence('host', 3),
      presence('watcher', null),
      presence('watcher', 4),
    ];
    expect(personTags(snapshot, here).map(({ line, title }) => `${line}: ${title}`)).toEqual([
      '3: host looks here',
      '4: watcher looks here',
    ]);
  });

  it('have a cursor where they have selected something', () => {
    const range = {
      from: { line: 1, column: 0 },
      to: { line: 2, column: 3 },
    } as unknown as Presence['selection'];
    expect(cursorsOf(snapshot, [presence('host', 3), presence('watcher', 2, range)])).toMatchObject([
      { name: 'watcher', range },
    ]);
  });
});

describe('a steady value', () => {
  it('is the former object while the next says the same', () => {
    const same = steady<{ line: number; open?: () => void }[]>();
    const first = same([{ line: 1, open: () => {} }]);
    expect(same([{ line: 1, open: () => {} }])).toBe(first);
    const other = same([{ line: 2 }]);
    expect(other).not.toBe(first);
    expect(other).toEqual([{ line: 2 }]);
  });
});
