/** Who has asked their system for less motion sees nothing move, and the same things happen. */
import type { Page } from '@playwright/test';
import { PORCH, porchLine } from './support/debuggee';
import { inviteLink, join } from './support/room';
import { expect, test } from './support/world';

const IDLE = porchLine('idle = now - self.last_motion');
const moving = (page: Page): Promise<number> => page.evaluate(() => document.getAnimations().length);

test('what moves for others stands still for who wants less motion', async ({ world }) => {
  const { hostUrl } = await world.share(await world.porch());
  const page = await world.browserOf('Ana', { reducedMotion: 'reduce' });
  const ana = await join(page, hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben'), await inviteLink(ana), 'Ben');
  await ana.open(PORCH);
  await ana.clickGutter(IDLE);
  for (const room of [ana, ben]) await room.expectPausedAt(IDLE);
  const seen = [ana, ben].map((room) => expect(room.source.locator('.cm-pointed')).toBeVisible());
  // For some seconds only.
  const moves = expect.poll(() => moving(ben.page), { intervals: [50] }).toBeGreaterThan(0);
  await ben.chooseAt(IDLE, /^Point here for everybody/);
  await Promise.all([...seen, moves]);
  expect(await moving(page)).toBe(0);
});
