/** Commands about breakpoints, notes, the session, the replay and the view. */
import type { Clearable } from '../state/clearing.svelte';
import { standing } from '../permissions';
import { here, meant } from './breakpoints';
import {
  all,
  atLine,
  BOTH,
  connected,
  emptyDraft,
  host,
  LIVE,
  offerOf,
  paused,
  REPLAY,
  setsStops,
  type Command,
  type PanelName,
} from './checks';

export const EDIT: readonly Command[] = [
  {
    id: 'breakpoint_toggle',
    label: 'Toggle breakpoint at the cursor',
    group: 'Edit',
    keys: ['F9', 'Ctrl+Alt+B'],
    modes: LIVE,
    enabled: all(connected, setsStops, atLine),
    offer: (context) =>
      context.you?.role === 'watcher'
        ? offerOf(atLine, ({ at }) => ({ kind: 'breakpoint', draft: emptyDraft(at.path!, at.line!) }))!(
            context,
          )
        : null,
    run: ({ at, act }) => act.toggleBreakpoint(at.path!, at.line!, at.sets),
  },
  {
    id: 'breakpoint_draft',
    label: 'Breakpoint with condition, log or snap at the cursor …',
    group: 'Edit',
    keys: ['Shift+F9'],
    modes: LIVE,
    // Who may not set it proposes it from the form.
    enabled: all(connected, atLine),
    run: (context) => {
      const { at, act } = context;
      // Who may set none proposes a change of what is there.
      const [there] = context.you?.role === 'watcher' ? here(context) : meant(context);
      if (typeof there === 'object') act.editBreakpoint(there.entry);
      else act.draftBreakpoint({ path: at.path!, line: at.line! });
    },
  },
  {
    id: 'breakpoint_function',
    label: 'Breakpoint on a function …',
    group: 'Edit',
    keys: [],
    modes: LIVE,
    enabled: connected,
    run: ({ act }) => act.draftBreakpoint({ function: '' }),
  },
  {
    id: 'mute_mine',
    label: 'Mute or unmute my breakpoints',
    group: 'Edit',
    keys: ['Ctrl+Alt+M'],
    modes: LIVE,
    enabled: all(connected, setsStops),
    run: ({ snapshot, you, act }) =>
      act.send({ command: 'mute_mine', muted: !snapshot.muted.includes(you!.id) }),
  },
  {
    id: 'mute_all',
    label: 'Mute or unmute all breakpoints',
    group: 'Edit',
    keys: ['Ctrl+Alt+Shift+M'],
    modes: LIVE,
    enabled: all(
      connected,
      ({ snapshot, you }) => standing(snapshot, you).mutesAll || 'Only the driver or a host can do this.',
    ),
    run: ({ snapshot, act }) => act.send({ command: 'mute_all', muted: !snapshot.muted_all }),
  },
  {
    id: 'note_add',
    label: 'Add a note at the cursor',
    group: 'Edit',
    keys: ['Ctrl+Alt+N'],
    modes: LIVE,
    enabled: all(
      connected,
      ({ snapshot, you }) =>
        standing(snapshot, you).writesNotes || 'Your invite does not include writing notes.',
      atLine,
    ),
    run: ({ at, act }) => act.addNote(at.path!, at.line!),
  },
  {
    id: 'notes_here',
    label: 'Go to the notes of this line',
    group: 'Edit',
    keys: ['Alt+Shift+N'],
    modes: BOTH,
    enabled: all(
      atLine,
      ({ snapshot, at }) =>
        Object.values(snapshot.notes).some((note) => note.path === at.path && note.line === at.line) ||
        'There is no note on this line.',
    ),
    run: ({ at, act }) => act.showNotes(at.path!, at.line!),
  },
];

export const SESSION: readonly Command[] = [
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
];

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

function clear(what: Clearable): Command {
  return {
    id: `${what}_clear`,
    label: `Clear the ${what}, on this screen`,
    group: 'View',
    keys: [],
    modes: LIVE,
    enabled: () => true,
    run: ({ act }) => act.clear(what),
  };
}

export const VIEW: readonly Command[] = [
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
    id: 'line_go',
    label: 'Go to a line …',
    group: 'View',
    keys: ['Ctrl+G'],
    modes: BOTH,
    enabled: ({ at }) => at.path !== null || 'Open a file first.',
    run: ({ act }) => act.open('line'),
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
    id: 'activity',
    label: 'Look at threads and tasks',
    group: 'View',
    keys: ['Alt+Shift+T'],
    modes: LIVE,
    enabled: all(connected, paused),
    run: ({ act }) => act.lookAround(),
  },
  {
    id: 'hex',
    label: 'Whole numbers in hexadecimal, or not',
    group: 'View',
    keys: ['Alt+Shift+X'],
    modes: BOTH,
    enabled: () => true,
    run: ({ act }) => act.toggleHex(),
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
  focus('watches', 'watches', 'Alt+0'),
  focus('proposals', 'proposals', 'Alt+Shift+O'),
  clear('output'),
  clear('console'),
  clear('snaps'),
  {
    id: 'layout_reset',
    label: 'Panels as they were at first',
    group: 'View',
    keys: [],
    modes: BOTH,
    enabled: () => true,
    run: ({ act }) => act.resetLayout(),
  },
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
  {
    id: 'keys',
    label: 'Keyboard settings …',
    group: 'View',
    keys: ['Alt+Shift+K'],
    modes: BOTH,
    enabled: () => true,
    run: ({ act }) => act.open('keys'),
  },
];
