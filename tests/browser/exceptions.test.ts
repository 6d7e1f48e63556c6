/** Where a program stops because of an exception is everybody's: the boxes, the stop, and what it says. */
import { join as path } from 'node:path';
import type { Locator } from '@playwright/test';
import { expectAccessible } from './support/axe';
import { inviteLink, join, type Room } from './support/room';
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

const filter = ({ breakpoints }: Room, name: string): Locator => breakpoints.getByRole('checkbox', { name: `${name} exceptions` });

test('one asks for a stop at what is raised; all see that, and where it was', async ({ world }) => {
  const folder = world.folder();
  const { hostUrl, inviteUrl } = await world.share(await world.program(PROGRAM, folder));
  const ana = await join(await world.browserOf('Ana'), hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben', { colorScheme: 'dark' }), inviteUrl, 'Ben');
  const wes = await join(await world.browserOf('Wes'), await inviteLink(ana, 'Watcher'), 'Wes');
  const all = [ana, ben, wes];

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
    await expect(room.state).toContainText('exception: ZeroDivisionError: division by zero');
    // Below its line, too, with all that it says.
    await expect(room.source.getByRole('note', { name: 'What was raised here' })).toHaveText(/^ZeroDivisionError\s*division by zero$/);
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
  for (const room of all) await expect(room.source.getByRole('note')).toHaveCount(0);
  await expect(ana.variable('n')).toContainText(/n\s*=\s*\d+/);
  const turn = Number(/=\s*(\d+)/.exec(await ana.variable('n').innerText())![1]);
  await ana.button('Continue').click();
  for (const room of all) await expect(room.variable('n'), 'a whole turn later').toContainText(new RegExp(`=\\s*${turn + 1}\\b`));
  for (const room of all) await expect(room.state).toContainText('breakpoint of Ana');
});

const CALLS_BACK = `import re
import time

def own(level):
    try:
        return 100 / level
    except ZeroDivisionError:
        return 0

def on_match(found):
    return 100 / int(found[0])

def main():
    turns = 0
    while True:
        turns += 1
        own(0)
        try:
            re.sub("0", on_match, "lamp 0")
        except ZeroDivisionError:
            pass
        time.sleep(0.1)

main()
`;
const LEAVES = CALLS_BACK.split('\n').indexOf('    return 100 / int(found[0])') + 1;

test('one asks for a stop at what leaves their own code for a library', async ({ world }) => {
  const { hostUrl, inviteUrl } = await world.share(await world.program(CALLS_BACK));
  const ana = await join(await world.browserOf('Ana'), hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben'), inviteUrl, 'Ben');
  const all = [ana, ben];
  await expect(filter(ana, 'User-unhandled')).not.toBeChecked();
  await filter(ana, 'User-unhandled').check();
  for (const room of all) {
    await expect(filter(room, 'User-unhandled')).toBeChecked();
    // Not in `own`, which catches what it raises.
    await room.expectPausedAt(LEAVES, 'program.py');
    await expect(room.state).toContainText('exception: ZeroDivisionError');
  }
  await ana.frame('main').click();
  await expect(ana.variable('turns')).toContainText(/=\s*\d+/);
  const turns = Number(/=\s*(\d+)/.exec(await ana.variable('turns').innerText())![1]);
  await ana.button('Continue').click();
  // The whole of the next turn has no other.
  await expect(async () => {
    await ana.frame('main').click();
    await expect(ana.variable('turns')).toContainText(new RegExp(`=\\s*${turns + 1}\\b`), { timeout: 1_000 });
  }).toPass();
  for (const room of all) await room.expectPausedAt(LEAVES, 'program.py');
});
