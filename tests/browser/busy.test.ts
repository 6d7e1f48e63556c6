/** Somebody's code holds the debugger: everybody sees whose and what, until it is interrupted. */
import { join as path } from 'node:path';
import { expectAccessible } from './support/axe';
import { inviteLink, join } from './support/room';
import { expect, test } from './support/world';

test('an evaluation that never ends is shown to all, and is interrupted', async ({ world }) => {
  const folder = world.folder();
  const program = await world.program('import time\nn = 0\nwhile True:\n    n += 1\n    time.sleep(0.05)\n', folder);
  const { hostUrl } = await world.serve({
    targets: [{ name: 'clock', address: program.address }],
    hostLink: true,
    evaluationSeconds: 4,
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

  const typed = page.getByRole('combobox', { name: 'Expression' });
  await typed.fill('while True: pass');
  await typed.press('Enter');
  const busy = ben.page.getByRole('region', { name: 'The debugger is busy' });
  await expect(busy).toContainText(/Ana’s `while True: pass` has been running for \d+ s/);
  await expectAccessible(ben.page);
  await expect(busy).toHaveCount(0);
  await expect(ana.page.getByRole('region', { name: 'The debugger is busy' })).toHaveCount(0);
  for (const room of [ana, ben]) {
    await expect(room.page.getByRole('log', { name: 'Evaluations' })).toContainText(/while True: pass[^]*⚠/);
  }

  // The program is still there.
  await typed.fill('n + 1000');
  await typed.press('Enter');
  await expect(ben.page.getByRole('log', { name: 'Evaluations' })).toContainText(/n \+ 1000\s*1\d\d\d/);
  await ana.button('Step over').click();
  await ben.expectPausedAt(5, 'program.py');
});
