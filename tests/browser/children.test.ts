/** A program with children: each is attached by itself, and their stops are shown one after the other, to everybody. */
import { join as path } from 'node:path';
import { expectAccessible } from './support/axe';
import { join } from './support/room';
import { expect, test } from './support/world';

const PAINTERS = `import multiprocessing, os, time

def paint(colour, parent):
    coats = 0
    # Whoever kills the program must not have to look for its children.
    while os.getppid() == parent:
        coats += 1
        print("painting", colour, flush=True)
        time.sleep(0.1)

if __name__ == "__main__":
    for colour in ("red", "blue"):
        multiprocessing.Process(target=paint, args=(colour, os.getpid()), daemon=True).start()
    time.sleep(600)
`;
const PRINT = 8;

test('two children stop, and everybody sees one after the other', async ({ world }) => {
  const folder = world.folder();
  const program = await world.program(PAINTERS, folder);
  const { hostUrl, inviteUrl } = await world.share(program);
  const ana = await join(await world.browserOf('Ana'), hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben', { colorScheme: 'dark' }), inviteUrl, 'Ben');
  const row = (name: RegExp) => ana.stack.getByRole('treeitem', { name });
  const paused = /The call stack shows here when it pauses/;
  await expect(row(/^Program pid \d+ runs/)).toHaveAttribute('aria-level', '1');
  await expect(row(/^Subprocess \d+ runs/)).toHaveCount(2);
  await expect(row(/^Subprocess/).first()).toHaveAttribute('aria-level', '2');
  await expect(ana.page.getByText(paused)).toBeVisible();
  await expectAccessible(ana.page);
  await expect(ana.output).toContainText(/Subprocess \d+painting/);

  await ana.open(path(folder, 'program.py'));
  await ana.clickGutter(PRINT);
  for (const room of [ana, ben]) {
    await expect(room.state).toContainText(/Paused at program\.py:8 in Subprocess \d+ — breakpoint of Ana/);
  }
  await expect(ana.page.getByText(paused)).toHaveCount(0);
  await expect(ana.variable('colour')).toContainText(/red|blue/);

  await test.step('one tree: processes, the threads of the one that is shown, their frames; and why the others have none', async () => {
    const press = async (...keys: string[]) => {
      for (const key of keys) await ana.page.keyboard.press(key);
    };
    const waits = row(/^Subprocess \d+ paused, waits its turn/);
    await waits.focus();
    await press('ArrowRight', 'ArrowRight');
    await expect(row(/^Continue shows the next that waits \(breakpoint\)\./)).toBeFocused();
    await press('ArrowLeft', 'ArrowLeft');
    await expect(waits).toHaveAttribute('aria-expanded', 'false');
    await row(/^Subprocess \d+ paused, shown here/).focus();
    await expect(row(/paused, shown here/)).toHaveAttribute('aria-level', '2');
    await press('ArrowRight');
    await expect(row(/^MainThread stopped here/)).toBeFocused();
    await expect(row(/^MainThread/)).toHaveAttribute('aria-level', '3');
    await press('ArrowRight');
    await expect(row(/^paint .*program\.py:8/)).toBeFocused();
    await expect(row(/^paint /)).toHaveAttribute('aria-level', '4');
    // A process that was closed stays closed from stop to stop.
    await row(/^Program/).focus();
    await press('ArrowLeft');
    await expect(row(/^Subprocess/)).toHaveCount(0);
    await press('ArrowRight');
    await expectAccessible(ana.page);
  });
  const shown = (await ana.state.textContent())!.match(/Subprocess \d+/)![0];

  await ana.page.keyboard.press('F5');
  for (const room of [ana, ben]) {
    await expect(room.state).toContainText(/Paused at program\.py:8 in Subprocess \d+/);
    await expect(room.state).not.toContainText(shown);
  }
  // The first is at the breakpoint again, and waits.
  await expect(row(/paused, waits its turn/)).toBeVisible();
  await ana.clickGutter(PRINT);
  await expect(ana.breakpoints).not.toContainText('program.py');
  await ana.page.keyboard.press('F5');
  for (const room of [ana, ben]) await expect(room.state).toContainText(shown);
  // The one that waited is shown at once, before debugpy has answered.
  await expect(ana.button('Continue')).toBeEnabled();
  await ana.page.keyboard.press('F5');
  for (const room of [ana, ben]) await expect(room.state).toContainText('Running');
  await expect(row(/^Subprocess \d+ runs/)).toHaveCount(2);
  // What was seen stays, and says that it was.
  await expect(row(/^MainThread was stopped here/)).toBeVisible();

  await test.step('the output of one child alone', async () => {
    const select = ana.page.getByRole('combobox', { name: 'Process of the output' });
    const [first, second] = (await select.getByRole('option').allTextContents()).filter((name) => name.startsWith('Subprocess'));
    const colours = async (): Promise<string> => {
      const painted = (await ana.output.innerText()).matchAll(/painting (\w+)/g);
      return [...new Set([...painted].map(([, colour]) => colour))].join();
    };
    // Each paints in one colour.
    await select.selectOption({ label: first! });
    await expect.poll(colours).toMatch(/^(red|blue)$/);
    const other = (await colours()) === 'red' ? 'blue' : 'red';
    await select.selectOption({ label: second! });
    await expect.poll(colours).toBe(other);
    await expectAccessible(ana.page);
    await select.selectOption({ label: 'Every process' });
    await expect(ana.output).toContainText('red');
    await expect(ana.output).toContainText('blue');
  });
});
