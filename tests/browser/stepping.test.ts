/** Others step while one is in the midst of something: what was begun for one stop is never done to another's. */
import { join as path } from 'node:path';
import { expectAccessible } from './support/axe';
import { join } from './support/room';
import { expect, test } from './support/world';
import { Wire } from './support/wire';

const PROGRAM = `import time

def inner(x):
    table = [{"wrong": n} for n in range(5)]
    p = q = x
    return table

def outer():
    x = 1
    zoo = [{"lion": n, "name": f"lion {n}"} for n in range(5)]
    a = b = c = 2
    while True:
        time.sleep(0.05)
        inner(x * 10)

outer()
`;
const CALLS = 14;

test('what was begun at one stop is not done at another that somebody steps to meanwhile', async ({ world }) => {
  const folder = world.folder();
  const { hostUrl, inviteUrl } = await world.share(await world.program(PROGRAM, folder));
  const page = await world.browserOf('Ana');
  const wire = await Wire.of(page);
  const ana = await join(page, hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben'), inviteUrl, 'Ben');
  await ana.open(path(folder, 'program.py'));
  await ana.clickGutter(CALLS);
  for (const room of [ana, ben]) await room.expectPausedAt(CALLS, 'program.py');
  const into = async (): Promise<void> => {
    await page.keyboard.press('F11');
    await ana.expectPausedAt(4, 'program.py');
  };
  const back = async (): Promise<void> => {
    await ana.button('Continue').click();
    await ana.expectPausedAt(CALLS, 'program.py');
    await expect(ana.variable('zoo')).toBeVisible();
  };

  await test.step('a value that is typed for a variable is not another one’s of that name', async () => {
    await ana.variable('x').press('F2');
    const typed = page.getByRole('textbox', { name: 'New value of x' });
    await typed.fill('555');
    await into();
    await expect(ana.variable('zoo')).toHaveCount(0);
    await expect(ana.variable('x')).toBeVisible();
    await typed.press('Enter');
    await expect(page.getByText('The program has gone on meanwhile: this is another value.')).toBeVisible();
    await expect(typed, 'nothing is lost').toHaveValue('555');
    await typed.press('Escape');
    await expect(ana.variable('x')).toContainText('10');
    await back();
  });

  await test.step('the focus stays in the tree, beside what has gone', async () => {
    await ana.variable('c').focus();
    await into();
    await expect(ana.variable('table')).toHaveCount(0);
    await expect(ana.variable('c')).toHaveCount(0);
    await expect(ana.variables.locator('[role="treeitem"]:focus')).toHaveCount(1);
    await back();
  });

  await test.step('a menu that was opened for a table leads to no other table', async () => {
    const item = page.getByRole('menuitem', { name: /^Show as a table/ });
    // Ben drives meanwhile.
    await ana.person('Ben').getByRole('button', { name: 'Hand the wheel to Ben' }).click();
    await expect(ben.state).toContainText('You drive');
    await ana.variable('zoo').press('Shift+F10');
    await expect(item).toBeVisible();
    await ben.page.keyboard.press('F11');
    await ana.expectPausedAt(4, 'program.py');
    await item.click();
    const dialog = page.getByRole('dialog', { name: 'zoo as a table' });
    await expect(dialog).toContainText('The program has moved on');
    await expect(dialog.getByText('wrong')).toHaveCount(0);
    await page.keyboard.press('Escape');
    await ben.button('Continue').click();
    for (const room of [ana, ben]) await room.expectPausedAt(CALLS, 'program.py');
    await expect(ana.variable('zoo')).toBeVisible();
  });

  await test.step('a frame of the stop before is not chosen at the next', async () => {
    wire.holdBehind('stopped');
    // Within half a second it is the former stack, and afterwards none: so the page does it itself.
    await page.evaluate(() => {
      const state = document.querySelector('[aria-label="Session state"]')!;
      const row = (): HTMLElement | undefined =>
        [...document.querySelectorAll<HTMLElement>('[aria-label="Call stack"] [role="treeitem"]')].find((one) => /outer/.test(one.textContent!));
      const clicked: string[] = [];
      Object.assign(globalThis, { clicked });
      new MutationObserver(() => {
        if (clicked.length > 0 || !/Paused/.test(state.textContent!)) return;
        clicked.push(row()?.closest('[aria-busy="true"]') ? 'lingers' : 'does not');
        row()?.click();
      }).observe(state, { subtree: true, childList: true, characterData: true });
    });
    await ben.page.keyboard.press('F11');
    await ben.expectPausedAt(4, 'program.py');
    await expect.poll(() => page.evaluate(() => (globalThis as unknown as { clicked: string[] }).clicked)).toEqual(['lingers']);
    wire.release();
    await ana.expectPausedAt(4, 'program.py');
    await expect(ana.stack.getByRole('treeitem', { selected: true })).toHaveText(/inner/);
    await expect(ana.variable('x')).toBeVisible();
    await expect(ana.executionLine).toHaveText('4');
  });

  await test.step('what one opens says at once that it is loading', async () => {
    await ben.button('Step over').click();
    await expect(ana.variable('table')).toBeVisible();
    await ana.variable('table').press('ArrowRight');
    const first = ana.variables.getByRole('treeitem', { name: /^\W*0\s*=/ });
    await first.focus();
    wire.hold(({ type }) => type === 'reply' || type === 'event');
    await page.evaluate(() => {
      const seen: string[] = [];
      Object.assign(globalThis, { seen });
      const look = (): void => void seen.push(document.activeElement!.getAttribute('aria-expanded')!);
      addEventListener('keydown', () => requestAnimationFrame(() => requestAnimationFrame(look)), { capture: true, once: true });
    });
    await page.keyboard.press('ArrowRight');
    await expect(ana.variables.getByText('Loading …')).toBeVisible();
    const seen = (): Promise<string[]> => page.evaluate(() => (globalThis as unknown as { seen: string[] }).seen);
    await expect.poll(seen, 'it was open by the next frame').toEqual(['true']);
    await page.keyboard.press('ArrowLeft');
    await expect(first).toHaveAttribute('aria-expanded', 'false');
    await expect(first).toBeFocused();
    wire.release();
  });
});

test('why the next line could not be set is told to who asked; everybody else is paused as before', async ({ world }) => {
  const folder = world.folder();
  const { hostUrl, inviteUrl } = await world.share(await world.program(PROGRAM, folder));
  const ana = await join(await world.browserOf('Ana'), hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben'), inviteUrl, 'Ben');
  await ana.open(path(folder, 'program.py'));
  await ana.clickGutter(CALLS);
  for (const room of [ana, ben]) await room.expectPausedAt(CALLS, 'program.py');
  await ana.clickLine(5);
  await ana.text.press('Control+Shift+F10');
  await expect(ana.page.getByText(/^The program can't go to this line: /)).toBeVisible();
  for (const room of [ana, ben]) {
    await expect(room.state).toContainText(/Paused at program\.py:14 — where it was/);
    await expect(room.state).not.toContainText('line 5');
  }
  await expect(ben.page.getByText("can't go to this line")).toHaveCount(0);
  // And it can be moved still.
  await ana.clickLine(13);
  await ana.text.press('Control+Shift+F10');
  for (const room of [ana, ben]) await expect(room.state).toContainText(/Paused at program\.py:13 — next line set/);
});

const NESTED = `import time

def first(x):
    return x + 1

def second(x):
    return x * 2

def work(x):
    total = first(second(x))
    if total > 1000:
        second(total)
    return first(0)

while True:
    time.sleep(0.05)
    work(7)
`;

test('a call to step into is chosen by keys; those of other lines say so', async ({ world }) => {
  const folder = world.folder();
  const { hostUrl } = await world.share(await world.program(NESTED, folder));
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl, 'Ana');
  await ana.open(path(folder, 'program.py'));
  await ana.clickGutter(10);
  await ana.expectPausedAt(10, 'program.py');
  await page.keyboard.press('Control+F11');
  const dialog = page.getByRole('dialog', { name: 'Step into' });
  const calls = dialog.getByRole('list', { name: 'Calls' }).getByRole('button');
  await expect(calls).toHaveText([/^second\(x\)\s*$/, /^first\(second\(x\)\)\s*$/, /^second\(total\) line 12$/, /^first\(0\) line 13$/]);
  await expect(dialog).toContainText('Those of other lines the program may not come to.');
  await expect(calls.nth(0)).toBeFocused();
  await expectAccessible(page);
  await page.keyboard.press('ArrowUp');
  await expect(calls.nth(0)).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(calls.nth(1)).toBeFocused();
  await page.keyboard.press('Enter');
  await ana.expectPausedAt(4, 'program.py');
  await expect(ana.variable('x')).toContainText('14');
});

const RETURNS = `import time

def add(a, b):
    return a + b

def work():
    first = add(1, 2)
    second = first
    return second

while True:
    work()
    time.sleep(0.05)
`;

test('what a step returned is shown at the next stop, to everybody, and at no later one', async ({ world }) => {
  const folder = world.folder();
  const { hostUrl, inviteUrl } = await world.share(await world.program(RETURNS, folder));
  const ana = await join(await world.browserOf('Ana'), hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben'), inviteUrl, 'Ben');
  await ana.open(path(folder, 'program.py'));
  await ana.clickGutter(7);
  for (const room of [ana, ben]) await room.expectPausedAt(7, 'program.py');
  await ana.page.keyboard.press('F10');
  for (const room of [ana, ben]) {
    await room.expectPausedAt(8, 'program.py');
    await expect(room.variable('\\(return\\) add')).toContainText('3');
    await expect(room.variables.getByRole('treeitem').nth(1), 'before the others').toContainText('(return) add');
  }
  await ana.variable('\\(return\\) add').press('F2');
  await expect(ana.toast('What a call has returned cannot be set.')).toBeVisible();
  await ana.page.keyboard.press('F10');
  for (const room of [ana, ben]) {
    await room.expectPausedAt(9, 'program.py');
    await expect(room.variable('second')).toBeVisible();
    await expect(room.variable('\\(return\\) add')).toHaveCount(0);
  }
});
