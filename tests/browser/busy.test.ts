/** Somebody's code holds the debugger: everybody sees whose and what, until it is interrupted. */
import { join as path } from 'node:path';
import type { Locator } from '@playwright/test';
import { expectAccessible } from './support/axe';
import { inviteLink, join, type Room } from './support/room';
import { expect, test, type World } from './support/world';

/** A host and a watcher at a stop. */
async function atAStop(world: World, evaluationSeconds: number): Promise<[Room, Room]> {
  const folder = world.folder();
  const program = await world.program('import time\nn = 0\nwhile True:\n    n += 1\n    time.sleep(0.05)\n', folder);
  const { hostUrl } = await world.serve({
    targets: [{ name: 'clock', address: program.address }],
    hostLink: true,
    evaluationSeconds,
  });
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl!, 'Ana');
  await page.getByRole('button', { name: 'Start debugging clock' }).click();
  await expect(ana.state).toContainText('Running');
  const ben = await join(await world.browserOf('Ben'), await inviteLink(ana), 'Ben');
  await ana.open(path(folder, 'program.py'));
  await ana.clickGutter(4);
  await ana.expectPausedAt(4, 'program.py');
  await ben.expectPausedAt(4, 'program.py');
  return [ana, ben];
}

const banner = (room: Room): Locator => room.page.getByRole('region', { name: 'The debugger is busy' });
const evaluations = (room: Room): Locator => room.page.getByRole('log', { name: 'Evaluations' });

async function evaluate(room: Room, expression: string): Promise<void> {
  const typed = room.page.getByRole('combobox', { name: 'Expression' });
  await typed.fill(expression);
  await typed.press('Enter');
}

/** The program is still there. */
async function goesOn(ana: Room, ben: Room): Promise<void> {
  await evaluate(ana, 'n + 1000');
  await expect(evaluations(ben)).toContainText(/n \+ 1000\s*1\d\d\d/);
  await ana.button('Step over').click();
  await ben.expectPausedAt(5, 'program.py');
}

test('an evaluation that never ends is shown to all, and is interrupted', async ({ world }) => {
  const [ana, ben] = await atAStop(world, 4);
  await evaluate(ana, 'while True: pass');
  await expect(banner(ben)).toContainText(/Ana’s `while True: pass` has been running for \d+ s/);
  await expectAccessible(ben.page);
  await expect(banner(ben)).toHaveCount(0);
  await expect(banner(ana)).toHaveCount(0);
  for (const room of [ana, ben]) await expect(evaluations(room)).toContainText(/while True: pass[^]*⚠/);
  await goesOn(ana, ben);
});

test('nobody has to wait for that: whose it is, the driver and hosts have it interrupted', async ({ world }) => {
  const [ana, ben] = await atAStop(world, 600);
  const interrupt = (room: Room): Locator => banner(room).getByRole('button', { name: 'Interrupt what runs' });
  await evaluate(ana, 'while True: pass');
  await expect(interrupt(ben)).toHaveAttribute('aria-disabled', 'true');
  await expect(interrupt(ben)).toHaveAttribute('title', /Only Ana, the driver or a host can interrupt it\.$/);
  await expectAccessible(ben.page);
  await expectAccessible(ana.page);
  await interrupt(ana).click();
  await expect(ben.page.getByRole('status')).toContainText('Ana interrupts `while True: pass`.');
  for (const room of [ana, ben]) {
    await expect(evaluations(room)).toContainText(/while True: pass[^]*it was interrupted/);
    await expect(banner(room)).toHaveCount(0);
  }
  await goesOn(ana, ben);

  // A watch is somebody's, too, and which one it is has to be known to be removed.
  const expression = ana.watches.getByRole('textbox', { name: 'Expression to watch' });
  await expression.fill('[n for n in iter(int, 1) if n]');
  await expression.press('Enter');
  await expect(banner(ben)).toContainText('Ana’s watch `[n for n in iter(int, 1) if n]` has been running for');
  await interrupt(ana).click();
  await expect(banner(ben)).toHaveCount(0);
});
