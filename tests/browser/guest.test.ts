/** A guest joins by link: no account, nothing to install. */
import { expectAccessible } from './support/axe';
import { PORCH, porchLine } from './support/debuggee';
import { Room, join } from './support/room';
import { expect, test } from './support/world';

const TICK = porchLine('idle = now - self.last_motion');

test('a guest joins by link, writes a note together with the host, and is thrown out when the invite is revoked', async ({ world }) => {
  const porch = await world.porch();
  const { url, hostUrl } = await world.share(porch);
  const page = await world.browserOf('Ana', { permissions: ['clipboard-read', 'clipboard-write'] });
  const ana = await join(page, hostUrl, 'Ana');
  await ana.open(PORCH);
  await ana.clickGutter(TICK);
  await ana.expectPausedAt(TICK);

  const link = await test.step('the host makes an invite for a watcher who may write notes', async () => {
    await ana.button('Invite').click();
    const dialog = page.getByRole('dialog', { name: 'Invite somebody' });
    await dialog.getByRole('radio', { name: /^Watcher/ }).check();
    await dialog.getByRole('checkbox', { name: 'May write notes' }).check();
    await expect(dialog.getByRole('spinbutton', { name: 'Number of uses' })).toHaveValue('1');
    await dialog.getByRole('checkbox', { name: 'Ask me before they come in' }).uncheck();
    await dialog.getByRole('button', { name: 'Make invite link' }).click();
    await dialog.getByRole('button', { name: 'Copy link' }).click();
    await expect(ana.toast('The link is copied.')).toBeVisible();
    // Above the dialog, and within reach.
    await dialog.getByRole('button', { name: 'Dismiss' }).last().click();
    await expect(ana.toast('The link is copied.')).toHaveCount(0);
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toMatch(new RegExp(`^${url}/join#invite=\\S{20,}$`));
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Close' }).click();
    return copied;
  });

  const guestPage = await world.browserOf('Gil');
  const gil = await test.step('the guest opens the link, types a name, and sees the paused program seconds later', async () => {
    await guestPage.goto(link);
    await expect(guestPage).toHaveURL(`${url}/join`);
    await expectAccessible(guestPage);
    const before = Date.now();
    await guestPage.getByRole('textbox', { name: 'Your name' }).fill('Gil');
    await guestPage.getByRole('button', { name: 'Join' }).click();
    const room = new Room(guestPage);
    await room.expectPausedAt(TICK);
    expect(Date.now() - before).toBeLessThan(10_000);
    await expect(room.text).toContainText('class PorchLight(DimmableLight)');
    await expect(room.variable('now')).toBeVisible();
    expect(guestPage.url()).toMatch(/\/s\/[-0-9a-f]+$/);
    return room;
  });

  await test.step('nothing that the page can read has the secret or the ticket', async () => {
    const secret = link.split('=')[1]!;
    const readable = await guestPage.evaluate(() => [
      location.href,
      document.cookie,
      JSON.stringify({ ...localStorage }),
      JSON.stringify({ ...sessionStorage }),
      document.documentElement.outerHTML,
    ]);
    expect(readable.join('\n')).not.toContain(secret);
    expect(readable[1]).toBe('');
    await guestPage.goBack();
    expect(guestPage.url()).not.toContain(secret);
    await guestPage.goForward();
    await gil.expectPausedAt(TICK);
  });

  await test.step('both see each other', async () => {
    await expect(ana.person('Gil')).toContainText('Watcher');
    await expect(gil.person('Ana')).toContainText('drives');
  });

  await test.step('a watcher sets no breakpoints and does not step, and reads why; what can be proposed says so', async () => {
    await expect(gil.breakpoints.getByRole('checkbox', { name: /Enable breakpoint/ })).toHaveCount(1);
    await expect(gil.breakpoints.getByRole('checkbox', { name: 'Raised exceptions' })).toBeDisabled();
    await expect(gil.breakpoints.getByRole('button', { name: /^Remove breakpoint/ })).toBeDisabled();
    for (const name of ['Propose: Step over', 'Propose: Continue', 'Ask for the wheel']) {
      await expect(gil.button(name)).toHaveAttribute('title', /watcher/i);
    }
    await expect(gil.button('Ask for the wheel')).toHaveAttribute('aria-disabled', 'true');
  });

  await test.step('the guest writes a note; both type in it at once and both texts arrive', async () => {
    const typing = await gil.addNote(TICK);
    await typing.pressSequentially('<>');
    const note = ana.note(/porch\.py:\d+ by Gil/);
    await expect(note).toContainText('<>');
    await note.getByRole('button', { name: /^Edit note/ }).click();
    const also = ana.notes.getByRole('textbox', { name: 'Note text' });
    // The other's cursor, with a name.
    await expect(also).toHaveText(/^<>\W*Gil\W*$/);
    await guestPage.keyboard.press('Control+Home');
    await page.keyboard.press('Control+End');
    const [first, second] = ['why is it off while somebody moves?', 'I think that last_motion is too old.'];
    await Promise.all([typing.pressSequentially(first, { delay: 10 }), also.pressSequentially(second, { delay: 10 })]);
    const both = `${first}<>${second}`;
    await guestPage.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    for (const room of [gil, ana]) await expect(room.note(/by Gil/)).toContainText(both);
  });

  await test.step('the link works no second time', async () => {
    const other = await world.browserOf('somebody else');
    await tryToJoin(other, link);
    await expect(other.getByRole('heading', { name: 'This invite is used up' })).toBeVisible();
    await expect(other.getByRole('alert')).toBeVisible();
    await expectAccessible(other);
  });

  await test.step('revoking throws the guest out, and says so', async () => {
    await ana.button('Invite').click();
    const dialog = page.getByRole('dialog', { name: 'Invite somebody' });
    await dialog.getByText('1 ended invite').click();
    await dialog.getByRole('button', { name: 'Revoke invite for a watcher' }).click();
    const question = dialog.getByRole('group', { name: /^Revoke invite number/ });
    await expect(question).toContainText('Gil is out at once.');
    await question.getByRole('button', { name: /^Revoke invite/ }).click();
    await expect(dialog.getByRole('list', { name: 'Ended invites' })).toContainText('revoked');
    await dialog.getByRole('button', { name: 'Close' }).click();
    const why = /invite was revoked.*Ask the host for a new invite/;
    await expect(guestPage.getByText(why).first()).toBeVisible();
    await expect(guestPage.getByRole('link', { name: 'Sign in' })).toHaveCount(0);
    await expect(gil.people.getByRole('button', { name: 'Raise hand' })).toHaveAttribute('title', why);
    await expect(gil.chat.getByRole('button', { name: 'Send' })).toBeDisabled();
    await expect(gil.chat.getByRole('textbox', { name: 'Message' })).toHaveAttribute('placeholder', why);
    await expect(gil.note(/by Gil/).getByRole('button', { name: /^Edit note/ })).toBeDisabled();
    await expectAccessible(guestPage);
    await expect(ana.people.getByText('Gil')).toHaveCount(0);
    await guestPage.reload();
    await expect(gil.executionLine).toHaveCount(0);
    await expect(guestPage.getByText('def tick')).toHaveCount(0);
  });
});

async function tryToJoin(page: import('@playwright/test').Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByRole('textbox', { name: 'Your name' }).fill('Eve');
  await page.getByRole('button', { name: 'Join' }).click();
}

test('who came by a link is asked before they sign out, which they may not be able to take back', async ({ world }) => {
  const { hostUrl, inviteUrl } = await world.share(await world.porch());
  for (const [name, link, words] of [
    ['Ana', hostUrl, 'a host link, which works once'],
    ['Gil', inviteUrl, 'If it was for one use'],
  ] as const) {
    const page = await world.browserOf(name);
    await join(page, link, name);
    await page.getByRole('link', { name: 'All sessions' }).click();
    const out = page.getByRole('button', { name: 'Sign out' });
    await out.click();
    const dialog = page.getByRole('dialog', { name: 'Sign out' });
    await expect(dialog).toContainText(words);
    await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
    await expectAccessible(page);
    await page.keyboard.press('Enter');
    await expect(dialog).toHaveCount(0);
    await expect(out).toBeFocused();
    await out.click();
    await dialog.getByRole('button', { name: 'Sign out' }).click();
    await expect(page).toHaveURL(/\/sign-in/);
    await page.goBack();
    await expect(page.getByRole('button', { name: 'Sign out' })).toHaveCount(0);
  }
});
