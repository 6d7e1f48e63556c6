/** What a program prints, as the page shows it: its colours, a progress bar, and a traceback whose places open. */
import { join as path } from 'node:path';
import { expectAccessible } from './support/axe';
import { join } from './support/room';
import { expect, test } from './support/world';

const PROGRAM = `import sys
import time
import traceback


def water(level):
    return 100 / level


def work():
    for n in (10, 50, 100):
        print(f'\\r{n} %', end='')
    print()
    print('\\x1b[1;31mno water\\x1b[0m and \\x1b[32mall else\\x1b[0m is \\x1b[38;5;208mwell\\x1b[0m \\x1b[7mnow\\x1b[0m')
    try:
        water(0)
    except ZeroDivisionError:
        traceback.print_exc(file=sys.stdout)


while True:
    work()
    time.sleep(0.2)
`;
const CALLS = 16;

for (const colorScheme of ['light', 'dark'] as const) {
  test(`colours, a progress bar, and the places of a traceback, ${colorScheme}`, async ({ world }) => {
    const folder = world.folder();
    const { hostUrl } = await world.share(await world.program(PROGRAM, folder));
    const page = await world.browserOf('Ana', { colorScheme });
    const ana = await join(page, hostUrl, 'Ana');
    await ana.open(path(folder, 'program.py'));
    // Paused: what is looked at isn't scrolled away.
    await ana.clickGutter(CALLS);
    await ana.expectPausedAt(CALLS, 'program.py');
    await ana.button('Continue').click();
    await expect(ana.output).toContainText('ZeroDivisionError');
    await ana.expectPausedAt(CALLS, 'program.py');

    await test.step('what a terminal does with it', async () => {
      const printed = await ana.output.textContent();
      expect(printed).toMatch(/\n100 %\nno water and all else is well now\nTraceback /);
      expect(printed).not.toContain('\x1b');
      const looks = (text: string): Promise<string[]> =>
        ana.output
          .getByText(text, { exact: true })
          .last()
          .evaluate((span) => {
            const { color, backgroundColor, fontWeight } = getComputedStyle(span);
            return [color, backgroundColor, fontWeight];
          });
      const [plain] = await ana.output.evaluate((box) => [getComputedStyle(box).color]);
      const [red, green, orange] = [await looks('no water'), await looks('all else'), await looks('well')];
      expect(new Set([plain, red[0], green[0], orange[0]]).size, 'four colours').toBe(4);
      expect(red[2]).toBe('700');
      expect((await looks('now'))[1]).toBe(plain);
      await expectAccessible(page);
    });

    await test.step('a place opens its file, by mouse and by keyboard', async () => {
      const places = ana.output.getByRole('button', { name: /program\.py/ });
      await places.last().click();
      await expect(ana.cursorLine).toHaveText('    return 100 / level');
      await places.last().press('ArrowUp');
      await expect(places.nth(-2)).toBeFocused();
      await places.nth(-2).press('Enter');
      await expect(ana.cursorLine).toHaveText('        water(0)');
      await expect(ana.output.locator('[tabindex="0"]'), 'one stop for Tab').toHaveCount(1);
      await expectAccessible(page);
    });

    await test.step('what is looked for, by text and by stream', async () => {
      await page.getByRole('searchbox', { name: 'Filter the output' }).fill('NO WATER');
      await expect(ana.output).toContainText('no water');
      await expect(ana.output).not.toContainText('Traceback');
      await page.getByRole('combobox', { name: 'Streams of the output' }).selectOption('Errors');
      await expect(ana.output).toContainText('No line that is kept here matches.');
      await expectAccessible(page);
      await ana.output.getByRole('button', { name: 'Show all' }).click();
      await expect(ana.output).toContainText('Traceback');
      await expect(page.getByRole('searchbox', { name: 'Filter the output' })).toHaveValue('');
    });
  });
}
