/** A whole session without a mouse: nothing here clicks, and nothing is filled in but by keys. */
import { expectAccessible } from './support/axe';
import { PORCH, porchLine } from './support/debuggee';
import { Room, join } from './support/room';
import { expect, test } from './support/world';

const IDLE = porchLine('idle = now - self.last_motion');
const IF = porchLine('if idle >= self.hold');

test('somebody who has keys only joins, debugs with others, and ends the session', async ({ world }) => {
  const { hostUrl, inviteUrl } = await world.share(await world.porch());
  const page = await world.browserOf('Ana');
  const ana = new Room(page);
  const { keyboard } = page;
  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await keyboard.press(key);
  };

  await test.step('in by one’s name', async () => {
    await page.goto(hostUrl);
    await expect(page.getByRole('textbox', { name: 'Your name' })).toBeFocused();
    await keyboard.type('Ana');
    await press('Enter');
    await expect(ana.state).toContainText('Running');
  });
  const ben = await join(await world.browserOf('Ben'), inviteUrl, 'Ben');

  await test.step('a file, a line, a breakpoint', async () => {
    await press('Control+p');
    await expect(page.getByRole('combobox', { name: 'Path' })).toBeFocused();
    await keyboard.type(PORCH);
    await press('Enter');
    await expect(ana.text).toBeFocused();
    await press('Control+g');
    await expect(page.getByRole('textbox', { name: 'Line' })).toBeFocused();
    await keyboard.type(String(IDLE));
    await press('Enter');
    await expect(ana.cursorLine).toContainText('idle = now');
    await press('F9');
    for (const room of [ana, ben]) await room.expectPausedAt(IDLE);
  });

  await test.step('steps, also by keys that no browser keeps', async () => {
    await press("Control+'");
    for (const room of [ana, ben]) await room.expectPausedAt(IF);
    await press('Control+\\');
    for (const room of [ana, ben]) await room.expectPausedAt(IDLE);
  });

  await test.step('a key that is held steps on when the stop has come', async () => {
    await keyboard.down('F10');
    await ana.expectPausedAt(IF);
    // The browser's repeat of it.
    await keyboard.down('F10');
    await expect(ana.state).toContainText(/Paused at porch\.py:/);
    await expect(ana.executionLine).not.toHaveText(String(IF));
    await keyboard.up('F10');
  });

  await test.step('one that continues does so once, however long it is held', async () => {
    await keyboard.down('F5');
    for (const room of [ana, ben]) await room.expectPausedAt(IDLE);
    // The values of the stop before stay for a moment.
    const settled = (): Promise<void> => expect(page.locator('.variables')).toHaveAttribute('aria-busy', 'false');
    await settled();
    const now = await ana.variable('now').textContent();
    await keyboard.down('F5');
    await keyboard.up('F5');
    // What is said next comes behind what that did, if it did.
    await ben.say('still there?');
    await expect(ana.chat).toContainText('still there?');
    await expect(ana.state).toContainText(/Paused at porch\.py:/);
    await settled();
    expect(await ana.variable('now').textContent()).toBe(now);
  });

  await test.step('values: opened, set, watched', async () => {
    await press('Alt+3');
    await expect(ana.variables.locator(':focus')).toHaveCount(1);
    await keyboard.type('now');
    await expect(ana.variable('now')).toBeFocused();
    await press('F2');
    await expect(page.getByRole('textbox', { name: 'New value of now' })).toBeFocused();
    await press('ControlOrMeta+a');
    await keyboard.type('4321');
    await press('Enter');
    await expect(ben.variable('now')).toContainText('4321');
    await expect(ana.variable('now')).toBeFocused();
    await press('Alt+0');
    await expect(ana.watches.getByRole('textbox')).toBeFocused();
    await keyboard.type('now * 2');
    await press('Enter');
    await expect(ben.watch('now * 2')).toContainText('8642');
  });

  await test.step('the console, the chat, a note', async () => {
    await press('Alt+9');
    await expect(page.getByRole('combobox', { name: 'Expression' })).toBeFocused();
    await keyboard.type('now + 1');
    await press('Enter');
    await expect(ben.page.getByRole('log', { name: 'Evaluations' })).toContainText('4322');
    await press('Alt+7');
    await expect(ana.chat.locator(':focus')).toHaveCount(1);
    await keyboard.type('look at now');
    await press('Enter');
    await expect(ben.chat).toContainText('look at now');
    await press('Alt+1');
    await expect(ana.text).toBeFocused();
    await press('Control+Alt+n');
    await expect(page.getByRole('textbox', { name: 'Note text' })).toBeFocused();
    await keyboard.type('set by hand');
    await expect(ben.note(/by Ana/)).toContainText('set by hand');
    await press('Escape');
  });

  await test.step('the wheel goes to somebody and comes back', async () => {
    await press('F1');
    await keyboard.type('release the wheel');
    await press('Enter');
    for (const room of [ana, ben]) await expect(room.state).toContainText('Nobody drives');
    await press('F1');
    await keyboard.type('take the wheel');
    await press('Enter');
    await expect(ben.state).toContainText('Ana drives');
    await expectAccessible(page);
  });

  await test.step('a breakpoint goes where it is listed, and the session ends', async () => {
    await press('Alt+4');
    const remove = page.getByRole('button', { name: `Remove breakpoint at porch.py:${IDLE}` });
    for (let tab = 0; tab < 20 && !(await remove.evaluate((one) => one === document.activeElement)); tab++) await press('Tab');
    await expect(remove).toBeFocused();
    await press('Enter');
    await expect(ben.breakpoints).not.toContainText(`porch.py:${IDLE}`);
    await press('F5');
    await expect(ben.state).toContainText('Running');
    await press('Shift+F5');
    const end = page.getByRole('dialog').getByRole('button', { name: /^End/ });
    await expect(page.getByRole('dialog').getByRole('button', { name: 'Cancel' })).toBeFocused();
    await press('Tab');
    await expect(end).toBeFocused();
    await press('Enter');
    await expect(ben.page.getByText('This session has ended.')).toBeVisible();
  });
});
