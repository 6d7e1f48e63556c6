/** A long file: read to its end, searched, and each kind of breakpoint told apart without its colour. */
import { join as path } from 'node:path';
import type { Locator } from '@playwright/test';
import { expectAccessible } from './support/axe';
import { join, type Room } from './support/room';
import { expect, test } from './support/world';

const LINES = 20_000;
const HEAD = `import time
def work():
    n = 0
    while True:
        n += 1
        time.sleep(0.05)
`;
/** Its last line calls what its head defines. */
const PROGRAM = `${HEAD}${Array.from({ length: LINES - 7 }, (_, i) => `value_${i + 7} = ${i + 7}\n`).join('')}work()\n`;
const [STOP, FAR] = [6, 15_000];

/** How a marker is drawn, but for its colours; `state`: how it would be in another one. */
const shape = (marker: Locator, state: string | null = null): Promise<string> =>
  marker.evaluate((one, state) => {
    const drawn = one.cloneNode() as HTMLElement;
    if (state !== null) drawn.className = `breakpoint owned plain ${state}`;
    one.after(drawn);
    const bare = ({ borderRadius, borderStyle, transform, backgroundImage, backgroundColor, content, inset }: CSSStyleDeclaration): string[] => [
      borderRadius, borderStyle, transform, content, inset,
      backgroundColor === 'rgba(0, 0, 0, 0)' ? 'hollow' : 'filled',
      backgroundImage.replace(/(rgba?|oklch|color)\([^)]*\)/g, ''),
    ];
    const all = [null, '::before', '::after'].flatMap((part) => bare(getComputedStyle(drawn, part))).join(' ');
    drawn.remove();
    return all;
  }, state);

async function draft(room: Room, line: number, fill: (form: Locator) => Promise<void>): Promise<void> {
  // By number: where a far line comes to lie is known when all around it are measured.
  await room.page.keyboard.press('Control+g');
  await room.page.getByRole('dialog', { name: 'Go to a line of program.py' }).getByRole('textbox', { name: 'Line' }).fill(String(line));
  await room.page.keyboard.press('Enter');
  await expect(room.text).toBeFocused();
  await expect(room.cursorLine).toContainText(PROGRAM.split('\n')[line - 1]!.trim());
  await room.page.keyboard.press('Shift+F9');
  const form = room.source.getByRole('group', { name: `New breakpoint at program.py:${line}` });
  await fill(form);
  await form.getByRole('button', { name: 'Set', exact: true }).click();
}

/** Red, green and blue of a computed colour, from 0 to 1. */
function parts(color: string): number[] {
  const numbers = [...color.matchAll(/[\d.]+/g)].map(([number]) => Number(number));
  return color.startsWith('rgb') ? numbers.slice(0, 3).map((part) => part / 255) : numbers.slice(0, 3);
}

test('a file of 20,000 lines is searched, read to its end, and its breakpoints are told apart by shape', async ({ world }) => {
  const folder = world.folder();
  const { hostUrl, inviteUrl } = await world.share(await world.program(PROGRAM, folder));
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben', { colorScheme: 'dark' }), inviteUrl, 'Ben');
  for (const room of [ana, ben]) await room.open(path(folder, 'program.py'));
  await ana.clickGutter(STOP);
  for (const room of [ana, ben]) await room.expectPausedAt(STOP, 'program.py');

  await test.step('it is found where it is, far below what is drawn, and nobody else is moved', async () => {
    await ana.clickLine(STOP);
    await page.keyboard.press('Control+f');
    const find = ana.source.getByRole('textbox', { name: 'Find' });
    await expect(find).toBeFocused();
    const bar = ana.source.getByRole('search', { name: 'Find in the file' });
    // What is typed is gone to at once, and counted. The next ones begin alike, ten thousand lines below.
    await find.pressSequentially('VALUE_1234');
    await expect(ana.cursorLine).toHaveText('value_1234 = 1234');
    await expect(bar).toContainText('1 of 11');
    await find.press('Enter');
    await expect(ana.cursorLine).toHaveText('value_12340 = 12340');
    await expect(ana.cursorLine).toBeInViewport();
    // Which of several it is shows by more than a colour.
    const outline = (name: string): Promise<string> =>
      ana.source.locator(name).first().evaluate((match) => getComputedStyle(match).outlineStyle);
    expect(await outline('.cm-searchMatch-selected')).toBe('solid');
    expect(await outline('.cm-searchMatch:not(.cm-searchMatch-selected)')).toBe('none');
    await expect(bar).toContainText('2 of 11');
    await find.press('Shift+Enter');
    await expect(ana.cursorLine).toHaveText('value_1234 = 1234');
    await find.press('Shift+Enter');
    await expect(bar, 'round the beginning').toContainText('11 of 11');
    await bar.getByRole('button', { name: 'Match whole words' }).click();
    await expect(bar).toContainText(/(^|\D)1 of 1(\D|$)/);
    await expect(ana.cursorLine).toHaveText('value_1234 = 1234');
    await bar.getByRole('button', { name: 'Match case' }).click();
    await expect(bar).toContainText('No matches');
    await expect(bar.getByRole('button', { name: 'Next match' })).toBeDisabled();
    await expectAccessible(page);
    await bar.getByRole('button', { name: 'Use a regular expression' }).click();
    for (const [typed, said] of [
      ['value_[', /^This is no regular expression: /],
      ['(a+)+', /^A repeated group/],
    ] as const) {
      await find.fill(typed);
      await expect(bar.getByRole('alert')).toHaveText(said);
      await expect(find).toHaveAttribute('aria-invalid', 'true');
    }
    await expectAccessible(page);
    await find.fill('value_\\d+');
    await expect(bar).toContainText('of 10,000+');
    await page.keyboard.press('Escape');
    await expect(find).toHaveCount(0);
    await expect(ana.text).toBeFocused();
    // It is there again, also in another file.
    await page.keyboard.press('Control+f');
    await expect(find).not.toHaveValue('');
    await page.keyboard.press('Escape');
    await expect(ben.executionLine).toBeInViewport();
  });

  await test.step('by the wheel to its last line; only what is in view is in the page', async () => {
    await ana.source.locator('.cm-scroller').hover();
    const last = ana.source.locator('.cm-line').filter({ hasText: /^work\(\)$/ });
    await expect(async () => {
      await page.mouse.wheel(0, 60_000);
      await expect(last).toBeInViewport({ timeout: 500 });
    }).toPass();
    expect(await ana.source.locator('.cm-line').count()).toBeLessThan(200);
    await expect(ana.source.locator('.cm-lineNumbers .cm-gutterElement').filter({ hasText: String(LINES) })).toBeInViewport();
    await page.keyboard.press('Control+Home');
    await expect(ana.executionLine).toBeInViewport();
  });

  await test.step('each kind and state has a shape and words of its own, for both', async () => {
    await draft(ana, 5, (form) => form.getByRole('textbox', { name: 'Condition' }).fill('n < 0'));
    await draft(ana, 4, async (form) => {
      await form.getByRole('radio', { name: 'Print' }).check();
      await form.getByRole('textbox', { name: 'Log message' }).fill('n is {n}');
    });
    await draft(ana, 3, (form) => form.getByRole('radio', { name: 'Snap' }).check());
    // By the line's menu, as with a right click on it.
    await ana.source.locator('.cm-line').filter({ hasText: 'def work' }).click({ button: 'right' });
    await page.getByRole('menuitem', { name: /^Toggle breakpoint/ }).click();
    await expect(ben.breakpoint(/^Breakpoint of Ana, line 2, active/)).toBeVisible();
    await ana.breakpoints.getByRole('checkbox', { name: 'Enable breakpoint at program.py:2 of Ana' }).uncheck();
    // Counted, far below: the list leads there.
    await draft(ana, FAR, (form) => form.getByRole('textbox', { name: 'Hit count' }).fill('>= 3'));
    await ben.breakpoints.getByRole('button', { name: `program.py:${FAR}`, exact: true }).click();
    await expect(ben.cursorLine).toContainText(`value_${FAR} = ${FAR}`);
    await expect(ben.breakpoint(new RegExp(`^Breakpoint of Ana, line ${FAR}.*3`))).toBeVisible();
    await ben.breakpoints.getByRole('button', { name: 'program.py:6', exact: true }).click();
    await ana.breakpoints.getByRole('button', { name: 'program.py:6', exact: true }).click();
    for (const room of [ana, ben]) {
      const kinds = [/^Breakpoint of Ana, line 6/, /line 5.*if n < 0/, /^Log point of Ana, line 4/, /^Snap point of Ana, line 3/, /line 2, disabled/];
      for (const kind of kinds) await expect(room.breakpoint(kind)).toBeVisible();
      const shapes = await Promise.all(kinds.map((kind) => shape(room.breakpoint(kind))));
      expect(new Set(shapes).size, shapes.join('\n')).toBe(kinds.length);
      // States that this program has none of, drawn in the same place.
      for (const state of ['pending', 'unverified', 'muted', 'disarmed', 'failed', 'verified drifted'])
        shapes.push(await shape(room.breakpoint(kinds[0]!), state));
      expect(new Set(shapes).size, shapes.join('\n')).toBe(shapes.length);
      // The ring is of whose it is; in the dark it is lighter, to be seen on a stop's line.
      const ring = parts(await room.breakpoint(kinds[0]!).evaluate((one) => getComputedStyle(one).outlineColor));
      const own = parts(await room.person('Ana').locator('.avatar').evaluate((one) => getComputedStyle(one).backgroundColor));
      const drawn = room === ana ? own : own.map((part) => 0.6 * part + 0.4);
      for (const [at, part] of drawn.entries()) expect(ring[at], `${ring} and ${drawn}`).toBeCloseTo(part, 3);
      // Nor is the line that runs next marked by its ground alone.
      const edge = await room.source.locator('.cm-line.cm-execution-stop').evaluate((line) => getComputedStyle(line).boxShadow);
      expect(edge).toContain('inset');
      await expectAccessible(room.page);
    }
  });
});
