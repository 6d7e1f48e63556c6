/** Nothing jumps while a page loads, also where each answer takes its time, on a large screen and on a phone. */
import type { Page } from '@playwright/test';
import { PORCH, porchLine } from './support/debuggee';
import { Room, inviteLink, join } from './support/room';
import { shifted, watchShifts } from './support/shifts';
import { expect, test } from './support/world';

const IDLE = porchLine('idle = now - self.last_motion');
/** A hundredth of what is called good. */
const MOST = 0.001;

async function expectStill(page: Page, what: string): Promise<void> {
  const { sum, shifts } = await shifted(page);
  expect.soft(sum, `${what}\n${JSON.stringify(shifts, null, 1)}`).toBeLessThan(MOST);
}

for (const [name, viewport] of [
  ['a large screen', { width: 1280, height: 800 }],
  ['a phone', { width: 390, height: 844 }],
] as const) {
  test(`nothing jumps while loading, on ${name}`, async ({ world }) => {
    const porch = await world.porch();
    const { url, hostUrl } = await world.serve({
      targets: [
        { name: 'porch', address: porch.address },
        { name: 'shed', address: '127.0.0.1:9' },
      ],
      hostLink: true,
    });
    // Somebody who has been here for long, and made something to load.
    const host = await world.browserOf('Ana');
    const ana = await join(host, hostUrl!, 'Ana');
    await host.getByRole('button', { name: 'Start debugging porch' }).click();
    await ana.open(PORCH);
    await ana.clickGutter(IDLE);
    await ana.expectPausedAt(IDLE);
    await (await ana.addNote(IDLE)).fill('a note');
    await host.keyboard.press('Escape');
    await ana.say('hello');
    await ana.watches.getByRole('textbox').fill('now');
    await ana.watches.getByRole('button', { name: 'Watch', exact: true }).click();
    await expect(ana.watch('now')).toBeVisible();

    const page = await world.browserOf('Ben', { viewport });
    await join(page, await inviteLink(ana), 'Ben');
    const ben = new Room(page);
    await ben.expectPausedAt(IDLE);
    await watchShifts(page);
    for (const one of [page, host]) {
      await one.route('**/api/**', async (route) => {
        await new Promise((resolve) => setTimeout(resolve, 150));
        await route.continue().catch(() => {});
      });
    }

    await page.reload();
    await ben.expectPausedAt(IDLE);
    if (name === 'a large screen') {
      await expect(ben.variable('now')).toBeVisible();
      await expect(ben.note(/by Ana/)).toContainText('a note');
      await expect(ben.breakpoints).toContainText(`porch.py:${IDLE}`);
      await expect(ben.person('Ana')).toBeVisible();
    }
    await expectStill(page, 'a live session');

    await host.setViewportSize(viewport);
    await watchShifts(host);
    await host.goto(url);
    await expect(host.getByRole('link', { name: 'Open the session of porch' })).toBeVisible();
    await expect(host.getByText('This page sees by itself when it is active.')).toBeVisible();
    await expectStill(host, 'the list of sessions');

    await host.goto(page.url().replace('/s/', '/r/'));
    await ana.expectPausedAt(IDLE);
    await expect(host.getByRole('region', { name: 'Timeline' })).toContainText('Stop 1 of 1');
    await expectStill(host, 'a recording');
    // At another moment there are other people and values; what they are in stays where it is, meanwhile too.
    const panels = host.getByRole('main');
    const before = await panels.boundingBox();
    await host.getByRole('slider', { name: 'Moment' }).fill('3');
    expect(await panels.boundingBox()).toEqual(before);
    await expect(host).toHaveURL(/#at=3$/);
    await expect(ana.executionLine).toHaveCount(0);
    expect(await panels.boundingBox()).toEqual(before);

    await page.context().clearCookies();
    await page.goto(`${url}/sign-in`);
    await expect(page.getByText('Open the host link that was printed')).toBeVisible();
    await expectStill(page, 'sign-in');
  });
}
