/**
 * Makes the pictures in docs/screens: the real server, the sample under debugpy, two people. Run by `npm run screens`;
 * it is no test, but fails where something that should be in a picture is missing.
 */
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import type { Page } from '@playwright/test';
import { porchLine } from './support/debuggee';
import { ROOT } from './support/process';
import { Room, inviteLink, join } from './support/room';
import { expect, test } from './support/world';

const FOLDER = path(ROOT, 'docs/screens');
const MOST_BYTES = 200 * 1024;
const ON = porchLine('if self.is_on:');
const IDLE = porchLine('idle = now - self.last_motion');
const IF = porchLine('if idle >= self.hold');

async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const file = path(FOLDER, `${name}.png`);
  // What shows for a while only is no part of the view.
  await expect(page.getByRole('region', { name: 'Notifications' })).toHaveCount(0, { timeout: 30_000 });
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.screenshot({ path: file, animations: 'disabled', caret: 'hide' });
  expect(statSync(file).size, `${name} is small enough for a repository`).toBeLessThan(MOST_BYTES);
}

const SIZE = { width: 1120, height: 700 };
const PHONE = { width: 390, height: 844 };

/** The same view in light, in dark and on a phone. */
async function pictures(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await picture(page, `${name}-${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(PHONE);
  await picture(page, `${name}-phone`);
  await page.setViewportSize(SIZE);
}

/** A dialog over the view, in one theme. */
async function dialog(page: Page, keys: string, name: string, fill?: { label: string; text: string }): Promise<void> {
  await page.keyboard.press(keys);
  const shown = page.getByRole('dialog');
  await expect(shown).toBeVisible();
  if (fill) await shown.getByRole('combobox', { name: fill.label }).fill(fill.text);
  await picture(page, name);
  await page.keyboard.press('Escape');
  await expect(shown).toHaveCount(0);
}

test.use({ viewport: SIZE });

test('screens', async ({ world }) => {
  test.setTimeout(400_000);
  // A path that fits into a picture and is nobody's home.
  const folder = path(tmpdir(), 'house');
  mkdirSync(folder);
  world.atEnd(async () => rmSync(folder, { recursive: true }));
  const [porch, house] = await Promise.all([world.porch({ folder, waits: true, tick: 0.3 }), world.homeAssistant()]);
  const targets = [
    { name: 'porch', address: porch.address },
    { name: 'home-assistant', address: '127.0.0.1:9', howToStart: 'Run the action debugpy.start in Home Assistant.' },
  ];
  const { url, hostUrl } = await world.serve({ targets, hostLink: true, homeAssistant: house.url });
  const [anaPage, benPage] = [await world.browserOf('Ana'), await world.browserOf('Ben', { colorScheme: 'dark' })];

  const signIn = await world.browserOf('somebody');
  await signIn.goto(url);
  await expect(signIn.getByLabel('Long-lived access token')).toBeVisible();
  await pictures(signIn, 'sign-in');

  const ana = await join(anaPage, hostUrl!, 'Ana');
  await anaPage.getByRole('button', { name: 'Start debugging porch' }).click();
  await expect(ana.state).toContainText('Running');
  const invite = await inviteLink(ana);
  await benPage.goto(invite);
  await benPage.getByRole('textbox', { name: 'Your name' }).fill('Ben');
  await pictures(benPage, 'join');
  await benPage.emulateMedia({ colorScheme: 'dark' });
  await benPage.getByRole('button', { name: 'Join' }).click();
  const ben = new Room(benPage);

  await expect(ana.output).toContainText('porch light   off');
  await ana.open(path(folder, 'porch.py'));
  await ana.clickGutter(IDLE);
  await ana.expectPausedAt(IDLE);
  await ben.expectPausedAt(IDLE);
  await ana.button('Step over').click();
  await ana.expectPausedAt(IF);
  await ben.clickGutter(ON);
  await (await ben.addNote(IF)).fill('idle counts from the first movement, not from the last one');
  await benPage.keyboard.press('Escape');
  await ana.say('The sensor saw somebody, the light did not.');
  await expect(ben.chat).toContainText('The sensor saw somebody');
  await ben.say('Look at self.last_motion!');
  await ana.variable('self').press('ArrowRight');
  await ben.variable('self').press('ArrowRight');
  for (const room of [ana, ben]) await expect(room.variable('last_motion')).toBeVisible();
  await ana.watches.getByRole('textbox', { name: 'Expression to watch' }).fill('self.hold - idle');
  await ana.watches.getByRole('button', { name: 'Watch', exact: true }).click();
  await ben.button('Propose: Step over').click();
  for (const room of [ana, ben]) {
    await expect(room.watch('self.hold - idle')).toBeVisible();
    await expect(room.proposals).toContainText('step over');
  }
  await ben.button('Ask for the wheel').click();
  await expect(ana.person('Ben')).toContainText('asks for the wheel');
  await ben.clickLine(IF);
  await ben.text.press('Home');
  await ben.text.press('Shift+End');
  await expect(ana.source.locator('.remote-selection').first()).toBeVisible();
  await picture(anaPage, 'live-light');
  await picture(benPage, 'live-dark');

  const phone = await world.browserOf('Cleo', { viewport: PHONE, deviceScaleFactor: 1, isMobile: true });
  const cleo = await join(phone, await inviteLink(ana), 'Cleo');
  await cleo.expectPausedAt(IF);
  await picture(phone, 'live-phone');
  await dialog(anaPage, 'Control+p', 'open-file', { label: 'Path', text: 'dev' });
  await dialog(anaPage, 'Alt+Shift+K', 'keys');

  // A link that asks: who comes by it waits.
  await ana.button('Invite').click();
  const inviting = anaPage.getByRole('dialog', { name: 'Invite somebody' });
  await inviting.getByRole('button', { name: 'Make invite link' }).click();
  await expect(inviting.getByRole('img', { name: /QR code/ })).toBeVisible();
  const asking = await inviting.getByRole('textbox', { name: /^Invite link/ }).inputValue();
  await inviting.getByRole('textbox', { name: /^Invite link/ }).evaluate((input: HTMLInputElement) => {
    input.value = 'https://debug.example/join#invite=…';
  });
  await picture(anaPage, 'invite');
  await inviting.getByRole('button', { name: 'Close' }).click();
  const dora = await world.browserOf('Dora');
  await dora.goto(asking);
  await dora.getByRole('textbox', { name: 'Your name' }).fill('Dora');
  await dora.getByRole('button', { name: 'Join' }).click();
  await expect(dora.getByRole('heading', { name: /Waiting for a host/ })).toBeVisible();
  await pictures(dora, 'waiting');
  await expect(ana.people).toContainText('Dora');
  await picture(anaPage, 'admit');
  await dora.close();

  await ana.button('End').click();
  await anaPage.getByRole('button', { name: 'End now' }).click();
  await anaPage.getByRole('link', { name: 'Open the recording' }).click();
  await ana.expectPausedAt(IDLE);
  await ana.button('Next stop').click();
  await ana.expectPausedAt(IF);
  await pictures(anaPage, 'replay');

  await anaPage.goto(url);
  await anaPage.getByRole('button', { name: 'Start debugging porch' }).click();
  await expect(ana.state).toContainText('Running');
  await anaPage.goto(url);
  await expect(anaPage.getByRole('list', { name: 'Recordings' })).toBeVisible();
  await pictures(anaPage, 'sessions');
});
