/** Who joins late, or comes back: what was printed before is in the journal, and what the stop has changed, too. */
import { join as path } from 'node:path';
import type { Page, Route } from '@playwright/test';
import { expectAccessible } from './support/axe';
import { Cable } from './support/cable';
import { PORCH, porchLine } from './support/debuggee';
import { inviteLink, join, listen, said, type Room } from './support/room';
import { expect, test } from './support/world';

/** Each line is a piece of its own: those of one stream would be joined. */
const PRINTING = `import sys
import time

go = False


def flood(first, last):
    for n in range(first, last):
        print(f"lamp {n}" + (" and so on" * (n % 30)), file=(sys.stdout, sys.stderr)[n % 2])


flood(0, 5_000)
print("ready")
while True:
    time.sleep(0.02)
    if go:
        go = False
        flood(5_000, 8_000)
        print("done")
`;
const TURN = 14;

/** The numbers of the lines that are in view. */
const numbers = async (room: Room): Promise<number[]> => {
  const texts = await room.output.locator('[data-row] .text').allInnerTexts();
  return texts.flatMap((text) => /^lamp (\d+)/.exec(text)?.slice(1).map(Number) ?? []);
};

/** All that is shown of the output, as it is copied. */
async function copied(page: Page): Promise<number[]> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate(() => navigator.clipboard.writeText(''));
  await page.getByRole('button', { name: 'Copy all that is shown of the output' }).click();
  const read = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText());
  await expect.poll(read).not.toBe('');
  const text = await read();
  return text.split('\n').flatMap((line) => /^lamp (\d+)/.exec(line)?.slice(1).map(Number) ?? []);
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const show = (room: Room) => room.output.getByRole('button', { name: 'Show earlier output' });
const loaded = (page: Page) => page.getByText(/^[\d,]+ earlier lines loaded\./);

async function toTheStart(room: Room): Promise<void> {
  await expect(async () => {
    await room.output.press('Home');
    await expect(room.output.getByText('Start of the output')).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 45_000 });
  await room.output.press('Home');
}

test('who joins late reads all that was printed, and finds things in it', async ({ world }) => {
  const { hostUrl } = await world.share(await world.program(PRINTING));
  const ada = await join(await world.browserOf('Ada'), hostUrl, 'Ada');
  await expect(ada.output).toContainText('ready', { timeout: 60_000 });
  const page = await world.browserOf('Bob');
  const bob = await join(page, await inviteLink(ada, 'Watcher'), 'Bob');
  await expect(bob.output).toContainText('ready');
  await expect(bob.output).toContainText('lamp 4999');

  await test.step('what is in view stays where it is while earlier lines come', async () => {
    let hold = true;
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    await page.route('**/output?before=*', async (route: Route) => {
      if (hold) await held;
      await route.continue();
    });
    await bob.output.press('Home');
    await expect(bob.output.getByRole('button', { name: 'Loading earlier output' })).toBeVisible();
    await expectAccessible(page);
    const rows = bob.output.locator('[data-row] .text').filter({ hasText: /^lamp 4/ });
    const text = (await rows.nth(3).innerText()).trim();
    const same = rows.filter({ hasText: text });
    const place = (await same.boundingBox())!.y;
    hold = false;
    release();
    await expect(loaded(page)).toHaveCount(1);
    await expect.poll(async () => Math.round(Math.abs((await same.boundingBox())!.y - place))).toBeLessThanOrEqual(1);
    await expect(bob.output.getByRole('button', { name: 'Loading earlier output' })).toHaveCount(0);
  });

  await test.step('a search that finds nothing says that not all is loaded, and loads what is earlier', async () => {
    await bob.output.press('Control+f');
    const search = page.getByRole('search', { name: 'Search in the output' });
    const wanted = search.getByRole('textbox', { name: 'Search for' });
    await wanted.fill('lamp 77');
    await expect(search).toContainText('No matches in what is loaded');
    await expect(said(page)).toContainText('No matches in what is loaded.');
    await expectAccessible(page);
    const more = search.getByRole('button', { name: 'Load earlier output' });
    const message = 'The disk is full.';
    await page.route('**/output?before=*', (route) => route.fulfill({ status: 503, json: { error: { code: 'journal_unavailable', message } } }), { times: 1 });
    await more.press('Enter');
    await expect(search).toContainText(message);
    await search.getByRole('button', { name: 'Try again' }).press('Enter');
    await expect(search).not.toContainText(message);
    await expect(async () => {
      if (await more.isVisible()) await more.press('Enter');
      await expect(search).toContainText(/of \d+/, { timeout: 1_000 });
    }).toPass({ timeout: 45_000 });
    await expect(wanted, 'the focus is not lost').toBeFocused();
    await expect(more).toHaveCount(0);
    await expect(bob.output.locator('.found-now'), 'it leads there').toHaveText('lamp 77');
    await wanted.press('Escape');
  });

  await test.step('up to the start, in order, none twice', async () => {
    await toTheStart(bob);
    await expect(bob.output).toContainText('lamp 0');
    const seen = await numbers(bob);
    expect(seen[0]).toBe(0);
    expect(seen).toEqual(range(0, seen.length));
    expect(await copied(page)).toEqual(range(0, 5_000));
    await expectAccessible(page);
  });

  await test.step('a search finds what was loaded', async () => {
    await bob.output.press('Control+f');
    const search = page.getByRole('search', { name: 'Search in the output' });
    await search.getByRole('textbox', { name: 'Search for' }).fill('lamp 77');
    await expect(search).toContainText(/of 11$|of 11\b/);
    await search.getByRole('textbox', { name: 'Search for' }).fill('no such line');
    await expect(search.getByText('No matches', { exact: true })).toBeVisible();
    await search.getByRole('textbox', { name: 'Search for' }).press('Escape');
    await page.getByRole('searchbox', { name: 'Filter the output' }).fill('lamp 123');
    await expect(bob.output.locator('[data-row]')).toHaveCount(11);
    await page.getByRole('searchbox', { name: 'Filter the output' }).fill('');
    await expect(bob.output, 'where the search had led').toContainText('lamp 77');
  });

  await test.step('and who is at the end stays there', async () => {
    await bob.output.press('End');
    await expect(bob.output).toContainText('ready');
  });
});

test('earlier lines are loaded by keyboard, at the end of what is read too; errors are said, and tried again', async ({ world }) => {
  const { hostUrl } = await world.share(await world.program(PRINTING));
  const ada = await join(await world.browserOf('Ada'), hostUrl, 'Ada');
  await expect(ada.output).toContainText('ready', { timeout: 60_000 });
  const page = await world.browserOf('Bob', { viewport: { width: 390, height: 760 } });
  const heard = await listen(page);
  const bob = await join(page, await inviteLink(ada, 'Watcher'), 'Bob');
  await page.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name: 'Output', exact: true }).click();
  await expect(bob.output).toContainText('ready');
  let failing = true;
  const error = { code: 'journal_unavailable', message: "The recordings can't be read or written at this moment: the disk is full." };
  await page.route('**/output?before=*', (route) =>
    failing ? route.fulfill({ status: 503, json: { error } }) : route.continue(),
  );
  const failed = bob.output.getByText(error.message);
  await bob.output.press('Home');
  await expect(failed, 'all of the sentence').toBeInViewport({ ratio: 1 });
  await expectAccessible(page);
  await test.step('said once, and not again when it comes into view again', async () => {
    await bob.output.press('End');
    await expect(bob.output).toContainText('ready');
    await bob.output.press('Home');
    await expect(failed).toBeInViewport();
    // That would be told again by whatever brings it back.
    await expect(bob.output.getByRole('alert')).toHaveCount(0);
    expect(heard.filter((text) => text.includes(error.message))).toHaveLength(1);
  });
  const again = bob.output.getByRole('button', { name: 'Try again' });
  await again.press('Enter');
  await expect.poll(() => heard.filter((text) => text.includes(error.message)).length).toBe(2);
  await page.unroute('**/output?before=*');
  await page.route('**/output?before=*', (route) =>
    failing
      ? route.fulfill({ status: 404, json: { error: { code: 'session_not_found', message: 'There is no such session.' } } })
      : route.continue(),
  );
  await again.press('Enter');
  await expect(bob.output).toContainText('There is no such session.');
  failing = false;
  await again.press('Enter');
  await expect(loaded(page)).toHaveCount(1);
  await expect(again).toHaveCount(0);
  await toTheStart(bob);
  await expect(bob.output).toContainText('lamp 0');
});

test('who types elsewhere while the last earlier lines come goes on typing', async ({ world }) => {
  const { hostUrl } = await world.share(await world.program(PRINTING));
  const ada = await join(await world.browserOf('Ada'), hostUrl, 'Ada');
  await expect(ada.output).toContainText('ready', { timeout: 60_000 });
  const page = await world.browserOf('Bob');
  const bob = await join(page, await inviteLink(ada, 'Watcher'), 'Bob');
  await expect(bob.output).toContainText('ready');
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/output?before=*', async (route) => {
    const response = await route.fetch();
    await held;
    await route.fulfill({ response, json: { ...((await response.json()) as object), earlier: false } });
  });
  await show(bob).press('Enter');
  await expect(bob.output.getByRole('button', { name: 'Loading earlier output' })).toBeFocused();
  const message = bob.chat.getByRole('textbox', { name: 'Message' });
  await message.pressSequentially('I am ');
  release();
  await expect(page.getByText(/earlier lines loaded\. That is the start of the output\./)).toHaveCount(1);
  await page.keyboard.type('reading');
  await expect(message).toHaveValue('I am reading');
});

test('a recording has what was printed before its moment, and nothing behind it', async ({ world }) => {
  const folder = world.folder();
  const { url, hostUrl, session } = await world.share(await world.program(PRINTING, folder));
  const page = await world.browserOf('Ada');
  const ada = await join(page, hostUrl, 'Ada');
  await expect(ada.output).toContainText('ready', { timeout: 60_000 });
  await ada.open(path(folder, 'program.py'));
  await ada.clickGutter(TURN + 1);
  await ada.expectPausedAt(TURN + 1, 'program.py');
  await evaluate(page, 'globals().update(go=True)');
  await ada.clickGutter(TURN + 1);
  await expect(ada.breakpoints).not.toContainText('program.py');
  await ada.button('Continue').click();
  await expect(ada.output).toContainText('done', { timeout: 60_000 });
  expect((await copied(page)).at(-1)).toBe(7_999);

  await page.goto(`${url}/r/${session}#stop=1`);
  await ada.expectPausedAt(TURN + 1, 'program.py');
  await expect(ada.output).toContainText('ready');
  await show(ada).press('Enter');
  await expect(loaded(page)).toHaveCount(1);
  await toTheStart(ada);
  expect(await copied(page)).toEqual(range(0, 5_000));
  await expect(ada.output).not.toContainText('lamp 5000');
});

test('who comes back after much has the hole filled', async ({ world }) => {
  const folder = world.folder();
  const { url, hostUrl, inviteUrl } = await world.share(await world.program(PRINTING, folder));
  const cable = await Cable.to(url);
  world.atEnd(() => cable.close());
  const adaPage = await world.browserOf('Ada');
  const ada = await join(adaPage, hostUrl, 'Ada');
  const page = await world.browserOf('Ben');
  const heard = await listen(page);
  const ben = await join(page, inviteUrl.replace(url, cable.url), 'Ben');
  for (const room of [ada, ben]) await expect(room.output).toContainText('ready', { timeout: 60_000 });
  cable.cut();
  await expect(page.getByText(/Reconnecting/)).toBeVisible();
  await ada.open(path(folder, 'program.py'));
  await ada.clickGutter(TURN + 1);
  await ada.expectPausedAt(TURN + 1, 'program.py');
  await evaluate(adaPage, 'globals().update(go=True)');
  await ada.clickGutter(TURN + 1);
  await expect(ada.breakpoints).not.toContainText('program.py');
  await ada.button('Continue').click();
  await expect(ada.output).toContainText('done', { timeout: 60_000 });
  cable.mend();
  await expect(page.getByText(/Reconnecting/)).toHaveCount(0);
  await expect(ben.output).toContainText('done');
  const filter = page.getByRole('searchbox', { name: 'Filter the output' });
  expect((await copied(page)).includes(6_000)).toBe(false);

  await page.getByRole('button', { name: 'Search in the output' }).click();
  const search = page.getByRole('search', { name: 'Search in the output' });
  await search.getByRole('textbox', { name: 'Search for' }).fill('ready');
  await expect(search).toContainText('1 of 1');
  await expect(ben.output).toContainText('Some lines are missing here: too many came while you were away.');
  await expectAccessible(page);
  const ready = ben.output.locator('[data-row]').filter({ hasText: /^ready/ });
  const place = (await ready.boundingBox())!.y;
  const fill = ben.output.getByRole('button', { name: 'Show them' });
  await expect(fill, 'there is room for it').toBeInViewport({ ratio: 1 });
  let failing = true;
  const error = { code: 'journal_unavailable', message: 'The disk is full.' };
  await page.route('**/output?before=*', (route) =>
    failing ? route.fulfill({ status: 503, json: { error } }) : route.continue(),
  );
  await fill.press('Enter');
  await expect(ben.output).toContainText('Some lines are missing here, and could not be loaded.');
  await expect(ben.toast(error.message)).toBeVisible();
  expect(heard.filter((text) => /The disk is full|could not be loaded/.test(text))).toEqual([error.message]);
  failing = false;
  await ben.output.getByRole('button', { name: 'Try again' }).press('Enter');
  await expect(ben.output.getByRole('button', { name: 'Try again' })).toHaveCount(0);
  await expect(async () => {
    if ((await fill.count()) > 0) await fill.press('Enter');
    await expect(page.getByText(/Nothing is missing there any more/)).toHaveCount(1, { timeout: 1_000 });
  }).toPass();
  expect(Math.abs((await ready.boundingBox())!.y - place), 'what is read stays').toBeLessThanOrEqual(1);
  await expect(ben.output).not.toContainText('Some lines are missing here');
  await expect(ben.output, 'the focus is not lost').toBeFocused();
  const all = await copied(page);
  expect(all).toEqual(range(all[0]!, 8_000));
  expect(all[0], 'what was there before').toBeLessThan(5_000);
  await filter.fill('lamp 5999');
  await expect(ben.output.locator('[data-row]')).toHaveCount(1);
});

test('who joins at a stop sees what it has changed', async ({ world }) => {
  const porch = await world.porch();
  const { hostUrl } = await world.share(porch);
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl, 'Ana');
  const [IDLE, IF] = [porchLine('idle = now - self.last_motion'), porchLine('if idle >= self.hold')];
  await ana.open(PORCH);
  await ana.clickGutter(IDLE);
  await ana.expectPausedAt(IDLE);
  await page.keyboard.press('F10');
  await ana.expectPausedAt(IF);
  const marked = ana.variable('idle').locator('.changed');
  await expect(marked).toHaveCount(1);
  const bob = await join(await world.browserOf('Bob'), await inviteLink(ana, 'Watcher'), 'Bob');
  await bob.expectPausedAt(IF);
  await expect(bob.variable('idle').locator('.changed')).toHaveCount(1);
  await expect(bob.variable('now').locator('.changed')).toHaveCount(await ana.variable('now').locator('.changed').count());
  await expect(bob.source.locator('.inline-values .changed').first()).toBeVisible();
  // And after a reload, for who saw the step.
  await page.reload();
  await ana.expectPausedAt(IF);
  await expect(marked).toHaveCount(1);
});

async function evaluate(page: Page, expression: string): Promise<void> {
  const typed = page.getByRole('combobox', { name: 'Expression' });
  await typed.fill(expression);
  await typed.press('Enter');
  await expect(page.getByRole('log', { name: 'Evaluations' })).toContainText(expression);
}
