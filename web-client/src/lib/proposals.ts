/**
 * Proposals in plain words, and who decides about them: pure, so that cards, toasts and tests say the same.
 *
 * A step is the driver's or a host's to run; whatever runs code or says where the program stops is a host's.
 */
import type {
  BreakpointDraft,
  Command,
  Participant,
  ProposalEnd,
  ProposalView,
  Proposed,
  Snapshot,
} from './protocol';
import { place } from './words';

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

/** What would be done, to follow “proposes to …”. */
export function pieces(action: Proposed): Piece[] {
  return action.kind === 'breakpoint' ? draftPieces(action.draft) : commandPieces(action.command);
}

export const sentenceOf = (action: Proposed): string =>
  pieces(action)
    .map(({ text }) => text)
    .join('');

function commandPieces(command: Command): Piece[] {
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
    case 'watch_add':
      return [words('watch '), code(command.expression)];
    default:
      return [words(command.command.replaceAll('_', ' '))];
  }
}

function draftPieces(draft: BreakpointDraft): Piece[] {
  const where =
    draft.function === null ? [code(place(draft.path, draft.line))] : [code(`${draft.function}()`)];
  const at = words(draft.function === null ? ' at ' : ' when a call enters ');
  const what: Piece[] = draft.snap
    ? [words('set a snap point')]
    : draft.log_message
      ? [words('print '), code(draft.log_message)]
      : [words('set a breakpoint')];
  const condition = draft.condition ? [words(' if '), code(draft.condition)] : [];
  const hits = draft.hit_condition ? [words(', hit count '), code(draft.hit_condition)] : [];
  return [...what, at, ...where, ...condition, ...hits];
}

/** Whether somebody may run or decline it. */
export function decides(snapshot: Snapshot, you: Participant | null, action: Proposed): boolean {
  if (!you) return false;
  return you.role === 'host' || (you.role === 'collaborator' && snapshot.driver === you.id && isStep(action));
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

/** Open ones that somebody can decide about. */
export function forYou(snapshot: Snapshot, you: Participant | null): ProposalView[] {
  return openProposals(snapshot).filter(({ proposal }) => decides(snapshot, you, proposal.action));
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
