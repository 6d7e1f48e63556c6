/** The palette: every command, by keyboard, in view; what cannot be done says why, and is not done. */
import { expectAccessible } from './support/axe';
import { PORCH, porchLine } from './support/debuggee';
import { inviteLink, join } from './support/room';
import { expect, test } from './support/world';

const IDLE = porchLine('idle = now - self.last_motion');
const IF = porchLine('if idle >= self.hold');

test('what can be done now is done; what cannot says why, for each as they may', async ({ world }) => {
  const { hostUrl } = await world.share(await world.porch());
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl, 'Ana');
  const wes = await join(await world.browserOf('Wes', { colorScheme: 'dark' }), await inviteLink(ana, 'Watcher'), 'Wes');
  const palette = ({ page }: typeof ana) => page.getByRole('dialog', { name: 'Commands' });
  const option = (room: typeof ana, name: RegExp) => palette(room).getByRole('option', { name });
  const type = (room: typeof ana, text: string) => palette(room).getByRole('combobox').fill(text);

  await test.step('while it runs there is nothing to step', async () => {
    await page.keyboard.press('Control+Shift+P');
    await type(ana, 'step over');
    await expect(option(ana, /^Step over/)).toHaveAttribute('aria-disabled', 'true');
    await expect(option(ana, /^Step over/)).toContainText('The program is running.');
    await expectAccessible(page);
    await page.keyboard.press('Enter');
    await expect(palette(ana)).toHaveCount(0);
    await expect(ana.toast('Step over: The program is running.')).toBeVisible();
    await expect(ana.state).toContainText('Running');
  });

  await ana.open(PORCH);
  await ana.clickGutter(IDLE);
  for (const room of [ana, wes]) await room.expectPausedAt(IDLE);

  await test.step('the one that is chosen is always in view', async () => {
    await page.keyboard.press('F1');
    const chosen = palette(ana).locator('[aria-selected="true"]');
    await expect(palette(ana).getByRole('option').nth(40)).toBeAttached();
    const options = await palette(ana).getByRole('option').count();
    for (let at = 1; at < options; at += 1) await page.keyboard.press('ArrowDown');
    await expect(palette(ana).getByRole('option').last()).toHaveAttribute('aria-selected', 'true');
    await expect(chosen).toBeInViewport({ ratio: 0.9 });
    await expect(palette(ana).getByRole('combobox'), 'so is what one types').toBeInViewport({ ratio: 0.9 });
    for (let at = 1; at < options; at += 1) await page.keyboard.press('ArrowUp');
    await expect(palette(ana).getByRole('option').first()).toHaveAttribute('aria-selected', 'true');
    await expect(chosen).toBeInViewport({ ratio: 0.9 });
    await type(ana, 'no such command');
    await expect(palette(ana)).toContainText('No command has this name.');
    // Some of its letters do.
    await type(ana, 'stpov');
    await expect(chosen).toHaveText(/^Step over/);
    await expect(option(ana, /^Step over/)).toHaveAttribute('aria-disabled', 'false');
    await page.keyboard.press('Enter');
    for (const room of [ana, wes]) await room.expectPausedAt(IF);
  });

  await test.step('where there is no key, words in the file are found from here', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name: 'Stack', exact: true }).click();
    await page.getByRole('button', { name: 'All commands' }).click();
    await type(ana, 'find in');
    await option(ana, /^Find in the file/).click();
    const find = ana.source.getByRole('textbox', { name: 'Find' });
    await expect(find).toBeFocused();
    await find.pressSequentially('def second');
    await ana.source.getByRole('button', { name: 'Next match' }).click();
    await expect(ana.cursorLine).toContainText('def second');
    await expect(ana.cursorLine).toBeInViewport();
    await expectAccessible(page);
    await ana.source.getByRole('button', { name: 'Close the search' }).click();
    await expect(find).toHaveCount(0);
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  await test.step('a watcher is told why, and may propose what can be proposed', async () => {
    await wes.page.keyboard.press('F1');
    await type(wes, 'invite');
    await expect(option(wes, /^Invite/)).toHaveAttribute('aria-disabled', 'true');
    await expect(option(wes, /^Invite/)).toContainText(/host/i);
    await type(wes, 'add a note');
    await expect(option(wes, /^Add a note/)).toContainText('Your invite does not include writing notes.');
    await type(wes, 'ask for the wheel');
    await expect(option(wes, /^Ask for the wheel/)).toContainText('Watchers cannot drive. Ask a host for another invite.');
    await type(wes, 'continue');
    await expect(option(wes, /^Propose: Continue/)).toContainText('You are a watcher');
    await expectAccessible(wes.page);
    await wes.page.keyboard.press('Enter');
    await expect(ana.proposals).toContainText('Wes proposes to continue');
  });
});
