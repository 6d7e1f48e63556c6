/** The call stack of a real program: threads, asyncio's tasks, and a recursion that is deeper than what is captured. */
import { join as path } from 'node:path';
import { expectAccessible } from './support/axe';
import { PORCH, porchLine } from './support/debuggee';
import { join } from './support/room';
import { expect, test } from './support/world';

const PROGRAM = `import asyncio
import threading
import time

def waits(gate):
    with gate:
        pass

async def reads_sensor(name, forever):
    await forever.wait()

def down(depth):
    if depth == 0:
        return 0
    return down(depth - 1) + 1

async def main():
    forever = asyncio.Event()
    readers = [asyncio.create_task(reads_sensor(name, forever), name=name) for name in ('porch', 'cellar')]
    while True:
        await asyncio.sleep(0.05)
        down(600)

gate = threading.Lock()
gate.acquire()
threading.Thread(target=waits, args=(gate,), name='waiter', daemon=True).start()
async def listens():
    await asyncio.gather(*(asyncio.create_task(asyncio.sleep(3600), name=name) for name in ('hall', 'attic')))

threading.Thread(target=lambda: asyncio.run(listens()), name='radio', daemon=True).start()
asyncio.run(main())
`;
const BOTTOM = 14;

test('threads, tasks and the outermost frames of a deep recursion', async ({ world }) => {
  const folder = world.folder();
  const { hostUrl } = await world.share(await world.program(PROGRAM, folder));
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl, 'Ana');
  await ana.open(path(folder, 'program.py'));
  await ana.clickGutter(BOTTOM);
  await ana.expectPausedAt(BOTTOM, 'program.py');
  const row = (name: RegExp) => ana.stack.getByRole('treeitem', { name });

  const main = row(/stopped here/);
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };

  await test.step('a thread in native code says where it waits, and shows its frames', async () => {
    // The tree draws only what is in sight.
    await main.focus();
    await press('ArrowLeft');
    const waiter = row(/^waiter waits program.py:6 native/);
    await waiter.focus();
    await press('ArrowRight');
    await expect(row(/^waits program.py:6/)).toBeVisible();
    await press('ArrowLeft');
  });

  await test.step('who chooses a thread looks at its top frame, in all panels', async () => {
    const crumbs = ana.source.getByRole('navigation', { name: 'Where the cursor is' });
    // Its stack was never asked for: it comes when it is chosen.
    const radio = row(/^radio/);
    await radio.click();
    await expect(ana.stack.locator('[aria-selected="true"]')).toHaveText(/<lambda>\s+program.py:30/);
    await expect(ana.source.locator('.cm-lineNumbers').locator('.cm-execution-gutter-stop, .cm-execution-gutter-frame')).toHaveText('30');
    await expect(ana.cursorLine).toContainText("name='radio'");
    await expect(ana.variable('depth')).toHaveCount(0);
    await expectAccessible(page);
    // Chosen already: it is closed.
    await radio.click();
    await expect(radio).toHaveAttribute('aria-expanded', 'false');
    await expect(ana.cursorLine).toContainText("name='radio'");
    // One that is open stays so.
    await row(/^waiter/).focus();
    await press('ArrowRight');
    await expect(row(/^waits program.py:6/)).toBeVisible();
    await row(/^waiter/).click();
    await expect(row(/^waits program.py:6/)).toHaveAttribute('aria-selected', 'true');
    await expect(crumbs).toContainText('waits');
    await expect(ana.variable('gate')).toBeVisible();
    await expect(ana.source.locator('.inline-values').last()).toContainText('gate = ');
    await press('ArrowLeft');
    await main.click();
    await expect(crumbs).toContainText('down');
    await main.click();
    await expect(main).toHaveAttribute('aria-expanded', 'false');
    await expect(ana.variable('depth')).toBeVisible();
  });

  await test.step('tasks are below the thread that runs their loop; they say what they do, and where they wait', async () => {
    await row(/^radio/).focus();
    await press('ArrowRight', 'End');
    await expect(row(/^asyncio tasks 3/)).toBeFocused();
    await expect(row(/^asyncio tasks 3/).getByRole('button'), 'nothing is done with all of them').toHaveCount(0);
    await press('ArrowRight');
    for (const name of ['attic', 'hall']) await expect(row(new RegExp(`^${name} waiting`))).toBeVisible();
    await expect(row(/^hall/)).toHaveAttribute('aria-level', '3');
    await press('ArrowLeft');
    await row(/^radio/).focus();
    await press('ArrowLeft');

    await main.focus();
    await press('ArrowRight', 'End', 'ArrowUp', 'ArrowUp');
    await expect(row(/^asyncio tasks 3/)).toBeFocused();
    await press('ArrowRight');
    for (const name of ['porch', 'cellar']) await expect(row(new RegExp(`^${name} waiting`))).toBeVisible();
    await row(/^porch waiting/).focus();
    await press('ArrowRight');
    await expect(row(/^reads_sensor program.py:10/)).toBeVisible();
    await expectAccessible(page);
    await row(/^asyncio tasks 3/).focus();
    await press('ArrowLeft');
  });

  await test.step('more frames are shown on demand, down to the outermost', async () => {
    await press('ArrowUp');
    const pages = [/^Show 200 more of 4\d\d frames/, /^Show 200 more of 2\d\d frames/, /^Show \d+ more of \d\d? frames/];
    for (const rest of pages) {
      await expect(row(rest)).toBeFocused();
      await press('Enter');
      await expect(row(rest)).toHaveCount(0);
      // The first new frame has the focus.
      await press('End', 'ArrowUp', 'ArrowUp', 'ArrowUp');
    }
    await press('End');
    await row(/^main program.py:22/).click();
    await expect(ana.variable('forever')).toBeVisible();
    const caller = ana.source.locator('.cm-line.cm-execution-frame');
    await expect(caller).toHaveText(/^\s*down\(600\)/);
    await expect(ana.source.locator('.cm-lineNumbers .cm-execution-gutter-frame')).toHaveText('22');
    // Its edge is broken, that of where it is paused isn't.
    await expect(caller).toHaveCSS('background-image', /repeating-linear-gradient/);
    // The breadcrumbs are of the selected frame.
    const crumbs = ana.source.getByRole('navigation', { name: 'Where the cursor is' });
    await expect(crumbs).toHaveText(/main/);
    await expectAccessible(page);
  });
});

test('a frame’s menu: the stack as Python writes it, its file and line, and the way there', async ({ world }) => {
  const { hostUrl } = await world.share(await world.porch());
  const page = await world.browserOf('Ana', { colorScheme: 'dark' });
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const ana = await join(page, hostUrl, 'Ana');
  await ana.open(PORCH);
  const [tick, called] = [porchLine('idle = now - self.last_motion'), porchLine('self.second(self.clock')];
  await ana.clickGutter(tick);
  await ana.expectPausedAt(tick);
  const copied = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText());

  await ana.frame('second').click({ button: 'right' });
  const menu = page.getByRole('menu', { name: /^Actions for second/ });
  await expect(menu.getByRole('menuitem')).toHaveText(['Copy stack', 'Copy file and line', 'Open at line']);
  await expectAccessible(page);
  await menu.getByRole('menuitem', { name: 'Copy stack' }).click();
  await expect(ana.toast('The stack is copied.')).toBeVisible();
  const lines = (await copied()).split('\n');
  expect(lines[0]).toBe('Stack (most recent call last):');
  expect(lines.filter((line) => line.startsWith('  File ')).map((line) => /in (\S+)$/.exec(line)![1])).toEqual([
    '<module>', 'main', 'run', 'second', 'tick',
  ]);
  expect(lines.slice(-3)).toEqual([`  File "${PORCH}", line ${tick}, in tick`, '    idle = now - self.last_motion', '']);

  await ana.choose(ana.frame('run'), /^Copy file and line$/);
  await expect.poll(copied).toBe(`${PORCH}:${called}`);
  await ana.choose(ana.frame('run'), /^Open at line$/);
  await expect(ana.cursorLine).toContainText('self.second(self.clock');
  await expect(ana.text).toBeFocused();
  await ana.choose(ana.stack.getByRole('treeitem', { name: /MainThread/ }), /^Copy stack$/);
  await expect.poll(copied).toBe(lines.join('\n'));
});
