import { describe, expect, it } from 'vitest';
import { foldWithBefore, frameBefore, scopesBefore, was } from './before';
import { emptySnapshot } from './fold';
import { envelopes, stackEvent, stopEvent } from './testing';
import type { Frame, StopView, Variable } from './protocol';

const value = (name: string, text: string, variables: number | null = null): Variable => ({
  name,
  value: text,
  type: 'int',
  variables,
  evaluate_name: name,
});
const frame = (id: number, name: string, path = '/app/porch.py'): Frame => ({
  id,
  name,
  path,
  line: 1,
  column: 1,
  subtle: false,
});

function view(stop: number, frames: Frame[], total = frames.length): StopView {
  const empty = emptySnapshot();
  const { snapshot } = foldWithBefore({ snapshot: empty, before: null }, envelopes(1, stopEvent(stop)));
  return { ...snapshot.stop!, stacks: { 1: { frames, total } } };
}

describe('the stop before', () => {
  it('is kept when another takes its place, also within one batch', () => {
    const first = foldWithBefore(
      { snapshot: emptySnapshot(), before: null },
      envelopes(1, stopEvent(1), stackEvent(1, 42)),
    );
    expect(first.before).toBeNull();
    const batch = envelopes(9, stopEvent(2), stackEvent(2, 43), stopEvent(3), stackEvent(3, 44));
    const then = foldWithBefore(first, batch);
    expect([then.snapshot.stop?.stop, then.before?.stop]).toEqual([3, 2]);
    expect(then.before?.stacks[1]?.frames[0]?.line).toBe(43);
    expect(then.snapshot.stop?.stacks[1]?.frames[0]?.line).toBe(44);
    const quiet = foldWithBefore(then, envelopes(20, { type: 'chat', text: 'hi' }));
    expect(quiet.before?.stop).toBe(2);
  });

  it('is none if stops were missed or there was none', () => {
    const first = foldWithBefore({ snapshot: emptySnapshot(), before: null }, envelopes(1, stopEvent(1)));
    expect(foldWithBefore(first, envelopes(5, stopEvent(4))).before).toBeNull();
  });
});

describe('a frame at the stop before', () => {
  const before = view(1, [frame(1, 'tick'), frame(2, 'main')]);
  it('is the one of the same call, counted from the bottom', () => {
    const deeper = view(2, [frame(7, 'inner'), frame(8, 'tick'), frame(9, 'main')]);
    expect([7, 8, 9].map((id) => frameBefore(before, deeper, id))).toEqual([null, 1, 2]);
    const out = view(2, [frame(9, 'main')]);
    expect(frameBefore(before, out, 9)).toBe(2);
  });
  it('is none where another function or file was', () => {
    expect(frameBefore(before, view(2, [frame(7, 'tock'), frame(8, 'main')]), 7)).toBeNull();
    expect(frameBefore(before, view(2, [frame(7, 'tick', '/b.py'), frame(8, 'main')]), 7)).toBeNull();
    expect(
      frameBefore(before, { ...view(2, [frame(7, 'tick'), frame(8, 'main')]), process: 5 }, 7),
    ).toBeNull();
  });
  it('counts frames that were not captured', () => {
    const cut = view(1, [frame(1, 'down')], 500);
    expect(frameBefore(cut, view(2, [frame(7, 'down'), frame(8, 'down')], 501), 8)).toBe(1);
  });
});

it('a value has changed, is new, is the same, or nothing is known of it', () => {
  const before: StopView = {
    ...view(1, [frame(1, 'tick')]),
    scopes: { 1: [{ name: 'Locals', variables: 10, expensive: false }] },
    variables: {
      10: {
        items: [value('same', '1'), value('level', '16')],
        truncated: false,
        total: null,
        pages: [],
        texts: [],
      },
      11: { items: [value('a', '1')], truncated: true, total: null, pages: [], texts: [] },
      12: {
        items: [],
        truncated: false,
        total: 900,
        pages: [{ start: 100, items: [value('100', '5')] }],
        texts: [],
      },
    },
  };
  expect(scopesBefore(before, view(2, [frame(7, 'tick')]), 7)).toEqual(new Map([['Locals', 10]]));
  expect(scopesBefore(null, view(2, [frame(7, 'tick')]), 7).size).toBe(0);
  expect(was(before, 10, value('same', '1'))).toBeUndefined();
  expect(was(before, 10, value('level', '17'))?.value).toBe('16');
  expect(was(before, 10, value('fresh', '1'))).toBeNull();
  expect(was(before, 11, value('b', '1'))).toBeUndefined();
  expect(was(before, 12, value('100', '6'))?.value).toBe('5');
  expect(was(before, 12, value('300', '6'))).toBeUndefined();
  expect(was(before, null, value('level', '17'))).toBeUndefined();
  expect(was(before, 99, value('level', '17'))).toBeUndefined();
});
