/** What came where one does not look is counted at its tab or title; what waits for nobody is not. */
import { expectAccessible } from './support/axe';
import { PORCH, porchLine } from './support/debuggee';
import { inviteLink, join } from './support/room';
import { expect, test } from './support/world';

const IDLE = porchLine('idle = now - self.last_motion');
const IF = porchLine('if idle >= self.hold');

test('a phone’s tabs and closed panels say what came since they were last shown', async ({ world }) => {
  const { hostUrl } = await world.share(await world.porch());
  const page = await world.browserOf('Ana', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const ana = await join(page, hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben'), await inviteLink(ana), 'Ben');
  await ben.open(PORCH);
  await ben.clickLine(IDLE);
  const tab = (name: string) => page.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name: new RegExp(`^${name.replace(',', '\\s*,')}$`) });
  await expect(tab('Chat')).toBeVisible();

  await ben.say('hello');
  await ben.say('are you there?');
  await ben.addNote(IDLE);
  await ben.people.getByRole('button', { name: 'Raise hand' }).click();
  await ben.page.getByRole('button', { name: 'Ask for the wheel' }).click();
  for (const name of ['Chat, 2 new', 'Notes, 1 new', 'People, 2 new']) await expect(tab(name), name).toBeVisible();
  await expect(page.locator('.beyond.right'), 'those out of view').toHaveText('5');
  expect(await page.evaluate(() => document.documentElement.scrollWidth), 'inside the page').toBe(390);
  await expectAccessible(page);
  await page.locator('.beyond.right').tap();
  await expect(tab('Chat, 2 new')).toBeInViewport({ ratio: 0.9 });
  await expect(page.locator('.beyond.right')).toHaveCount(0);

  for (const name of ['Chat', 'Notes', 'People']) {
    await tab(`${name}, ${name === 'Notes' ? 1 : 2} new`).tap();
    await expect(tab(name), 'shown, it is seen').toHaveAttribute('aria-pressed', 'true');
  }
  await tab('Source').tap();
  await ben.people.getByRole('button', { name: 'Lower hand' }).click();
  await expect(page.locator('[data-panel="people"]')).not.toContainText('hand up');
  await ben.people.getByRole('button', { name: 'Raise hand' }).click();
  await expect(tab('People, 1 new'), 'another hand is news').toBeVisible();
  await tab('Chat').tap();
  await ana.say('yes');
  await tab('Source').tap();
  await expect(ben.chat.getByText('yes')).toBeVisible();
  await expect(tab('Chat'), 'one’s own words are none').toBeVisible();

  await test.step('on a wide screen at the title of a closed one', async () => {
    const title = (open: boolean) => ben.chat.getByRole('button', { name: /^Chat/, expanded: open });
    await expect(title(true)).toHaveAccessibleName('Chat');
    await title(true).click();
    await tab('Chat').tap();
    await ana.say('come back');
    await expect(title(false)).toHaveAccessibleName(/^Chat\s*, 1 new$/);
    await expectAccessible(ben.page);
    await title(false).click();
    await expect(title(true)).toHaveAccessibleName('Chat');
  });
});

test('nobody is to decide about a proposal of the past', async ({ world }) => {
  const porch = await world.porch();
  const { hostUrl } = await world.serve({ targets: [{ name: 'porch', address: porch.address }], hostLink: true });
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl!, 'Ana');
  await page.getByRole('button', { name: 'Start debugging porch' }).click();
  await ana.open(PORCH);
  await ana.clickGutter(IDLE);
  await ana.expectPausedAt(IDLE);
  const wes = await join(await world.browserOf('Wes'), await inviteLink(ana, 'Watcher'), 'Wes');
  await wes.watches.getByRole('textbox').fill('now + 1');
  await wes.watches.getByRole('textbox').press('Enter');
  const title = ana.proposals.getByRole('button', { name: /^Proposals/, expanded: true });
  await expect(title).toHaveAccessibleName(/1 to decide/);
  await ana.button('Step over').click();
  await ana.expectPausedAt(IF);
  await ana.button('End').click();
  await page.getByRole('button', { name: 'End now' }).click();
  const before = await page.evaluate(async () => {
    const stops = (await (await fetch(`/api/sessions/${location.pathname.split('/')[2]}/stops`)).json()) as { stop: number; seq: number }[];
    return stops.find(({ stop }) => stop === 2)!.seq - 1;
  });
  await page.goto(`${page.url().replace('/s/', '/r/')}#at=${before}`);
  await expect(ana.proposals).toContainText('now + 1');
  await expect(title).toHaveAccessibleName(/^Proposals\s*1$/);
  // Nor has a line's menu there what nobody can do any more.
  await ana.clickLine(IDLE);
  await page.keyboard.press('Shift+F10');
  await expect(page.getByRole('menuitem', { name: /^Copy link to the line/ })).toBeVisible();
  await expect(page.getByRole('menuitem', { name: /^(Run|Toggle|Set)/ })).toHaveCount(0);
  await page.keyboard.press('Escape');
  const beside = ana.source.locator('.cm-breakpoint-gutter .cm-gutterElement:visible').nth(3);
  await beside.hover();
  expect(await beside.evaluate((one) => [one.matches(':hover'), getComputedStyle(one, '::after').content])).toEqual([true, 'none']);
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(page.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name: 'Proposals', exact: true })).toBeVisible();
});
