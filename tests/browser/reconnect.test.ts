/** A lost connection: it is said at once, and what was missed is filled in. */
import { Cable } from './support/cable';
import { PORCH, porchLine } from './support/debuggee';
import type { Locator } from '@playwright/test';
import { freePort } from './support/port';
import { join, type Room } from './support/room';
import { expect, test, type World } from './support/world';

const IDLE = porchLine('idle = now - self.last_motion');
const IF = porchLine('if idle >= self.hold');

/** Ana, and Ben whose cable can be pulled out, at a stop. */
async function behindCable(world: World) {
  const porch = await world.porch();
  const { url, hostUrl, inviteUrl } = await world.share(porch);
  const cable = await Cable.to(url);
  world.atEnd(() => cable.close());
  const anaPage = await world.browserOf('Ana');
  const ana = await join(anaPage, hostUrl, 'Ana');
  const benPage = await world.browserOf('Ben');
  const ben = await join(benPage, inviteUrl.replace(url, cable.url), 'Ben');
  await ana.open(PORCH);
  await ana.clickGutter(IDLE);
  for (const room of [ana, ben]) await room.expectPausedAt(IDLE);
  return { cable, ana, anaPage, ben, benPage };
}

test('a watcher whose network fails sees that, and later everything that was missed', async ({ world }) => {
  const { cable, ana, anaPage, ben, benPage } = await behindCable(world);

  await test.step('the network fails: it is said, and what was seen stays', async () => {
    cable.cut();
    await expect(benPage.getByText(/Reconnecting; what you miss is filled in/)).toBeVisible();
    await expect(ben.executionLine).toHaveText(String(IDLE));
    await expect(ben.button('Ask for the wheel')).toHaveAttribute('title', /Not connected/);
    await expect(ana.people.getByText('Ben')).toHaveCount(0);
  });

  await test.step('life goes on without Ben', async () => {
    await anaPage.keyboard.press('F10');
    await ana.expectPausedAt(IF);
    await ana.say('Ben, are you there?');
    await (await ana.addNote(IF)).fill('written while Ben was away');
    await anaPage.keyboard.press('Escape');
    await ana.say('seems not');
    await expect(ana.chat).toContainText('seems not');
  });

  await test.step('the network is back: all of it is there, once', async () => {
    cable.mend();
    await expect(benPage.getByText(/Reconnecting/)).toHaveCount(0);
    await ben.expectPausedAt(IF);
    // What was before is not known to who comes back.
    const value = (room: Room): Locator => room.variable('idle').locator('.value');
    await expect(value(ben)).toHaveText((await value(ana).textContent())!);
    await expect(ben.chat.getByText('Ben, are you there?')).toHaveCount(1);
    await expect(ben.chat.getByText('seems not')).toHaveCount(1);
    await expect(ben.note(/by Ana/)).toContainText('written while Ben was away');
    await expect(ana.person('Ben')).toBeVisible();
  });

  await test.step('and it is live again, both ways', async () => {
    await ben.say('I am back');
    await expect(ana.chat).toContainText('I am back');
    await anaPage.keyboard.press('F10');
    await expect(ben.state).not.toContainText(`porch.py:${IF}`);
    await expect(ben.state).toContainText('Paused at porch.py');
  });
});

test('a connection that swallows everything is given up once the network is another', async ({ world }) => {
  const { cable, ana, anaPage, ben, benPage } = await behindCable(world);
  cable.swallow();
  await anaPage.keyboard.press('F10');
  await ana.expectPausedAt(IF);
  await (await ana.addNote(IF)).fill('written while Ben was deaf');
  await anaPage.keyboard.press('Escape');
  await expect(ben.executionLine, 'nothing tells Ben').toHaveText(String(IDLE));
  await benPage.context().setOffline(true);
  await benPage.context().setOffline(false);
  await ben.expectPausedAt(IF);
  await expect(benPage.getByText(/Connected again\. Meanwhile: 1 stop/).first()).toBeVisible();
  await expect(ben.note(/by Ana/)).toContainText('written while Ben was deaf');
  await expect(benPage.getByText(/Reconnecting/)).toHaveCount(0);
  await ben.say('I hear you');
  await expect(ana.chat).toContainText('I hear you');
});

test('a server that was killed: the page waits; the recording has what was seen', async ({ world }) => {
  const porch = await world.porch();
  const folder = world.folder();
  const first = await world.share(porch, { folder, more: ['--listen', `127.0.0.1:${await freePort()}`] });
  const page = await world.browserOf('Ana');
  const ana = await join(page, first.hostUrl, 'Ana');
  await ana.open(PORCH);
  await ana.clickGutter(IDLE);
  await ana.expectPausedAt(IDLE);
  await ana.say('said before the crash');
  await expect(ana.chat.getByText('said before the crash')).toBeVisible();
  await first.process.end('SIGKILL');
  await expect(page.getByText(/Reconnecting/)).toBeVisible();
  await expect(ana.executionLine).toHaveText(String(IDLE));
  // Another server at the same place, with the same data; the first one's session cannot go on in it.
  await world.serve({ targets: [], folder, listen: new URL(first.url).host });
  await expect(page.getByText('The session has ended. Its recording stays.', { exact: true })).toBeVisible();
  await page.goto(`${first.url}/r/${first.session}`);
  await ana.expectPausedAt(IDLE);
  await expect(ana.chat).toContainText('said before the crash');
});
