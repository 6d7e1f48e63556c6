/** What one person does to breakpoints, each as one change of the shared doc; and “Run to here”, which is one for one stop. */
import { newId } from '../browser';
import type { DocEntry } from '../breakpoints';
import type { Command as Wire, EntryId } from '../protocol';
import { announcer } from './announcer.svelte';
import type { Docs } from './docs.svelte';
import type { LiveSession } from './live-session.svelte';
import type { Recording } from './recording.svelte';
import { RunTo } from './run-to';

export class Stops {
  readonly #runTo: RunTo;

  constructor(
    private readonly room: LiveSession | Recording,
    private readonly docs: Docs | null,
    private readonly send: (wire: Wire) => Promise<unknown>,
  ) {
    this.#runTo = new RunTo({
      set: (id, entry) => docs?.setBreakpoint(id, entry),
      remove: (id) => docs?.removeBreakpoint(id),
      resume: (stop) => send({ command: 'continue', stop }),
      trouble: (message) => announcer.toast(`Run to here: ${message}`, 'error'),
    });
  }

  /** Called when the snapshot changed. */
  sync(): void {
    this.#runTo.sync(this.room.snapshot);
  }

  /** One's own entry on the line goes, or comes (by `sets`, where it is known). Others' stay: they are theirs. */
  toggle(path: string, line: number, sets?: boolean): void {
    const { docs, room } = this;
    if (!docs || !room.you)
      return announcer.toast('You are not connected yet. Try again in a moment.', 'error');
    if (!docs.entries) announcer.toast('The breakpoints are loading: this one is set when they are there.');
    docs.withEntries(() => this.#toggle(docs, path, line, sets));
  }

  #toggle(docs: Docs, path: string, line: number, sets?: boolean): void {
    const { room } = this;
    const me = room.you?.id;
    if (me === undefined || !docs.entries) return;
    const drawn = (id: string): number | null | undefined => room.snapshot.breakpoints[id]?.actual_line;
    const mine = Object.entries(docs.entries).filter(
      ([id, entry]) => entry.path === path && (drawn(id) ?? entry.line) === line && entry.author === me,
    );
    if (!(sets ?? mine.length === 0)) mine.forEach(([id]) => docs.removeBreakpoint(id));
    else if (mine.length === 0) docs.setBreakpoint(newId(), { path, line, enabled: true, author: me });
  }

  /** Sets entries, or removes them (null), at once; says so. */
  change(changes: readonly (readonly [EntryId, DocEntry | null])[], said: string): void {
    const { room } = this;
    // The toast tells of them.
    if (room.mode === 'live') for (const [id, to] of changes) if (to === null) room.ears.passing.add(id);
    this.docs?.changeBreakpoints(changes);
    announcer.toast(said);
  }

  async runTo(path: string, line: number): Promise<void> {
    const { docs, room } = this;
    const stop = room.snapshot.stop?.stop;
    if (!docs?.entries || !room.you || stop === undefined || room.mode !== 'live') return;
    // A muted or conditional one there would not hold; a plain one is all that is needed.
    const there = Object.values(room.snapshot.breakpoints).some(
      ({ entry, verified, actual_line }) =>
        verified && entry.path === path && (actual_line ?? entry.line) === line && isBare(entry),
    );
    if (there) await this.send({ command: 'continue', stop });
    else room.ears.passing.add(this.#runTo.start(stop, { path, line, enabled: true, author: room.you.id }));
  }
}

const isBare = (entry: {
  condition: unknown;
  hitCondition: unknown;
  logMessage: unknown;
  snap: boolean;
}): boolean => !entry.condition && !entry.hitCondition && !entry.logMessage && !entry.snap;
