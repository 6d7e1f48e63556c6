/** What a closed socket means. Pure: a code in, what to do and say out. */
import { CLOSE_CODES, type ParticipantKind } from '../protocol';

export type ClosedReason = 'removed' | 'ticket_ended' | 'session_ended' | 'no_session' | 'broken';

export type AfterClose =
  { then: 'resume'; wait: 'none' | 'backoff'; why: string } | { then: 'stop'; reason: ClosedReason };

/** Why there is no way in any more: who came by a link can't sign in again. */
export function ticketEnded(kind: ParticipantKind | null): string {
  if (kind === 'home_assistant') return 'Your sign-in has ended. Sign in again.';
  if (kind === null)
    return 'Your sign-in has ended, or your invite was revoked. Ask the host for a new invite.';
  return 'Your invite was revoked, or your ticket has ended. Ask the host for a new invite.';
}

/** What is said when a session closes; `kind` is how the person came in, if that is known. */
export function closedMessage(reason: ClosedReason, kind: ParticipantKind | null): string {
  switch (reason) {
    case 'ticket_ended':
      return ticketEnded(kind);
    case 'removed':
      return kind === 'home_assistant'
        ? 'A host removed you from this session. If that was not meant, ask them to let you in again.'
        : 'A host removed you from this session, and your link does not work any more. If that was not meant, ask for a new invite.';
    case 'session_ended':
      return 'The session has ended. Its recording stays.';
    case 'no_session':
      return 'There is no such session, or it is not for you. Ask for a new link.';
    case 'broken':
      return 'This page and the server do not understand each other. Reload the page.';
  }
}

export function afterClose(code: number): AfterClose {
  switch (code) {
    case CLOSE_CODES.ticket_ended:
      return stop('ticket_ended');
    case CLOSE_CODES.removed:
      return stop('removed');
    case CLOSE_CODES.session_ended:
      return stop('session_ended');
    case CLOSE_CODES.no_session:
      return stop('no_session');
    case CLOSE_CODES.bad_message:
      return stop('broken');
    case CLOSE_CODES.too_slow:
      return { then: 'resume', wait: 'none', why: 'This connection was too slow; catching up.' };
    case CLOSE_CODES.too_fast:
      return resume('Too many messages at once; waiting a moment.');
    case CLOSE_CODES.too_large:
      return resume('A message was too large for the server.');
    case CLOSE_CODES.going_down:
      return resume('The server is going down; waiting for it to come back.');
    default:
      return resume('The connection to the server was lost.');
  }
}

/** How long to wait before an attempt, in ms: doubled from half a second up to ten, with up to a quarter less by chance. */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(10_000, 500 * 2 ** Math.min(attempt, 10));
  return Math.round(full * (1 - random() / 4));
}

const stop = (reason: ClosedReason): AfterClose => ({ then: 'stop', reason });
const resume = (why: string): AfterClose => ({ then: 'resume', wait: 'backoff', why });
