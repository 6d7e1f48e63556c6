/**
 * Every command of the room, in one table that feeds toolbar, keys, palette, help and tests.
 *
 * In: a `Context`, the state that decides. Out: `true` or why not; `run` sends. Invariant: nothing here changes what is
 * shown; the server's events do.
 */
import type { Command as Wire, Participant, Snapshot, ThreadId } from './protocol';
import { standing } from './permissions';
import { nameOf } from './words';

export type PanelName =
  'source' | 'stack' | 'variables' | 'breakpoints' | 'people' | 'notes' | 'chat' | 'output' | 'console';

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
  at: { thread: ThreadId | null; path: string | null; line: number | null };
  /** An execution command of this client is on its way. */
  busy: boolean;
  /** In a recording: the stop's place in the list, from 0; -1 before the first. */
  replay: { index: number; stops: number } | null;
  act: Actions;
}

/** What commands do. */
export interface Actions {
  send(command: Wire): Promise<void>;
  toggleBreakpoint(path: string, line: number): void;
  addNote(path: string, line: number): void;
  open(dialog: 'invite' | 'help' | 'palette' | 'end' | 'restart' | 'file'): void;
  focus(panel: PanelName): void;
  showStop(): void;
  step(by: 1 | -1): void;
  copyMoment(): void;
}

/** One command. */
export interface Command {
  id: string;
  label: string;
  group: 'Run' | 'Wheel' | 'Edit' | 'Session' | 'Replay' | 'View';
  /** The first is shown; the others are alternatives that browsers leave alone. */
  keys: readonly string[];
  /** Where it exists at all. */
  modes: readonly Context['mode'][];
  /** `true`, or why not, as a sentence. */
  enabled(context: Context): true | string;
  run(context: Context): void | Promise<void>;
}

const LIVE = ['live'] as const;
const REPLAY = ['recording'] as const;
const BOTH = ['live', 'recording'] as const;

function connected({ connected, over }: Context): true | string {
  if (over !== null) return over;
  return connected || 'Not connected at this moment.';
}

function drives(context: Context): true | string {
  const ready = connected(context);
  if (ready !== true) return ready;
  const who = standing(context.snapshot, context.you);
  if (who.drives) return true;
  if (who.role === 'watcher') return 'You are a watcher: only the driver can do this.';
  const { driver } = context.snapshot;
  const holder = driver === null ? 'Nobody drives' : `${nameOf(context.snapshot, driver)} drives`;
  return `${holder}. ${who.role === 'host' ? 'Take' : 'Ask for'} the wheel first.`;
}

function paused(context: Context): true | string {
  const { phase, stop } = context.snapshot;
  if (phase.name === 'stopped' && stop) return true;
  if (phase.name === 'running') return 'The program is running.';
  if (phase.name === 'lost') return 'The debugger is not attached at this moment.';
  return 'The program is not paused.';
}

/** All must say yes; the first no is the reason. */
function all(...checks: ((context: Context) => true | string)[]): Command['enabled'] {
  return (context) => {
    for (const check of checks) {
      const verdict = check(context);
      if (verdict !== true) return verdict;
    }
    return true;
  };
}

const idle = ({ busy }: Context): true | string => !busy || 'The last command is still on its way.';

const host = ({ you }: Context): true | string => you?.role === 'host' || 'Only a host can do this.';

function step(id: 'next' | 'step_in' | 'step_out', label: string, keys: string[]): Command {
  return {
    id,
    label,
    group: 'Run',
    keys,
    modes: LIVE,
    enabled: all(drives, paused, idle),
    run({ snapshot, at, act }) {
      const stop = snapshot.stop!;
      const thread = at.thread ?? stop.thread;
      return act.send({ command: id, stop: stop.stop, ...(thread === stop.thread ? {} : { thread }) });
    },
  };
}

function focus(panel: PanelName, label: string, key: string): Command {
  return {
    id: `focus_${panel}`,
    label: `Go to ${label}`,
    group: 'View',
    keys: [key],
    modes: BOTH,
    enabled: () => true,
    run: ({ act }) => act.focus(panel),
  };
}

/** In the order of toolbar, palette and help. */
export const COMMANDS: readonly Command[] = [
  {
    id: 'continue',
    label: 'Continue',
    group: 'Run',
    keys: ['F5', 'F8', 'Ctrl+\\'],
    modes: LIVE,
    enabled: all(drives, paused, idle),
    run: ({ snapshot, act }) => act.send({ command: 'continue', stop: snapshot.stop!.stop }),
  },
  {
    id: 'pause',
    label: 'Pause',
    group: 'Run',
    keys: ['F6', 'Ctrl+Alt+P'],
    modes: LIVE,
    enabled: all(
      drives,
      ({ snapshot: { phase } }) => {
        if (phase.name !== 'running')
          return phase.name === 'stopped' ? 'The program is already paused.' : 'The program is not running.';
        return !phase.pausing || 'A pause was asked for already.';
      },
      idle,
    ),
    run: ({ snapshot, act }) => act.send({ command: 'pause', after: snapshot.last_stop }),
  },
  {
    id: 'start',
    label: 'Start debugging',
    group: 'Run',
    keys: [],
    modes: LIVE,
    enabled: all(
      connected,
      host,
      ({ snapshot: { phase } }) => phase.name === 'starting' || 'The session has started already.',
      idle,
    ),
    run: ({ act }) => act.send({ command: 'start' }),
  },
  step('next', 'Step over', ['F10', "Ctrl+'"]),
  step('step_in', 'Step into', ['F11', 'Ctrl+;']),
  step('step_out', 'Step out', ['Shift+F11', 'Ctrl+Shift+;']),
  {
    id: 'wheel_take',
    label: 'Take the wheel',
    group: 'Wheel',
    keys: ['Alt+Shift+W'],
    modes: LIVE,
    enabled: all(
      connected,
      host,
      (context) => !standing(context.snapshot, context.you).drives || 'You drive already.',
    ),
    run: ({ act }) => act.send({ command: 'wheel_take' }),
  },
  {
    id: 'wheel_request',
    label: 'Ask for the wheel',
    group: 'Wheel',
    keys: ['Alt+Shift+R'],
    modes: LIVE,
    enabled: all(connected, ({ snapshot, you }) => {
      if (you?.role === 'watcher') return 'Watchers cannot drive. Ask a host for another invite.';
      if (you?.role === 'host') return 'A host takes the wheel without asking.';
      if (you && snapshot.driver === you.id) return 'You drive already.';
      return !(you && snapshot.wheel_requests.includes(you.id)) || 'You have asked already.';
    }),
    run: ({ act }) => act.send({ command: 'wheel_request' }),
  },
  {
    id: 'wheel_withdraw',
    label: 'Withdraw your request',
    group: 'Wheel',
    keys: [],
    modes: LIVE,
    enabled: all(
      connected,
      ({ snapshot, you }) =>
        (you !== null && snapshot.wheel_requests.includes(you.id)) || 'You have not asked for the wheel.',
    ),
    run: ({ act }) => act.send({ command: 'wheel_withdraw' }),
  },
  {
    id: 'wheel_release',
    label: 'Release the wheel',
    group: 'Wheel',
    keys: ['Alt+Shift+L'],
    modes: LIVE,
    enabled: all(
      connected,
      (context) => standing(context.snapshot, context.you).drives || 'You do not drive.',
    ),
    run: ({ act }) => act.send({ command: 'wheel_release' }),
  },
  {
    id: 'hand',
    label: 'Raise or lower your hand',
    group: 'Wheel',
    keys: ['Alt+Shift+H'],
    modes: LIVE,
    enabled: all(connected),
    run: ({ snapshot, you, act }) =>
      act.send({ command: 'hand', raised: !(you && snapshot.people[you.id]?.hand) }),
  },
  {
    id: 'breakpoint_toggle',
    label: 'Toggle breakpoint at the cursor',
    group: 'Edit',
    keys: ['F9', 'Ctrl+Alt+B'],
    modes: LIVE,
    enabled: all(connected, ({ snapshot, you, at }) => {
      if (!standing(snapshot, you).setsBreakpoints) return 'Watchers cannot set breakpoints.';
      return (at.path !== null && at.line !== null) || 'Open a file first.';
    }),
    run: ({ at, act }) => act.toggleBreakpoint(at.path!, at.line!),
  },
  {
    id: 'note_add',
    label: 'Add a note at the cursor',
    group: 'Edit',
    keys: ['Ctrl+Alt+N'],
    modes: LIVE,
    enabled: all(connected, ({ snapshot, you, at }) => {
      if (!standing(snapshot, you).writesNotes) return 'Your invite does not include writing notes.';
      return (at.path !== null && at.line !== null) || 'Open a file first.';
    }),
    run: ({ at, act }) => act.addNote(at.path!, at.line!),
  },
  {
    id: 'file_open',
    label: 'Open a file of the program',
    group: 'View',
    keys: ['Mod+P'],
    modes: BOTH,
    enabled: () => true,
    run: ({ act }) => act.open('file'),
  },
  {
    id: 'show_stop',
    label: 'Show where it is paused',
    group: 'View',
    keys: ['Alt+Shift+S'],
    modes: BOTH,
    enabled: ({ snapshot }) => snapshot.stop !== null || 'There is no stop yet.',
    run: ({ act }) => act.showStop(),
  },
  {
    id: 'invite',
    label: 'Invite',
    group: 'Session',
    keys: ['Alt+Shift+I'],
    modes: LIVE,
    enabled: all(connected, host),
    run: ({ act }) => act.open('invite'),
  },
  {
    id: 'end',
    label: 'End',
    group: 'Session',
    keys: ['Shift+F5'],
    modes: LIVE,
    enabled: all(connected, host),
    run: ({ act }) => act.open('end'),
  },
  {
    id: 'restart',
    label: 'End and restart',
    group: 'Session',
    keys: ['Ctrl+Shift+F5'],
    modes: LIVE,
    enabled: all(connected, host, ({ snapshot }) => {
      const target = snapshot.session?.target;
      return (
        target?.can_restart || `The target ${target?.name ?? ''} has no restart action in the configuration.`
      );
    }),
    run: ({ act }) => act.open('restart'),
  },
  {
    id: 'stop_previous',
    label: 'Previous stop',
    group: 'Replay',
    keys: ['Shift+F10', '['],
    modes: REPLAY,
    enabled: ({ replay }) => (replay !== null && replay.index > 0) || 'This is the first stop.',
    run: ({ act }) => act.step(-1),
  },
  {
    id: 'stop_next',
    label: 'Next stop',
    group: 'Replay',
    keys: ['F10', ']'],
    modes: REPLAY,
    enabled: ({ replay }) => (replay !== null && replay.index < replay.stops - 1) || 'This is the last stop.',
    run: ({ act }) => act.step(1),
  },
  {
    id: 'copy_moment',
    label: 'Copy link to this moment',
    group: 'Replay',
    keys: ['Ctrl+Alt+L'],
    modes: REPLAY,
    enabled: () => true,
    run: ({ act }) => act.copyMoment(),
  },
  focus('source', 'source', 'Alt+1'),
  focus('stack', 'call stack', 'Alt+2'),
  focus('variables', 'variables', 'Alt+3'),
  focus('breakpoints', 'breakpoints', 'Alt+4'),
  focus('people', 'people', 'Alt+5'),
  focus('notes', 'notes', 'Alt+6'),
  focus('chat', 'chat', 'Alt+7'),
  focus('output', 'output', 'Alt+8'),
  focus('console', 'console', 'Alt+9'),
  {
    id: 'palette',
    label: 'All commands',
    group: 'View',
    keys: ['Mod+Shift+P', 'F1'],
    modes: BOTH,
    enabled: () => true,
    run: ({ act }) => act.open('palette'),
  },
  {
    id: 'help',
    label: 'Keyboard help',
    group: 'View',
    keys: ['?'],
    modes: BOTH,
    enabled: () => true,
    run: ({ act }) => act.open('help'),
  },
];

/** The commands of a mode. */
export function commandsFor(mode: Context['mode']): Command[] {
  return COMMANDS.filter((command) => command.modes.includes(mode));
}

/** One command by its id. */
export function command(id: string): Command {
  const found = COMMANDS.find((one) => one.id === id);
  if (!found) throw new Error(`no command ${id}`);
  return found;
}
