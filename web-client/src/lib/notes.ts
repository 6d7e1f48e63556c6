/**
 * Threads: notes anchored to lines, with the replies to them.
 * In: the shared doc while live, a snapshot in a recording. Out: what list and source show. Pure.
 */
import * as Y from 'yjs';
import type { LineTag } from './editor/line-marks';
import { color } from './people';
import type { NoteId, ParticipantId, Snapshot, StopId } from './protocol';
import { baseName, count, nameOf, place } from './words';

/** What somebody wrote: a note, or a reply. */
export interface Writing {
  id: NoteId;
  author: ParticipantId;
  /** Null: not said, by an older server or not yet. */
  at: number | null;
  value: string;
  /** To be typed in; null in a recording. */
  text: Y.Text | null;
}

/** A note with its replies, oldest first. */
export interface Thread extends Writing {
  path: string;
  line: number;
  stop: StopId | null;
  /** Who resolved it. */
  resolved: ParticipantId | null;
  replies: Writing[];
}

type Note = Omit<Thread, 'replies'>;
type Reply = Writing & { note: NoteId };

const last = Number.MAX_SAFE_INTEGER;
const byTime = (a: Writing, b: Writing): number =>
  (a.at ?? last) - (b.at ?? last) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** In the order of files and lines. A reply whose note isn't there is left out. */
export function threadsOf(notes: readonly Note[], replies: readonly Reply[]): Thread[] {
  const byNote = new Map<NoteId, Writing[]>();
  for (const reply of [...replies].sort(byTime)) {
    const others = byNote.get(reply.note);
    if (others) others.push(reply);
    else byNote.set(reply.note, [reply]);
  }
  return notes
    .map((note) => ({ ...note, replies: byNote.get(note.id) ?? [] }))
    .sort((a, b) => a.path.localeCompare(b.path) || a.line - b.line || byTime(a, b));
}

/** What the `notes` doc says. It comes from others: what is of another shape is left out. */
export function fromDoc(doc: Y.Map<unknown>): Thread[] {
  const notes: Note[] = [];
  const replies: Reply[] = [];
  for (const [id, entry] of doc) {
    if (!(entry instanceof Y.Map)) continue;
    const string = (key: string): string | null => {
      const value: unknown = entry.get(key);
      return typeof value === 'string' ? value : null;
    };
    const number = (key: string): number | null => {
      const value: unknown = entry.get(key);
      return typeof value === 'number' ? value : null;
    };
    const text: unknown = entry.get('text');
    if (!(text instanceof Y.Text)) continue;
    const written = { id, author: string('author') ?? '', at: number('at'), text, value: text.toString() };
    const [note, path] = [string('note'), string('path')];
    if (note !== null) replies.push({ ...written, note });
    else if (path !== null)
      notes.push({
        ...written,
        path,
        line: number('line') ?? 1,
        stop: number('stop'),
        resolved: string('resolved'),
      });
  }
  return threadsOf(notes, replies);
}

/** What a snapshot says. */
export function fromSnapshot({ notes, replies }: Snapshot): Thread[] {
  return threadsOf(
    Object.values(notes).map(({ text: value, ...note }) => ({ ...note, value, text: null })),
    Object.values(replies).map(({ text: value, ...reply }) => ({ ...reply, value, text: null })),
  );
}

export const SHOWN = ['all', 'open', 'resolved', 'mine', 'file'] as const;

/** Which threads are looked for. */
export interface NoteFilter {
  show: (typeof SHOWN)[number];
  text: string;
}

export const EVERY_NOTE: NoteFilter = { show: 'all', text: '' };

/** Who looks, and at which file. */
export interface Looking {
  me: ParticipantId | null;
  path: string | null;
}

/** Threads that are looked for. A text is looked for in whatever case, in words, names and places. */
export function filtered(
  threads: readonly Thread[],
  { show, text }: NoteFilter,
  { me, path }: Looking,
  name: (id: ParticipantId) => string,
): Thread[] {
  const wanted = text.trim().toLowerCase();
  return threads.filter((thread) => {
    const all = [thread, ...thread.replies];
    if (show === 'open' && thread.resolved !== null) return false;
    if (show === 'resolved' && thread.resolved === null) return false;
    if (show === 'mine' && !all.some(({ author }) => author === me)) return false;
    if (show === 'file' && thread.path !== path) return false;
    if (wanted === '') return true;
    const words = all.flatMap(({ author, value }) => [name(author), value]);
    return [...words, place(thread.path, thread.line)].some((one) => one.toLowerCase().includes(wanted));
  });
}

/** Why a list is empty, and what to do about it. `writes`: whether one may write notes here and now. */
export function emptyWords(filter: NoteFilter, any: boolean, { path }: Looking, writes: boolean): string {
  const add = writes ? ' Put the cursor on a line and choose “Add a note”.' : '';
  if (!any) return `No notes.${add}`;
  if (filter.text.trim() !== '') return `No note that is looked for has “${filter.text.trim()}”.`;
  switch (filter.show) {
    case 'open':
      return 'No open notes: all are resolved.';
    case 'resolved':
      return `Nothing is resolved.${writes ? ' “Resolve” at a note says that it is settled.' : ''}`;
    case 'mine':
      return `You wrote no note and no reply.${add}`;
    case 'file':
      return path === null ? 'No file is open.' : `No notes in ${baseName(path)}.${add}`;
    case 'all':
      return `No notes.${add}`;
  }
}

/** The first line, or a part of it. */
export function firstWords(value: string, longest = 40): string {
  const words = value.split('\n')[0]!.trim();
  return words.length > longest ? `${words.slice(0, longest - 1)}…` : words;
}

/** Beside a line of the source: so many threads, then only how many more there are. */
const TAGS = 2;

/** Open threads as tags of a file's lines; resolved ones are in the list only. */
export function noteTags(
  threads: readonly Thread[],
  path: string | null,
  snapshot: Snapshot,
  open: (id: NoteId) => void,
): LineTag[] {
  const byLine = new Map<number, Thread[]>();
  for (const thread of threads) {
    if (thread.path !== path || thread.resolved !== null) continue;
    byLine.set(thread.line, [...(byLine.get(thread.line) ?? []), thread]);
  }
  return [...byLine].flatMap(([line, all]) => {
    const tags = all.slice(0, TAGS).map((thread): LineTag => {
      const author = nameOf(snapshot, thread.author);
      const replies =
        thread.replies.length > 0 ? ` · ${count(thread.replies.length, 'reply', 'replies')}` : '';
      return {
        line,
        kind: 'note',
        text: `✎ ${author}: ${firstWords(thread.value) || 'empty note'}${replies}`,
        title: thread.value,
        color: color(snapshot, thread.author),
        key: thread.id,
        open: () => open(thread.id),
      };
    });
    const next = all[TAGS];
    if (next)
      tags.push({
        line,
        kind: 'note',
        text: `+${all.length - TAGS}`,
        title: `${count(all.length, 'note')} on this line`,
        color: null,
        key: next.id,
        open: () => open(next.id),
      });
    return tags;
  });
}

/** Puts into a shared text what somebody has made of it, as it `was`, without knowing of it. */
export function typedInto(text: Y.Text, was: string, now: string): void {
  if (now === was) return;
  let [start, end] = [0, 0];
  const most = Math.min(was.length, now.length);
  while (start < most && was[start] === now[start]) start += 1;
  while (end < most - start && was.at(-1 - end) === now.at(-1 - end)) end += 1;
  // Not within a character.
  if (/[\ud800-\udbff]/.test(was[start - 1] ?? '')) start -= 1;
  if (end > 0 && /[\udc00-\udfff]/.test(was.at(-end) ?? '')) end -= 1;
  const typed = now.slice(start, now.length - end);
  // Others have written meanwhile: nothing of theirs goes.
  if (text.toString() !== was) return text.insert(text.length, typed);
  text.delete(start, was.length - end - start);
  text.insert(start, typed);
}
