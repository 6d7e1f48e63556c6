import { describe, expect, it } from 'vitest';
import { breakpointViews, describe as describeOne, toDocEntry } from './breakpoints';
import { room } from './testing';

const base = { path: '/app/porch.py', line: 3, enabled: true, author: 'host' };
const entry = {
  ...base,
  id: 'a',
  function: null,
  snap: false,
  condition: null,
  hitCondition: null,
  logMessage: null,
};
const unset = { message: null, failed: false, disarmed: null, snaps: 0, passed: 0 };

describe('breakpoints as drawn', () => {
  const snapshot = room({ name: 'stopped' }, null);
  snapshot.breakpoints = { a: { entry, ...unset, verified: true, actual_line: 5 } };

  it('take what there is from the doc and its state from the snapshot', () => {
    const views = breakpointViews(snapshot, {
      a: base,
      b: { ...base, line: 4 },
      c: { ...base, line: 9, enabled: false },
    });
    expect(views.map(({ entry: { id }, shape, line }) => [id, shape, line])).toEqual([
      ['b', 'pending', 4],
      ['a', 'verified', 5],
      ['c', 'disabled', 9],
    ]);
  });

  it('are drawn apart when they are muted, disarmed or on a function, and say so', () => {
    const state = { entry, ...unset, verified: true, actual_line: null };
    const shape = (change: object, more: object = {}): string =>
      breakpointViews({ ...snapshot, breakpoints: { a: { ...state, ...change } }, ...more }, null)[0]!.shape;
    expect(shape({})).toBe('verified');
    expect(shape({}, { muted: ['host'] })).toBe('muted');
    expect(shape({}, { muted: ['other'] })).toBe('verified');
    expect(shape({}, { muted_all: true })).toBe('muted');
    expect(shape({ disarmed: 200 }, { muted_all: true })).toBe('disarmed');
    const why = { verified: false, failed: true, message: 'It failed.' };
    expect(shape(why)).toBe('failed');
    expect(shape(why, { muted_all: true })).toBe('muted');
    const failed = { ...snapshot, breakpoints: { a: { ...state, ...why } } };
    expect(describeOne(breakpointViews(failed, null)[0]!, 'Ana')).toBe(
      'Breakpoint of Ana, line 3, failed; It failed.',
    );
    const on = { ...entry, path: '', line: 0, function: 'tick', snap: true };
    const [one] = breakpointViews(
      { ...snapshot, breakpoints: { a: { ...state, entry: on, snaps: 3 } } },
      null,
    );
    expect(describeOne(one!, 'Ana')).toBe('Snap point of Ana, on tick(), active; 3 snaps');
    expect(describeOne({ ...one!, passed: 7 }, 'Ana')).toContain(
      '3 snaps; passed 7 times since the last one',
    );
  });

  it('are the snapshot’s in a recording', () => expect(breakpointViews(snapshot, null)).toHaveLength(1));

  it('are written without empty fields', () => {
    expect(toDocEntry({ ...entry, condition: 'x > 1' })).toEqual({ ...base, condition: 'x > 1' });
  });

  it('have a place or a function, never both', () => {
    const on = { enabled: true, author: 'p1', function: 'tick' };
    const [one] = breakpointViews(snapshot, { f: on });
    expect(one!.entry).toMatchObject({ path: '', line: 0, function: 'tick' });
    expect(toDocEntry(one!.entry)).toEqual(on);
  });
});
