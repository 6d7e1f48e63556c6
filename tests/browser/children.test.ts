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
  const processes = ana.page.getByRole('region', { name: 'Processes' });
  await expect(processes.getByRole('listitem').filter({ hasText: /^Subprocess/ })).toHaveCount(2);
  await expect(processes).not.toContainText('paused');
  await expect(ana.output).toContainText(/Subprocess \d+painting/);

  await ana.open(path(folder, 'program.py'));
  await ana.clickGutter(PRINT);
  for (const room of [ana, ben]) {
    await expect(room.state).toContainText(/Paused at program\.py:8 in Subprocess \d+ — breakpoint of Ana/);
  }
  await expect(processes).toContainText('paused, shown here');
  await expect(processes).toContainText('paused, waits its turn');
  await expect(ana.variable('colour')).toContainText(/red|blue/);
  await expectAccessible(ana.page);
  const shown = await ana.state.textContent();

  await ana.page.keyboard.press('F5');
  for (const room of [ana, ben]) {
    await expect(room.state).toContainText(/Paused at program\.py:8 in Subprocess \d+/);
    await expect(room.state).not.toHaveText(shown!);
  }
  // The first is at the breakpoint again, and waits.
  await expect(processes).toContainText('paused, waits its turn');
  await ana.clickGutter(PRINT);
  await expect(ana.breakpoints).not.toContainText('program.py');
  await ana.page.keyboard.press('F5');
  for (const room of [ana, ben]) await expect(room.state).toContainText(shown!.match(/Subprocess \d+/)![0]);
  await ana.page.keyboard.press('F5');
  for (const room of [ana, ben]) await expect(room.state).toContainText('Running');
  await expect(processes).not.toContainText('paused');

  await test.step('the output of one child alone', async () => {
    const select = ana.page.getByRole('combobox', { name: 'Process of the output' });
    const [first, second] = (await select.getByRole('option').allTextContents()).filter((name) => name.startsWith('Subprocess'));
    for (const name of [first!, second!]) {
      await select.selectOption({ label: name });
      const rows = async (): Promise<string> => (await ana.output.innerText()).trim();
      await expect.poll(rows).toMatch(/painting (red|blue)/);
      // Each paints in one colour.
      const colours = [...(await rows()).matchAll(/painting (\w+)/g)].map(([, colour]) => colour);
      expect(new Set(colours).size, colours.join()).toBe(1);
    }
    await expectAccessible(ana.page);
    await select.selectOption({ label: 'Every process' });
    await expect(ana.output).toContainText('red');
    await expect(ana.output).toContainText('blue');
  });
});
