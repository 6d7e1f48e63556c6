/** The console with two people: who ran what, results that open, several lines, history, completion, refusal. */
import { join as path } from 'node:path';
import type { Locator } from '@playwright/test';
import { expectAccessible } from './support/axe';
import { inviteLink, join, said, type Room } from './support/room';
import { expect, test } from './support/world';

const PROGRAM = `import time


def shared(power, by):
    return power / by


def work():
    lamps = {"porch": {"watts": [3, 4]}, "hall": {"watts": [5]}}
    text = "lorem " * 400
    for turn in range(10_000):
        time.sleep(0.05)
        lamps["turn"] = turn


work()
`;
const [SLEEPS, SETS] = [12, 13];

const evaluations = ({ page }: Room): Locator => page.getByRole('log', { name: 'Evaluations' });
const entry = (room: Room, name: string | RegExp): Locator => evaluations(room).getByRole('article', { name });
const expression = ({ page }: Room): Locator => page.getByRole('combobox', { name: 'Expression' });

for (const colorScheme of ['light', 'dark'] as const) {
  test(`two people and a console, ${colorScheme}`, async ({ world }) => {
    const folder = world.folder();
    const { hostUrl } = await world.share(await world.program(PROGRAM, folder));
    const ada = await join(await world.browserOf('Ada', { colorScheme }), hostUrl, 'Ada');
    const bob = await join(await world.browserOf('Bob', { colorScheme }), await inviteLink(ada, 'Watcher'), 'Bob');
    await ada.open(path(folder, 'program.py'));
    await ada.clickGutter(SLEEPS);
    for (const room of [ada, bob]) await room.expectPausedAt(SLEEPS, 'program.py');
    const typed = expression(ada);

    await test.step('what one evaluates, all see, and each opens it for themselves', async () => {
      await typed.fill('{"all": lamps}');
      await typed.press('Enter');
      await expect(typed).toHaveValue('');
      for (const room of [ada, bob]) {
        const tree = entry(room, /^Ada: \{"all": lamps\}/).getByRole('tree', { name: /^Result of/ });
        await expect(tree.getByRole('treeitem')).toHaveCount(1);
        const row = (name: string): Locator => tree.getByRole('treeitem', { name: new RegExp(`^\\W*'${name}'\\s+=`) });
        await tree.getByRole('treeitem').press('ArrowRight');
        await row('all').press('ArrowRight');
        await row('porch').press('ArrowRight');
        await expect(row('watts')).toContainText('[3, 4]');
        await expectAccessible(room.page);
      }
    });

    await test.step('what it printed is told beneath it, to all, also if it failed; what is only read printed nothing', async () => {
      for (const [code, printed, result] of [
        ["[print(f'\\x1b[31mlamp {n}\\x1b[0m') for n in range(3)] and 'lit'", ['lamp 0', 'lamp 1', 'lamp 2'], "'lit'"],
        ["[print('before'), 1 / 0]", ['before'], 'ZeroDivisionError'],
      ] as const) {
        await typed.fill(code);
        await typed.press('Enter');
        await expect(typed).toHaveValue('');
        await expect(said(ada.page)).toContainText(`Printed: ${printed.join('\n')}`);
        for (const room of [ada, bob]) {
          const one = evaluations(room).getByRole('article').last();
          await expect(one).toContainText('Printed meanwhile');
          await expect(one).toContainText(printed.join(' '));
          await expect(one).toContainText(result);
          if (!printed.includes('lamp 0' as never)) await expect(one, 'what another printed is none of it').not.toContainText('lamp');
          await room.expectPrinted(printed.at(-1)!);
          await expectAccessible(room.page);
        }
      }
      await typed.fill('turn');
      await typed.press('Enter');
      await expect(entry(ada, /^Ada: turn/)).toContainText('int');
      await expect(entry(ada, /^Ada: turn/)).not.toContainText('Printed');
      await ada.page.reload();
      await ada.expectPausedAt(SLEEPS, 'program.py');
      await expect(evaluations(ada).getByText('Printed meanwhile')).toHaveCount(2);
    });

    await test.step('several lines, and the history from the first and the last one', async () => {
      await typed.fill('for each in range(2):');
      await typed.press('Shift+Enter');
      await typed.pressSequentially('    lamps[each] = each * 21');
      await expect(typed).toHaveValue('for each in range(2):\n    lamps[each] = each * 21');
      await typed.press('Enter');
      await expect(entry(bob, /for each in range/)).toContainText('lamps[each] = each * 21');
      await expect(typed).toHaveValue('');
      await typed.fill('    lamps[1] \\\n    + 21');
      await typed.press('Enter');
      await expect(entry(bob, /lamps\[1\]/)).toContainText('42');
      await expect(typed).toHaveValue('');
      await typed.fill('half');
      await typed.press('ArrowUp');
      await expect(typed, 'pasted code loses what all of its lines are indented by').toHaveValue('lamps[1] \\\n+ 21');
      // To its second line, and from there to what was typed.
      await typed.press('ArrowUp');
      await expect(typed).toHaveValue(/^for each/);
      await typed.press('ArrowDown');
      await typed.press('ArrowDown');
      await expect(typed).toHaveValue('lamps[1] \\\n+ 21');
      await typed.press('ArrowDown');
      await expect(typed).toHaveValue('half');
    });

    await test.step('completion by keyboard and by mouse', async () => {
      await typed.fill('text.st');
      await typed.press('Tab');
      const list = ada.page.getByRole('listbox', { name: 'Completions' });
      await expect(list.getByRole('option', { name: /^startswith/ })).toHaveAttribute('aria-selected', 'true');
      await expect(typed).toHaveAttribute('aria-expanded', 'true');
      await expectAccessible(ada.page);
      await typed.press('ArrowDown');
      await expect(list.getByRole('option', { name: /^strip/ })).toHaveAttribute('aria-selected', 'true');
      await typed.press('Enter');
      await expect(typed).toHaveValue(/^text\.strip/);
      await typed.fill('text.st');
      await typed.press('Control+ ');
      await list.getByRole('option', { name: /^startswith/ }).click();
      await expect(typed).toHaveValue(/^text\.startswith/);
      await expect(list).toHaveCount(0);
      await typed.fill('lamps["porch"].ke');
      await typed.press('Tab');
      await expect(typed, 'of an item').toHaveValue('lamps["porch"].keys');
      await typed.fill('lamps.nothing');
      await typed.press('Tab');
      await expect(ada.page.getByRole('status').filter({ hasText: 'No completions.' })).toBeVisible();
      await expectAccessible(ada.page);
    });

    await test.step('Tab leads on where nothing is left to complete, and after Escape', async () => {
      const next = ada.page.getByRole('button', { name: 'Evaluate' });
      const list = ada.page.getByRole('listbox', { name: 'Completions' });
      await expect(typed).toHaveAccessibleDescription(/Escape, then Tab leaves/);
      const leavesFrom = async (text: string): Promise<void> => {
        await expect(typed).toHaveValue(text);
        await typed.press('Tab');
        await expect(next, text).toBeFocused();
        await expect(typed).toHaveValue(text);
      };
      // None came for it.
      await leavesFrom('lamps.nothing');
      await typed.fill('1 + 2');
      await leavesFrom('1 + 2');
      await typed.fill('lamps["porch"].ke');
      await typed.press('Tab');
      await leavesFrom('lamps["porch"].keys');
      await typed.fill('text.st');
      await typed.press('Tab');
      await expect(list).toBeVisible();
      await typed.press('Escape');
      await expect(list).toHaveCount(0);
      await leavesFrom('text.st');
      // Another key, and Tab completes again; backwards it always leads on.
      await typed.fill('text.s');
      await typed.press('t');
      await typed.press('Tab');
      await expect(list.getByRole('option', { name: /^startswith/ })).toHaveAttribute('aria-selected', 'true');
      await typed.press('Shift+Tab');
      await expect(typed).not.toBeFocused();
      await expect(typed).toHaveValue('text.st');
    });

    await test.step('completions come while one types, and take no key but their own', async () => {
      const option = ada.page.getByRole('listbox', { name: 'Completions' }).getByRole('option');
      await typed.fill('');
      await typed.pressSequentially('tex');
      await expect(option.first()).toHaveText(/^text/);
      await expect(option.first()).toHaveAttribute('aria-selected', 'false');
      await expectAccessible(ada.page);
      await typed.press('Enter');
      await expect(entry(ada, /^Ada: tex$/), 'Enter runs what was typed').toContainText("NameError: name 'tex' is not defined");
      await typed.pressSequentially('text.sta');
      await expect(option.first()).toHaveText(/^startswith/);
      await typed.press('ArrowDown');
      await expect(option.first()).toHaveAttribute('aria-selected', 'true');
      await typed.press('Enter');
      await expect(typed).toHaveValue('text.startswith');
      await expect(option).toHaveCount(0);
      await typed.fill('');
      await typed.pressSequentially('text.');
      await expect(option.first()).toBeVisible();
      await typed.press('Escape');
      await expect(option).toHaveCount(0);
      await expect(typed).toHaveValue('text.');
    });

    await test.step('what fails says where, and the place opens', async () => {
      await typed.fill('shared(1, 0)');
      await typed.press('Enter');
      const failed = entry(bob, /shared\(1, 0\)/);
      await expect(failed).toContainText(/⚠[^]*ZeroDivisionError/);
      await expect(typed).toHaveValue('');
      await failed.getByRole('button', { name: /program\.py", line 5/ }).press('Enter');
      await expect(bob.cursorLine).toHaveText('    return power / by');
      for (const wrong of ['x =', '1 +', 'n?', '%timeit 1']) {
        await typed.fill(wrong);
        await typed.press('Enter');
        const it = bob.page.getByRole('article', { name: `Ada: ${wrong}`, exact: true });
        await expect(it).toContainText(/SyntaxError: [^]+$/);
        await expect(typed).toHaveValue('');
        await expect(it).not.toContainText('pydev');
        await expect(it.getByRole('button')).toHaveCount(0);
      }
      await typed.fill('"x" * 1000');
      await typed.press('Enter');
      const long = entry(bob, /"x" \* 1000/);
      await long.getByRole('button', { name: /^Show all/ }).click();
      await expect(long.getByRole('button', { name: 'Show less' })).toBeVisible();
    });

    await test.step('a watcher reads names, and proposes more', async () => {
      await expression(bob).fill('turn');
      await expression(bob).press('Enter');
      await expect(entry(ada, /^Bob: turn/)).toContainText(/\d+ int/);
      await expect(expression(bob)).toHaveValue('');
      await expression(bob).fill('turn + 1');
      await bob.page.getByRole('button', { name: 'Propose', exact: true }).last().click();
      await expect(ada.proposals).toContainText('turn + 1');
    });

    await test.step('what was cleared is hidden for oneself', async () => {
      await ada.page.getByRole('button', { name: 'Clear', exact: true }).click();
      await expect(evaluations(ada)).toContainText(/\d+ earlier results are hidden/);
      await expect(entry(ada, /shared/)).toHaveCount(0);
      await expect(entry(bob, /shared/)).toHaveCount(1);
      await evaluations(ada).getByRole('button', { name: 'Show', exact: true }).click();
      await expect(entry(ada, /shared/)).toHaveCount(1);
    });

    await test.step('what is in a result of an earlier stop is gone, and that is said', async () => {
      await ada.button('Step over').click();
      for (const room of [ada, bob]) {
        await room.expectPausedAt(SETS, 'program.py');
        const old = entry(room, /^Ada: \{"all": lamps\}/);
        await expect(old).toContainText("At stop 1. What is in it can't be opened any more.");
        await expect(old.getByRole('tree')).toHaveCount(0);
        await expectAccessible(room.page);
      }
    });
  });
}
