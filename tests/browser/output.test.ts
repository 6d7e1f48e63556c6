/** What a program prints, as the page shows it: its colours, a progress bar, and a traceback whose places open. */
import { join as path } from 'node:path';
import { expectAccessible } from './support/axe';
import { inviteLink, join, said } from './support/room';
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
    print('downloading the lamps\\r\\x1b[Kdone\\r\\x1b[32mgo', end='\\r\\n')
    print('\\x1b[1;31mno water\\x1b[0m and \\x1b[32mall else\\x1b[0m is \\x1b[38;5;208mwell\\x1b[0m \\x1b[7mnow\\x1b[0m')
    try:
        water(0)
    except ZeroDivisionError:
        traceback.print_exc(file=sys.stdout)


while True:
    work()
    time.sleep(0.2)
`;
const CALLS = 17;

for (const colorScheme of ['light', 'dark'] as const) {
  test(`colours, a progress bar, and the places of a traceback, ${colorScheme}`, async ({ world }) => {
    const folder = world.folder();
    const { hostUrl } = await world.share(await world.program(PROGRAM, folder));
    const page = await world.browserOf('Ana', { colorScheme });
    const ana = await join(page, hostUrl, 'Ana');
    await ana.open(path(folder, 'program.py'));
    await expect(ana.output).toContainText('ZeroDivisionError');
    // Paused: what is looked at isn't scrolled away.
    await ana.clickGutter(CALLS);
    await ana.expectPausedAt(CALLS, 'program.py');

    await test.step('what a terminal does with it', async () => {
      const printed = await ana.output.textContent();
      expect(printed).toMatch(/[\n ]100 %\ngone\nno water and all else is well now\nTraceback /);
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

/** 120,000 lines, in two halves: the second comes when somebody lets it. */
const FLOOD = `import sys
import time
import traceback

go = 0


def wait_for(turn):
    while go < turn:
        time.sleep(0.02)


def flood(first, last):
    for start in range(first, last, 500):
        print("".join(f"lamp {n} is on and its line is long enough to be wrapped\\n" for n in range(start, start + 500)), end="")
        print(f"warning {start}", file=sys.stderr)


wait_for(1)
flood(0, 60_000)
try:
    {}["needle"]
except KeyError:
    traceback.print_exc()
flood(60_000, 90_000)
print("half")
wait_for(2)
flood(90_000, 120_000)
print("all of it")
while True:
    wait_for(3)
`;
const TURN = 10;

for (const colorScheme of ['light', 'dark'] as const) {
  test(`120,000 lines: read while more come, searched, the same for a watcher, ${colorScheme}`, async ({ world }) => {
    test.setTimeout(180_000);
    const folder = world.folder();
    const { hostUrl } = await world.share(await world.program(FLOOD, folder));
    const page = await world.browserOf('Ada', { colorScheme });
    const ada = await join(page, hostUrl, 'Ada');
    const bob = await join(await world.browserOf('Bob', { colorScheme }), await inviteLink(ada, 'Watcher'), 'Bob');
    const typed = page.getByRole('combobox', { name: 'Expression' });
    const goOn = async (turn: number): Promise<void> => {
      await ada.clickGutter(TURN);
      await ada.expectPausedAt(TURN, 'program.py');
      await typed.fill(`globals().update(go=${turn})`);
      await typed.press('Enter');
      await expect(page.getByRole('log', { name: 'Evaluations' })).toContainText(`go=${turn}`);
      await ada.clickGutter(TURN);
      await expect(ada.breakpoints).not.toContainText('program.py');
      await ada.button('Continue').click();
    };
    await ada.open(path(folder, 'program.py'));
    await goOn(1);
    for (const room of [ada, bob]) await expect(room.output).toContainText(/lamp 89999 [^]*half/, { timeout: 60_000 });

    await test.step('only what is in view is in the page', async () => {
      expect(await ada.output.locator('[data-row]').count()).toBeLessThan(60);
      const heights = await ada.output.locator('[data-row]').evaluateAll((rows) =>
        rows.map((row) => [row.clientHeight, row.querySelector('.text')!.getClientRects()[0]!.height]),
      );
      expect(heights.some(([height]) => height! > 18), 'long lines are wrapped').toBe(true);
      for (const [height, needed] of heights) expect(needed).toBe(height);
    });

    const toEnd = page.getByRole('button', { name: /new lines?: to the end$/ });
    await test.step('whoever reads elsewhere stays there while lines come, and knows how many', async () => {
      await ada.output.press('Home');
      await expect(ada.output).toContainText('lamp 0 is on');
      for (let page = 0; page < 3; page += 1) await ada.output.press('PageDown');
      await expect(ada.output).not.toContainText('lamp 0 is on');
      // The browser scrolls smoothly: until it rests.
      const first = (): Promise<string> => ada.output.locator('[data-row]').first().innerText();
      let resting = '';
      await expect(async () => {
        const before = resting;
        resting = await first();
        expect(resting).toBe(before);
      }).toPass();
      const top = await ada.output.evaluate((box) => box.scrollTop);
      await goOn(2);
      await expect(bob.output).toContainText('all of it', { timeout: 60_000 });
      await expect(toEnd).toHaveText(/^\s*30,06[1-9] new lines/);
      expect(await first()).toBe(resting);
      expect(await ada.output.evaluate((box) => box.scrollTop)).toBe(top);
      await expectAccessible(page);
      await toEnd.click();
      await expect(ada.output).toContainText('all of it');
      await expect(toEnd).toHaveCount(0);
    });

    await test.step('a search leads far away, and around', async () => {
      for (const room of [ada, bob]) {
        await room.output.press('Control+f');
        const search = room.page.getByRole('search', { name: 'Search in the output' });
        const wanted = search.getByRole('textbox', { name: 'Search for' });
        await expect(wanted).toBeFocused();
        await wanted.fill('needle');
        await expect(search).toContainText('2 of 2');
        await expect(room.output).toContainText("KeyError: 'needle'");
        await wanted.press('Enter');
        await expect(search).toContainText('1 of 2');
        await wanted.press('Shift+Enter');
        await expect(search).toContainText('2 of 2');
        await wanted.fill('LAMP 1\\d{3} ');
        await search.getByRole('button', { name: 'Use a regular expression' }).click();
        await expect(search).toContainText('1,000 of 1,000');
        await expect(room.output).toContainText('lamp 1999 is on');
        await search.getByRole('button', { name: 'Match case' }).click();
        await expect(search).toContainText('No matches');
        await wanted.fill('lamp (');
        await expect(search.getByRole('alert')).toContainText('This is no regular expression: Unterminated group.');
        await expectAccessible(room.page);
        await wanted.press('Escape');
        await expect(search).toHaveCount(0);
        await expect(room.output).toBeFocused();
      }
    });

    await test.step('a filter and a search together, and all that is shown is copied', async () => {
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await page.getByRole('searchbox', { name: 'Filter the output' }).fill('warning 11');
      // It is looked through frame by frame.
      await expect(ada.output).not.toContainText('lamp');
      await ada.output.press('End');
      await expect(ada.output).toContainText('warning 119500');
      await page.getByRole('button', { name: 'Copy all that is shown of the output' }).click();
      await expect(ada.toast('The output that is shown is copied.')).toBeVisible();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      const numbers = [11_000, 11_500, ...Array.from({ length: 20 }, (_, i) => 110_000 + 500 * i)];
      expect(copied).toBe(numbers.map((n) => `warning ${n}\n`).join(''));
      await page.getByRole('button', { name: 'Search in the output' }).click();
      const search = page.getByRole('search', { name: 'Search in the output' });
      await search.getByRole('textbox', { name: 'Search for' }).fill('9500');
      await expect(search).toContainText('1 of 1');
    });
  });
}

test('what was printed is cleared from one screen, until it is asked for', async ({ world }) => {
  const folder = world.folder();
  const program = `import time
n = 0
while True:
    n += 1
    print(f'line {n}')
    print(f'at {n}', end='\\r')
    time.sleep(0.1)
`;
  const { hostUrl } = await world.share(await world.program(program, folder));
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl, 'Ana');
  const bob = await join(await world.browserOf('Bob', { colorScheme: 'dark' }), await inviteLink(ana, 'Watcher'), 'Bob');
  await ana.open(path(folder, 'program.py'));
  await ana.clickGutter(7);
  await ana.expectPausedAt(7, 'program.py');
  for (const room of [ana, bob]) await expect(room.output).toContainText(/line \d/);
  const evaluate = async (code: string): Promise<void> => {
    await page.getByRole('combobox', { name: 'Expression' }).fill(code);
    await page.keyboard.press('Enter');
  };
  const last = async (): Promise<string> => (await ana.output.textContent())!.match(/line \d+(?!.*line )/s)![0];
  const before = await last();

  await test.step('from the panel; a line that is being written stays, and what comes shows', async () => {
    const clear = page.getByRole('button', { name: 'Clear the output, on this screen' });
    await clear.click();
    await expect(ana.output).not.toContainText(/line \d/);
    await expect(ana.output).toContainText('at ');
    await expect(ana.output.getByText(/^\d+ earlier lines? (is|are) hidden\.$/)).toBeVisible();
    await expect(bob.output, 'nobody else’s').toContainText(before);
    await ana.button('Continue').click();
    await ana.expectPausedAt(7, 'program.py');
    await expect(ana.output).toContainText(/line \d/);
    await expect(ana.output).not.toContainText(new RegExp(`${before}\\b`));
    await expectAccessible(page);
  });

  await test.step('who has scrolled up stays there, whatever comes', async () => {
    await evaluate("[print('filler', i) for i in range(300)] and None");
    await expect(ana.output).toContainText('filler 299');
    await ana.output.press('Home');
    await expect(ana.output).toContainText(/filler 0\b/);
    await evaluate("print('one more')");
    await expect(bob.output).toContainText('one more');
    await expect(page.getByRole('button', { name: /new line/ })).toBeVisible();
    await expect(ana.output).toContainText(/filler 0\b/);
    await expect(ana.output).not.toContainText('one more');
  });

  await test.step('all of it again, by keyboard', async () => {
    await ana.output.getByRole('button', { name: 'Show all' }).press('Enter');
    await expect(ana.output).toBeFocused();
    await expect(ana.output).not.toContainText('hidden');
    await ana.expectPrinted(before);
  });

  await test.step('from the palette; in the console, too; not for longer than the page', async () => {
    const choose = async (name: string): Promise<void> => {
      await page.keyboard.press('F1');
      await page.getByRole('combobox', { name: 'Command' }).fill(name);
      await page.keyboard.press('Enter');
    };
    await evaluate('6 * 7');
    const evaluations = page.getByRole('log', { name: 'Evaluations' });
    await expect(evaluations).toContainText('42');
    await choose('clear console');
    await expect(evaluations).not.toContainText('42');
    await choose('clear output');
    await expect(ana.output).not.toContainText(/line \d/);
    await expect(said(page)).toContainText('Cleared, on this screen: output.');
    await expectAccessible(page);
    // Whoever had scrolled up goes on with what comes; it ends the line that was being written.
    await evaluate("[print('after', i) for i in range(300)] and None");
    await expect(ana.output).toContainText('after 299');
    await ana.output.press('Home');
    await expect(ana.output).not.toContainText('after 299');
    await choose('clear output');
    await expect(ana.output.getByText(/^\d+ earlier lines are hidden\.$/)).toBeVisible();
    await expect(ana.output).not.toContainText('after');
    await expect(page.getByText('No line that is kept here matches'), 'nothing is filtered').toHaveCount(0);
    await evaluate("[print('then', i) for i in range(300)] and None");
    await expect(ana.output).toContainText('then 299');
    await page.reload();
    await expect(ana.output).toContainText('then 299');
    // What comes before the lines that were at the top is loaded then; those stay in view, as somebody may be reading them.
    await expect(async () => {
      await ana.output.press('Home');
      await expect(ana.output).toContainText(/line \d/, { timeout: 1_000 });
    }).toPass();
    await expect(evaluations).toContainText('42');
  });
});
