/** Finding one's way in the code: values beside lines, what has changed, symbols, files, links to lines. */
import { writeFileSync } from 'node:fs';
import { join as path } from 'node:path';
import { expectAccessible } from './support/axe';
import { PORCH, porchLine } from './support/debuggee';
import { inviteLink, join, Room } from './support/room';
import { expectSound } from './support/sound';
import { Wire } from './support/wire';
import { expect, test } from './support/world';

const IDLE = porchLine('idle = now - self.last_motion');
const IF = porchLine('if idle >= self.hold');
const TICK = porchLine('def tick(self, now: int)');
const CLOCK = PORCH.replace('porch.py', 'visitors.py');

test('code is read with the values of the stop, and found by its names', async ({ world }) => {
  const share = await world.share(await world.porch());
  const [anaPage, benPage] = await Promise.all([world.browserOf('Ana'), world.browserOf('Ben')]);
  await benPage.emulateMedia({ colorScheme: 'dark' });
  await anaPage.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const ana = await join(anaPage, share.hostUrl, 'Ana');
  const ben = await join(benPage, await inviteLink(ana, 'Watcher'), 'Ben');
  const beside = (room: Room, line: string): ReturnType<Room['source']['locator']> =>
    room.source.locator('.cm-line').filter({ hasText: line }).locator('.inline-values');
  const picker = (room: Room, name: string): ReturnType<Room['page']['getByRole']> =>
    room.page.getByRole('combobox', { name });
  const options = (room: Room): ReturnType<Room['page']['getByRole']> => room.page.getByRole('dialog').getByRole('option');

  await test.step('values stand beside the lines that use them, from the head of the function to where it is', async () => {
    await ana.open(PORCH);
    await ana.clickGutter(IDLE);
    for (const room of [ana, ben]) {
      await room.expectPausedAt(IDLE);
      await expect(beside(room, 'def tick(self, now')).toContainText(/now = \d+/);
      await expect(beside(room, 'idle = now -')).toContainText(/now = \d+/);
      await expect(beside(room, 'if idle >= self.hold')).toHaveCount(0);
      // Words of the language, texts and names are told apart.
      const colour = (line: string, word: string): Promise<string> =>
        room.source
          .locator('.cm-line')
          .filter({ hasText: line })
          .locator('span')
          .filter({ hasText: new RegExp(`^${word}$`) })
          .first()
          .evaluate((one) => getComputedStyle(one).color);
      const all = await Promise.all([colour('def tick(self, now', 'def'), colour('def tick(self, now', 'tick'), colour('if idle >=', 'if')]);
      expect(all[0]).toBe(all[2]);
      expect(all[0]).not.toBe(all[1]);
    }
  });

  await test.step('a step marks what it has changed, beside the line and in the tree, and says what it was', async () => {
    await ana.button('Step over').click();
    for (const room of [ana, ben]) {
      await room.expectPausedAt(IF);
      await expect(beside(room, 'if idle >= self.hold').locator('.changed')).toHaveText(/^idle = \d+$/);
      await expect(beside(room, 'idle = now -').locator('.changed')).toHaveAttribute('title', 'idle is new');
      await expect(room.variable('idle')).toContainText('new');
      await expect(room.variable('now').locator('.changed')).toHaveCount(0);
      await expectAccessible(room.page);
    }
    await ana.choose(ana.variable('idle'), /^Set value/);
    await ana.page.getByRole('textbox', { name: 'New value of idle' }).fill('1234');
    await ana.page.keyboard.press('Enter');
    await expect(ben.variable('idle')).toContainText('1234');
    await expect(beside(ben, 'if idle >= self.hold')).toContainText('idle = 1234');
    await ana.button('Step over').click();
    await expect(ana.state).not.toContainText(`porch.py:${IF}`);
    await expect(ana.variable('idle').locator('.changed')).toHaveCount(0);
  });

  await test.step('they can be put away', async () => {
    await benPage.keyboard.press('Alt+Shift+V');
    await expect(ben.source.locator('.inline-values')).toHaveCount(0);
    await expect(ana.source.locator('.inline-values').first()).toBeVisible();
    await benPage.keyboard.press('Alt+Shift+V');
    await expect(ben.source.locator('.inline-values').first()).toBeVisible();
  });

  await test.step('variables are filtered by name and value', async () => {
    const filter = ben.page.getByRole('searchbox', { name: 'Filter the variables that are shown' });
    await filter.fill('IDL');
    await expect(ben.variable('idle')).toBeVisible();
    await expect(ben.variable('now')).toHaveCount(0);
    await filter.fill('no such thing');
    await expect(benPage.getByText('No variable that is shown matches “no such thing”.')).toBeVisible();
    await benPage.getByRole('button', { name: 'Show all' }).click();
    await expect(ben.variable('now')).toBeVisible();
  });

  await test.step('where the cursor is in the file, and to a symbol or a line of it', async () => {
    const crumbs = ben.source.getByRole('navigation', { name: 'Where the cursor is in the file' });
    await expect(crumbs.getByRole('button')).toHaveText(['PorchLight', 'tick']);
    await crumbs.getByRole('button', { name: 'PorchLight' }).click();
    await expect(ben.cursorLine).toContainText('class PorchLight');
    await expect(crumbs.getByRole('button')).toHaveText(['PorchLight']);
    await benPage.keyboard.press('Control+Shift+O');
    await picker(ben, 'Symbol').fill('on_mot');
    await expect(options(ben).first()).toContainText('in PorchLight');
    await expectAccessible(benPage);
    await picker(ben, 'Symbol').press('Enter');
    await expect(ben.cursorLine).toContainText('def on_motion');
    await expect(ben.text).toBeFocused();
    await benPage.keyboard.press('Control+Shift+O');
    await picker(ben, 'Symbol').fill(`:${TICK}`);
    await expect(benPage.getByText(`Enter goes to line ${TICK} of`)).toBeVisible();
    await picker(ben, 'Symbol').press('Enter');
    await expect(ben.cursorLine).toContainText('def tick(self, now');
    await benPage.keyboard.press('Control+Shift+O');
    await picker(ben, 'Symbol').fill('nothing has this name');
    await expect(benPage.getByText('No function or class has this in its name.')).toBeVisible();
    await benPage.keyboard.press('Escape');
  });

  await test.step('a watcher opens what the program has loaded by a part of its name', async () => {
    await benPage.keyboard.press('Control+p');
    await picker(ben, 'Path').fill(`:${IDLE}`);
    await expect(benPage.getByText(`Enter goes to line ${IDLE} of porch.py.`)).toBeVisible();
    await expectAccessible(benPage);
    await picker(ben, 'Path').press('Enter');
    await expect(ben.cursorLine).toContainText('idle =');
    await benPage.keyboard.press('Control+p');
    // Letters that are somewhere in nearly every path; and words in any order.
    await picker(ben, 'Path').fill('vstrs');
    await expect(options(ben).first()).toContainText('visitors.py');
    await picker(ben, 'Path').fill('visit sample');
    await expect(options(ben).first()).toContainText('visitors.py');
    await picker(ben, 'Path').fill('visit');
    await expect(options(ben).first()).toContainText('visitors.py');
    await expect(options(ben).first()).toContainText(CLOCK);
    await expectAccessible(benPage);
    await picker(ben, 'Path').press('Enter');
    await expect(ben.text).toHaveAccessibleName('Source of visitors.py');
    await benPage.keyboard.press('Control+p');
    await picker(ben, 'Path').fill('queue.py:12');
    await expect(options(ben).first()).toContainText('queue.py');
    await picker(ben, 'Path').press('Enter');
    await expect(ben.text).toHaveAccessibleName('Source of queue.py');
    await expect(ana.person('Ben')).toContainText('looks at queue.py:12');
    await benPage.keyboard.press('Control+p');
    await expect(options(ben).first(), 'back to the one before is one key').toContainText('visitors.py');
    await picker(ben, 'Path').fill('/etc/passwd');
    await expect(benPage.getByText('Enter opens /etc/passwd, if the program has loaded it')).toBeVisible();
    await picker(ben, 'Path').press('Enter');
    await expect(ben.source).toContainText('No source for /etc/passwd');
  });

  const copied = (): Promise<string> => anaPage.evaluate(() => navigator.clipboard.readText());
  await test.step('a link leads others to a line, also past a stop, and in a recording to the moment', async () => {
    await ana.chooseAt(TICK, /^Copy link to the line/);
    await expect(ana.toast(`The link to porch.py:${TICK} is copied.`)).toBeVisible();
    const link = await copied();
    expect(link).toContain(`/s/${share.session}#file=/`);
    await benPage.goto(link);
    await expect(ben.state).toContainText('Paused');
    await expect(ben.cursorLine).toContainText('def tick(self, now');
    await benPage.goto(link.replace('#', '#stop=9&'));
    await expect(ben.toast('This session is not at stop 9 now: its past stops are in its recording.')).toBeVisible();
    await anaPage.goto(link.replace('/s/', '/r/').replace('#', '#stop=2&'));
    await ana.expectPausedAt(IF);
    await expect(ana.cursorLine).toContainText('def tick(self, now');
    await expect(beside(ana, 'if idle >= self.hold').locator('.changed')).toHaveText(/^idle = \d+$/);
    await expect(ana.variable('idle')).toContainText('new');
    await ana.chooseAt(IDLE, /^Copy link to the line/);
    await expect.poll(copied).toMatch(new RegExp(`/r/${share.session}#stop=2&file=/.*porch\\.py&line=${IDLE}$`));
  });
});

test('a file that is opened far down says what its lines are in', async ({ world }) => {
  const folder = world.folder();
  const functions = Array.from({ length: 330 }, (_, i) => `def function_${i}(x):\n    return x + ${i}\n\n`);
  writeFileSync(path(folder, 'big_module.py'), functions.join(''));
  const share = await world.share(
    await world.program('import time, big_module\nwhile True:\n    time.sleep(0.05)\n    big_module.function_320(1)\n', folder),
  );
  const page = await world.browserOf('Ana');
  // The editor's own parsing, which looks at the clock at each step, takes many turns.
  await page.addInitScript(() => {
    const { now } = Date;
    let ahead = 0;
    Date.now = () => now() + ahead++;
  });
  const ana = await join(page, share.hostUrl, 'Ana');
  const crumbs = ana.source.getByRole('navigation', { name: 'Where the cursor is in the file' }).getByRole('button');
  await ana.open(path(folder, 'big_module.py:505'));
  await expect(ana.cursorLine).toContainText('def function_168');
  await expect(crumbs).toHaveText(['function_168']);
  await page.keyboard.press('Control+Shift+O');
  const symbol = page.getByRole('combobox', { name: 'Symbol' });
  const options = page.getByRole('dialog').getByRole('option');
  await expect(options).toHaveCount(200);
  await expect(options.filter({ hasText: 'in function_' })).toHaveCount(0);
  await symbol.fill('function_320');
  await symbol.press('Enter');
  await expect(ana.cursorLine).toContainText('def function_320');
  await expect(crumbs).toHaveText(['function_320']);
  await ana.clickGutter(962);
  await ana.expectPausedAt(962, 'big_module.py');
  await expect(ana.source.locator('.inline-values')).toHaveText(['x = 1', 'x = 1']);
});

test('a file that was refused is asked for anew when somebody opens it again', async ({ world }) => {
  const folder = world.folder();
  const go = path(folder, 'go');
  writeFileSync(path(folder, 'later.py'), 'print("loaded later")\n');
  const program = `import os, time\nwhile True:\n    time.sleep(0.05)\n    if os.path.exists(${JSON.stringify(go)}):\n        import later\n`;
  const { hostUrl } = await world.share(await world.program(program, folder));
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl, 'Ana');
  const typed = async (text: string): Promise<void> => {
    await page.keyboard.press('Control+p');
    await page.getByRole('combobox', { name: 'Path' }).fill(text);
    await page.keyboard.press('Enter');
  };
  await expect(ana.state).toContainText('Running');
  await typed(path(folder, 'later.py'));
  await expect(ana.source).toContainText(/No source for .*later\.py/);
  writeFileSync(go, '');
  await ana.expectPrinted('loaded later');
  await expect(ana.source, 'what it was refused with stands until somebody does something').toContainText('No source for');
  await typed(path(folder, 'later.py'));
  await expect(ana.text).toContainText('loaded later');
});

test('modules that are long in coming, or do not come: what is known can be opened meanwhile', async ({ world }) => {
  const { hostUrl } = await world.share(await world.porch());
  const page = await world.browserOf('Ana');
  const wire = await Wire.of(page);
  const ana = await join(page, hostUrl, 'Ana');
  const dialog = page.getByRole('dialog', { name: 'Open a file of the program' });
  const path = dialog.getByRole('combobox', { name: 'Path' });
  const visitors = dialog.getByRole('option', { name: /visitors\.py/ });
  const asked = dialog.getByText('Asking the program which modules it has loaded …');
  await ana.open(PORCH);
  await ana.clickGutter(IDLE);
  await ana.expectPausedAt(IDLE);

  // Of what was listed already.
  await page.reload();
  await ana.expectPausedAt(IDLE);
  wire.hold(isModules);
  await page.keyboard.press('Control+p');
  await expect(asked).toBeVisible();
  await expect(dialog.getByText('It has not answered yet: it may be busy. Files that are known already can be opened.', { exact: true }).first()).toBeVisible();
  await expect(dialog.getByRole('option', { name: /porch\.py/ })).toContainText('in the call stack');
  await expect(visitors).toHaveCount(0);
  await expectSound(page);
  wire.release();
  await expect(visitors.first()).toBeVisible();
  await expect(asked).toHaveCount(0);
  await expect(path).toBeFocused();
  await page.keyboard.press('Escape');

  await page.reload();
  await ana.expectPausedAt(IDLE);
  wire.change = (message) => {
    if (!isModules(message)) return message;
    const { type, id } = message;
    return { type, id, error: { code: 'debuggee_timeout', message: 'The program did not answer in time.' } };
  };
  await page.keyboard.press('Control+p');
  await expect(dialog.getByRole('alert')).toContainText("The program's modules could not be listed: The program did not answer in time.");
  await expectSound(page);
  wire.change = (message) => message;
  await dialog.getByRole('button', { name: 'Try again' }).press('Enter');
  await expect(visitors.first()).toBeVisible();
  await expect(path, 'one goes on typing').toBeFocused();
});

const isModules = ({ type, result }: { type: string; result?: { kind?: string } }): boolean =>
  type === 'reply' && result?.kind === 'modules';
