/** Menus made of commands: the same labels, reasons and offers as everywhere else. */
import { command, use } from './commands';
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

/** Commands as if the cursor was at a line. */
export function commandItems(desk: Desk, ids: readonly string[], path: string, line: number): MenuItem[] {
  const context = desk.contextAt(path, line);
  return ids.map((id) => {
    const one = command(id);
    const how = use(one, context);
    const label = one.label.replace('at the cursor', 'here').replace('the cursor', 'here');
    const item = { why: how.name === 'refuse' ? how.why : null, run: () => desk.run(one, context) };
    const hint = keyboard.hint(id);
    const key = hint === null ? {} : { key: hint };
    return { label: how.name === 'propose' ? `Propose: ${label}` : label, ...key, ...item };
  });
}
