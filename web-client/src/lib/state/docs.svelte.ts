/**
 * The shared docs: what people want to stop at, and what they write beside the code. The only local-first state.
 *
 * Traffic: two stock y-websocket connections. Invariants: entries are set and removed by id, never toggled; a doc that
 * the server refused (forged, too large) is thrown away and synced anew, so that replicas can't stay apart.
 */
import { newId } from '../browser';
import { WebsocketProvider } from 'y-websocket';
import * as Y from 'yjs';
import { socketUrl } from '../api';
import type { DocEntry } from '../breakpoints';
import { fromDoc, type Thread } from '../notes';
import {
  CLOSE_CODES,
  type DocName,
  type EntryId,
  type NoteId,
  type ParticipantId,
  type SessionId,
  type StopId,
} from '../protocol';
import { readPresence, type Look, type Pointing, type Presence } from '../presence';
import { announcer } from './announcer.svelte';

/** What of a provider is used; replaced in tests. */
export type Provider = Pick<WebsocketProvider, 'on' | 'connect' | 'destroy' | 'disconnect' | 'awareness'>;
export type ProviderFactory = (session: SessionId, name: DocName, doc: Y.Doc) => Provider;

const OVER: readonly number[] = [
  CLOSE_CODES.ticket_ended,
  CLOSE_CODES.removed,
  CLOSE_CODES.session_ended,
  CLOSE_CODES.no_session,
];
const REFUSED: readonly number[] = [CLOSE_CODES.forged, CLOSE_CODES.too_large, CLOSE_CODES.bad_message];
/** How often presence is sent at most. */
const PRESENCE_MS = 100;
/** How long one points. */
export const POINTING_MS = 12_000;

const stock: ProviderFactory = (session, name, doc) =>
  new WebsocketProvider(socketUrl(`/api/sessions/${encodeURIComponent(session)}/docs`), name, doc, {
    disableBc: true,
  });

/** The editor of a note's text draws cursors by what others say of themselves: as colours, nothing else gets there. */
function tame(state: Record<string, unknown>): void {
  const { user } = state;
  if (user === undefined) return;
  const { name, color, colorLight } = (user ?? {}) as Record<string, unknown>;
  const safe = (value: unknown): boolean => typeof value === 'string' && /^#[0-9a-f]{6,8}$/i.test(value);
  if (typeof name === 'string' && safe(color) && safe(colorLight)) return;
  state['user'] = { name: String(name).slice(0, 80), color: '#687b00', colorLight: '#687b0040' };
}

export class Docs {
  /** Null until synced. */
  entries = $state.raw<Record<EntryId, DocEntry> | null>(null);
  threads = $state.raw<Thread[] | null>(null);
  presence = $state.raw<readonly Presence[]>([]);
  #open = new Map<DocName, { doc: Y.Doc; provider: Provider }>();
  /** Awareness of the notes doc, for cursors in a note's text. */
  awareness = $state.raw<Provider['awareness'] | null>(null);
  #looking: Record<string, unknown> = {};
  /** Where we point. */
  pointing = $state.raw<Pointing | null>(null);
  #points = 0;
  #lookTimer: ReturnType<typeof setTimeout> | undefined;
  #pointTimer: ReturnType<typeof setTimeout> | undefined;
  #restart: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  /** What waits for the entries. */
  #waiting: (() => void)[] = [];

  constructor(
    readonly session: SessionId,
    private readonly connect: ProviderFactory = stock,
  ) {}

  open(): void {
    this.#start('breakpoints');
    this.#start('notes');
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#lookTimer);
    clearTimeout(this.#pointTimer);
    clearTimeout(this.#restart);
    for (const name of [...this.#open.keys()]) this.#end(name);
  }

  /** Their connections are likely dead: new ones, without waiting until that is noticed. */
  redial(): void {
    for (const { provider } of this.#open.values()) {
      provider.disconnect();
      provider.connect();
    }
  }

  /** Runs it when the entries are known: at once, or when they have come. */
  withEntries(run: () => void): void {
    if (this.entries) run();
    else this.#waiting.push(run);
  }

  setBreakpoint(id: EntryId, entry: DocEntry): void {
    this.#map<DocEntry>('breakpoints')?.set(id, entry);
  }

  removeBreakpoint(id: EntryId): void {
    this.#map<DocEntry>('breakpoints')?.delete(id);
  }

  /** Several at once, as one change: set, or removed where there is null. */
  changeBreakpoints(changes: readonly (readonly [EntryId, DocEntry | null])[]): void {
    this.#open.get('breakpoints')?.doc.transact(() => {
      for (const [id, entry] of changes) {
        if (entry) this.setBreakpoint(id, entry);
        else this.removeBreakpoint(id);
      }
    });
  }

  /** Makes an empty note; its id is what the list shows it by. */
  addNote(path: string, line: number, author: ParticipantId, stop: StopId | null): NoteId | null {
    const map = this.#map<Y.Map<unknown>>('notes');
    if (!map) return null;
    const id = newId();
    const note = new Y.Map<unknown>(Object.entries({ path, line, author, text: new Y.Text() }));
    if (stop !== null) note.set('stop', stop);
    map.set(id, note);
    return id;
  }

  /** Makes an empty reply. */
  addReply(note: NoteId, author: ParticipantId): NoteId | null {
    const map = this.#map<Y.Map<unknown>>('notes');
    if (!map) return null;
    const id = newId();
    map.set(id, new Y.Map<unknown>(Object.entries({ note, author, text: new Y.Text() })));
    return id;
  }

  /** Says who resolved a note; null opens it again. */
  resolveNote(id: NoteId, by: ParticipantId | null): void {
    const note = this.#map<unknown>('notes')?.get(id);
    if (!(note instanceof Y.Map)) return;
    if (by === null) note.delete('resolved');
    else note.set('resolved', by);
  }

  /** Removes a note, or a reply. */
  removeNote(id: NoteId): void {
    this.#map<Y.Map<unknown>>('notes')?.delete(id);
  }

  /** Says where we look; soon, not at every cursor move. */
  look(
    at: Look & {
      participant: ParticipantId;
      user: { name: string; color: string; colorLight: string };
    },
  ): void {
    this.#looking = Object.fromEntries(Object.entries(at).filter(([, value]) => value !== null));
    this.#lookTimer ??= setTimeout(() => {
      this.#lookTimer = undefined;
      this.#publish();
    }, PRESENCE_MS);
  }

  /** Points at a line for a while: everybody sees it at once. */
  point(path: string, line: number): void {
    this.pointing = { path, line, n: ++this.#points };
    clearTimeout(this.#pointTimer);
    this.#pointTimer = setTimeout(() => {
      this.pointing = null;
      this.#publish();
    }, POINTING_MS);
    this.#publish();
  }

  #publish(): void {
    const awareness = this.#open.get('notes')?.provider.awareness;
    if (!awareness || Object.keys(this.#looking).length === 0) return;
    // The cursor in a note's text is the editor's to set.
    const cursor = awareness.getLocalState()?.['cursor'] as unknown;
    awareness.setLocalState({
      ...this.#looking,
      ...(this.pointing ? { pointing: this.pointing } : {}),
      ...(cursor ? { cursor } : {}),
    });
  }

  #start(name: DocName): void {
    const doc = new Y.Doc();
    const provider = this.connect(this.session, name, doc);
    this.#open.set(name, { doc, provider });
    const map = doc.getMap(name);
    const read = name === 'breakpoints' ? () => this.#readEntries(map) : () => (this.threads = fromDoc(map));
    map.observeDeep(() => {
      // Before the first sync it would be a part; `sync` reads the whole.
      if ((name === 'breakpoints' ? this.entries : this.threads) !== null) read();
    });
    provider.on('sync', (synced: boolean) => {
      if (synced) read();
    });
    provider.on('connection-close', (event: CloseEvent | null) => this.#lost(name, event?.code ?? 1006));
    if (name === 'notes') {
      provider.awareness.on('change', () => this.#readPresence(provider));
      this.awareness = provider.awareness;
      this.#publish();
    }
  }

  #end(name: DocName): void {
    const open = this.#open.get(name);
    this.#open.delete(name);
    open?.provider.destroy();
    open?.doc.destroy();
  }

  #lost(name: DocName, code: number): void {
    if (OVER.includes(code)) {
      // Within the provider's own event: it plans the next attempt after it.
      queueMicrotask(() => this.#open.get(name)?.provider.disconnect());
      return;
    }
    if (!REFUSED.includes(code)) return;
    announcer.toast(`The server refused a change to the ${name}. They were loaded anew.`, 'error');
    clearTimeout(this.#restart);
    queueMicrotask(() => this.#end(name));
    this.#restart = setTimeout(() => {
      if (!this.#closed && !this.#open.has(name)) this.#start(name);
    }, 1_000);
  }

  #map<T>(name: DocName): Y.Map<T> | undefined {
    return this.#open.get(name)?.doc.getMap<T>(name);
  }

  #readEntries(map: Y.Map<unknown>): void {
    this.entries = map.toJSON() as Record<EntryId, DocEntry>;
    for (const run of this.#waiting.splice(0)) run();
  }

  #readPresence({ awareness }: Provider): void {
    for (const [client, state] of awareness.getStates()) if (client !== awareness.clientID) tame(state);
    // In the order in which people came, for everybody, whoever is heard of first.
    this.presence = [...awareness.getStates()]
      .flatMap(([client, state]) =>
        client === awareness.clientID ? [] : (readPresence(client, state) ?? []),
      )
      .sort((a, b) => a.participant.localeCompare(b.participant));
  }
}
