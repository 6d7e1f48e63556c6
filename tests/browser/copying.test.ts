/** What one does with a value: copy it or its expression, watch it, look at it as a table. */
import { join as path } from 'node:path';
import { expectAccessible } from './support/axe';
import { join } from './support/room';
import { expect, test } from './support/world';

const PROGRAM = `import time
import numpy as np
import pandas as pd

def work():
    lamps = {"porch": {"watts": 7}}
    lamp = lamps["porch"]
    frame = pd.DataFrame({"room": [f"room {i % 7}" for i in range(120)], "level": range(120, 0, -1)})
    grid = np.arange(24).reshape(6, 4)
    while True:
        time.sleep(0.05)
        lamps["porch"]["watts"] += 1

work()
`;
const SLEEPS = 11;
const WATTS = "lamps['porch']['watts']";

test('a value is copied, watched by all, and read as a table', async ({ world }) => {
  const folder = world.folder();
  const { hostUrl, inviteUrl } = await world.share(await world.program(PROGRAM, folder));
  const page = await world.browserOf('Ana', { permissions: ['clipboard-read', 'clipboard-write'] });
  const ana = await join(page, hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben', { colorScheme: 'dark' }), inviteUrl, 'Ben');
  await ana.open(path(folder, 'program.py'));
  await ana.clickGutter(SLEEPS);
  for (const room of [ana, ben]) await room.expectPausedAt(SLEEPS, 'program.py');
  const copied = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText());
  const key = (room: typeof ana, name: string) => room.variables.getByRole('treeitem', { name: new RegExp(`^\\W*'${name}'\\s*=`) });

  await test.step('the value and the expression of what is deep inside', async () => {
    // It has another name, too, by which pydevd knows it.
    await ana.variable('lamp').press('ArrowRight');
    await expect(key(ana, 'watts')).toBeVisible();
    await ana.variable('lamp').press('ArrowLeft');
    await ana.variable('lamps').press('ArrowRight');
    await key(ana, 'porch').press('ArrowRight');
    const watts = key(ana, 'watts');
    await ana.choose(watts, /^Copy value/);
    await expect(ana.toast('The value is copied.')).toBeVisible();
    await expect(watts).toContainText(new RegExp(`=\\s*${await copied()}\\b`));
    await ana.choose(watts, /^Copy expression/);
    await expect(ana.toast('The expression is copied.')).toBeVisible();
    expect(await copied()).toBe(WATTS);
  });

  await test.step('a name says under the mouse what it is; a keyword says nothing', async () => {
    const line = (text: string) => ben.source.locator('.cm-line').filter({ hasText: text });
    const tip = ben.page.getByRole('dialog', { name: /^Value of / });
    // Letters are as wide as each other: the middle of the name.
    const over = async (text: string, word: string): Promise<void> => {
      const at = await line(text).evaluate((one, name) => {
        const range = document.createRange();
        const walk = document.createTreeWalker(one, NodeFilter.SHOW_TEXT);
        for (let node = walk.nextNode(); node; node = walk.nextNode()) {
          const start = node.textContent!.indexOf(name);
          if (start < 0) continue;
          range.setStart(node, start);
          range.setEnd(node, start + name.length);
          const { x, y, width, height } = range.getBoundingClientRect();
          return { x: x + width / 2, y: y + height / 2 };
        }
        throw new Error(`no ${name} there`);
      }, word);
      await ben.page.mouse.move(at.x, at.y);
      await ben.page.mouse.move(at.x + 1, at.y);
    };
    await over('grid = np.arange', 'grid');
    await expect(tip).toHaveText(/grid\s*=\s*array\(.*ndarray/s);
    await over('lamps["porch"]["watts"] += 1', 'lamps');
    await expect(tip).toContainText(/lamps\s*=\s*\{'porch': \{'watts': /);
    await over('while True', 'while');
    await expect(tip).toHaveCount(0);
  });

  await test.step('and it is watched, by everybody, at each stop', async () => {
    const now = Number(/=\s*(\d+)/.exec(await key(ana, 'watts').innerText())![1]);
    await ana.choose(key(ana, 'watts'), /^Add a watch/);
    for (const room of [ana, ben]) await expect(room.watch(WATTS)).toContainText(new RegExp(`=\\s*${now}\\b`));
    await ana.button('Continue').click();
    for (const room of [ana, ben]) await expect(room.watch(WATTS)).toContainText(new RegExp(`=\\s*${now + 1}\\b`));
    // A value of the stop before has no table any more.
    await expect(key(ana, 'watts')).toContainText(new RegExp(`=\\s*${now + 1}\\b`));
  });

  for (const room of [ana, ben]) {
    await test.step(`a DataFrame and an array, by who ${room === ana ? 'drives' : 'does not'}`, async () => {
      await room.choose(room.variable('frame'), /as a table/);
      const table = room.page.getByRole('dialog', { name: 'frame as a table' });
      await expect(table.getByText('Rows 0–49 of 120 rows, 2 columns')).toBeVisible();
      await expect(table.getByRole('row').nth(1)).toContainText(/0\s*room 0\s*120/);
      await table.getByRole('button', { name: 'Next' }).click();
      await expect(table.getByText('Rows 50–99 of 120 rows')).toBeVisible();
      await expect(table.getByRole('row').nth(1)).toContainText(/50\s*room 1\s*70/);
      await table.getByRole('button', { name: 'level' }).click();
      await expect(table.getByRole('columnheader', { name: 'level' })).toHaveAttribute('aria-sort', 'ascending');
      await expect(table.getByRole('row').nth(1)).toContainText(/119\s*room 0\s*1$/);
      await table.getByRole('button', { name: 'Last' }).click();
      await expect(table.getByText('Rows 100–119 of 120 rows')).toBeVisible();
      await expect(table.getByRole('row').last()).toContainText(/0\s*room 0\s*120/);
      await expectAccessible(room.page);
      await room.page.keyboard.press('Escape');
      await room.choose(room.variable('grid'), /as a table/);
      const grid = room.page.getByRole('dialog', { name: 'grid as a table' });
      await expect(grid.getByText('Rows 0–5 of 6 rows, 4 columns')).toBeVisible();
      await expect(grid.getByRole('cell', { name: '23' })).toBeVisible();
      await room.page.keyboard.press('Escape');
      await expect(grid).toHaveCount(0);
    });
  }
});
