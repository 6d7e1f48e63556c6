/** Who drives: a hand, a request, the wheel given and taken back. Each is one click, and whom it concerns sees and hears it. */
import { expectAccessible } from './support/axe';
import { PORCH, porchLine } from './support/debuggee';
import { inviteLink, join, said, type Room } from './support/room';
import { expect, test } from './support/world';

const IDLE = porchLine('idle = now - self.last_motion');
const IF = porchLine('if idle >= self.hold');

/** At once: what is said goes again. */
const everybody =
  (...rooms: Room[]) =>
  (each: (room: Room) => Promise<void>): Promise<void[]> =>
    Promise.all(rooms.map(each));

test('a hand, a request, the wheel handed over and taken back, each by one click', async ({ world }) => {
  const { hostUrl, inviteUrl } = await world.share(await world.porch());
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben'), inviteUrl, 'Ben');
  const wes = await join(await world.browserOf('Wes', { colorScheme: 'dark' }), await inviteLink(ana, 'Watcher'), 'Wes');
  await ana.open(PORCH);
  await ana.clickGutter(IDLE);
  for (const room of [ana, ben, wes]) {
    await room.expectPausedAt(IDLE);
    await expect(said(room.page), 'a stop is said').toContainText(new RegExp(`Paused at porch\\.py.*${IDLE}`));
  }

  await test.step('who may not drive can still raise a hand', async () => {
    await wes.people.getByRole('button', { name: 'Raise hand' }).click();
    await everybody(ana, ben)(async (room) => {
      await expect(room.toast('Wes raised a hand.')).toBeVisible();
      await expect(said(room.page)).toContainText('Wes raised a hand.');
      await expect(room.person('Wes')).toContainText('hand up');
    });
    await expect(wes.toast(/raised a hand/)).toHaveCount(0);
    for (const room of [ana, wes]) await expectAccessible(room.page);
    await wes.people.getByRole('button', { name: 'Lower hand' }).click();
    for (const room of [ana, ben, wes]) await expect(room.person('Wes')).not.toContainText('hand up');
    await expect(wes.button('Ask for the wheel')).toHaveAttribute('title', /Watchers cannot drive/);
  });

  await test.step('asked for, declined, and asked for again', async () => {
    await ben.button('Ask for the wheel').click();
    await everybody(ana, wes)((room) => expect(room.toast('Ben asks for the wheel.')).toBeVisible());
    await expect(wes.person('Ben').getByRole('button', { name: /wheel|Decline/ })).toHaveCount(0);
    await ana.person('Ben').getByRole('button', { name: 'Decline Ben' }).click();
    await expect(ben.toast('Ana declined your request for the wheel.')).toBeVisible();
    await expect(said(ben.page)).toContainText('Ana declined your request for the wheel.');
    await ben.button('Ask for the wheel').click();
    await expect(ben.button('Withdraw your request')).toBeVisible();
  });

  await test.step('handed over: everybody is told, and it is theirs', async () => {
    await ana.person('Ben').getByRole('button', { name: 'Hand the wheel to Ben' }).click();
    await everybody(ana, ben, wes)(async (room) => {
      await expect(room.toast(room === ben ? 'You drive now, handed over by Ana.' : /^Ben drives now, handed over by/)).toBeVisible();
    });
    await expect(said(wes.page)).toContainText('Ben drives now, handed over by Ana.');
    await ben.button('Step over').click();
    for (const room of [ana, ben, wes]) {
      await room.expectPausedAt(IF);
      await expect(room.state).toContainText(room === ben ? 'You drive' : 'Ben drives');
    }
  });

  await test.step('taken back by a host, at once; then let go', async () => {
    await ana.button('Take the wheel').click();
    await everybody(ben, wes)(async (room) => {
      await expect(room.toast('Ana drives now.')).toBeVisible();
      await expect(said(room.page)).toContainText('Ana drives now.');
      await expect(room.state).toContainText('Ana drives');
    });
    await ben.page.keyboard.press('Control+F10');
    await expect(said(ben.page), 'a refusal is said').toContainText('Run to the cursor: Ana drives.');
    await ana.button('Release the wheel').click();
    await everybody(ben, wes)(async (room) => {
      await expect(room.toast('Nobody drives now.')).toBeVisible();
      await expect(room.state).toContainText('Nobody drives');
    });
  });
});
