/** Sentences about invites. Pure. */
import type { InviteInfo } from './protocol';
import { count, dateTime, list, roleName } from './words';

/** Why an invite lets nobody in any more; null while it does. */
export function inviteEnd(invite: InviteInfo, now = Date.now()): string | null {
  if (invite.revoked) return 'revoked';
  if (invite.expires_at <= now) return 'expired';
  return invite.used >= invite.uses ? 'used up' : null;
}

/** When the next of them runs out; null if none will. */
export function nextEnd(invites: readonly InviteInfo[], now: number): number | null {
  const coming = invites.map(({ expires_at }) => expires_at).filter((at) => at > now);
  return coming.length > 0 ? Math.min(...coming) : null;
}

/** What it makes of who comes. */
export function inviteLabel({ role, notes }: InviteInfo): string {
  return `${roleName(role)}${notes && role === 'watcher' ? ', writes notes' : ''}`;
}

/** How often and until when. */
export function inviteTerms(invite: InviteInfo, now = Date.now()): string {
  const used = `used ${invite.used} of ${count(invite.uses, 'time')}`;
  if (inviteEnd(invite, now) !== null) return used;
  return `${count(invite.uses - invite.used, 'use')} left (${used}) · until ${dateTime(invite.expires_at)}`;
}

/** What revoking does, before it is done. */
export function revokeWords(inside: readonly string[], waiting: readonly string[]): string {
  const parts = ['Nobody comes in by this link any more.'];
  if (inside.length > 0) parts.push(`${list(inside)} ${inside.length > 1 ? 'are' : 'is'} out at once.`);
  if (waiting.length > 0)
    parts.push(`${list(waiting)} ${waiting.length > 1 ? 'wait' : 'waits'} by it, and can’t come in.`);
  return parts.join(' ');
}
