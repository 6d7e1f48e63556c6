/** The menu of a line of the source, and of what is selected there. */
import { commandItems } from './menu';
import type { MenuAt } from './menu';
import type { Desk } from './state/desk.svelte';
import { place } from './words';

const OF_SELECTION = ['value_show', 'watch_selection', 'evaluate_selection', 'copy_selection'];
const OF_LINE = [
  'run_to',
  'set_next',
  'step_in_choose',
  'breakpoint_toggle',
  'breakpoint_draft',
  'note_add',
  'notes_here',
  'point',
  'copy_line_link',
];

/** `selected`: it was opened on the selection, whose commands come first. */
export function sourceMenu(
  desk: Desk,
  file: string,
  line: number,
  selected: boolean,
): Pick<MenuAt, 'label' | 'items'> {
  const ids = [...(selected ? OF_SELECTION : []), ...OF_LINE];
  return { label: place(file, line), items: commandItems(desk, ids, desk.contextAt(file, line)) };
}
