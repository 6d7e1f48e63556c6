import { describe, expect, it } from 'vitest';
import { guestKey, waitingNews, waitingWords } from './admission';
import { emptySnapshot } from './fold';
import type { WaitEnded, WaitingGuest } from './protocol';

const guest = (id: number, name: string): WaitingGuest => ({
  id,
  name,
  role: 'watcher',
  invite: 'i',
  since: 1,
  until: 2,
});
const participant = { id: 'ben', name: 'Ben', role: 'host', kind: 'guest', may_write_notes: true } as const;
const snapshot = {
  ...emptySnapshot(),
  people: { ben: { participant, present: true, hand: false, code: false } },
};
const ended = (how: WaitEnded['how'], by: string | null): WaitEnded => ({ id: 1, name: 'Eve', how, by });

describe('who waits', () => {
  it('is said in one sentence', () => {
    const [eve, gil, bo, cy, di] = ['Eve', 'Gil', 'Bo', 'Cy', 'Di'].map((name, i) => guest(i, name));
    expect(waitingWords([])).toBe('');
    expect(waitingWords([eve!])).toBe('Eve waits to be let in as watcher.');
    expect(waitingWords([eve!, gil!])).toBe('Eve and Gil wait to be let in.');
    expect(waitingWords([eve!, gil!, bo!, cy!, di!])).toBe('Eve, Gil, Bo and 2 more wait to be let in.');
  });

  it('is said once', () => {
    const known = new Set([guestKey(guest(1, 'Eve'))]);
    const both = [guest(1, 'Eve'), guest(2, 'Gil')];
    expect(waitingNews(known, both, undefined, snapshot, null)).toEqual([
      { text: 'Gil waits to be let in as watcher.', toast: true },
    ]);
    // A restarted server numbers anew.
    const other = { ...guest(1, 'Eve'), since: 9 };
    expect(waitingNews(known, [other], undefined, snapshot, null)).toHaveLength(1);
  });

  it('is told who decided, and why nobody has to any more', () => {
    const say = (how: WaitEnded['how'], by: string | null, me: string | null) =>
      waitingNews(new Set(), [], ended(how, by), snapshot, me);
    expect(say('turned_away', 'ben', 'ada')).toEqual([{ text: 'Ben turned Eve away.', toast: true }]);
    expect(say('turned_away', 'ben', 'ben')).toEqual([{ text: 'You turned Eve away.', toast: false }]);
    expect(say('let_in', 'ben', 'ada')).toEqual([]);
    expect(say('nobody_decided', null, 'ada')[0]!.text).toContain('nobody decided');
    expect(say('left', null, 'ada')[0]!.text).toContain('they left');
    expect(say('invite_ended', null, 'ada')[0]!.text).toContain('invite');
  });
});
