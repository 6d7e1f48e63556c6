import { describe, expect, it } from 'vitest';
import { COLUMNS, layoutFrom, leastOf, moved, neighbours, shareOf, SIZES, usualLayout } from './layout';

describe('what a browser kept', () => {
  it.each([null, '', 'no JSON', 'null', '7', '[]', '{"sizes":7,"shares":"x","closed":{}}'])(
    'is the usual layout for %j',
    (kept) => expect(layoutFrom(kept)).toEqual(usualLayout()),
  );

  it('is taken as far as it makes sense', () => {
    const kept = {
      sizes: { left: 9_999, right: -3, bottom: '300', up: 3 },
      shares: { stack: 50, notes: null, source: 70, chat: 0, nothing: 3 },
      closed: ['chat', 'source', 'chat', 7],
    };
    expect(layoutFrom(JSON.stringify(kept))).toEqual({
      sizes: { left: SIZES.left.max, right: SIZES.right.usual, bottom: SIZES.bottom.usual },
      shares: { stack: 50 },
      closed: ['chat'],
    });
  });

  it('is read as it was written', () => {
    const layout = {
      sizes: { left: 200, right: 300, bottom: 150 },
      shares: { people: 120 },
      closed: ['watches' as const],
    };
    expect(layoutFrom(JSON.stringify(layout))).toEqual(layout);
  });
});

describe('the border above a panel', () => {
  it('lies between it and the next open one', () => {
    expect(neighbours([], COLUMNS.left, 'watches')).toEqual(['variables', 'watches']);
    expect(neighbours(['variables'], COLUMNS.left, 'watches')).toEqual(['stack', 'watches']);
  });

  it('is none where nothing is open on one side', () => {
    expect(neighbours([], COLUMNS.left, 'stack')).toBeNull();
    expect(neighbours(['watches'], COLUMNS.left, 'watches')).toBeNull();
    expect(neighbours(['stack', 'variables'], COLUMNS.left, 'watches')).toBeNull();
  });
});

describe('moving a border', () => {
  it('leaves both together, and all others, as they are', () => {
    expect(moved({ stack: 200, variables: 300, watches: 50 }, ['stack', 'variables'], 260)).toEqual({
      stack: 260,
      variables: 240,
      watches: 50,
    });
  });

  it('leaves something of each', () => {
    const pair = ['stack', 'variables'] as const;
    expect(moved({ stack: 200, variables: 300 }, pair, 9_999)).toEqual({
      stack: 500 - leastOf('variables'),
      variables: leastOf('variables'),
    });
    expect(moved({ stack: 200, variables: 300 }, pair, -50)).toEqual({
      stack: leastOf('stack'),
      variables: 500 - leastOf('stack'),
    });
    expect(moved({ stack: 40, variables: 60 }, pair, 10)).toEqual({ stack: 50, variables: 50 });
    // The line to write in, too.
    expect(leastOf('watches')).toBeGreaterThan(leastOf('variables'));
    expect(moved({ variables: 300, watches: 200 }, ['variables', 'watches'], 9_999).watches).toBe(
      leastOf('watches'),
    );
    expect(moved({ variables: 45, watches: 60 }, ['variables', 'watches'], 9_999)).toEqual({
      variables: 45,
      watches: 60,
    });
  });
});

describe('a share', () => {
  it('is what somebody dragged, or the usual one; proposals and people take what they need', () => {
    expect(shareOf({ shares: { stack: 7 } }, 'stack')).toBe(7);
    expect(shareOf({ shares: {} }, 'stack')).toBeGreaterThan(0);
    expect(shareOf({ shares: {} }, 'people')).toBeNull();
  });
});
