/**
 * Proposals in plain words, and who decides about them: pure, so that cards, toasts and tests say the same.
 *
 * A host decides about everything, the driver about what runs no code and is nobody else's; a step is run by who drives.
 */
import type {
  BreakpointDraft,
  BreakpointEntry,
  Command,
  Participant,
  Proposal,
  ProposalEnd,
  ProposalView,
  Proposed,
  Snapshot,
} from './protocol';
import { draftOf } from './breakpoints';
import { isCode } from './permissions';
import { isPlain } from './python';
import { nameOf, place } from './words';

/** A part of a sentence; code is shown as code. */
export interface Piece {
  text: string;
  code?: true;
}

const words = (text: string): Piece => ({ text });
const code = (text: string): Piece => ({ text, code: true });

/** Commands that move the program. */
const STEPS = new Set<Command['command']>(['continue', 'next', 'step_in', 'step_out', 'pause', 'goto']);

export const isStep = (action: Proposed): boolean =>
  action.kind === 'command' && STEPS.has(action.command.command);

/** What would be done now, to follow “proposes to …”; or what would have been done, if it has been decided. */
export function pieces(action: Proposed, now: Snapshot | null): Piece[] {
  if (action.kind === 'command') return commandPieces(action.command, now);
  const { draft, instead_of: id } = action;
  if (now === null && id !== undefined) return changePieces(draft, '');
  const entry = now && toBeChanged(now, action);
  if (!entry) return draftPieces(draft);
  const until = [words('; until now:'), ...doesPieces(draftOf(entry))];
  return [...changePieces(draft, ` of ${nameOf(now, entry.author)}`), ...until];
}

/** The breakpoint that would be changed; null: it is a new one, also if that is gone meanwhile or elsewhere. */
function toBeChanged(now: Snapshot, action: Proposed): BreakpointEntry | null {
  if (action.kind !== 'breakpoint' || action.instead_of === undefined) return null;
  const { path, line, function: name } = action.draft;
  const entry = now.breakpoints[action.instead_of]?.entry;
  return entry?.path === path && entry.line === line && entry.function === name ? entry : null;
}

export const sentenceOf = (action: Proposed, now: Snapshot | null): string =>
  pieces(action, now)
    .map(({ text }) => text)
    .join('');

function commandPieces(command: Command, now: Snapshot | null): Piece[] {
  switch (command.command) {
    case 'continue':
      return [words('continue')];
    case 'next':
      return [words('step over')];
    case 'step_in':
      return [words(command.target === undefined ? 'step into' : 'step into a chosen call')];
    case 'step_out':
      return [words('step out')];
    case 'pause':
      return [words('pause the program')];
    case 'goto':
      return [words('make '), code(place(command.path, command.line)), words(' the next line to run')];
    case 'evaluate':
      return [words('evaluate '), code(command.expression)];
    case 'set_variable':
      return [words('set '), code(command.name), words(' to '), code(command.value)];
    case 'set_expression':
      return [words('set '), code(command.expression), words(' to '), code(command.value)];
    case 'watch_add': {
      // The server sends null for none.
      const { instead_of: id, expression } = command;
      const was = id ? now?.watches[id]?.watch.expression : undefined;
      if (was !== undefined) return [words('change the watch '), code(was), words(' to '), code(expression)];
      return [words(id ? 'change a watch to ' : 'watch '), code(expression)];
    }
    default:
      return [words(command.command.replaceAll('_', ' '))];
  }
}

const placeOf = ({ function: name, path, line }: BreakpointDraft): Piece =>
  code(name === null ? place(path, line) : `${name}()`);

function whenPieces({ condition, hit_condition: hits }: BreakpointDraft): Piece[] {
  return [
    ...(condition ? [words(' if '), code(condition)] : []),
    ...(hits ? [words(', hit count '), code(hits)] : []),
  ];
}

/** What one does that is set. */
function doesPieces(draft: BreakpointDraft): Piece[] {
  const when = whenPieces(draft);
  const what: Piece[] = draft.snap
    ? [words(' a snap point')]
    : draft.log_message
      ? [words(' print '), code(draft.log_message)]
      : [words(when.length > 0 ? ' stop' : ' stop every time')];
  return [...what, ...when];
}

/** What one that is set would be from then on. */
const changePieces = (draft: BreakpointDraft, of: string): Piece[] => [
  words(`make the breakpoint${of} at `),
  placeOf(draft),
  ...doesPieces(draft),
];

function draftPieces(draft: BreakpointDraft): Piece[] {
  const at = words(draft.function === null ? ' at ' : ' when a call enters ');
  const what: Piece[] = draft.snap
    ? [words('set a snap point')]
    : draft.log_message
      ? [words('print '), code(draft.log_message)]
      : [words('set a breakpoint')];
  return [...what, at, placeOf(draft), ...whenPieces(draft)];
}

/** Whether it runs code of somebody's in the program. */
export function runsCode(action: Proposed): boolean {
  if (action.kind === 'breakpoint') {
    const { condition, hit_condition, log_message } = action.draft;
    return isCode({ condition, hitCondition: hit_condition, logMessage: log_message });
  }
  return action.command.command === 'watch_add' ? !isPlain(action.command.expression) : !isStep(action);
}

/** Whether only a host decides about it: code, and a breakpoint that is neither the driver's nor the proposer's. */
export function isForHosts(snapshot: Snapshot, { by, action }: Pick<Proposal, 'by' | 'action'>): boolean {
  if (runsCode(action)) return true;
  const author = toBeChanged(snapshot, action)?.author;
  return author !== undefined && author !== by && author !== snapshot.driver;
}

/** Whether somebody may run or decline it. */
export function decides(
  snapshot: Snapshot,
  you: Participant | null,
  proposal: Pick<Proposal, 'by' | 'action'>,
): boolean {
  if (!you) return false;
  const drives = you.role === 'collaborator' && snapshot.driver === you.id;
  return you.role === 'host' || (drives && !isForHosts(snapshot, proposal));
}

/** Why who decides about it can't run it at this moment; null if they can. */
export function whyNotRun(snapshot: Snapshot, you: Participant | null, action: Proposed): string | null {
  const { driver } = snapshot;
  if (!isStep(action) || driver === null || driver === you?.id) return null;
  return `${nameOf(snapshot, driver)} drives and decides about steps: take the wheel first.`;
}

/** Open ones, oldest first. */
export function openProposals({ proposals }: Snapshot): ProposalView[] {
  return Object.values(proposals)
    .filter(({ end }) => end === null)
    .sort((a, b) => a.proposal.id - b.proposal.id);
}

/** Decided ones, newest first. */
export function pastProposals({ proposals }: Snapshot): ProposalView[] {
  return Object.values(proposals)
    .filter(({ end }) => end !== null)
    .sort((a, b) => b.proposal.id - a.proposal.id);
}

/** Open ones that wait for somebody: what another driver's is to run does not. */
export function forYou(snapshot: Snapshot, you: Participant | null): ProposalView[] {
  return openProposals(snapshot).filter(
    ({ proposal }) => decides(snapshot, you, proposal) && whyNotRun(snapshot, you, proposal.action) === null,
  );
}

/** Whether somebody has proposed just this and it is still open. */
export function hasProposed(snapshot: Snapshot, you: Participant | null, action: Proposed): boolean {
  const key = canonical(action);
  return openProposals(snapshot).some(
    ({ proposal }) => proposal.by === you?.id && canonical(proposal.action) === key,
  );
}

/** Absent, null and default fields are the same on the wire. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (part === null || typeof part !== 'object' || Array.isArray(part)) return part;
    const kept = Object.entries(part).filter(([, one]) => one !== null && one !== false && one !== 'repl');
    return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

export function endWord(how: ProposalEnd): string {
  return {
    run: 'done',
    failed: 'failed',
    declined: 'declined',
    withdrawn: 'withdrawn',
    expired: 'expired',
  }[how];
}
