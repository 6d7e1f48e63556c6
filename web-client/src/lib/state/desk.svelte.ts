/**
 * One person's desk: where they look, what is open on their screen, and what commands do there.
 *
 * In: clicks and keys, as commands of the table. Out: frames to the server by the room, changes to the docs.
 * Nothing of it is shared; what happens to the session is in the room's snapshot alone.
 */
import { sentence } from '../api';
import {
  command,
  use,
  type Actions,
  type Command,
  type Context,
  type DialogName,
  type PanelName,
} from '../commands';
import { emptyDraft } from '../commands/checks';
import type { MenuAt } from '../menu';
import { EVERYTHING, type Filter } from '../output';
import { color, tint } from '../people';
import { standing } from '../permissions';
import { hasProposed } from '../proposals';
import { isPlain } from '../python';
import type { SnapView, BreakpointDraft, Command as Wire, EntryId, Proposed, VariablesId } from '../protocol';
import { announcer } from './announcer.svelte';
import type { Docs } from './docs.svelte';
import type { LiveSession } from './live-session.svelte';
import type { Recording } from './recording.svelte';
import { Notes } from './notes.svelte';
import { RunTo } from './run-to';
import { Selection } from './selection.svelte';

/** What lies over the page: one thing at a time. */
export type Dialog =
  | { name: DialogName }
  | { name: 'table'; set: VariablesId; title: string }
  | { name: 'text'; set: VariablesId; variable: string }
  | { name: 'snap'; view: SnapView }
  /** A new breakpoint, or one that is changed. */
  | { name: 'breakpoint'; draft: BreakpointDraft; entry: EntryId | null };

/** What a phone shows. */
export type Tab =
  'source' | 'stack' | 'watches' | 'breakpoints' | 'proposals' | 'people' | 'notes' | 'output' | 'chat';

export class Desk {
  readonly selection = new Selection();
  dialog = $state.raw<Dialog | null>(null);
  tab = $state<Tab>('source');
  readonly notes: Notes;
  /** Of the bar that lies over a phone's lower edge. */
  toolsHeight = $state(0);
  menu = $state.raw<MenuAt | null>(null);
  /** Whole numbers in base 16. */
  hex = $state(false);
  /** What of the output is looked for. */
  filter = $state.raw<Filter>(EVERYTHING);
  context: Context = $derived.by(() => this.#context());
  readonly #runTo: RunTo;

  constructor(
    readonly room: LiveSession | Recording,
    readonly docs: Docs | null,
  ) {
    const { selection } = this;
    this.notes = new Notes({ room, docs, selection, front: () => (this.tab = 'notes') });
    this.#runTo = new RunTo({
      set: (id, entry) => docs?.setBreakpoint(id, entry),
      remove: (id) => docs?.removeBreakpoint(id),
      resume: (stop) => this.send({ command: 'continue', stop }),
      trouble: (message) => announcer.toast(`Run to here: ${message}`, 'error'),
    });
  }

  /** Follows the state; called when the snapshot changed. */
  sync(): void {
    this.selection.sync(this.room.snapshot);
    this.#runTo.sync(this.room.snapshot);
  }

  /** Shows a line of a file; on a phone the source comes to the front. */
  showSource(path: string, line: number): void {
    this.selection.go(path, line);
    this.tab = 'source';
  }

  /** Tells the others where we look. */
  publishLook(): void {
    const { you, snapshot } = this.room;
    if (!this.docs || !you) return;
    const { path, line, frame } = this.selection;
    const own = color(snapshot, you.id);
    const user = { name: you.name, color: own, colorLight: tint(own) };
    this.docs.look({ participant: you.id, path, line, frame, stop: snapshot.stop?.stop ?? null, user });
  }

  /** Uses a command of the table: runs it, proposes it, or says why not. */
  run = (one: Command, context: Context = this.context): void => {
    const how = use(one, context);
    if (how.name === 'refuse') return announcer.toast(`${one.label}: ${how.why}`, 'error');
    if (how.name === 'propose') return void this.propose(how.action);
    void Promise.resolve(one.run(context)).catch((error: unknown) =>
      announcer.toast(sentence(error), 'error'),
    );
  };

  /** A command as if the cursor was at a line. */
  runAt(id: string, path: string, line: number): void {
    this.run(command(id), this.contextAt(path, line));
  }

  contextAt(path: string, line: number): Context {
    return { ...this.context, at: { ...this.context.at, path, line } };
  }

  /** Sends; a refusal is shown. Gives whether it was done. */
  async attempt(wire: Wire): Promise<boolean> {
    try {
      await this.send(wire);
      return true;
    } catch (error) {
      announcer.toast(sentence(error), 'error');
      return false;
    }
  }

  /** Offers an action to who may do it; the event that follows is what says so. */
  propose(action: Proposed): Promise<boolean> {
    return this.attempt({ command: 'propose', action });
  }

  send(wire: Wire): ReturnType<LiveSession['send']> {
    return this.room.send(wire);
  }

  /** Whether one may watch an expression without asking: who sets breakpoints may, if it is only read. */
  mayWatch(expression: string): boolean {
    const who = standing(this.room.snapshot, this.room.you);
    return who.runsCode || (who.setsBreakpoints && isPlain(expression));
  }

  /** Why one may not. */
  get whyNoWatch(): string {
    const { role } = standing(this.room.snapshot, this.room.you);
    if (role === 'watcher') return 'Watchers propose watches.';
    return 'More than a plain name is code, which a host has to agree to.';
  }

  /** Adds a watch, or proposes it. */
  sendWatch(expression: string): Promise<unknown> {
    const wire = { command: 'watch_add', expression } as const;
    if (this.mayWatch(expression)) return this.send(wire);
    const action = { kind: 'command', command: wire } as const;
    if (hasProposed(this.room.snapshot, this.room.you, action))
      return Promise.reject(new Error('You have proposed this already.'));
    return this.send({ command: 'propose', action });
  }

  /** The same from a menu. */
  watch(expression: string): void {
    this.sendWatch(expression).then(
      () => this.mayWatch(expression) && announcer.toast(`${expression} is watched.`),
      (error: unknown) => announcer.toast(sentence(error), 'error'),
    );
  }

  copy(text: string, what: string): void {
    navigator.clipboard.writeText(text).then(
      () => announcer.toast(`${what} is copied.`),
      () => announcer.toast(`The browser did not allow copying. ${what} is: ${text.slice(0, 300)}`, 'error'),
    );
  }

  readonly act: Actions = {
    send: (wire) => this.send(wire),
    propose: (action) => this.propose(action),
    toggleBreakpoint: (path, line) => this.#toggleBreakpoint(path, line),
    draftBreakpoint: (draft) =>
      (this.dialog = { name: 'breakpoint', draft: { ...emptyDraft('', 0), ...draft }, entry: null }),
    addNote: (path, line) => this.notes.add(path, line),
    showNotes: (path, line) => this.notes.openAt(path, line),
    runTo: (path, line) => this.#startRunTo(path, line),
    lookAround: () => {
      const { stop } = this.room.snapshot;
      if (stop) this.room.again({ kind: 'activity', stop: stop.stop });
      this.act.focus('stack');
    },
    toggleHex: () => {
      this.hex = !this.hex;
      announcer.say(
        this.hex ? 'Whole numbers are shown in hexadecimal.' : 'Whole numbers are shown in decimal.',
      );
    },
    open: (name) => (this.dialog = { name }),
    focus: (panel) => {
      this.tab = panel === 'variables' ? 'stack' : panel === 'console' ? 'output' : panel;
      setTimeout(() => focusPanel(panel));
    },
    showStop: () => this.selection.showStop(this.room.snapshot),
    step: (by) => void (this.room.mode === 'recording' && this.room.step(by)),
    copyMoment: () => {
      if (this.room.mode !== 'recording') return;
      this.copy(`${location.origin}${location.pathname}${this.room.fragment}`, 'The link to this moment');
    },
  };

  #context(): Context {
    const { room, selection } = this;
    return {
      mode: room.mode,
      connected: room.mode === 'live' && room.connection.name === 'open',
      over: room.over,
      snapshot: room.snapshot,
      you: room.you,
      at: { thread: selection.thread, frame: selection.frame, path: selection.path, line: selection.line },
      busy: room.mode === 'live' && room.busy,
      replay: room.mode === 'recording' ? { index: room.index, stops: room.stops.length } : null,
      act: this.act,
    };
  }

  /** One's own entry on the line goes, or comes. Others' stay: they are theirs. */
  #toggleBreakpoint(path: string, line: number): void {
    const { docs, room } = this;
    const me = room.you?.id;
    if (!docs?.entries || me === undefined)
      return announcer.toast('The breakpoints are not loaded yet. Try again in a moment.', 'error');
    const drawn = (id: string): number | null | undefined => room.snapshot.breakpoints[id]?.actual_line;
    const mine = Object.entries(docs.entries).filter(
      ([id, entry]) => entry.path === path && (drawn(id) ?? entry.line) === line && entry.author === me,
    );
    if (mine.length > 0) mine.forEach(([id]) => docs.removeBreakpoint(id));
    else docs.setBreakpoint(crypto.randomUUID(), { path, line, enabled: true, author: me });
  }

  async #startRunTo(path: string, line: number): Promise<void> {
    const { docs, room } = this;
    const stop = room.snapshot.stop?.stop;
    if (!docs?.entries || !room.you || stop === undefined) return;
    // A muted or conditional one there would not hold; a plain one is all that is needed.
    const there = Object.values(room.snapshot.breakpoints).some(
      ({ entry, verified, actual_line }) =>
        verified && entry.path === path && (actual_line ?? entry.line) === line && isBare(entry),
    );
    if (there) await this.send({ command: 'continue', stop });
    else this.#runTo.start(stop, { path, line, enabled: true, author: room.you.id });
  }
}

const isBare = (entry: {
  condition: unknown;
  hitCondition: unknown;
  logMessage: unknown;
  snap: boolean;
}): boolean => !entry.condition && !entry.hitCondition && !entry.logMessage && !entry.snap;

function focusPanel(panel: PanelName): void {
  const box = document.querySelector(`[data-panel="${panel}"]`);
  const first = FOCUS.map((selector) => box?.querySelector<HTMLElement>(selector)).find((found) => !!found);
  first?.focus();
}

/** What of a panel is focused, the first that there is. */
const FOCUS = [
  '[data-first-focus]:not(:disabled)',
  '[role="tree"] [tabindex="0"]',
  '.cm-content',
  'input:not(:disabled)',
  '.body button:not(:disabled)',
  '[tabindex="0"]',
  'button',
];
