/** A session that waits for its host's editor can be started in a browser too. */
import { expectAccessible } from './support/axe';
import { join } from './support/room';
import { expect, test } from './support/world';

test('a host starts it, a guest is told that it waits', async ({ world }) => {
  const program = await world.program('import time\nwhile True:\n    time.sleep(0.05)\n', world.folder());
  const { hostUrl, inviteUrl } = await world.share(program, { more: ['--editor', '127.0.0.1:0'] });
  const ben = await join(await world.browserOf('Ben'), inviteUrl, 'Ben');
  await expect(ben.state).toContainText('Not started yet');
  await expect(ben.page.getByText('a host starts the session')).toBeVisible();
  await expect(ben.page.getByRole('button', { name: 'Start debugging' })).toHaveCount(0);
  const ana = await join(await world.browserOf('Ana'), hostUrl, 'Ana');
  await expectAccessible(ana.page);
  await ana.page.getByRole('button', { name: 'Start debugging' }).click();
  for (const room of [ana, ben]) await expect(room.state).toContainText('Running');
  await expect(ana.page.getByText('Nothing is attached yet')).toHaveCount(0);
});

test('when it has ended, whoever was in goes on in the next one by a click', async ({ world }) => {
  const program = await world.program('import time\nwhile True:\n    time.sleep(0.05)\n', world.folder());
  const { hostUrl, inviteUrl } = await world.share(program, { more: ['--editor', '127.0.0.1:0'] });
  const ana = await join(await world.browserOf('Ana'), hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben'), inviteUrl, 'Ben');
  const first = ana.page.url();
  await ana.page.getByRole('button', { name: 'Start debugging' }).click();
  for (const room of [ana, ben]) await expect(room.state).toContainText('Running');
  await ana.button('End').click();
  await ana.page.getByRole('button', { name: 'End now' }).click();
  for (const { page } of [ana, ben]) {
    await expect(page.getByText('This session has ended')).toBeVisible();
    await page.getByRole('link', { name: 'Go on in the next session' }).click();
  }
  for (const room of [ana, ben]) await expect(room.state).toContainText('Not started yet');
  await expectAccessible(ana.page);
  expect(ana.page.url()).not.toBe(first);
  expect(ben.page.url()).toBe(ana.page.url());
  await ana.page.getByRole('button', { name: 'Start debugging' }).click();
  for (const room of [ana, ben]) await expect(room.state).toContainText('Running');

  // The one before is still theirs to look at.
  await ben.page.goto(first.replace('/s/', '/r/'));
  await expect(ben.page.getByRole('region', { name: 'Timeline' })).toBeVisible();

  // No program, no next one.
  await program.process.end('SIGKILL');
  for (const { page } of [ana, ben]) {
    await page.goto(new URL('/', first).href);
    await expect(page.getByText('The shared session has ended. The next one shows here as soon as')).toBeVisible();
  }
});
