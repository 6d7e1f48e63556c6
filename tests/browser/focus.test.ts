/** What has the focus may go by what one does with it, or by what others do: the focus goes to what is near, never to the page. */
import type { Page } from '@playwright/test';
import { PORCH, porchLine } from './support/debuggee';
import { Room, inviteLink, join, said } from './support/room';
import { expect, test } from './support/world';

const IDLE = porchLine('idle = now - self.last_motion');
const IF = porchLine('if idle >= self.hold');
const OFF = porchLine('self.switch(False, now,');

/** Goes to something, and presses Enter on it. */
async function enter(page: Page, name: string | RegExp, within: Pick<Page, 'getByRole'> = page): Promise<void> {
  const button = within.getByRole('button', { name, exact: typeof name === 'string' });
  // What has just come there does nothing until it can have been seen.
  await expect(button).toBeEnabled();
  await button.focus();
  await page.keyboard.press('Enter');
}

test('what is pressed goes, and the focus stays near', async ({ world }) => {
  const { hostUrl, inviteUrl } = await world.share(await world.porch());
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben'), inviteUrl, 'Ben');
  const wes = await join(await world.browserOf('Wes'), await inviteLink(ana, 'Watcher'), 'Wes');
  await ana.open(PORCH);
  await ana.clickGutter(IDLE);
  for (const room of [ana, ben, wes]) await room.expectPausedAt(IDLE);

  await test.step('a proposal is decided: the next one, and after the last one the panel', async () => {
    const typed = wes.page.getByRole('combobox', { name: 'Expression' });
    for (const expression of ['1000 + 1', '2000 + 2', '3000 + 3']) {
      await typed.fill(expression);
      await typed.press('Enter');
      await expect(ana.proposals).toContainText(expression);
      await expect(typed).toHaveValue('');
    }
    const cards = ana.proposals.getByRole('list', { name: 'Open proposals' }).getByRole('listitem');
    const run = cards.first().getByRole('button', { name: 'Run the proposal of Wes' });
    await run.focus();
    // Also by somebody else.
    await wes.proposals.getByRole('button', { name: 'Withdraw your proposal' }).first().click();
    await expect(cards.first()).toBeFocused();
    await enter(page, 'Run the proposal of Wes', cards.first());
    await expect(cards).toHaveCount(1);
    await expect(cards.first()).toBeFocused();
    await enter(page, 'Decline the proposal of Wes');
    await expect(cards).toHaveCount(0);
    await expect(ana.proposals.getByRole('group', { name: 'Proposals' })).toBeFocused();
  });

  await test.step('breakpoints are removed', async () => {
    await ana.clickGutter(IF);
    await ana.clickGutter(OFF);
    const row = (line: number) => ana.breakpoints.getByRole('listitem', { name: `Breakpoint at porch.py:${line} of Ana` });
    await expect(row(OFF)).toBeVisible();
    await enter(page, `Remove breakpoint at porch.py:${IF}`);
    await expect(row(OFF)).toBeFocused();
    await enter(page, `Remove breakpoint at porch.py:${OFF}`);
    await expect(row(IDLE), 'the one before, after the last').toBeFocused();
    await enter(page, `Remove breakpoint at porch.py:${IDLE}`);
    await expect(ana.breakpoints.getByRole('group', { name: 'Breakpoints' })).toBeFocused();
    await ana.clickGutter(IDLE);
    await expect(row(IDLE)).toBeVisible();
  });

  await test.step('the console evaluates', async () => {
    await page.getByRole('combobox', { name: 'Expression' }).fill('70 + 7');
    await enter(page, 'Evaluate');
    await expect(page.getByRole('log', { name: 'Evaluations' })).toContainText('77 int');
    await expect(page.getByRole('button', { name: 'Evaluate' })).toBeFocused();
  });

  await test.step('the wheel is asked for: declined, then handed over', async () => {
    await ben.button('Ask for the wheel').click();
    await enter(page, 'Decline Ben', ana.people);
    await expect(ana.people.getByRole('listitem', { name: 'Ben' })).toBeFocused();
    await expect(ben.button('Ask for the wheel')).toBeVisible();
    await ben.button('Ask for the wheel').click();
    await enter(page, 'Hand the wheel to Ben', ana.people);
    await expect(ana.people.getByRole('listitem', { name: 'Ben, drives' })).toBeFocused();
  });

  await test.step('notes are removed', async () => {
    for (const line of [IDLE, IF]) {
      await (await ana.addNote(line)).fill('look');
      await page.keyboard.press('Escape');
    }
    // A second press would be for what has just come there, or is about to.
    await page.getByRole('button', { name: `Remove note at porch.py:${IDLE}` }).focus();
    await ana.notes.getByRole('button', { name: /^Remove note at/ }).evaluateAll((all: HTMLElement[]) => all.forEach((one) => one.click()));
    await expect(ana.note(new RegExp(`porch.py:${IF}`))).toBeFocused();
    await enter(page, `Remove note at porch.py:${IF}`);
    await expect(ana.notes.getByRole('group', { name: 'Notes' })).toBeFocused();
  });

  await test.step('a message is dismissed: back to where one was', async () => {
    await ana.text.focus();
    await wes.people.getByRole('button', { name: 'Raise hand' }).click();
    await ana.toast('Wes raised a hand.').waitFor();
    const dismiss = page.getByRole('region', { name: 'Notifications' }).getByRole('button', { name: 'Dismiss' });
    // From here on none goes by itself.
    await dismiss.first().focus();
    for (let left = await dismiss.count(); left > 0; left--) {
      await dismiss.first().focus();
      await page.keyboard.down('Enter');
      await expect(dismiss, 'held down, it would press what has the focus then').toHaveCount(left);
      await page.keyboard.up('Enter');
      await expect(dismiss).toHaveCount(left - 1);
    }
    await expect(ana.text).toBeFocused();
  });

  await test.step('a message stays while somebody is at it, by keys or mouse, and goes when nobody is', async () => {
    const hand = wes.people.getByRole('button', { name: /^(Raise|Lower) hand/ });
    // Each does what its button says when it is clicked.
    await expect(hand).toHaveText(/Lower hand/);
    await hand.click();
    await expect(hand).toHaveText(/Raise hand/);
    await hand.click();
    const both = [ana, ben].map((room) => room.toast('Wes raised a hand.'));
    const hers = ben.page.getByRole('region', { name: 'Notifications' }).getByRole('button', { name: 'Dismiss' });
    // It is the youngest: those before it go first.
    await expect(hers).toHaveCount(1);
    await expect(both[1]!).toBeVisible();
    await page.getByRole('region', { name: 'Notifications' }).getByRole('button', { name: 'Dismiss' }).last().focus();
    await both[1]!.hover();
    // Wes, who is at none, sees one come and go that is younger.
    await ana.button('Take the wheel').evaluate((button: HTMLElement) => button.click());
    const seen = wes.toast('Ana drives now.');
    await seen.waitFor();
    await expect(seen).toHaveCount(0);
    for (const one of both) await expect(one).toBeVisible();
    // One that is dismissed by the mouse holds none of the others.
    await expect(hers).toHaveCount(2);
    await hers.last().click();
    await ana.text.focus();
    await ben.page.mouse.move(1, 1);
    for (const one of both) await expect(one).toHaveCount(0);
  });

  await test.step('an invite is made, and revoked', async () => {
    await ana.button('Invite').click();
    const dialog = page.getByRole('dialog', { name: 'Invite somebody' });
    await enter(page, 'Make invite link', dialog);
    const link = dialog.getByRole('textbox', { name: /^Invite link/ });
    await expect(link).toBeFocused();
    expect(await link.evaluate((field: HTMLInputElement) => field.value.slice(field.selectionStart!, field.selectionEnd!))).toMatch(/#invite=/);
    await expect(said(dialog)).toContainText('Invite link made.');
    const all = dialog.getByRole('list', { name: 'Invites' }).getByRole('listitem');
    await expect(all.last()).toContainText('asks first');
    const number = (await all.last().getAttribute('aria-label'))!.replace('Invite ', '');
    const count = await all.count();
    await enter(page, new RegExp(`^Revoke invite .*number ${number}$`), dialog);
    await expect(dialog.getByRole('button', { name: 'Keep it' })).toBeFocused();
    await enter(page, `Revoke invite ${number}`, dialog);
    await expect(all).toHaveCount(count - 1);
    await expect(count > 1 ? all.last() : dialog.getByRole('region', { name: 'Invites' })).toBeFocused();
  });
});

test('on a phone a proposal is decided beside the thumb, and the focus stays there', async ({ world }) => {
  const { hostUrl, inviteUrl } = await world.share(await world.porch());
  const page = await world.browserOf('Ana', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const ana = await join(page, hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben'), inviteUrl, 'Ben');
  await expect(ana.state).toContainText('Running');
  // A thumb that comes down where the bar has only just come.
  await page.evaluate(() => {
    new MutationObserver((_, observer) => {
      const decline = document.querySelector<HTMLElement>('[aria-label="Proposal to decide"] [aria-label^="Decline"]');
      if (decline) observer.disconnect();
      decline?.click();
    }).observe(document.body, { childList: true, subtree: true });
  });
  const typed = ben.page.getByRole('combobox', { name: 'Expression' });
  for (const expression of ['1 + 1', '2 + 2']) {
    await typed.fill(expression);
    await typed.press('Enter');
    await expect(ben.proposals).toContainText(expression);
  }
  const bar = page.getByRole('region', { name: 'Proposal to decide' });
  await expect(bar).toContainText('1 + 1');
  const decline = bar.getByRole('button', { name: 'Decline the proposal of Ben' });
  await expect(decline).toBeEnabled();
  await expect(bar).toContainText('and 1 more');
  await decline.focus();
  // A thumb that comes down again as the next one takes its place.
  await bar.evaluate((section) => {
    const press = (): void => section.querySelector<HTMLElement>('[aria-label^="Decline"]')!.click();
    new MutationObserver((_, observer) => {
      if (!section.textContent.includes('2 + 2')) return;
      observer.disconnect();
      press();
    }).observe(section, { childList: true, subtree: true, characterData: true });
    press();
  });
  await expect(bar).toContainText('2 + 2');
  await expect(bar, 'a key that is held down decides nothing of the next').toBeFocused();
  await enter(page, 'Decline the proposal of Ben', bar);
  await expect(page.getByRole('toolbar', { name: 'Run and step' })).toBeFocused();
});

test('a guest who waits, and is turned away, hears so', async ({ world }) => {
  const { hostUrl } = await world.share(await world.porch());
  const ana = await join(await world.browserOf('Ana'), hostUrl, 'Ana');
  await ana.button('Invite').click();
  const dialog = ana.page.getByRole('dialog', { name: 'Invite somebody' });
  await dialog.getByRole('button', { name: 'Make invite link' }).click();
  const link = await dialog.getByRole('textbox', { name: /^Invite link/ }).inputValue();
  await dialog.getByRole('button', { name: 'Close' }).click();
  const evePage = await world.browserOf('Eve');
  await evePage.goto(link);
  await evePage.getByRole('textbox', { name: 'Your name' }).fill('Eve');
  await evePage.getByRole('textbox', { name: 'Your name' }).press('Enter');
  await expect(evePage.getByRole('heading', { name: 'Waiting for a host to let you in …' })).toBeFocused();
  await evePage.getByRole('button', { name: 'Cancel' }).focus();
  await enter(ana.page, 'Turn away … Eve', ana.people);
  await expect(ana.people.getByRole('textbox', { name: /^A sentence for Eve/ })).toBeFocused();
  await ana.page.keyboard.press('Enter');
  await expect(evePage.getByRole('heading', { name: 'You were not let in' })).toBeFocused();
  await expect(ana.people.getByRole('group', { name: 'People' })).toBeFocused();
  expect(new Room(evePage).page.url()).toMatch(/\/join$/);
});
