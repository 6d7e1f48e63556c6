/**
 * Every command of the room, in one table that feeds toolbar, keys, palette, menus, help and tests.
 *
 * In: a `Context`, the state that decides. Out: `true`, why not, or what can be proposed instead; `run` sends.
 * Invariant: nothing here changes what is shown; the server's events do.
 */
import type { Proposed } from './protocol';
import type { Command, Context } from './commands/checks';
import { READING } from './commands/reading';
import { EDIT, SESSION, VIEW } from './commands/room';
import { BREAKPOINTS } from './commands/breakpoints';
import { RUN, WHEEL } from './commands/run';
import { SELECTED } from './commands/selected';
import { TOGETHER } from './commands/together';
import { hasProposed } from './proposals';

export type { Actions, Command, Context, DialogName, PanelName } from './commands/checks';

/** In the order of toolbar, palette and help. */
export const COMMANDS: readonly Command[] = [
  ...RUN,
  ...WHEEL,
  ...TOGETHER,
  ...EDIT,
  ...BREAKPOINTS,
  ...SELECTED,
  ...SESSION,
  ...READING,
  ...VIEW,
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

/** What happens when somebody uses a command: it runs, or is proposed, or is refused with a reason. */
export type Use =
  | { name: 'run' }
  /** `why` one may not do it oneself. */
  | { name: 'propose'; action: Proposed; why: string }
  | { name: 'refuse'; why: string };

export function use(one: Command, context: Context): Use {
  const verdict = one.enabled(context);
  if (verdict === true) return { name: 'run' };
  const action = one.offer?.(context) ?? null;
  if (action === null) return { name: 'refuse', why: verdict };
  if (hasProposed(context.snapshot, context.you, action))
    return { name: 'refuse', why: 'You have proposed this already.' };
  return { name: 'propose', action, why: verdict };
}
