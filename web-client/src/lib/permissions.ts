/**
 * Who may do what: a mirror of the server's rules, so that controls can say why they are disabled. The server decides.
 */
import type { Participant, ParticipantId, Snapshot } from './protocol';
import { isPlain } from './python';
import { nameOf } from './words';

/** What somebody may do at this moment. */
export interface Standing {
  role: Participant['role'] | null;
  /** Holds the wheel. */
  drives: boolean;
  /** May run code in the program now. */
  runsCode: boolean;
  setsBreakpoints: boolean;
  /** May pass everybody's breakpoints over. */
  mutesAll: boolean;
  writesNotes: boolean;
}

export function standing(snapshot: Snapshot, you: Participant | null): Standing {
  if (!you)
    return {
      role: null,
      drives: false,
      runsCode: false,
      setsBreakpoints: false,
      mutesAll: false,
      writesNotes: false,
    };
  const drives = snapshot.driver === you.id;
  const granted = snapshot.people[you.id]?.code ?? false;
  return {
    role: you.role,
    drives,
    runsCode: you.role === 'host' || (you.role === 'collaborator' && drives && granted),
    setsBreakpoints: you.role !== 'watcher',
    mutesAll: you.role === 'host' || drives,
    writesNotes: you.role !== 'watcher' || you.may_write_notes,
  };
}

/** Why somebody may not run code, or `true`. */
export function mayRunCode(who: Standing): true | string {
  if (who.runsCode) return true;
  if (who.role === 'watcher') return 'Watchers cannot run code in the program.';
  if (!who.drives) return 'Only the driver may run code. Ask for the wheel first.';
  return 'A host has to let you run code first.';
}

/** Why somebody may not watch an expression without asking, or `true`: who sets breakpoints may, if it is only read. */
export function mayWatch(who: Standing, expression: string): true | string {
  if (who.runsCode || (who.setsBreakpoints && isPlain(expression))) return true;
  if (who.role === 'watcher') return 'Watchers propose watches.';
  return 'More than a plain name is code, which a host has to agree to.';
}

/** Why somebody may not change or remove an entry of somebody's, or `true`. */
export function mayChange(
  snapshot: Snapshot,
  you: Participant | null,
  { author }: { author: ParticipantId },
): true | string {
  const who = standing(snapshot, you);
  if (!who.setsBreakpoints) return 'Watchers cannot change breakpoints.';
  if (who.role === 'host' || author === you?.id) return true;
  return `Only ${nameOf(snapshot, author)} or a host can change this one.`;
}

/** What a breakpoint may need beyond the right to set one. */
export interface CodeFields {
  condition: string | null;
  hitCondition: string | null;
  logMessage: string | null;
}

/** Whether a breakpoint runs code: a condition, a log message, a hit count that is more than a count. */
export function isCode({ condition, hitCondition, logMessage }: CodeFields): boolean {
  return !!condition || !!logMessage || (!!hitCondition && !isPlainHitCondition(hitCondition));
}

/** Whether a hit condition is a plain count and not an expression. */
export function isPlainHitCondition(text: string): boolean {
  return /^\s*(==?|>=|<=|>|<|%)?\s*\d+\s*$/.test(text);
}
