/** The menu of a line of the source, and of what is selected there. */
import { here, meant } from './commands/breakpoints';
import type { Context } from './commands';
import { commandItems, type MenuAt } from './menu';
import type { Desk } from './state/desk.svelte';
import { count, list, nameOf, place } from './words';

const OF_SELECTION = ['value_show', 'watch_selection', 'evaluate_selection', 'copy_selection'];

/** What can be done about breakpoints on the line, in words of what is there. */
function ofBreakpoints(context: Context): {
  ids: string[];
  words: Record<string, string>;
  ways: Pick<Context['at'], 'sets' | 'enables' | 'entries'>;
} {
  const there = meant(context);
  const [first] = there;
  if (!first) {
    const ids = ['breakpoint_toggle', 'breakpoint_draft'];
    // Others' alone, which one may not change: it is said whose they are.
    const of = here(context).length > 0 ? [...ids, 'breakpoint_able'] : ids;
    return { ids: of, words: {}, ways: { sets: true } };
  }
  const authors = [...new Set(there.map(({ entry }) => entry.author))];
  const names = authors.map((author) => nameOf(context.snapshot, author));
  const mine = authors[0] === context.you?.id;
  const of = (whose: string): string => (mine ? '' : ` of ${whose}`);
  const what = (there.length > 1 ? count(there.length, 'breakpoint') : 'breakpoint') + of(list(names));
  const enables = !there.some(({ entry }) => entry.enabled);
  const words = {
    breakpoint_able: `${enables ? 'Enable' : 'Disable'} ${what}`,
    breakpoint_draft: `Edit breakpoint${of(names[0]!)}: condition, log or snap …`,
    [mine ? 'breakpoint_toggle' : 'breakpoint_remove']: `Remove ${what}`,
  };
  const ids = ['breakpoint_able', 'breakpoint_draft'];
  return {
    ids: mine ? [...ids, 'breakpoint_toggle'] : ['breakpoint_toggle', ...ids, 'breakpoint_remove'],
    words,
    ways: { sets: !mine, enables, entries: new Set(there.map(({ entry }) => entry.id)) },
  };
}

/** `selected`: it was opened on the selection, whose commands come first. */
export function sourceMenu(
  desk: Desk,
  file: string,
  line: number,
  selected: boolean,
): Pick<MenuAt, 'label' | 'items'> {
  const context = desk.contextAt(file, line);
  const { ids, words, ways } = ofBreakpoints(context);
  const all = [
    ...(selected ? OF_SELECTION : []),
    'run_to',
    'set_next',
    'step_in_choose',
    ...ids,
    'note_add',
    'notes_here',
    'point',
    'copy_line_link',
  ];
  return {
    label: place(file, line),
    items: commandItems(desk, all, { ...context, at: { ...context.at, ...ways } }, words),
  };
}
