/**
 * The Notes panel of one person: which threads they look at, which are folded, and what they write in.
 *
 * In: threads of the doc, or of a recording's moment; clicks. Out: changes to the doc. Folding and filter are nobody
 * else's. Invariant: an empty text that one made oneself and left is taken away again.
 */
import { tick } from 'svelte';
import {
  EVERY_NOTE,
  filtered,
  fromSnapshot,
  type Looking,
  type NoteFilter,
  type Thread,
  type Writing,
} from '../notes';
import { standing } from '../permissions';
import { LIMITS, type NoteId } from '../protocol';
import { nameOf } from '../words';
import { announcer } from './announcer.svelte';
import type { Docs } from './docs.svelte';
import type { Room } from './room';
import type { Selection } from './selection.svelte';

/** What of the desk is needed. */
export interface Around {
  readonly room: Room;
  readonly docs: Docs | null;
  readonly selection: Selection;
  /** Brings the panel to the front of a phone. */
  front(): void;
}

export class Notes {
  filter = $state.raw<NoteFilter>(EVERY_NOTE);
  /** The note or reply that is open for typing. */
  editing = $state<NoteId | null>(null);
  /** What was folded or unfolded by hand, while it was open or while it was resolved. */
  #folded = $state.raw<ReadonlyMap<string, boolean>>(new Map());

  all: Thread[] = $derived.by(() => {
    const { docs, room } = this.around;
    return docs?.threads ?? fromSnapshot(room.snapshot);
  });
  looking: Looking = $derived.by(() => {
    const { room, selection } = this.around;
    return { me: room.you?.id ?? null, path: selection.path };
  });
  shown: Thread[] = $derived.by(() => {
    const { snapshot } = this.around.room;
    const fits = new Set(filtered(this.all, this.filter, this.looking, (id) => nameOf(snapshot, id)));
    // What one types in stays, whatever becomes of it meanwhile.
    return this.all.filter((thread) => fits.has(thread) || this.#typesIn(thread));
  });
  /** Whether one has the right to write here; when it is over, what writes is drawn disabled. */
  mayWrite: boolean = $derived.by(() => {
    const { docs, room } = this.around;
    return docs !== null && standing(room.snapshot, room.you).writesNotes;
  });
  /** Whether one can do it now. */
  writes: boolean = $derived.by(() => this.mayWrite && this.around.room.over === null);

  constructor(private readonly around: Around) {}

  get loading(): boolean {
    const { docs, room } = this.around;
    return docs !== null && docs.threads === null && room.over === null;
  }

  isFolded(thread: Thread): boolean {
    // Somebody else may resolve it under one's hands.
    if (this.#typesIn(thread)) return false;
    return this.#folded.get(foldKey(thread)) ?? thread.resolved !== null;
  }

  fold(thread: Thread, folded: boolean): void {
    this.#folded = new Map(this.#folded).set(foldKey(thread), folded);
  }

  /** Whether one may remove it: who wrote it, or a host. */
  mayRemove({ author }: Writing): boolean {
    const { you } = this.around.room;
    return this.mayWrite && (you?.role === 'host' || author === you?.id);
  }

  /** Begins a note; one types in it at once. */
  add(path: string, line: number): void {
    const { docs, room } = this.around;
    if (!docs || !room.you) return;
    const { phase, stop } = room.snapshot;
    const at = phase.name === 'stopped' ? (stop?.stop ?? null) : null;
    const id = docs.addNote(path, line, room.you.id, at);
    this.edit(id);
    if (id !== null) this.#bringIntoView(id);
  }

  /** Begins a reply. */
  reply(thread: Thread): void {
    const { docs, room } = this.around;
    if (!docs || !room.you) return;
    if (thread.replies.length >= LIMITS.replies)
      return announcer.toast('There are too many replies: write another note.', 'error');
    this.fold(thread, false);
    this.edit(docs.addReply(thread.id, room.you.id));
  }

  /** Settles it, or opens it again. */
  resolve(thread: Thread, settled: boolean): void {
    const { docs, room } = this.around;
    if (!docs || !room.you) return;
    if (settled && this.#typesIn(thread)) this.done();
    docs.resolveNote(thread.id, settled ? room.you.id : null);
    announcer.say(settled ? 'Resolved.' : 'Opened again.');
  }

  /** Removes a reply, or a note with its replies. */
  remove(written: Writing | Thread): void {
    if (this.#typesIn(written)) this.editing = null;
    this.around.docs?.removeNote(written.id);
  }

  /** Opens a text for typing. */
  edit(id: NoteId | null): void {
    if (this.editing !== id) this.done();
    this.editing = id;
  }

  /** Done with typing. */
  done(): void {
    const id = this.editing;
    this.editing = null;
    const written = id === null ? null : this.#find(id);
    if (!written || written.value.trim() !== '' || written.author !== this.looking.me) return;
    if (repliesOf(written).length > 0) return;
    this.around.docs?.removeNote(written.id);
  }

  /** What one types in may have been removed by somebody else; called when the threads changed. */
  sync(): void {
    if (this.editing === null || this.loading || this.#find(this.editing)) return;
    this.editing = null;
    announcer.toast('What you were writing in was removed by somebody else.', 'error');
  }

  /** Shows one, and goes there. */
  open(id: NoteId): void {
    const thread = this.all.find((one) => one.id === id);
    if (!thread) return;
    if (!this.shown.includes(thread)) this.filter = EVERY_NOTE;
    this.fold(thread, false);
    this.#bringIntoView(id, true);
  }

  /** Shows the threads of a line, and goes to the first of them. */
  openAt(path: string, line: number): void {
    const there = this.all.filter((thread) => thread.path === path && thread.line === line);
    const first = there.find((thread) => thread.resolved === null) ?? there[0];
    for (const thread of there) this.fold(thread, false);
    if (first) this.open(first.id);
  }

  #typesIn(written: Writing | Thread): boolean {
    return [written, ...repliesOf(written)].some(({ id }) => id === this.editing);
  }

  #find(id: NoteId): Writing | undefined {
    for (const thread of this.all) {
      const found = [thread, ...thread.replies].find((one) => one.id === id);
      if (found) return found;
    }
    return undefined;
  }

  #bringIntoView(id: NoteId, focus = false): void {
    this.around.front();
    const panel = '[data-panel="notes"]';
    // A panel's own affair is whether it is closed.
    document.querySelector<HTMLElement>(`${panel} > header [aria-expanded="false"]`)?.click();
    void tick().then(() => {
      const card = document.querySelector<HTMLElement>(`${panel} [data-thread="${CSS.escape(id)}"]`);
      card?.scrollIntoView({ block: 'nearest' });
      if (focus) card?.querySelector('button')?.focus();
    });
  }
}

const foldKey = ({ id, resolved }: Thread): string => `${resolved === null ? 'open' : 'resolved'} ${id}`;
const repliesOf = (written: Writing | Thread): Writing[] => ('replies' in written ? written.replies : []);
