/** Commands about breakpoints that are set: of a line, and all of them. Only those that one may change. */
import { toDocEntry, type BreakpointView, type DocEntry } from '../breakpoints';
import { isCode, mayChange, mayRunCode, standing } from '../permissions';
import { count, nameOf } from '../words';
import { all, atLine, connected, LIVE, setsStops, type Check, type Command, type Context } from './checks';

const loaded: Check = ({ breakpoints }) => breakpoints() !== null || 'The breakpoints are not loaded yet.';

const may = ({ snapshot, you }: Context, { entry }: BreakpointView): boolean =>
  mayChange(snapshot, you, entry) === true;

/** Those of the line. */
export const here = ({ breakpoints, at }: Context): BreakpointView[] =>
  (breakpoints() ?? []).filter(
    ({ entry, line }) => entry.function === null && entry.path === at.path && line === at.line,
  );

/** Those of the line that commands are about: one's own, or else others' that one may change. */
export function meant(context: Context): BreakpointView[] {
  const { entries } = context.at;
  const there = here(context).filter(({ entry }) => entries?.has(entry.id) ?? true);
  const mine = there.filter(({ entry }) => entry.author === context.you?.id);
  return mine.length > 0 ? mine : there.filter((one) => may(context, one));
}

const some: Check = (context) => {
  const [first] = here(context);
  if (!first) return 'There is no breakpoint on this line.';
  return meant(context).length > 0 || mayChange(context.snapshot, context.you, first.entry);
};

/** Whether one may run what enabling these would run: conditions and messages. */
const mayEnable = ({ snapshot, you }: Context, which: readonly BreakpointView[]): true | string =>
  which.some(({ entry }) => isCode(entry)) ? mayRunCode(standing(snapshot, you)) : true;

const mayAble: Check = (context) => {
  const there = meant(context);
  const enables = context.at.enables ?? !there.some(({ entry }) => entry.enabled);
  return !enables || mayEnable(context, there);
};

/** What is changed, and what is said of it. */
function change(
  { act, breakpoints }: Context,
  which: readonly BreakpointView[],
  to: (one: BreakpointView) => DocEntry | null,
  done: string,
  others = 0,
  code = 0,
): void {
  const now = new Set(breakpoints()?.map(({ entry }) => entry.id));
  const there = which.filter(({ entry }) => now.has(entry.id));
  // Setting again what is so already would only bring back what somebody removes at this moment.
  const changes = there.flatMap((one) => {
    const made = to(one);
    return made?.enabled === one.entry.enabled ? [] : [[one.entry.id, made] as const];
  });
  const stay = others > 0 ? `; ${others} of others ${others === 1 ? 'stays' : 'stay'} as set` : '';
  const said = there.length === 0 ? 'It is gone already' : `${count(there.length, 'breakpoint')} ${done}`;
  const run =
    code > 0 ? `; ${code} with code ${code === 1 ? 'stays' : 'stay'}, as you may not run it now` : '';
  act.changeBreakpoints(changes, `${said}${stay}${run}.`);
}

const able =
  (enabled: boolean) =>
  ({ entry }: BreakpointView): DocEntry =>
    toDocEntry({ ...entry, enabled });

/** All that one may change, and how many others there are. */
function changeable(
  context: Context,
  which: (one: BreakpointView) => boolean,
  enables = false,
): { own: BreakpointView[]; others: number; code: number } {
  const found = (context.breakpoints() ?? []).filter(which);
  const mine = found.filter((one) => may(context, one));
  const own = enables ? mine.filter((one) => mayEnable(context, [one]) === true) : mine;
  return { own, others: found.length - mine.length, code: mine.length - own.length };
}

/** As it is asked: one that somebody sets meanwhile stays. */
function askToRemove(context: Context): void {
  const { own, others } = changeable(context, () => true);
  const { act, snapshot, you } = context;
  const by = new Map<string, number>();
  for (const { entry } of own) by.set(entry.author, (by.get(entry.author) ?? 0) + 1);
  const whose = [...by].map(([who, n]) => `${n} of ${who === you?.id ? 'yours' : nameOf(snapshot, who)}`);
  const stay = others === 0 ? '' : ` Those of others (${others}) stay: they or a host can remove them.`;
  act.ask({
    title: 'Remove all breakpoints',
    label: `Remove ${count(own.length, 'breakpoint')}`,
    doing: 'Removing',
    about: `They go for everybody, with conditions and messages: ${whose.join(', ')}.${stay}`,
    act: () => Promise.resolve(change(context, own, () => null, 'removed', others)),
  });
}

function every(
  id: string,
  label: string,
  which: (one: BreakpointView) => boolean,
  none: string,
  run: (context: Context) => void,
  enables = false,
): Command {
  const any: Check = (context) => {
    const { own, code } = changeable(context, which, enables);
    return own.length > 0 || (code > 0 ? mayRunCode(standing(context.snapshot, context.you)) : none);
  };
  return {
    id,
    label,
    group: 'Edit',
    keys: [],
    modes: LIVE,
    enabled: all(connected, setsStops, loaded, any),
    run,
  };
}

function everyAble(enabled: boolean): Command {
  const [verb, is] = enabled ? ['enable', 'disabled'] : ['disable', 'enabled'];
  const which = ({ entry }: BreakpointView): boolean => entry.enabled !== enabled;
  return every(
    `breakpoints_${verb}`,
    `${enabled ? 'Enable' : 'Disable'} all breakpoints`,
    which,
    `None that you may change is ${is}.`,
    (context) => {
      const { own, others, code } = changeable(context, which, enabled);
      change(context, own, able(enabled), `${verb}d`, others, code);
    },
    enabled,
  );
}

export const BREAKPOINTS: readonly Command[] = [
  {
    id: 'breakpoint_able',
    label: 'Disable or enable breakpoint at the cursor',
    group: 'Edit',
    keys: ['Ctrl+Alt+Shift+B'],
    modes: LIVE,
    enabled: all(connected, atLine, loaded, some, mayAble),
    run: (context) => {
      const there = meant(context);
      const enabled = context.at.enables ?? !there.some(({ entry }) => entry.enabled);
      change(context, there, able(enabled), enabled ? 'enabled' : 'disabled');
    },
  },
  {
    id: 'breakpoint_remove',
    label: 'Remove breakpoint at the cursor',
    group: 'Edit',
    keys: [],
    modes: LIVE,
    enabled: all(connected, atLine, loaded, some),
    run: (context) => change(context, meant(context), () => null, 'removed'),
  },
  everyAble(false),
  everyAble(true),
  every(
    'breakpoints_remove',
    'Remove all breakpoints …',
    () => true,
    'There is none that you may change.',
    askToRemove,
  ),
];
