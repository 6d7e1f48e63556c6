/** What others should hear about an event: pure, so that live region, toasts and tests say the same. */
import { entryPlace, kindOf, KIND_WORDS } from './breakpoints';
import type { BreakpointEntry, Envelope, ParticipantId, Snapshot } from './protocol';
import { decides, sentenceOf } from './proposals';
import { outcomeText } from './watches';
import { asSentence, baseName, count, list, place, resumeWord, whoIs } from './words';

/** `topics`: a later one that shares any says what is true now. */
export interface Announcement {
  text: string;
  toast: boolean;
  topics?: string[];
}

/** Who drives, and of each person whether they ask to. */
const WHEEL = 'wheel';
export const asks = (id: ParticipantId): string => `asks ${id}`;

/**
 * What others should hear about an event: spoken, and shown as a toast if it asks for attention. `before`: what was there
 * before it, or before the events that came with it. `file`: the one that they look at.
 */
export function announcement(
  { event, by }: Envelope,
  after: Snapshot,
  me: ParticipantId | null,
  before: Snapshot = after,
  file: string | null = null,
): Announcement | null {
  const name = (id: ParticipantId | null): string => whoIs(after, id, me, true);
  switch (event.type) {
    case 'wheel': {
      if (event.driver === null) {
        const why = event.reason === 'driver_gone' ? ' The driver was gone too long.' : '';
        return { text: `Nobody drives now.${why}`, toast: true, topics: [WHEEL] };
      }
      const handed =
        event.reason === 'granted' && by !== null && by !== event.driver
          ? `, handed over by ${whoIs(after, by, me)}`
          : '';
      return {
        text: `${name(event.driver)} ${event.driver === me ? 'drive' : 'drives'} now${handed}.`,
        toast: true,
        topics: [WHEEL, asks(event.driver)],
      };
    }
    case 'wheel_requested':
      if (event.participant === me) return null;
      return {
        text: `${name(event.participant)} asks for the wheel.`,
        toast: true,
        topics: [asks(event.participant)],
      };
    case 'wheel_request_dropped':
      if (event.participant !== me || by === me) return null;
      return {
        text: `${name(by)} declined your request for the wheel.`,
        toast: true,
        topics: [asks(event.participant)],
      };
    case 'admitted':
      return { text: `${name(by)} let ${event.participant.name} in.`, toast: false };
    case 'joined':
      return event.participant.id === me ? null : { text: `${event.participant.name} joined.`, toast: false };
    case 'left':
      return event.participant === me ? null : { text: `${name(event.participant)} left.`, toast: false };
    case 'hand':
      if (!event.raised || event.participant === me) return null;
      return { text: `${name(event.participant)} raised a hand.`, toast: true };
    case 'code_right':
      if (event.participant !== me) return null;
      return {
        text: event.granted ? 'You may run code while you drive.' : 'You may no longer run code.',
        toast: true,
      };
    case 'lost':
      return { text: `Connection to the debugger lost. ${asSentence(event.message)}`, toast: false };
    case 'restarting':
      return { text: 'The program is being restarted.', toast: false };
    case 'attached':
      return { text: 'The debugger is attached; the program runs.', toast: false };
    case 'resumed':
      return { text: `${by === null ? 'The program' : name(by)} ${resumeWord(event.how)}.`, toast: false };
    case 'ended':
      return { text: `The session has ended. ${asSentence(event.message)}`, toast: false };
    case 'chat':
      return by === me ? null : { text: `${name(by)}: ${event.text}`, toast: false };
    case 'note_set': {
      const { id, path, line, author, resolved } = event.note;
      const note = `note at ${place(path, line)}`;
      const known = before.notes[id];
      if (!known) return author === me ? null : { text: `${name(author)} writes a ${note}.`, toast: false };
      const was = known.resolved ?? null;
      if (was === null && resolved !== null && resolved !== me)
        return { text: `${name(resolved)} resolved the ${note}.`, toast: false };
      if (was !== null && resolved === null && by !== me)
        return { text: `${name(by)} reopened the ${note}.`, toast: false };
      return null;
    }
    case 'reply_set': {
      const { id, note, author } = event.reply;
      const thread = after.notes[note];
      if (author === me || before.replies[id] || !thread) return null;
      const where = `the note at ${place(thread.path, thread.line)}`;
      // Who takes part in it should see it.
      const toast =
        me !== null &&
        (thread.author === me ||
          Object.values(after.replies).some((one) => one.note === note && one.author === me));
      return { text: `${name(author)} replies to ${where}.`, toast };
    }
    case 'gap':
      return { text: `Some events could not be recorded: ${event.reason}`, toast: true };
    case 'proposal_made': {
      const { by: author, action } = event.proposal;
      const verb = author === me ? 'propose' : 'proposes';
      // Who decides about it has the card, and on a phone the bar beside the thumb.
      const you = me === null ? null : (after.people[me]?.participant ?? null);
      const toast = !decides(after, you, event.proposal);
      return { text: `${name(author)} ${verb} to ${sentenceOf(action, after)}.`, toast };
    }
    case 'proposal_ended':
      return proposalEnded(event, by, after, me);
    case 'watch_set':
      return by === me ? null : { text: `${name(by)} watches ${event.watch.expression}.`, toast: false };
    case 'breakpoints_resolved': {
      const failed = event.results.find(({ id, failed }) => failed && !before.breakpoints[id]?.failed);
      const entry = failed && after.breakpoints[failed.id]?.entry;
      if (!entry) return null;
      return {
        text: `The breakpoint at ${entryPlace(entry)} does not work. ${failed.message}`,
        toast: entry.author === me,
      };
    }
    case 'breakpoint_set':
      // A changed one shows where it was changed.
      return before.breakpoints[event.entry.id]
        ? null
        : breakpointNews('set', event.entry, by, after, me, file);
    case 'breakpoint_removed': {
      const entry = before.breakpoints[event.id]?.entry;
      return entry ? breakpointNews('removed', entry, by, after, me, file) : null;
    }
    case 'breakpoint_disarmed': {
      const entry = after.breakpoints[event.id]?.entry;
      const where = entry ? entryPlace(entry) : 'A breakpoint';
      return {
        text: `${where} was disarmed: it was reached ${Math.round(event.per_second)} times a second. “Rearm” in the breakpoints sets it again.`,
        toast: true,
      };
    }
    case 'muted':
      if (by === me) return null;
      return {
        text: event.all ? `${name(by)} muted all breakpoints.` : `${name(by)} changed what is muted.`,
        toast: event.all,
      };
    case 'source_drift':
      if (!event.drifted) return { text: `${baseName(event.path)} is again as it was read.`, toast: false };
      return {
        text: `${baseName(event.path)} changed on disk since it was read; the program still runs the text shown here.`,
        toast: true,
      };
    case 'busy':
      if (!event.busy) return { text: 'The debugger answers again.', toast: false };
      // Done by somebody, not by itself: that concerns most whose code it is.
      if (event.busy.state === 'interrupting' && by !== null)
        return {
          text: `${name(by)} interrupts ${event.busy.what}.`,
          toast: event.busy.by === me && by !== me,
        };
      return { text: event.busy.message, toast: false };
    default:
      return null;
  }
}

/** One's own doing anywhere; others' in the file that one looks at. */
function breakpointNews(
  what: 'set' | 'removed',
  entry: BreakpointEntry,
  by: ParticipantId | null,
  after: Snapshot,
  me: ParticipantId | null,
  file: string | null,
): { text: string; toast: boolean } | null {
  const here = entry.function === null && entry.path === file;
  if (!here && by !== me) return null;
  const kind = KIND_WORDS[kindOf(entry)];
  const where = `${what === 'set' ? 'at' : 'from'} ${here ? `line ${entry.line}` : entryPlace(entry)}`;
  const text =
    by === me
      ? `${kind} ${what} ${where}.`
      : `${whoIs(after, by, me, true)} ${what} a ${kind.toLowerCase()} ${where}.`;
  return { text, toast: false };
}

function proposalEnded(
  event: Extract<Envelope['event'], { type: 'proposal_ended' }>,
  by: ParticipantId | null,
  after: Snapshot,
  me: ParticipantId | null,
): { text: string; toast: boolean } | null {
  const view = after.proposals[event.proposal];
  if (!view || event.how === 'withdrawn') return null;
  const { proposal } = view;
  const whose = proposal.by === me ? 'your proposal' : `the proposal of ${whoIs(after, proposal.by, me)}`;
  const what = `${whose} to ${sentenceOf(proposal.action, null)}`;
  const who = whoIs(after, by, me, true);
  // Who proposed should see it; the others may hear it.
  const toast = proposal.by === me && by !== me;
  switch (event.how) {
    case 'run':
      return {
        text: event.outcome ? `${who} ran ${what}: ${outcomeText(event.outcome)}.` : `${who} ran ${what}.`,
        toast,
      };
    case 'failed':
      return {
        text: `${who} ran ${what}, and it failed. ${event.message ?? ''}`.trim(),
        toast: toast || by === me,
      };
    case 'declined':
      return { text: `${who} declined ${what}.`, toast };
    case 'expired':
      return { text: `It is too late for ${what}. ${event.message ?? ''}`.trim(), toast };
    default:
      event.how satisfies never;
      return null;
  }
}

type Counted = [of: (event: Envelope['event']) => boolean, one: string, more?: string];

/** What is counted of what somebody missed. */
const COUNTED: readonly Counted[] = [
  [({ type }) => type === 'stopped', 'stop'],
  [({ type }) => type === 'output', 'line of output', 'lines of output'],
  [({ type }) => type === 'chat', 'chat line'],
  [(event) => event.type === 'evaluated' && event.context !== 'hover', 'evaluation'],
  [({ type }) => type === 'snap', 'snap'],
  [({ type }) => type === 'proposal_made', 'proposal'],
  [({ type }) => type === 'note_set' || type === 'reply_set', 'change to the notes', 'changes to the notes'],
  [({ type }) => type === 'lost', 'loss of the debugger', 'losses of the debugger'],
];

/** Whether it is counted in what is said of what was missed: then it needs no words of its own. */
export const isCounted = ({ event }: Envelope): boolean => COUNTED.some(([of]) => of(event));

/** What happened while somebody was not connected, in a few words; empty if nothing that counts. */
export function missed(events: readonly Envelope[]): string {
  const parts = COUNTED.map(([of, one, more]) => {
    const many = events.filter(({ event }) => of(event)).length;
    return many > 0 ? count(many, one, more) : null;
  });
  return list(parts.filter((part) => part !== null));
}
