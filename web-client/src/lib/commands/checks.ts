/** What commands look at and what they do; and the checks that they share, each `true` or why not, as a sentence. */
import type {
  BreakpointDraft,
  BreakpointEntry,
  Command as Wire,
  EntryId,
  FrameId,
  Participant,
  ParticipantId,
  Proposed,
  Snapshot,
  ThreadId,
} from '../protocol';
import type { Clearable } from '../state/clearing.svelte';
import { standing } from '../permissions';
import type { Trail } from '../places';
import type { BreakpointView, DocEntry } from '../breakpoints';
import { nameOf } from '../words';

export type PanelName =
  | 'source'
  | 'stack'
  | 'variables'
  | 'watches'
  | 'breakpoints'
  | 'proposals'
  | 'people'
  | 'notes'
  | 'chat'
  | 'output'
  | 'console';

export type DialogName =
  'invite' | 'help' | 'keys' | 'palette' | 'end' | 'restart' | 'file' | 'line' | 'step_in' | 'symbol';

/** What commands look at. */
export interface Context {
  mode: 'live' | 'recording';
  /** The live socket is open. */
  connected: boolean;
  /** Why nothing can be changed any more; null while it can. */
  over: string | null;
  snapshot: Snapshot;
  you: Participant | null;
  /** Where the person looks. */
  at: {
    thread: ThreadId | null;
    frame: FrameId | null;
    path: string | null;
    line: number | null;
    /** Which way a switch goes, where that was read in a menu: what others do while it is open does not turn it round. */
    sets?: boolean;
    enables?: boolean;
    /** The breakpoints that it was about. */
    entries?: ReadonlySet<EntryId>;
  };
  /** What of the source is selected, as code by itself; empty: nothing. */
  selected(): string;
  /** The places that one was in. */
  trail: Trail;
  /** What is set; null: not loaded yet. */
  breakpoints(): BreakpointView[] | null;
  /** Who is followed. */
  leader: ParticipantId | null;
  /** An execution command of this client is on its way. */
  busy: boolean;
  /** In a recording: the stop's place in the list, from 0; -1 before the first. */
  replay: { index: number; stops: number } | null;
  act: Actions;
}

/** What is asked before something is done that can't be taken back. */
export interface Asked {
  title: string;
  /** What does it. */
  label: string;
  doing: string;
  about: string;
  act: () => Promise<unknown>;
}

/** What commands do. */
export interface Actions {
  send(command: Wire): Promise<unknown>;
  /** Offers an action to who may do it. */
  propose(action: Proposed): Promise<unknown>;
  toggleBreakpoint(path: string, line: number, sets?: boolean): void;
  /** Opens the form of a new breakpoint. */
  draftBreakpoint(draft: Partial<BreakpointDraft>): void;
  /** Opens the form of one that is set. */
  editBreakpoint(entry: BreakpointEntry): void;
  /** Sets entries, or removes them (null), as one change; says so. */
  changeBreakpoints(changes: readonly (readonly [EntryId, DocEntry | null])[], said: string): void;
  addNote(path: string, line: number): void;
  showNotes(path: string, line: number): void;
  runTo(path: string, line: number): Promise<void>;
  lookAround(): void;
  toggleHex(): void;
  open(dialog: DialogName): void;
  ask(what: Asked): void;
  focus(panel: PanelName): void;
  showStop(): void;
  /** All panels open, and as large as at first. */
  resetLayout(): void;
  /** Shows everybody a line. */
  point(path: string, line: number): void;
  /** Follows somebody; null: nobody. */
  follow(participant: ParticipantId | null): void;
  /** Looks for words in the file that is shown. */
  find(): void;
  watch(expression: string): Promise<void>;
  /** Runs something in the console, where it stays. */
  evaluate(expression: string): void;
  copySelection(): void;
  /** Of the name at the cursor, beside it. */
  showValue(): Promise<void>;
  /** Back (-1) or forward (1) among the places that one was in. */
  walk(by: 1 | -1): void;
  copyLineLink(path: string, line: number): void;
  toggleInlineValues(): void;
  /** Hides what came until now, on one's own screen. */
  clear(what: Clearable): void;
  step(by: 1 | -1): void;
  copyMoment(): void;
}

/** One command. */
export interface Command {
  id: string;
  label: string;
  group: 'Run' | 'Wheel' | 'Together' | 'Edit' | 'Session' | 'Replay' | 'View';
  /** By default, as in VS Code: presets and people change them, so ask the keyboard. The first is shown; the others are
   * alternatives that browsers leave alone. */
  keys: readonly string[];
  /** Where it exists at all. */
  modes: readonly Context['mode'][];
  /** `true`, or why not, as a sentence. */
  enabled(context: Context): true | string;
  /** What somebody who may not do it can propose instead; null where that makes no sense. */
  offer?(context: Context): Proposed | null;
  run(context: Context): void | Promise<unknown>;
}

export type Check = (context: Context) => true | string;

export const LIVE = ['live'] as const;
export const REPLAY = ['recording'] as const;
export const BOTH = ['live', 'recording'] as const;

export function connected({ connected, over }: Context): true | string {
  if (over !== null) return over;
  return connected || 'Not connected at this moment.';
}

export function drives(context: Context): true | string {
  const ready = connected(context);
  if (ready !== true) return ready;
  const who = standing(context.snapshot, context.you);
  if (who.drives) return true;
  if (who.role === 'watcher') return 'You are a watcher: only the driver can do this.';
  const { driver } = context.snapshot;
  const holder = driver === null ? 'Nobody drives' : `${nameOf(context.snapshot, driver)} drives`;
  return `${holder}. ${who.role === 'host' ? 'Take' : 'Ask for'} the wheel first.`;
}

export function paused(context: Context): true | string {
  const { phase, stop } = context.snapshot;
  if (phase.name === 'stopped' && stop) return true;
  if (phase.name === 'running') return 'The program is running.';
  if (phase.name === 'lost') return 'The debugger is not attached at this moment.';
  return 'The program is not paused.';
}

export const idle: Check = ({ busy }) => !busy || 'The last command is still on its way.';

export const host: Check = ({ you }) => you?.role === 'host' || 'Only a host can do this.';

export const setsStops: Check = ({ snapshot, you }) =>
  standing(snapshot, you).setsBreakpoints || 'Watchers cannot set breakpoints.';

export const atLine: Check = ({ at }) => (at.path !== null && at.line !== null) || 'Open a file first.';

/** All must say yes; the first no is the reason. */
export function all(...checks: Check[]): Check {
  return (context) => {
    for (const check of checks) {
      const verdict = check(context);
      if (verdict !== true) return verdict;
    }
    return true;
  };
}

/** An offer of somebody who neither drives nor is a host, who would take the wheel. */
export function offerOf(ready: Check, action: (context: Context) => Proposed): Command['offer'] {
  return (context) => {
    const { role, drives } = standing(context.snapshot, context.you);
    if (role === null || role === 'host' || drives || connected(context) !== true) return null;
    return ready(context) === true ? action(context) : null;
  };
}

/** A breakpoint without anything. */
export const emptyDraft = (path: string, line: number): BreakpointDraft => ({
  path,
  line,
  function: null,
  condition: null,
  hit_condition: null,
  log_message: null,
  snap: false,
});
