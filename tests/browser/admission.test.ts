/** An invite that asks: a guest waits, and a host lets them in or turns them away, from whatever they have at hand. */
import { createRequire } from 'node:module';
import type { Locator, Page } from '@playwright/test';
import { expectAccessible } from './support/axe';
import { Room, join } from './support/room';
import { expect, test, type World } from './support/world';

const uqr = createRequire(new URL('../../web-client/package.json', import.meta.url))('uqr') as {
  encode(text: string, options: { ecc: 'M'; border: number }): { data: boolean[][] };
};
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const WAITING = 'Waiting for a host to let you in …';

async function ask(page: Page, link: string, name: string): Promise<void> {
  await page.goto(link);
  await page.getByRole('textbox', { name: 'Your name' }).fill(name);
  await page.getByRole('button', { name: 'Join' }).click();
  await expect(page.getByRole('heading', { name: WAITING })).toBeVisible();
}

async function invite(room: Room, { uses = 1, expires = '1 day' } = {}): Promise<{ link: string; dialog: Locator }> {
  await room.button('Invite').click();
  const dialog = room.page.getByRole('dialog', { name: 'Invite somebody' });
  await expect(dialog.getByRole('checkbox', { name: 'Ask me before they come in' })).toBeChecked();
  await dialog.getByRole('spinbutton', { name: 'Number of uses' }).fill(String(uses));
  await dialog.getByRole('combobox', { name: 'Works for' }).selectOption(expires);
  await dialog.getByRole('button', { name: 'Make invite link' }).click();
  const link = await dialog.getByRole('textbox', { name: 'Invite link (shown only now)' }).inputValue();
  return { link, dialog };
}

/** The modules of a code as it is drawn, without its quiet zone. */
async function drawn(code: Locator): Promise<boolean[][]> {
  const [box, path] = [await code.getAttribute('viewBox'), await code.locator('path').getAttribute('d')];
  const size = Number(box!.split(' ')[2]) - 8;
  const modules = Array.from({ length: size }, () => Array<boolean>(size).fill(false));
  for (const [, x, y, run] of path!.matchAll(/M(\d+) (\d+)h(\d+)v1H\d+z/g)) {
    modules[Number(y) - 4]!.fill(true, Number(x) - 4, Number(x) - 4 + Number(run));
  }
  return modules;
}

/** A room with its host and a guest who was let in; the link is good for others. */
async function withGil(world: World) {
  const porch = await world.porch();
  const { hostUrl } = await world.share(porch);
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl, 'Ana');
  const { link, dialog } = await invite(ana, { uses: 5 });
  await dialog.getByRole('button', { name: 'Close' }).click();
  const waiting = ana.people.getByRole('list', { name: 'Waiting to be let in' });
  const gilPage = await world.browserOf('Gil');
  await ask(gilPage, link, 'Gil');
  await ana.people.getByRole('button', { name: 'Let in Gil' }).click();
  await expect(new Room(gilPage).state).toBeVisible();
  return { page, ana, link, waiting, gilPage };
}

test('a host on a phone lets a guest in who waits', async ({ world }) => {
  const porch = await world.porch();
  const { hostUrl, inviteUrl } = await world.share(porch);
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben'), inviteUrl, 'Ben');
  // The same host, from the sofa.
  const phonePage = await world.browserOf('Ana’s phone', { ...PHONE, storageState: await page.context().storageState() });
  await phonePage.goto(page.url());
  const phone = new Room(phonePage);
  await expect(phone.state).toBeVisible();

  const { link, dialog } = await invite(ana, { uses: 2, expires: '1 hour' });
  await test.step('it is good for as long as was chosen', async () => {
    const { origin, pathname } = new URL(page.url());
    const made = (await (await page.request.get(`${origin}/api/sessions/${pathname.split('/').at(-1)}/invites`)).json()) as { expires_at: number; uses: number }[];
    const left = made.find(({ uses }) => uses === 2)!.expires_at - Date.now();
    expect(left).toBeGreaterThan(58 * 60_000);
    expect(left).toBeLessThanOrEqual(60 * 60_000);
  });
  await test.step('the link is there as a QR code, too', async () => {
    const code = dialog.getByRole('img', { name: 'QR code of the invite link' });
    await expect(code).toBeVisible();
    expect(await drawn(code)).toEqual(uqr.encode(link, { ecc: 'M', border: 0 }).data);
    expect((await code.boundingBox())!.width).toBeGreaterThan(200);
    const row = dialog.getByRole('list', { name: 'Invites' }).getByRole('listitem').last();
    await expect(row).toContainText('asks first');
    await expect(row).toContainText('2 uses left');
    await expect(row).toContainText('Made by you');
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await expectAccessible(page);
    }
    await dialog.getByRole('button', { name: 'Close' }).click();
  });

  const gilPage = await world.browserOf('Gil');
  await test.step('a guest waits, and sees nothing of the session', async () => {
    const toasts = [ana, phone].map((room) => expect(room.toast('Gil waits to be let in as collaborator.')).toBeVisible());
    await Promise.all([ask(gilPage, link, 'Gil'), ...toasts]);
    for (const colorScheme of ['light', 'dark'] as const) {
      await gilPage.emulateMedia({ colorScheme });
      await expectAccessible(gilPage);
    }
    expect(gilPage.url()).toMatch(/\/join$/);
    await gilPage.reload();
    await expect(gilPage.getByRole('heading', { name: WAITING })).toBeVisible();
  });

  await test.step('every host sees at once who waits, and nobody else does', async () => {
    for (const room of [ana, phone]) {
      await expect(room.page.getByRole('banner').getByRole('button', { name: '1 waiting to be let in' })).toBeVisible();
    }
    await expect(ana.people.getByRole('list', { name: 'Waiting to be let in' })).toContainText('Gil');
    await expectAccessible(page);
    await expect(ben.people.getByRole('list', { name: 'Waiting to be let in' })).toHaveCount(0);
    await expect(ben.page.getByText('Gil')).toHaveCount(0);
  });

  await test.step('what says so on a tab that is out of view makes the phone’s page no wider, and hides no button', async () => {
    expect(await phonePage.evaluate(() => [innerWidth, innerHeight])).toEqual([390, 844]);
    await expect(phone.button('Pause')).toBeInViewport({ ratio: 1 });
  });

  await test.step('one tap on the phone lets them in, and the card on the laptop goes', async () => {
    await phonePage.getByRole('banner').getByRole('button', { name: '1 waiting to be let in' }).tap();
    const letIn = phone.people.getByRole('button', { name: 'Let in Gil' });
    await expect(letIn).toBeInViewport({ ratio: 1 });
    expect((await letIn.boundingBox())!.height).toBeGreaterThanOrEqual(44);
    await expectAccessible(phonePage);
    await letIn.tap();
    const gil = new Room(gilPage);
    await expect(gil.state).toBeVisible();
    expect(gilPage.url()).toMatch(/\/s\/[-0-9a-f]+$/);
    await expect(ana.people.getByRole('list', { name: 'Waiting to be let in' })).toHaveCount(0);
    await expect(page.getByRole('banner').getByRole('button', { name: /waiting/ })).toHaveCount(0);
    await expect(ana.person('Gil')).toContainText('Collaborator');
    await expect(gil.person('Ana')).toBeVisible();
  });
});

test('a guest is turned away with a sentence', async ({ world }) => {
  const { page, ana, link, waiting } = await withGil(world);
  const evePage = await world.browserOf('Eve');
  await ask(evePage, link, 'Eve');
  await ana.people.getByRole('button', { name: 'Turn away … Eve' }).click();
  const say = ana.people.getByRole('textbox', { name: 'A sentence for Eve, if you like' });
  await expect(say).toBeFocused();
  await expectAccessible(page);
  await say.press('Escape');
  await expect(ana.people.getByRole('button', { name: 'Turn away … Eve' })).toBeFocused();
  await ana.people.getByRole('button', { name: 'Turn away … Eve' }).click();
  await say.fill('We are done for today.');
  const halPage = await world.browserOf('Hal');
  await ask(halPage, link, 'Hal');
  const letIn = ana.people.getByRole('button', { name: 'Let in Hal' });
  await expect(letIn).toBeVisible();
  // More presses than one, from the moment on that Hal’s card comes to where Eve’s was: before it can have been seen.
  await waiting.evaluate((list) =>
    new MutationObserver(() => {
      const came = performance.now();
      const press = (): void => {
        if (list.children.length !== 1 || performance.now() - came > 200) return;
        list.querySelector('button')?.click();
        requestAnimationFrame(press);
      };
      press();
    }).observe(list, { childList: true }),
  );
  await say.press('Enter');
  await expect(evePage.getByRole('heading', { name: 'You were not let in' })).toBeVisible();
  await expect(evePage.getByRole('alert')).toContainText('says: We are done for today.');
  await expectAccessible(evePage);
  await evePage.reload();
  await expect(evePage.getByRole('heading', { name: 'You were not let in' })).toBeVisible();
  await expect(letIn).toBeEnabled();
  await expect(halPage.getByRole('heading', { name: WAITING })).toBeVisible();
  await letIn.click();
  await expect(new Room(halPage).state).toBeVisible();
  await expect(waiting).toHaveCount(0);
});

test('one guest leaves, and one waits by an invite that is revoked', async ({ world }) => {
  const { page, ana, link, waiting, gilPage } = await withGil(world);
  const [calPage, revPage] = [await world.browserOf('Cal'), await world.browserOf('Rev')];
  await ask(calPage, link, 'Cal');
  await ask(revPage, link, 'Rev');
  await expect(waiting).toContainText('Cal');
  await calPage.getByRole('button', { name: 'Cancel' }).click();
  await expect(calPage.getByRole('heading', { name: 'You are invited' })).toBeVisible();
  await expect(waiting).not.toContainText('Cal');
  await ana.button('Invite').click();
  const again = page.getByRole('dialog', { name: 'Invite somebody' });
  await again.getByRole('button', { name: /^Revoke invite for a collaborator: number 2/ }).click();
  const question = again.getByRole('group', { name: 'Revoke invite number 2?' });
  await expect(question).toContainText('Gil is out at once. Rev waits by it');
  await expectAccessible(page);
  await question.getByRole('button', { name: 'Revoke invite 2' }).click();
  await again.getByText('1 ended invite').click();
  await expect(again.getByRole('list', { name: 'Ended invites' })).toContainText('came in: Gil');
  await expect(revPage.getByRole('heading', { name: 'This invite was revoked' })).toBeVisible();
  await expect(gilPage.getByText(/invite was revoked/).first()).toBeVisible();
});

test('an invite runs out: who came by it stays, who waits by it is told, and nobody else comes', async ({ world }) => {
  // For as long as the invite works, and longer.
  test.setTimeout(180_000);
  const { hostUrl } = await world.share(await world.porch());
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl, 'Ana');
  const { origin, pathname } = new URL(page.url());
  const session = pathname.split('/').at(-1)!;
  // The dialog offers hours.
  const made = await page.request.post(`${origin}/api/sessions/${session}/invites`, {
    headers: { origin },
    data: { role: 'collaborator', uses: 5, asks: true, expires_in_s: 90 },
  });
  expect(made.status(), await made.text()).toBe(201);
  const { url: link, invite } = (await made.json()) as { url: string; invite: { expires_at: number } };
  const [gilPage, calPage] = [await world.browserOf('Gil'), await world.browserOf('Cal')];
  const [evePage, latePage] = [await world.browserOf('Eve'), await world.browserOf('Late')];
  await ask(gilPage, link, 'Gil');
  await ana.people.getByRole('button', { name: 'Let in Gil' }).click();
  const gil = new Room(gilPage);
  await expect(gil.state).toBeVisible();
  await ask(evePage, link, 'Eve');
  await ask(calPage, link, 'Cal');
  const waiting = ana.people.getByRole('list', { name: 'Waiting to be let in' });
  await expect(waiting).toContainText('Cal');
  await ana.button('Invite').click();
  const dialog = page.getByRole('dialog', { name: 'Invite somebody' });
  const row = dialog.getByRole('list', { name: 'Invites' }).getByRole('listitem').filter({ hasText: 'asks first' });
  await expect(row).toContainText('4 uses left');
  // Beside Ana, another host lets Cal in.
  const other = new Room(await page.context().newPage());
  await other.page.goto(page.url());
  await other.people.getByRole('button', { name: 'Let in Cal' }).click();
  await expect(row, 'the open dialog follows who comes').toContainText('3 uses left');

  await expect(evePage.getByRole('heading', { name: 'This invite has expired' })).toBeVisible({ timeout: 120_000 });
  expect(Date.now(), 'not before').toBeGreaterThanOrEqual(invite.expires_at);
  await expect(evePage.getByRole('alert')).toContainText('Ask the host for a new one.');
  await expectAccessible(evePage);
  await expect(row, 'the open dialog says so, too').toHaveCount(0);
  await dialog.getByText('1 ended invite').click();
  await expect(dialog.getByRole('list', { name: 'Ended invites' })).toContainText('expired');
  await expect(dialog.getByRole('list', { name: 'Ended invites' })).toContainText('came in: Gil and Cal');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(waiting).toHaveCount(0);

  await latePage.goto(link);
  await latePage.getByRole('textbox', { name: 'Your name' }).fill('Late');
  await latePage.getByRole('button', { name: 'Join' }).click();
  await expect(latePage.getByRole('heading', { name: 'This invite has expired' })).toBeVisible();
  // Gil came in time.
  await gil.page.reload();
  await expect(gil.state).toBeVisible();
  await expect(ana.person('Gil')).toContainText('Collaborator');
});
