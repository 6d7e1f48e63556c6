/** A session by ear: what stands in gutters and rows, and what others do, is said once and shortly. */
import { expectAccessible } from './support/axe';
import { PORCH, porchLine } from './support/debuggee';
import { Room, join, listen } from './support/room';
import { expect, test } from './support/world';

const IDLE = porchLine('idle = now - self.last_motion');
const IF = porchLine('if idle >= self.hold');
/** Reached before anybody is here, and never again. */
const IMPORT = porchLine('import queue');
const KIND = porchLine('kind = "porch light"');
const TICK = porchLine('if not self.is_on or');

test('two people hear what they do, and what is beside the lines they come to', async ({ world }) => {
  const { url, hostUrl, inviteUrl, session } = await world.share(await world.porch());
  const [page, benPage] = [await world.browserOf('Ana'), await world.browserOf('Ben')];
  const [hers, his] = [await listen(page), await listen(benPage)];
  /** All that somebody has heard of something. */
  const of = (heard: string[], what: RegExp): string[] => heard.filter((text) => what.test(text));
  const ana = await join(page, hostUrl, 'Ana');
  const ben = await join(benPage, inviteUrl, 'Ben');
  /** A key so often, and another one, as fast as the page takes them: who rests on a line for a moment hears of it. */
  const press = (...keys: [key: string, times: number][]): Promise<void> =>
    page.evaluate((all) => {
      for (const [key, times] of all)
        for (let n = 0; n < times; n++)
          document.activeElement!.dispatchEvent(new KeyboardEvent('keydown', { key, code: key, bubbles: true, cancelable: true }));
    }, keys);
  await ben.open(PORCH);
  await ana.open(PORCH);

  await test.step('a breakpoint is set, by click and by key, and removed', async () => {
    await ana.clickGutter(IMPORT);
    await expect.poll(() => hers).toContain(`Breakpoint set at line ${IMPORT}.`);
    await expect.poll(() => his).toContain(`Ana set a breakpoint at line ${IMPORT}.`);
    await ana.clickLine(IMPORT);
    await expect.poll(() => hers).toContain(`Line ${IMPORT}: breakpoint of Ana.`);
    await page.keyboard.press('F9');
    await expect.poll(() => hers).toContain(`Breakpoint removed from line ${IMPORT}.`);
    await expect.poll(() => his).toContain(`Ana removed a breakpoint from line ${IMPORT}.`);
    await ana.clickLine(IDLE);
    await page.keyboard.press('F9');
    await ana.expectPausedAt(IDLE);
    await ben.expectPausedAt(IDLE);
  });

  await test.step('what is beside a line is said when the cursor comes to it, and stays', async () => {
    await ben.clickGutter(KIND);
    await (await ben.addNote(KIND)).fill('off too early');
    await expect(ana.noteTags).toHaveCount(1);
    await expect(ana.breakpoint(/Breakpoint of Ben, .*active/)).toBeVisible();
    await ana.clickLine(IDLE + 2);
    await press(['ArrowUp', 2]);
    await expect.poll(() => hers).toContain(`Line ${IDLE}: paused here, breakpoint of Ana.`);
    await press(['ArrowUp', IDLE - KIND]);
    await expect.poll(() => hers).toContain(`Line ${KIND}: breakpoint of Ben, 1 note.`);
    // Along the line nothing is said, nor of what is passed on the way.
    await page.keyboard.press('End');
    await press(['ArrowDown', IDLE + 1 - KIND], ['ArrowUp', IDLE + 1 - KIND]);
    await expect.poll(() => of(hers, /^Line \d/)).toEqual([
      `Line ${IMPORT}: breakpoint of Ana.`,
      `Line ${IDLE}: paused here, breakpoint of Ana.`,
      `Line ${KIND}: breakpoint of Ben, 1 note.`,
      `Line ${KIND}: breakpoint of Ben, 1 note.`,
    ]);
  });

  await test.step('a step is said once: to who made it where it led, to others with who', async () => {
    await page.keyboard.press('F10');
    await ben.expectPausedAt(IF);
    // In one sentence where the step takes no longer than one waits for it.
    await expect.poll(() => of(his, /stepped|paused at/i).join(' ')).toMatch(new RegExp(`Ana stepped over(: p|\\. P)aused at porch\\.py line ${IF}`));
    expect(of(his, /stepped/)).toHaveLength(1);
    await expect.poll(() => of(hers, new RegExp(`^Paused at porch\\.py line ${IF}`))).toHaveLength(1);
    expect(of(hers, /stepped/)).toEqual([]);
  });

  await test.step('what is run to in passing is no breakpoint to hear of', async () => {
    await ana.clickLine(TICK);
    const before = of(hers, /^Breakpoint/).length;
    await page.keyboard.press('Control+F10');
    await ben.expectPausedAt(TICK);
    await expect(ana.breakpoints).not.toContainText(`porch.py:${TICK}`);
    expect(of(hers, /^Breakpoint/)).toHaveLength(before);
  });

  await test.step('a long value is shown whole, and named by its start', async () => {
    await ana.watches.getByRole('textbox').fill("'x' * 900");
    await page.keyboard.press('Enter');
    const row = ana.watches.getByRole('treeitem');
    await expect(row).toContainText('x'.repeat(900));
    const name = (await row.ariaSnapshot()).match(/x{9,}/g) ?? [];
    expect(name.map((part) => part.length)).toEqual([159]);
    await expectAccessible(page);
  });

  await test.step('somebody who waits is let in: said once', async () => {
    await ana.button('Invite').click();
    const dialog = page.getByRole('dialog', { name: 'Invite somebody' });
    await dialog.getByRole('button', { name: 'Make invite link' }).click();
    const link = await dialog.getByRole('textbox', { name: /^Invite link/ }).inputValue();
    await dialog.getByRole('button', { name: 'Close' }).click();
    const eve = await world.browserOf('Eve');
    await eve.goto(link);
    await eve.getByRole('textbox', { name: 'Your name' }).fill('Eve');
    await eve.getByRole('button', { name: 'Join' }).click();
    await ana.people.getByRole('button', { name: 'Let in Eve' }).click();
    await expect(ana.person('Eve')).toContainText('Collaborator');
    await expect(new Room(eve).state).toContainText('Paused');
    await expect(eve.getByRole('heading', { level: 1 }), 'the focus is in the room').toBeFocused();
    await expect.poll(() => of(hers, /Eve (in|joined)\b/)).toEqual(['You let Eve in.']);
    await expect.poll(() => of(his, /Eve (in|joined)\b/)).toEqual(['Ana let Eve in.']);
    expect(of(hers, /^Line \d/), 'where a stop has put the cursor is told by the stop').toHaveLength(4);
  });

  await test.step('its recording says what it is', async () => {
    await ana.button('End').click();
    await page.getByRole('button', { name: 'End now' }).click();
    await page.getByRole('link', { name: 'Open the recording' }).click();
    await expect(page.getByRole('region', { name: 'Timeline' })).toBeVisible();
    await expect.poll(() => of(hers, /^Recording of/)).toEqual([expect.stringMatching(/^Recording of .*, 3 stops\. Paused at porch\.py:\d+ — /)]);
    await expect(page).toHaveTitle(/, recording · Breakroom$/);
    await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
    expect(page.url()).toContain(`${url}/r/${session}`);
  });
});
