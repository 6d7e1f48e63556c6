/** A program with children: each is attached by itself, and their stops are shown one after the other, to everybody. */
import { expectAccessible } from './support/axe';
import { join } from './support/room';
import { expect, test } from './support/world';

const PAINTERS = `import multiprocessing
import time

def paint(colour):
    print("painting", colour, flush=True)
    breakpoint()
    print("painted", colour, flush=True)

if __name__ == "__main__":
    painters = [multiprocessing.Process(target=paint, args=(colour,)) for colour in ("red", "blue")]
    for painter in painters:
        painter.start()
    for painter in painters:
        painter.join()
    print("all painted", flush=True)
    time.sleep(600)
`;

test('two children stop, and everybody sees one after the other', async ({ world }) => {
  const program = await world.program(PAINTERS);
  const { hostUrl, inviteUrl } = await world.share(program);
  const ana = await join(await world.browserOf('Ana'), hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben', { colorScheme: 'dark' }), inviteUrl, 'Ben');
  const processes = ana.page.getByRole('region', { name: 'Processes' });

  for (const room of [ana, ben]) await expect(room.state).toContainText(/Paused at program\.py:\d+ in Subprocess \d+/);
  await expect(processes.getByRole('listitem').filter({ hasText: 'Program' }).first()).toContainText('runs');
  await expect(processes).toContainText('paused, shown here');
  await expect(processes).toContainText('paused, waits its turn');
  await expect(ana.variable('colour')).toContainText(/red|blue/);
  await expect(ana.output).toContainText(/Subprocess \d+painting/);
  await expectAccessible(ana.page);
  const shown = await ana.state.textContent();

  await ana.page.keyboard.press('F5');
  await expect(processes).not.toContainText('waits its turn');
  for (const room of [ana, ben]) {
    await expect(room.state).toContainText(/in Subprocess \d+/);
    await expect(room.state).not.toHaveText(shown!);
  }
  await ana.page.keyboard.press('F5');
  for (const room of [ana, ben]) {
    await expect(room.state).toContainText('Running');
    await expect(room.output).toContainText('all painted');
  }
  await expect(processes, 'a program without children needs no tree').toHaveCount(0);
});
