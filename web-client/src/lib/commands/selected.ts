/** Commands about what is selected in the source. Where somebody may not, they propose it, as in the panels. */
import { mayRunCode, mayWatch, standing } from '../permissions';
import { LIMITS, type Command as Wire } from '../protocol';
import { isPlain } from '../python';
import { all, BOTH, connected, LIVE, type Check, type Command, type Context } from './checks';

const something: Check = ({ selected }) =>
  selected().trim() !== '' || 'Select something in the source first.';

const expression: Check = all(
  something,
  ({ selected }) =>
    selected().length <= LIMITS.expression || 'That is longer than an expression may be: select less.',
);

const attached: Check = ({ snapshot: { phase } }) =>
  phase.name === 'stopped' || phase.name === 'running' || 'The debugger is not attached at this moment.';

const watches: Check = ({ snapshot, you, selected }) => mayWatch(standing(snapshot, you), selected());

/** What is only read needs no right. */
const evaluates: Check = ({ snapshot, you, selected }) =>
  (snapshot.phase.name === 'stopped' && isPlain(selected())) || mayRunCode(standing(snapshot, you));

function evaluation({ snapshot: { phase, stop }, at: { frame }, selected }: Context): Wire {
  const where =
    phase.name === 'stopped' && stop ? { stop: stop.stop, ...(frame === null ? {} : { frame }) } : {};
  return { command: 'evaluate', ...where, expression: selected() };
}

/** A command that who lacks only the right proposes. */
function proposable(
  id: string,
  label: string,
  ready: Check,
  right: Check,
  wire: (context: Context) => Wire,
  run: Command['run'],
): Command {
  return {
    id,
    label,
    group: 'Edit',
    keys: [],
    modes: LIVE,
    enabled: all(ready, right),
    offer: (context) => (ready(context) === true ? { kind: 'command', command: wire(context) } : null),
    run,
  };
}

export const SELECTED: readonly Command[] = [
  proposable(
    'watch_selection',
    'Add the selection to watch',
    all(connected, expression),
    watches,
    ({ selected }) => ({ command: 'watch_add', expression: selected() }),
    ({ act, selected }) => act.watch(selected()),
  ),
  proposable(
    'evaluate_selection',
    'Evaluate the selection in console',
    all(connected, expression, attached),
    evaluates,
    evaluation,
    ({ act, selected }) => act.evaluate(selected()),
  ),
  {
    id: 'copy_selection',
    label: 'Copy the selection',
    group: 'Edit',
    // The browser's own, for whatever is selected.
    keys: [],
    modes: BOTH,
    enabled: something,
    run: ({ act }) => act.copySelection(),
  },
];
