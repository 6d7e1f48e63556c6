import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { announcement } from './announcements';
import { foldAll } from './fold';
import {
  emptyWords,
  EVERY_NOTE,
  filtered,
  fromDoc,
  fromSnapshot,
  noteTags,
  type Looking,
  type NoteFilter,
  type Thread,
  typedInto,
} from './notes';
import type { Event, Note, Snapshot } from './protocol';
import { envelopes, room } from './testing';

const PATH = '/app/porch.py';

const note = (id: string, line: number, more: Partial<Note> = {}): Event => ({
  type: 'note_set',
  note: {
    id,
    path: PATH,
    line,
    author: 'host',
    stop: null,
    at: line,
    resolved: null,
    text: `about ${line}`,
    ...more,
  },
});
const reply = (id: string, to: string, author: string, text: string, at = 50): Event => ({
  type: 'reply_set',
  reply: { id, note: to, author, at, text },
});

const snapshot = foldAll(
  room({ name: 'stopped' }, 'host'),
  envelopes(
    20,
    note('b', 7, { resolved: 'collaborator' }),
    note('a', 40, { author: 'collaborator', text: 'why is it\ndark?' }),
    note('c', 2, { path: '/app/lamp.py' }),
    reply('s', 'a', 'host', 'later', 60),
    reply('r', 'a', 'watcher', 'the Bulb is broken'),
  ),
);
const threads = fromSnapshot(snapshot);
const ids = (some: readonly Thread[]): string[] => some.map(({ id }) => id);

/** What the doc says, as the server puts it right. */
function doc(entries: Record<string, Record<string, unknown>>): Y.Map<unknown> {
  const map = new Y.Doc().getMap('notes');
  for (const [id, { text, ...fields }] of Object.entries(entries))
    map.set(
      id,
      new Y.Map(
        Object.entries({ ...fields, ...(typeof text === 'string' ? { text: new Y.Text(text) } : { text }) }),
      ),
    );
  return map;
}

describe('threads', () => {
  it('are in the order of files and lines, replies in the order of time', () => {
    expect(ids(threads)).toEqual(['c', 'b', 'a']);
    expect(threads[2]!.replies.map(({ id }) => id)).toEqual(['r', 's']);
  });

  it('are the same from the doc', () => {
    const same = fromDoc(
      doc({
        r: { note: 'a', author: 'watcher', at: 50, text: 'the Bulb is broken' },
        a: { path: PATH, line: 40, author: 'collaborator', at: 40, text: 'why is it\ndark?' },
        b: { path: PATH, line: 7, author: 'host', at: 7, resolved: 'collaborator', text: 'about 7' },
        s: { note: 'a', author: 'host', at: 60, text: 'later' },
        c: { path: '/app/lamp.py', line: 2, author: 'host', at: 2, text: 'about 2' },
      }),
    );
    const plain = (some: Thread[]): unknown =>
      some.map(({ text: _, replies, ...rest }) => ({
        ...rest,
        replies: replies.map(({ id, author, at, value }) => ({ id, author, at, value })),
      }));
    expect(plain(same)).toEqual(plain(threads));
    expect(same[2]!.replies[0]!.text).toBeInstanceOf(Y.Text);
  });

  it('leave out what is of another shape, and replies to nothing', () => {
    const odd = doc({
      a: { path: 7, line: 1, text: 'no path' },
      b: { path: PATH, line: 'x', author: 3, stop: '4', resolved: true, text: 'odd fields' },
      c: { path: PATH, line: 1, text: 9 },
      d: { note: 'nothing', author: 'host', text: 'lost' },
    });
    odd.set('e', 'no map');
    expect(fromDoc(odd)).toMatchObject([
      { id: 'b', line: 1, author: '', stop: null, resolved: null, at: null, replies: [] },
    ]);
  });

  it('of older recordings have no replies, and are open', () => {
    const { at: _, resolved: __, ...old } = snapshot.notes['a']!;
    const [read] = fromSnapshot({
      ...snapshot,
      notes: { a: { ...old, at: null, resolved: null } },
      replies: {},
    });
    expect(read).toMatchObject({ at: null, resolved: null, replies: [] });
  });

  it('that are new and not yet timed come last', () => {
    const fresh = fromDoc(
      doc({
        n: { path: PATH, line: 1, author: 'host', at: 5, text: '' },
        a: { note: 'n', author: 'host', text: 'just now' },
        z: { note: 'n', author: 'host', at: 9, text: 'before' },
      }),
    );
    expect(fresh[0]!.replies.map(({ id }) => id)).toEqual(['z', 'a']);
  });
});

describe('the filter', () => {
  const looking: Looking = { me: 'watcher', path: PATH };
  const find = (filter: Partial<NoteFilter>, at = looking): string[] =>
    ids(filtered(threads, { ...EVERY_NOTE, ...filter }, at, (id) => snapshot.people[id]!.participant.name));

  it('shows by state, author and file', () => {
    expect(find({})).toEqual(['c', 'b', 'a']);
    expect(find({ show: 'open' })).toEqual(['c', 'a']);
    expect(find({ show: 'resolved' })).toEqual(['b']);
    // Who replied takes part.
    expect(find({ show: 'mine' })).toEqual(['a']);
    expect(find({ show: 'mine' }, { me: 'host', path: null })).toEqual(['c', 'b', 'a']);
    expect(find({ show: 'file' })).toEqual(['b', 'a']);
    expect(find({ show: 'file' }, { me: 'host', path: '/app/lamp.py' })).toEqual(['c']);
  });

  it('looks in words, names and places, in whatever case', () => {
    expect(find({ text: ' DARK ' })).toEqual(['a']);
    expect(find({ text: 'bulb' })).toEqual(['a']);
    expect(find({ text: 'lamp.py:2' })).toEqual(['c']);
    expect(find({ text: 'watch' })).toEqual(['a']);
    expect(find({ text: 'about', show: 'resolved' })).toEqual(['b']);
    expect(find({ text: 'nobody wrote this' })).toEqual([]);
  });

  it('says why nothing is shown', () => {
    const words = (filter: Partial<NoteFilter>, any = true, writes = true): string =>
      emptyWords({ ...EVERY_NOTE, ...filter }, any, looking, writes);
    expect(words({}, false)).toBe('No notes. Put the cursor on a line and choose “Add a note”.');
    expect(words({}, false, false)).toBe('No notes.');
    expect(words({ text: 'x<b>' })).toContain('“x<b>”');
    expect(words({ show: 'open' })).toContain('all are resolved');
    expect(words({ show: 'resolved' })).toContain('“Resolve”');
    expect(words({ show: 'resolved' }, true, false)).toBe('Nothing is resolved.');
    expect(words({ show: 'mine' })).toContain('“Add a note”');
    expect(words({ show: 'file' })).toContain('porch.py');
    expect(emptyWords({ show: 'file', text: '' }, true, { me: null, path: null }, true)).toBe(
      'No file is open.',
    );
  });
});

describe('tags beside lines', () => {
  const tags = (from: Snapshot): [number, string][] =>
    noteTags(fromSnapshot(from), PATH, from, () => {}).map(({ line, text }) => [line, text]);

  it('are of open threads of this file', () => {
    expect(tags(snapshot)).toEqual([[40, '✎ collaborator: why is it · 2 replies']]);
  });

  it('are few on one line', () => {
    const many = foldAll(
      snapshot,
      envelopes(40, note('d', 40, { text: '' }), note('e', 40, { text: 'x'.repeat(99) }), note('f', 40)),
    );
    const opened: string[] = [];
    const all = noteTags(fromSnapshot(many), PATH, many, (id) => opened.push(id));
    expect(all.map(({ text }) => text)).toEqual([
      '✎ collaborator: why is it · 2 replies',
      '✎ host: empty note',
      '+2',
    ]);
    all.forEach((tag) => tag.open?.());
    expect(opened).toEqual(['a', 'd', 'e']);
  });
});

describe('what others do in threads', () => {
  const after = (
    me: string,
    event: Event,
    by: string,
    before = snapshot,
  ): ReturnType<typeof announcement> => {
    const [envelope] = envelopes(90, event);
    return announcement({ ...envelope!, by }, foldAll(before, [envelope!]), me, before);
  };

  it('is told once, not at every letter', () => {
    const made = note('new', 3, { author: 'collaborator' });
    expect(after('host', made, 'collaborator')?.text).toBe('collaborator writes a note at porch.py:3.');
    expect(after('collaborator', made, 'collaborator')).toBeNull();
    expect(after('host', note('a', 40, { text: 'why is it dark' }), 'collaborator')).toBeNull();
    const answer = reply('t', 'a', 'watcher', '');
    expect(after('collaborator', answer, 'watcher')).toEqual({
      text: 'watcher replies to the note at porch.py:40.',
      toast: true,
    });
    // Who takes no part in it hears of it only.
    expect(after('somebody', answer, 'watcher')?.toast).toBe(false);
    expect(after('watcher', answer, 'watcher')).toBeNull();
    expect(after('collaborator', reply('r', 'a', 'watcher', 'the bulb'), 'watcher')).toBeNull();
  });

  it('names who resolved and who reopened', () => {
    const settled = note('a', 40, { author: 'collaborator', resolved: 'watcher' });
    expect(after('host', settled, 'watcher')?.text).toBe('watcher resolved the note at porch.py:40.');
    expect(after('watcher', settled, 'watcher')).toBeNull();
    expect(after('host', note('b', 7), 'watcher')?.text).toBe('watcher reopened the note at porch.py:7.');
  });
});

describe('what was typed before its editor was there', () => {
  const made = (was: string, now: string, meanwhile?: (text: Y.Text) => void): string => {
    const text = new Y.Doc().getText();
    text.insert(0, was);
    meanwhile?.(text);
    typedInto(text, was, now);
    return text.toString();
  };

  it('is in the text, where it was typed', () => {
    expect(made('', 'hello')).toBe('hello');
    expect(made('lamp', 'lamp is on')).toBe('lamp is on');
    expect(made('lamp on', 'lamp is on')).toBe('lamp is on');
    expect(made('aaa', 'aa')).toBe('aa');
    expect(made('a😀b', 'a😁b')).toBe('a😁b');
    expect(made('😀', '😀😀')).toBe('😀😀');
    expect(made('lamp', 'lamp')).toBe('lamp');
  });

  it('takes nothing of what others wrote meanwhile', () => {
    expect(made('lamp', 'lamp!', (text) => text.insert(0, 'The '))).toBe('The lamp!');
    expect(made('lamp', '', (text) => text.insert(4, 's'))).toBe('lamps');
  });
});
