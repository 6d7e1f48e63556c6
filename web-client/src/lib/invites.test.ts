import { describe, expect, it } from 'vitest';
import { inviteEnd, inviteLabel, inviteTerms, nextEnd, revokeWords } from './invites';
import type { InviteInfo } from './protocol';

const invite: InviteInfo = {
  id: 'i',
  session: 's',
  role: 'watcher',
  notes: false,
  asks: true,
  made_by: null,
  expires_at: 1_000,
  uses: 3,
  used: 1,
  revoked: false,
  came: [],
};

describe('an invite', () => {
  it('ends in one of three ways', () => {
    expect(inviteEnd(invite, 1)).toBeNull();
    expect(inviteEnd({ ...invite, revoked: true }, 2_000)).toBe('revoked');
    expect(inviteEnd(invite, 999)).toBeNull();
    expect(inviteEnd(invite, 1_000), 'as the server has it').toBe('expired');
    expect(inviteEnd({ ...invite, used: 3 }, 1)).toBe('used up');
  });

  it('runs out at a time that is known', () => {
    const all = [invite, { ...invite, expires_at: 700 }, { ...invite, expires_at: 2_000 }];
    expect(nextEnd(all, 1)).toBe(700);
    expect(nextEnd(all, 700)).toBe(1_000);
    expect(nextEnd(all, 2_000)).toBeNull();
    expect(nextEnd([], 1)).toBeNull();
  });

  it('says what it allows', () => {
    expect(inviteLabel({ ...invite, notes: true })).toBe('Watcher, writes notes');
    expect(inviteLabel({ ...invite, role: 'collaborator', notes: true })).toBe('Collaborator');
    expect(inviteTerms(invite, 1)).toMatch(/^2 uses left \(used 1 of 3 times\) · until /);
    expect(inviteTerms({ ...invite, used: 3 }, 1)).toBe('used 3 of 3 times');
  });

  it('says what revoking does', () => {
    expect(revokeWords([], [])).toBe('Nobody comes in by this link any more.');
    expect(revokeWords(['Gil'], ['Eve'])).toBe(
      'Nobody comes in by this link any more. Gil is out at once. Eve waits by it, and can’t come in.',
    );
    expect(revokeWords(['Gil', 'Bo'], ['Eve', 'Al'])).toContain(
      'Gil and Bo are out at once. Eve and Al wait',
    );
  });
});
