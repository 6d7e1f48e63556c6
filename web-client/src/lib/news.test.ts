import { describe, expect, it } from 'vitest';
import { foldAll } from './fold';
import { askKeys, badgeOf, chatKeys, noteKeys } from './news';
import { fromSnapshot } from './notes';
import type { Event, Snapshot } from './protocol';
import { envelopes, participant, room } from './testing';

describe('news', () => {
  const ben = participant('ben', 'collaborator');
  const after = (...events: Event[]): Snapshot => {
    const before = room({ name: 'running', pausing: false }, null);
    const joined: Event = { type: 'joined', participant: ben };
    return foldAll(before, envelopes(before.seq + 1, joined, ...events));
  };

  it('is what others wrote, not what one wrote oneself', () => {
    const note = { path: '/a.py', line: 1, stop: null, text: '', at: 1, resolved: null };
    const now = after(
      { type: 'note_set', note: { ...note, id: 'n1', author: 'ben' } },
      { type: 'note_set', note: { ...note, id: 'n2', author: 'me' } },
      { type: 'reply_set', reply: { id: 'r1', note: 'n2', author: 'ben', text: '', at: 1 } },
    );
    expect(noteKeys(fromSnapshot(now), 'me').sort()).toEqual(['n1', 'r1']);
    const chat = [
      { seq: 1, at: 0, by: 'ben', text: 'a' },
      { seq: 2, at: 0, by: 'me', text: 'b' },
    ];
    expect(chatKeys({ chat }, 'me')).toEqual(['1']);
  });

  it('is who asks for something', () => {
    const now = after(
      { type: 'hand', participant: 'ben', raised: true },
      { type: 'wheel_requested', participant: 'ben' },
    );
    expect(askKeys(now, 'me')).toEqual(['hand ben', 'wheel ben']);
    expect(askKeys(now, 'ben')).toEqual([]);
    const { people } = now;
    const left = {
      ...now,
      people: { ...people, ben: { ...people['ben']!, present: false } },
      wheel_requests: [],
    };
    expect(askKeys(left, 'me'), 'who has left asks for nothing').toEqual([]);
  });

  it('is counted with words, and not at all where there is none', () => {
    expect(badgeOf([1, 'to let in'], [2, 'new'])).toEqual({ many: 3, words: '1 to let in, 2 new' });
    expect(badgeOf([0, 'to let in'], [2, 'new'])).toEqual({ many: 2, words: '2 new' });
    expect(badgeOf([0, 'new'])).toBeNull();
  });
});
