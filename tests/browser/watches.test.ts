/** Watches: shared, evaluated at each stop, with what they were before. */
import { expectAccessible } from './support/axe';
import { PORCH, porchLine } from './support/debuggee';
import { inviteLink, join, type Room } from './support/room';
import { expect, test } from './support/world';

const IDLE = porchLine('idle = now - self.last_motion');
const IF = porchLine('if idle >= self.hold');

async function add(room: Room, expression: string, button = 'Watch'): Promise<void> {
  await room.watches.getByRole('textbox', { name: 'Expression to watch' }).fill(expression);
  await room.watches.getByRole('button', { name: button, exact: true }).click();
}

test('watches are everybody’s, follow the stops and show what they were', async ({ world }) => {
  const porch = await world.porch();
  const { hostUrl, inviteUrl } = await world.share(porch);
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben'), inviteUrl, 'Ben');
  const wes = await join(await world.browserOf('Wes'), await inviteLink(ana, 'Watcher'), 'Wes');
  await ana.open(PORCH);
  await ana.clickGutter(IDLE);
  await ana.expectPausedAt(IDLE);

  await add(ana, 'now');
  await add(ana, 'self.hold * 2');
  await add(ben, 'idle');
  for (const room of [ana, ben, wes]) {
    await expect(room.watch('now')).toContainText(/now\s*=\s*\d+/);
    await expect(room.watch('self.hold * 2')).toContainText(/=\s*12/);
    await expect(room.watch('idle')).toContainText(/⚠.*idle/);
  }
  await ana.button('Step over').click();
  for (const room of [ana, wes]) {
    await room.expectPausedAt(IF);
    await expect(room.watch('idle')).toContainText(/idle\s*=\s*\d+/);
  }

  await test.step('a collaborator proposes one that is code', async () => {
    await expect(ben.watches.getByRole('button', { name: 'Watch', exact: true })).toBeVisible();
    await add(ben, 'now - idle', 'Propose');
    await ana.proposals.getByRole('button', { name: 'Run the proposal of Ben' }).click();
    await expect(wes.watch('now - idle')).toBeVisible();
  });

  await test.step('numbers are drawn over the stops, in words too, and can be listed', async () => {
    for (let i = 0; i < 2; i++) {
      await ana.button('Continue').click();
      await ana.expectPausedAt(IDLE);
      await expect(ana.button('Continue')).not.toHaveAttribute('aria-disabled', 'true');
    }
    await expect(ana.watch('now').getByRole('img', { name: /^Last \d+ values: \d+, \d+.*least \d+, most \d+$/ })).toBeVisible();
    await ana.choose(ana.watch('now'), /last values/);
    const past = ana.watches.getByRole('region', { name: 'Last values of now' });
    expect(await past.getByRole('listitem').count()).toBeGreaterThanOrEqual(3);
    await expectAccessible(page);
    await past.getByRole('button', { name: 'Close the last values' }).click();
  });

  await test.step('who added one or a host removes it', async () => {
    await wes.watch('now').press('Shift+F10');
    await expect(wes.page.getByRole('menuitem', { name: /^Remove the watch/ })).toHaveAttribute('aria-disabled', 'true');
    await wes.page.keyboard.press('Escape');
    await ana.choose(ana.watch('idle'), /^Remove the watch/);
    for (const room of [ana, ben, wes]) await expect(room.watch('idle')).toHaveCount(0);
  });
});
