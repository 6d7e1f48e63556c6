/** Where a program stops because of an exception is everybody's: the boxes, the stop, and what it says. */
import { join as path } from 'node:path';
import { expectAccessible } from './support/axe';
import { inviteLink, join } from './support/room';
import { expect, test } from './support/world';

const PROGRAM = `import time

def water(level):
    return 100 / level

def turn():
    try:
        water(0)
    except ZeroDivisionError:
        pass

def main():
    n = 0
    while True:
        n += 1
        turn()
        time.sleep(0.1)

main()
`;
const [RAISES, SLEEPS] = [4, 17];

test('one asks for a stop at what is raised; all see that, and where it was', async ({ world }) => {
  const folder = world.folder();
  const { hostUrl, inviteUrl } = await world.share(await world.program(PROGRAM, folder));
  const ana = await join(await world.browserOf('Ana'), hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben', { colorScheme: 'dark' }), inviteUrl, 'Ben');
  const wes = await join(await world.browserOf('Wes'), await inviteLink(ana, 'Watcher'), 'Wes');
  const all = [ana, ben, wes];
  const filter = ({ breakpoints }: typeof ana, name: string) => breakpoints.getByRole('checkbox', { name: `${name} exceptions` });

  for (const room of all) {
    await expect(filter(room, 'Uncaught')).toBeChecked();
    await expect(filter(room, 'Raised')).not.toBeChecked();
  }
  await expect(filter(wes, 'Raised'), 'a watcher reads them only').toBeDisabled();
  await expect(wes.breakpoints.getByTitle('Watchers cannot change where the program stops.').first()).toBeVisible();

  // By keyboard, and by who doesn't drive.
  await filter(ben, 'Raised').press('Space');
  for (const room of all) {
    await expect(filter(room, 'Raised')).toBeChecked();
    await room.expectPausedAt(RAISES, 'program.py');
    await expect(room.state).toContainText('exception: ZeroDivisionError');
    await expect(room.variable('level')).toContainText(/level\s*=\s*0/);
    await expect(room.frame('turn')).toBeVisible();
  }
  for (const room of [ana, ben]) await expectAccessible(room.page);

  await filter(ana, 'Raised').uncheck();
  for (const room of all) await expect(filter(room, 'Raised')).not.toBeChecked();
  // It runs past the next ones, to a breakpoint.
  await ana.open(path(folder, 'program.py'));
  await ana.clickGutter(SLEEPS);
  await expect(ana.breakpoint(/^Breakpoint of Ana, line 17, active/)).toBeVisible();
  await ana.button('Continue').click();
  for (const room of all) await room.expectPausedAt(SLEEPS, 'program.py');
  await expect(ana.variable('n')).toContainText(/n\s*=\s*\d+/);
  const turn = Number(/=\s*(\d+)/.exec(await ana.variable('n').innerText())![1]);
  await ana.button('Continue').click();
  for (const room of all) await expect(room.variable('n'), 'a whole turn later').toContainText(new RegExp(`=\\s*${turn + 1}\\b`));
  for (const room of all) await expect(room.state).toContainText('breakpoint of Ana');
});
