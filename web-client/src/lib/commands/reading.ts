/** Commands for finding one's way in the code. */
import { all, atLine, BOTH, type Check, type Command } from './checks';
import { gone } from '../places';

const fileOpen: Check = ({ at }) => at.path !== null || 'Open a file first.';

function walk(id: string, label: string, where: string, by: 1 | -1, keys: string[]): Command {
  return {
    id,
    label,
    group: 'View',
    keys,
    modes: BOTH,
    enabled: ({ trail, at: { path, line } }) => {
      const here = path === null || line === null ? null : { path, line };
      return gone(trail, here, by) !== null || `There is no place ${where}.`;
    },
    run: ({ act }) => act.walk(by),
  };
}

export const READING: readonly Command[] = [
  // What Alt and the arrows do in an editor is the browser's.
  walk('go_back', 'Go back to where you were', 'to go back to', -1, ['Ctrl+Alt+-']),
  walk('go_forward', 'Go forward again', 'to go forward to', 1, ['Ctrl+Alt+Shift+-']),
  {
    id: 'symbol_go',
    label: 'Go to a symbol of the file …',
    group: 'View',
    keys: ['Mod+Shift+O'],
    modes: BOTH,
    enabled: fileOpen,
    run: ({ act }) => act.open('symbol'),
  },
  {
    id: 'find',
    label: 'Find in the file …',
    group: 'View',
    // In the source itself it has the editor's Ctrl+F; elsewhere that key is the output's, or the browser's.
    keys: [],
    modes: BOTH,
    enabled: fileOpen,
    run: ({ act }) => act.find(),
  },
  {
    id: 'copy_line_link',
    label: 'Copy link to the line at the cursor',
    group: 'View',
    keys: ['Alt+Shift+C'],
    modes: BOTH,
    enabled: atLine,
    run: ({ at, act }) => act.copyLineLink(at.path!, at.line!),
  },
  {
    id: 'value_show',
    label: 'Show value at the cursor',
    group: 'View',
    keys: ['Alt+Shift+E'],
    modes: BOTH,
    enabled: all(
      fileOpen,
      ({ snapshot, at }) =>
        (snapshot.stop !== null && at.frame !== null) || 'Values are known where the program is paused.',
    ),
    run: ({ act }) => act.showValue(),
  },
  {
    id: 'inline_values',
    label: 'Values beside the lines, or not',
    group: 'View',
    keys: ['Alt+Shift+V'],
    modes: BOTH,
    enabled: () => true,
    run: ({ act }) => act.toggleInlineValues(),
  },
];
