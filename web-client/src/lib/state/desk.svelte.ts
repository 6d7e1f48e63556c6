/**
 * One person's desk: where they look, what is open on their screen, and what commands do there.
 *
 * In: clicks and keys, as commands of the table. Out: frames to the server by the room, changes to the docs.
 * Nothing of it is shared; what happens to the session is in the room's snapshot alone.
 */
import { sentence } from '../api';
import { breakpointViews, draftOf } from '../breakpoints';
import { copyText } from '../browser';
import { command, use, type Actions, type Command, type Context, type DialogName } from '../commands';
import { emptyDraft, type Asked } from '../commands/checks';
import { dedented } from '../console';
import { focusPanel } from '../focus';
import { followWords } from '../commands/together';
import type { Tip } from '../hover';
import { fragmentOf } from '../links';
import type { MenuAt } from '../menu';
import { color, tint } from '../people';
import { mayWatch, standing } from '../permissions';
import { hasProposed } from '../proposals';
import type {
  BreakpointDraft,
  Command as Wire,
  EntryId,
  Participant,
  ParticipantId,
  Proposed,
  SnapView,
  StopId,
  VariablesId,
  WatchId,
} from '../protocol';
import { openSearchPanel } from '@codemirror/search';
import type { EditorView } from '@codemirror/view';
import type { Tree } from '@lezer/common';
import { announcer } from './announcer.svelte';
import { Badges } from './badges.svelte';
import { nameOf, place } from '../words';
import { Clearing } from './clearing.svelte';
import type { Docs } from './docs.svelte';
import { Following } from './following.svelte';
import { layout } from './layout.svelte';
import type { LiveSession } from './live-session.svelte';
import { Modules } from './modules.svelte';
import { OutputView } from './output-view.svelte';
import type { Recording } from './recording.svelte';
import { Notes } from './notes.svelte';
import { Selection } from './selection.svelte';
import { Stops } from './stops';

/** What lies over the page: one thing at a time. */
export type Dialog =
  | { name: DialogName }
  | { name: 'table'; stop: StopId; set: VariablesId; title: string }
  | { name: 'text'; stop: StopId; set: VariablesId; variable: string }
  | { name: 'snap'; view: SnapView }
  | { name: 'remove'; participant: Participant }
  | ({ name: 'ask' } & Asked)
  /** A new breakpoint, or one that is changed. */
  | {
      name: 'breakpoint';
      draft: BreakpointDraft;
      entry: EntryId | null;
      /** As it was when it was opened, if something was typed since. */
      was?: BreakpointDraft;
    };

/** What a phone shows. */
export type Tab =
  'source' | 'stack' | 'watches' | 'breakpoints' | 'proposals' | 'people' | 'notes' | 'output' | 'chat';

export class Desk {
  readonly selection = new Selection();
  dialog = $state.raw<Dialog | null>(null);
  tab = $state<Tab>('source');
  readonly notes: Notes;
  readonly badges: Badges;
  /** Of the bar that lies over a phone's lower edge. */
  toolsHeight = $state(0);
  menu = $state.raw<MenuAt | null>(null);
  /** A value that is shown beside its name in the source. */
  tip = $state.raw<Tip | null>(null);
  /** What is shown of the last stop is of the past: not within a step, which would flicker. */
  past = $state(false);
  /** Whole numbers in base 16. */
  hex = $state(false);
  /** Values beside the lines that use them. */
  inlineValues = $state(true);
  /** What of the variables is looked for. */
  valueFilter = $state('');
  /** A breakpoint's form that is open below its line. */
  zone = $state.raw<{ draft: BreakpointDraft; entry: EntryId | null } | null>(null);
  #typed: BreakpointDraft | null = null;
  /** The source view's editor, while a text is shown. */
  editor = $state.raw<EditorView | null>(null);
  /** The syntax tree of the whole text; null until it is there. */
  tree = $state.raw<Tree | null>(null);
  /** The file whose text is to have the focus as soon as it is shown. */
  wantsFocus: string | null = null;
  readonly modules: Modules;
  readonly following: Following;
  /** What of the output is shown. */
  readonly output: OutputView;
  readonly cleared: Clearing;
  /** What the console is to run as if it had been typed there. */
  toEvaluate = $state.raw<string | null>(null);
  context: Context = $derived.by(() => this.#context());
  readonly #stops: Stops;

  constructor(
    readonly room: LiveSession | Recording,
    readonly docs: Docs | null,
  ) {
    const { selection } = this;
    this.modules = new Modules(room);
    this.following = new Following(selection, (path, line) => this.showSource(path, line));
    this.output = new OutputView(room.output);
    this.cleared = new Clearing(room, this.output);
    this.notes = new Notes({ room, docs, selection, front: () => (this.tab = 'notes') });
    this.#stops = new Stops(room, docs, (wire) => this.send(wire));
    this.badges = new Badges(this);
  }

  /** Follows the state; called when the snapshot changed. */
  sync(): void {
    const { snapshot, you } = this.room;
    this.selection.sync(snapshot);
    this.following.sync(this.docs?.presence ?? [], snapshot, this.docs?.pointing ?? null, you?.id ?? null);
    this.#stops.sync();
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
    const { path, line, top, range, frame } = this.selection;
    const own = color(snapshot, you.id);
    const user = { name: you.name, color: own, colorLight: tint(own) };
    const stop = snapshot.stop?.stop ?? null;
    this.docs.look({ participant: you.id, path, line, top, selection: range, frame, stop, user });
  }

  /** Uses a command of the table: runs it, proposes it, or says why not. */
  run = (one: Command, context: Context = this.context): void => {
    const how = use(one, context);
    if (how.name === 'refuse') return announcer.toast(`${one.label}: ${how.why}`, 'error');
    // A move of one's own.
    if (one.group === 'Run') this.selection.leader = null;
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
    return mayWatch(standing(this.room.snapshot, this.room.you), expression) === true;
  }

  /** Why one may not. */
  get whyNoWatch(): string {
    return String(mayWatch(standing(this.room.snapshot, this.room.you), ''));
  }

  /** Adds a watch, or puts it in another's place, or proposes that. */
  sendWatch(expression: string, insteadOf?: WatchId): Promise<unknown> {
    const place = insteadOf === undefined ? {} : { instead_of: insteadOf };
    const wire = { command: 'watch_add', expression, ...place } as const;
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

  /** The same, to move on from there: it gets the focus, when it is there. */
  goToSource(path: string, line: number): void {
    this.showSource(path, line);
    this.#focusSoon(path);
  }

  #focusSoon(path: string): void {
    this.wantsFocus = path;
    // After a dialog has given it back.
    setTimeout(() => this.focusSource(path));
  }

  /** Shows the value of the name at a place of the source; gives why not. */
  async showValue(pos: number, asked: boolean, still = (): boolean => true): Promise<string | null> {
    const { showValue } = await import('../hover');
    return showValue(this, pos, asked, still);
  }

  /** Gives a file's text the focus if that was asked for and it is shown. */
  focusSource(path: string): void {
    if (this.wantsFocus !== path || this.selection.path !== path || !this.editor?.dom.isConnected) return;
    this.wantsFocus = null;
    this.editor.focus();
  }

  /** Opens the form of a breakpoint: below its line, or in a dialog if it has none that can be shown. */
  editBreakpoint(draft: BreakpointDraft, entry: EntryId | null): void {
    const { path, line } = draft;
    this.#typed = null;
    // One's own work from here on, wherever others go.
    this.selection.leader = null;
    const isShown =
      draft.function === null && this.room.sources.get(this.room.snapshot, path).name !== 'missing';
    if (!isShown) return void (this.dialog = { name: 'breakpoint', draft, entry });
    if (this.selection.path !== path || this.selection.line !== line) this.showSource(path, line);
    this.tab = 'source';
    this.zone = { draft, entry };
    this.selection.held = path;
  }

  closeZone(): void {
    this.zone = null;
    this.selection.held = null;
  }

  /** What is typed into it, for when its file is shown again. */
  keepDraft(typed: BreakpointDraft): void {
    this.#typed = typed;
  }

  /** The open form's draft, with what was typed. */
  get zoneDraft(): BreakpointDraft | null {
    return this.zone && (this.#typed ?? this.zone.draft);
  }

  copy(text: string, what: string): void {
    copyText(text).then(
      () => announcer.toast(`${what} is copied.`),
      () => announcer.toast(`The browser did not allow copying. ${what} is: ${text.slice(0, 300)}`, 'error'),
    );
  }

  readonly act: Actions = {
    send: (wire) => this.send(wire),
    propose: (action) => this.propose(action),
    toggleBreakpoint: (path, line, sets) => this.#stops.toggle(path, line, sets),
    editBreakpoint: (entry) => this.editBreakpoint(draftOf(entry), entry.id),
    changeBreakpoints: (changes, said) => this.#stops.change(changes, said),
    draftBreakpoint: (draft) => this.editBreakpoint({ ...emptyDraft('', 0), ...draft }, null),
    addNote: (path, line) => this.notes.add(path, line),
    showNotes: (path, line) => this.notes.openAt(path, line),
    runTo: (path, line) => this.#stops.runTo(path, line),
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
    ask: (what) => (this.dialog = { name: 'ask', ...what }),
    focus: (panel) => {
      this.tab = panel === 'variables' ? 'stack' : panel === 'console' ? 'output' : panel;
      layout.setOpen(panel, true);
      setTimeout(() => focusPanel(panel));
    },
    resetLayout: () => layout.reset(),
    showStop: () => this.selection.showStop(this.room.snapshot),
    point: (path, line) => this.docs?.point(path, line),
    follow: (participant) => this.#follow(participant),
    find: () => {
      this.tab = 'source';
      // When a phone shows it.
      setTimeout(() => this.editor && openSearchPanel(this.editor));
    },
    watch: async (expression) => {
      const { expressionTrouble } = await import('../expression');
      const trouble = expressionTrouble(expression);
      if (trouble !== null) throw new Error(trouble);
      this.watch(expression);
    },
    evaluate: (expression) => {
      this.tab = 'output';
      layout.setOpen('console', true);
      this.toEvaluate = expression;
    },
    showValue: async () => {
      const why = this.editor && (await this.showValue(this.editor.state.selection.main.head, true));
      if (why) throw new Error(why);
    },
    walk: (by) => {
      const to = this.selection.walk(by);
      if (!to) return;
      this.tab = 'source';
      this.#focusSoon(to.path);
    },
    copySelection: () => this.#selection && this.copy(this.#selection.text, 'The selection'),
    copyLineLink: (path, line) => {
      const moment = this.room.mode === 'recording' ? this.room.moment : {};
      const fragment = fragmentOf({ ...moment, path, line });
      this.copy(`${location.origin}${location.pathname}${fragment}`, `The link to ${place(path, line)}`);
    },
    toggleInlineValues: () => {
      this.inlineValues = !this.inlineValues;
      announcer.say(this.inlineValues ? 'Values are shown beside the lines.' : 'No values beside the lines.');
    },
    clear: (what) => this.cleared.clear(what),
    step: (by) => void (this.room.mode === 'recording' && this.room.step(by)),
    copyMoment: () => {
      if (this.room.mode !== 'recording') return;
      this.copy(`${location.origin}${location.pathname}${this.room.fragment}`, 'The link to this moment');
    },
  };

  #follow(participant: ParticipantId | null): void {
    const { snapshot } = this.room;
    const before = this.selection.leader;
    this.selection.leader = participant;
    if (participant !== null) announcer.toast(followWords(snapshot, participant, null));
    else if (before !== null) announcer.say(`You do not follow ${nameOf(snapshot, before)} any more.`);
    this.sync();
  }

  #context(): Context {
    const { room, selection } = this;
    return {
      mode: room.mode,
      connected: room.mode === 'live' && room.connection.name === 'open',
      over: room.over,
      snapshot: room.snapshot,
      you: room.you,
      at: { thread: selection.thread, frame: selection.frame, path: selection.path, line: selection.line },
      selected: () => this.#selection?.code ?? '',
      trail: selection.trail,
      breakpoints: () => (this.docs?.entries ? breakpointViews(room.snapshot, this.docs.entries) : null),
      leader: selection.leader,
      busy: room.mode === 'live' && room.busy,
      replay: room.mode === 'recording' ? { index: room.index, stops: room.stops.length } : null,
      act: this.act,
    };
  }

  /** What of the source is selected; as code, without the indentation that it has there. */
  get #selection(): { text: string; code: string } | null {
    // The editor's own state is none of the page's.
    if (!this.editor || !this.selection.range) return null;
    const { doc, selection } = this.editor.state;
    const { from, to } = selection.main;
    const line = doc.lineAt(from);
    const before = doc.sliceString(line.from, from);
    const text = doc.sliceString(from, to);
    return { text, code: dedented((before.trim() === '' ? before : '') + text) };
  }
}
