/** Menus made of commands: the same labels, reasons and offers as everywhere else. */
import { command, use, type Context } from './commands';
import type { Desk } from './state/desk.svelte';
import { keyboard } from './state/keyboard.svelte';

export interface MenuItem {
  label: string;
  key?: string;
  /** Why it can't be used; null if it can. */
  why: string | null;
  run: () => void;
}

/** Something to open at a place on the screen. */
export interface MenuAt {
  label: string;
  items: MenuItem[];
  x: number;
  y: number;
}

/** Commands, of those that there are where one is; what they are about is plain from where the menu is. */
export function commandItems(
  desk: Desk,
  ids: readonly string[],
  context: Context,
  /** Where something else says it better than the table. */
  words: Readonly<Record<string, string>> = {},
): MenuItem[] {
  const known = ids.map(command).filter(({ modes }) => modes.includes(context.mode));
  return known.map((one) => {
    const { id } = one;
    const how = use(one, context);
    const label = words[id] ?? one.label.replace(/(at )?the cursor/, 'here').replace(' the selection', '');
    const item = { why: how.name === 'refuse' ? how.why : null, run: () => desk.run(one, context) };
    const hint = keyboard.hint(id);
    const key = hint === null ? {} : { key: hint };
    return { label: how.name === 'propose' ? `Propose: ${label}` : label, ...key, ...item };
  });
}
