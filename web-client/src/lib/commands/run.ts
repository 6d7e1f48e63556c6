/** Commands that move the program, and who may: the wheel. */
import type { Command as Wire } from '../protocol';
import { standing } from '../permissions';
import { nameOf } from '../words';
import {
  all,
  atLine,
  connected,
  drives,
  host,
  idle,
  LIVE,
  offerOf,
  paused,
  type Check,
  type Command,
  type Context,
} from './checks';

/** A command of the driver; of the others it can be proposed. */
function driving(
  id: string,
  label: string,
  keys: string[],
  ready: Check,
  wire: (context: Context) => Wire,
): Command {
  return {
    id,
    label,
    group: 'Run',
    keys,
    modes: LIVE,
    enabled: all(drives, ready, idle),
    offer: offerOf(ready, (context) => ({ kind: 'command', command: wire(context) })),
    run: (context) => context.act.send(wire(context)),
  };
}

/** The thread that is looked at, if it is another one than the one that stopped. */
function otherThread({ snapshot: { stop }, at }: Context): { thread?: number } {
  return at.thread === null || at.thread === stop!.thread ? {} : { thread: at.thread };
}

function step(id: 'next' | 'step_in' | 'step_out', label: string, keys: string[]): Command {
  return driving(id, label, keys, paused, (context) => ({
    command: id,
    stop: context.snapshot.stop!.stop,
    ...otherThread(context),
  }));
}

const pausable: Check = ({ snapshot: { phase } }) => {
  if (phase.name !== 'running')
    return phase.name === 'stopped' ? 'The program is already paused.' : 'The program is not running.';
  return !phase.pausing || 'A pause was asked for already.';
};

/** In the file of a frame of the thread that is looked at. */
const inStack: Check = ({ snapshot: { stop }, at }) =>
  stop!.stacks[at.thread ?? stop!.thread]?.frames[0]?.path === at.path ||
  'The next line must be in the function that is paused: open its file first.';

/** What runs can be interrupted by whose it is, by the driver and by a host. */
const interruptible: Check = ({ snapshot, you }) => {
  const { busy } = snapshot;
  if (!busy) return 'Nothing keeps the program busy.';
  if (busy.state !== 'waiting') return 'It is being interrupted already.';
  if (!busy.interruptible) return 'This cannot be interrupted: it ends by itself.';
  const { role, drives } = standing(snapshot, you);
  return (
    (you !== null && busy.by === you.id) ||
    drives ||
    role === 'host' ||
    `Only ${busy.by === null ? '' : `${nameOf(snapshot, busy.by)}, `}the driver or a host can interrupt it.`
  );
};

export const RUN: readonly Command[] = [
  driving('continue', 'Continue', ['F5', 'F8', 'Ctrl+\\'], paused, ({ snapshot }) => ({
    command: 'continue',
    stop: snapshot.stop!.stop,
  })),
  driving('pause', 'Pause', ['F6', 'Ctrl+Alt+P'], pausable, ({ snapshot }) => ({
    command: 'pause',
    after: snapshot.last_stop,
  })),
  {
    id: 'interrupt',
    label: 'Interrupt what runs',
    group: 'Run',
    keys: ['Ctrl+Alt+C'],
    modes: LIVE,
    enabled: all(connected, interruptible),
    run: ({ snapshot, act }) => act.send({ command: 'interrupt', since: snapshot.busy!.since }),
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
    id: 'step_in_choose',
    label: 'Step into a chosen call …',
    group: 'Run',
    keys: ['Ctrl+F11'],
    modes: LIVE,
    enabled: all(drives, paused, idle),
    run: ({ act }) => act.open('step_in'),
  },
  {
    id: 'run_to',
    label: 'Run to the cursor',
    group: 'Run',
    keys: ['Ctrl+F10'],
    modes: LIVE,
    enabled: all(drives, paused, idle, atLine),
    run: ({ at, act }) => act.runTo(at.path!, at.line!),
  },
  driving(
    'set_next',
    'Set next line at the cursor',
    ['Ctrl+Shift+F10'],
    all(paused, atLine, inStack),
    (context) => ({
      command: 'goto',
      stop: context.snapshot.stop!.stop,
      ...otherThread(context),
      path: context.at.path!,
      line: context.at.line!,
    }),
  ),
];

export const WHEEL: readonly Command[] = [
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
];
