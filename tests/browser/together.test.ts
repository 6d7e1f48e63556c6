/** Looking at things together: where others look, following them, pointing. */
import type { Page } from '@playwright/test';
import { expectAccessible } from './support/axe';
import { PORCH, porchLine } from './support/debuggee';
import { inviteLink, join, type Room } from './support/room';
import { expect, test } from './support/world';

const IDLE = porchLine('idle = now - self.last_motion');
const IF = porchLine('if idle >= self.hold');
const CALL = porchLine('device.tick(now)');
const DEVICES = PORCH.replace('porch.py', 'devices.py');

/** The first line in view. */
const topLine = (room: Room): Promise<number> =>
  room.source.locator('.cm-scroller').evaluate((box) => {
    const edge = box.getBoundingClientRect().top;
    const numbers = [...box.querySelectorAll('.cm-lineNumbers .cm-gutterElement')];
    const first = numbers.find((one) => one.getBoundingClientRect().bottom > edge + 4 && one.textContent !== '');
    return Number(first?.textContent);
  });

test('three people look at one program together', async ({ world }) => {
  const share = await world.share(await world.porch());
  const pages = await Promise.all(['Ana', 'Ben', 'Cem'].map((name) => world.browserOf(name)));
  const [anaPage, benPage, cemPage] = pages as [Page, Page, Page];
  const ana = await join(anaPage, share.hostUrl, 'Ana');
  const ben = await join(benPage, await inviteLink(ana), 'Ben');
  const cem = await join(cemPage, await inviteLink(ana, 'Watcher'), 'Cem');

  await test.step('a stop is shown to all, and each sees where the others look', async () => {
    await ana.open(PORCH);
    await ana.clickGutter(IDLE);
    for (const room of [ana, ben, cem]) await room.expectPausedAt(IDLE);
    await expect(ben.frame('tick')).toContainText('Ana is here');
    await expect(ana.frame('tick')).toContainText(/Ben is here.*Cem is here|Cem is here.*Ben is here/);
    await expect(ana.source.locator('.line-tag.person')).toHaveText(['Ben', 'Cem']);
  });

  await test.step('a cursor and what is selected show in the colour of whose they are', async () => {
    await ana.clickLine(IF);
    await ana.text.press('Home');
    await ana.text.press('Shift+End');
    const selected = ben.source.locator('.remote-selection');
    await expect(selected.first()).toHaveAttribute('title', 'Selected by Ana');
    await expect.poll(async () => (await selected.allTextContents()).join('')).toContain('if idle >= self.hold:');
    await expect(ben.source.locator('.remote-caret[title="Ana"]')).toHaveCount(1);
    await ana.text.press('ArrowLeft');
    await expect(selected).toHaveCount(0);
    await expectAccessible(benPage);
  });

  await test.step('ben follows ana: to files, lines, frames, and by her scrolling', async () => {
    await ben.person('Ana').getByRole('button', { name: 'Follow Ana' }).click();
    await expect(ben.toast(/You follow Ana/)).toBeVisible();
    await expect(ben.source.getByRole('button', { name: /^Following Ana/ })).toBeVisible();
    await ana.open(`${DEVICES}:30`);
    await expect(ben.text).toHaveAccessibleName('Source of devices.py');
    await expect(ben.cursorLine).toBeVisible();
    await ana.source.locator('.cm-scroller').hover();
    await anaPage.mouse.wheel(0, 10_000);
    await expect.poll(() => topLine(ana)).toBeGreaterThan(20);
    await ana.clickLine(await topLine(ana) + 5);
    await expect.poll(async () => (await topLine(ben)) - (await topLine(ana))).toBe(0);
    await ana.frame('second').click();
    await expect(ben.frame('second')).toHaveAttribute('aria-selected', 'true');
    await expect(ben.variable('device')).toBeVisible();
    await expectAccessible(benPage);
  });

  await test.step('nothing takes the focus of who follows, not even a stop', async () => {
    const message = ben.chat.getByRole('textbox', { name: 'Message' });
    await message.fill('I type');
    await ana.button('Step over').click();
    await ben.expectPausedAt(IF);
    await expect(message).toBeFocused();
    await expect(message).toHaveValue('I type');
    await expect(ben.source.getByRole('button', { name: /^Following Ana/ })).toBeVisible();
  });

  await test.step("it ends at ben's own first move", async () => {
    await expect(ben.cursorLine).toContainText('if idle >= self.hold');
    await expect.poll(() => topLine(ana)).toBeLessThan(IF);
    await expect.poll(async () => (await topLine(ben)) - (await topLine(ana))).toBe(0);
    await ben.clickLine(CALL);
    await expect(ben.source.getByRole('button', { name: /^Following Ana/ })).toHaveCount(0);
    await ana.clickLine(IDLE);
    await expect(ben.source.locator('.line-tag.person').filter({ hasText: 'Ana' })).toBeVisible();
    await expect(ben.cursorLine).toContainText('device.tick(now)');
    // By key: who drives.
    await benPage.keyboard.press('Alt+Shift+F');
    await expect(ben.cursorLine).toContainText('idle = now');
    await ben.source.locator('.cm-scroller').hover();
    await benPage.mouse.wheel(0, 300);
    await expect(ben.source.getByRole('button', { name: /^Following Ana/ })).toHaveCount(0);
  });

  await test.step('who follows somebody that leaves is told', async () => {
    await ana.person('Cem').getByRole('button', { name: 'Follow Cem' }).click();
    await expect(ana.source.getByRole('button', { name: /^Following Cem/ })).toBeVisible();
    await cemPage.goto('about:blank');
    await expect(ana.toast(/Cem is gone: you follow nobody now/)).toBeVisible();
    await cemPage.goBack();
    await cem.expectPausedAt(IF);
  });

  await test.step('a watcher points: all see it, where they are or by a click; it fades', async () => {
    // It is seen for some seconds only, so whoever is to go there is ready.
    await ben.open(DEVICES);
    await cem.chooseAt(CALL, /^Point here for everybody/);
    const toast = benPage.getByRole('region', { name: 'Notifications' }).locator('div').filter({ hasText: 'Cem points' });
    await toast.getByRole('button', { name: 'Look' }).click();
    await expect(ben.source.locator('.line-tag.pointer')).toHaveText('☞ Cem points here');
    await expect(ben.source.locator('.cm-pointed')).toContainText('device.tick(now)');
    await expect(cem.source.locator('.line-tag.pointer')).toHaveText('☞ You point here');
    await expect(ana.toast(new RegExp(`Cem points at porch.py:${CALL}`))).toBeVisible();
    await expectAccessible(benPage);
    for (const room of [ana, ben, cem]) await expect(room.source.locator('.line-tag.pointer')).toHaveCount(0);
  });
});

test('two people of one name are told apart in all that they say and do', async ({ world }) => {
  const share = await world.share(await world.porch());
  const ana = await join(await world.browserOf('Ana'), share.hostUrl, 'Ana');
  const other = await join(await world.browserOf('Ana too'), share.inviteUrl, 'ana');
  await other.say('I am another');
  await expect(ana.chat.getByRole('log')).toContainText(/ana \(2\)[^]*I am another/);
  await other.page.reload();
  for (const room of [ana, other]) {
    await expect(room.person('ana (2)')).toContainText('Collaborator');
    await expect(room.people.getByRole('listitem')).toHaveCount(2);
  }
  await expect(other.person('ana (2)')).toContainText('(you)');
});

test('what a forged presence says is drawn only where it makes sense', async ({ world }) => {
  const share = await world.share(await world.porch({ tick: 1 }));
  const [anaPage, malPage] = await Promise.all([world.browserOf('Ana'), world.browserOf('Mal')]);
  const ana = await join(anaPage, share.hostUrl, 'Ana');
  await ana.open(PORCH);
  await join(malPage, await inviteLink(ana, 'Watcher'), 'Mal');
  await malPage.evaluate(
    async ({ session, path }) => {
      const me = (await (await fetch('/api/me')).json()) as { participant: { id: string } };
      const varint = (n: number): number[] => (n < 128 ? [n] : [(n % 128) | 128, ...varint(Math.floor(n / 128))]);
      const text = (words: string): number[] => {
        const bytes = [...new TextEncoder().encode(words)];
        return [...varint(bytes.length), ...bytes];
      };
      const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/api/sessions/${session}/docs/notes`);
      await new Promise((resolve) => (socket.onopen = resolve));
      const spot = (line: unknown, column: unknown): object => ({ line, column });
      const states = [
        { line: -5, top: 1e300, frame: 'x', stop: {}, selection: { anchor: spot(0, 0), head: spot(1, 1) } },
        { line: 1e9, selection: { anchor: spot(1, 9e9), head: spot(9e8, 0) }, pointing: { path, line: 9e8, n: 1 } },
        { line: '<img src=x onerror=alert(1)>', pointing: { path: '/<b>x', line: 3, n: 2 } },
      ];
      states.forEach((state, clock) => {
        const json = JSON.stringify({ participant: me.participant.id, path, ...state });
        const entry = [...varint(1), ...varint(4242), ...varint(clock + 1), ...text(json)];
        socket.send(new Uint8Array([1, ...varint(entry.length), ...entry]));
      });
      (globalThis as { kept?: WebSocket }).kept = socket;
    },
    { session: share.session, path: PORCH },
  );
  await expect(ana.toast('Mal points at <b>x:3.')).toBeVisible();
  await expect(ana.source.locator('.line-tag.pointer')).toHaveCount(0);
  await ana.clickLine(CALL);
  await expect(ana.cursorLine).toContainText('device.tick(now)');
});
