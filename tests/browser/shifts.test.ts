/** Nothing jumps while a page loads, also where each answer takes its time, on a large screen and on a phone. */
import type { Page } from '@playwright/test';
import { PORCH, porchLine } from './support/debuggee';
import { Room, inviteLink, join } from './support/room';
import { shifted, watchShifts } from './support/shifts';
import { Wire } from './support/wire';
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

/** What the variables and the stack showed, and which line was marked, in order, each with the milliseconds since the page began. */
const watchPanels = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const seen: [string, number][] = [];
    Object.assign(globalThis, { panels: seen });
    const look = (): void => {
      const of = (name: string): string => {
        const panel = document.querySelector(`[data-panel="${name}"]`)!;
        if (/Loading/.test(panel.textContent ?? '')) return 'loading';
        return panel.querySelectorAll('[role="treeitem"]').length < 2 ? 'nothing' : panel.querySelector('.dimmed') ? 'dimmed' : 'rows';
      };
      const paused = /Paused/.test(document.querySelector('[aria-label="Session state"]')!.textContent!);
      const line = document.querySelector('.cm-lineNumbers .cm-execution-gutter')?.textContent ?? 'no line';
      const now = `${paused ? 'paused' : 'running'}: ${of('variables')}, ${of('stack')}, ${line}`;
      if (seen.at(-1)?.[0] !== now) seen.push([now, performance.now()]);
    };
    look();
    new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  });

test('within a step nothing goes before something else takes its place, and what takes long says that it is loading', async ({ world }) => {
  const { hostUrl } = await world.share(await world.porch());
  const page = await world.browserOf('Ana');
  const wire = await Wire.of(page);
  const ana = await join(page, hostUrl, 'Ana');
  await ana.open(PORCH);
  await ana.clickGutter(IDLE);
  await ana.expectPausedAt(IDLE);
  await expect(ana.variable('now')).toBeVisible();
  // What other threads do comes last.
  await expect(ana.stack.getByRole('treeitem', { name: /^visitors .*visitors\.py/ })).toBeVisible();
  await watchPanels(page);
  wire.holdBehind('stopped');
  await page.keyboard.press('F10');
  const panels = (): Promise<[string, number][]> => page.evaluate(() => (globalThis as unknown as { panels: [string, number][] }).panels);
  const said = async (): Promise<string[]> => (await panels()).map(([what]) => what);
  await expect.poll(said).toContain('paused: loading, loading, no line');
  wire.release();
  await ana.expectPausedAt(porchLine('if idle >= self.hold'));
  await expect(ana.variable('idle')).toBeVisible();
  await expect.poll(async () => (await said()).at(-1)).toBe(`paused: rows, rows, ${IDLE + 1}`);
  const all = await panels();
  const at = (what: RegExp): number => all.find(([one], i) => i > 0 && what.test(one))![1];
  expect(all.map(([what]) => what).filter((what) => /nothing/.test(what))).toEqual([]);
  const before = new RegExp(`^paused: (rows|dimmed), (rows|dimmed), ${IDLE}$`);
  expect(at(before), 'it was paused, and all of the stop before was there').toBeLessThan(at(/loading/));
  expect(at(/loading/) - at(/^paused/)).toBeGreaterThan(400);
});

test('a dialog stays where it is when what it waits for comes, and when something is chosen', async ({ world }) => {
  const { hostUrl } = await world.share(await world.porch());
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl, 'Ana');
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/invites', async (route) => {
    await held;
    await route.continue();
  });
  await ana.button('Invite').click();
  const dialog = page.getByRole('dialog', { name: 'Invite somebody' });
  const watcher = dialog.getByRole('radio', { name: /^Watcher/ });
  await expect(watcher).toBeVisible();
  const before = await watcher.boundingBox();
  release();
  await expect(dialog.getByRole('list', { name: 'Invites' })).toBeVisible();
  expect(await watcher.boundingBox()).toEqual(before);
  await watcher.check();
  await expect(dialog.getByRole('checkbox', { name: 'May write notes' })).toBeVisible();
  expect(await watcher.boundingBox()).toEqual(before);
  if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/invite.png` });
});
