/** Watches: shared, evaluated at each stop, with what they were before. */
import { join as path } from 'node:path';
import { expectAccessible } from './support/axe';
import { PORCH, porchLine } from './support/debuggee';
import { inviteLink, join, type Room } from './support/room';
import { expect, test } from './support/world';

const IDLE = porchLine('idle = now - self.last_motion');
const IF = porchLine('if idle >= self.hold');

async function add(room: Room, expression: string, button = 'Watch'): Promise<void> {
  await room.watches.getByRole('textbox', { name: 'Expression to watch' }).fill(expression);
  await room.watches.getByRole('button', { name: button, exact: true }).click();
}

test('watches are everybody’s, follow the stops and show what they were', async ({ world }) => {
  const porch = await world.porch();
  const { hostUrl, inviteUrl } = await world.share(porch);
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben'), inviteUrl, 'Ben');
  const wes = await join(await world.browserOf('Wes'), await inviteLink(ana, 'Watcher'), 'Wes');
  await ana.open(PORCH);
  await ana.clickGutter(IDLE);
  await ana.expectPausedAt(IDLE);

  await add(ana, 'now');
  await add(ana, 'self.hold * 2');
  await add(ben, 'idle');
  for (const room of [ana, ben, wes]) {
    await expect(room.watch('now')).toContainText(/now\s*=\s*\d+/);
    await expect(room.watch('self.hold * 2')).toContainText(/=\s*12/);
    await expect(room.watch('idle')).toContainText(/⚠.*idle/);
  }
  await ana.button('Step over').click();
  for (const room of [ana, wes]) {
    await room.expectPausedAt(IF);
    await expect(room.watch('idle')).toContainText(/idle\s*=\s*\d+/);
  }

  await test.step('a collaborator proposes one that is code', async () => {
    await expect(ben.watches.getByRole('button', { name: 'Watch', exact: true })).toBeVisible();
    await add(ben, 'now - idle', 'Propose');
    await ana.proposals.getByRole('button', { name: 'Run the proposal of Ben' }).click();
    await expect(wes.watch('now - idle')).toBeVisible();
  });

  await test.step('numbers are drawn over the stops, in words too, and can be listed', async () => {
    for (let i = 0; i < 2; i++) {
      await ana.button('Continue').click();
      await ana.expectPausedAt(IDLE);
      await expect(ana.button('Continue')).not.toHaveAttribute('aria-disabled', 'true');
    }
    await expect(ana.watch('now').getByRole('img', { name: /^Last \d+ values: \d+, \d+.*least \d+, most \d+$/ })).toBeVisible();
    await ana.choose(ana.watch('now'), /last values/);
    const past = ana.watches.getByRole('region', { name: 'Last values of now' });
    await expect.poll(() => past.getByRole('listitem').count()).toBeGreaterThanOrEqual(3);
    await expectAccessible(page);
    await past.getByRole('button', { name: 'Close the last values' }).click();
  });

  await test.step('who added one or a host removes it', async () => {
    await wes.watch('now').press('Shift+F10');
    await expect(wes.page.getByRole('menuitem', { name: /^Remove the watch/ })).toHaveAttribute('aria-disabled', 'true');
    await wes.page.keyboard.press('Escape');
    await ana.choose(ana.watch('idle'), /^Remove the watch/);
    for (const room of [ana, ben, wes]) await expect(room.watch('idle')).toHaveCount(0);
  });
});

const GREETING = `import time


class Person:
    def greet(self, other):
        return f"Hello {other}"


def round_of(number):
    people = [Person(), Person()]
    return people[0].greet(number)


for number in range(3, 1000):
    round_of(number)
    time.sleep(0.05)
`;
const GREETS = 6;

test('watches say what was raised and where, and are edited in place', async ({ world }) => {
  const folder = world.folder();
  const { hostUrl, inviteUrl } = await world.share(await world.program(GREETING, folder));
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben'), inviteUrl, 'Ben');
  await ana.open(path(folder, 'program.py'));
  await ana.clickGutter(GREETS);
  for (const room of [ana, ben]) await room.expectPausedAt(GREETS, 'program.py');

  await test.step('of what fails the line that says why, and all of it', async () => {
    for (const [expression, error] of [
      ['absent * 1.5', "NameError: name 'absent' is not defined"],
      ['self.n', "AttributeError: 'Person' object has no attribute 'n'"],
      ['other + [', "SyntaxError: '[' was never closed"],
    ] as const) {
      await add(ana, expression);
      for (const room of [ana, ben]) await expect(room.watch(expression)).toContainText(`⚠ ${error}`);
      await expect(ana.watch(expression).getByTitle(error)).toBeVisible();
    }
    await ana.choose(ana.watch('self.n'), /^Remove the watch/);
  });

  await test.step('in another frame it is said where they were read', async () => {
    await add(ana, 'number');
    await add(ana, 'people');
    await expect(ana.watch('people')).toContainText("NameError: name 'people' is not defined");
    await expect(ana.watches).not.toContainText('where it stopped');
    await ana.frame('round_of').click();
    await expect(ana.watches).toContainText('Read in greet, where it stopped.');
    await expect(ben.watches, 'who looks there is not told').not.toContainText('where it stopped');
    await expectAccessible(page);
    await ana.choose(ana.watch('people'), /^Evaluate in the selected frame/);
    await expect(page.getByRole('log', { name: 'Evaluations' }).getByRole('article', { name: /people/ })).toContainText('Person object');
    await ana.watches.getByRole('button', { name: 'Go there' }).press('Enter');
    await expect(ana.watches).not.toContainText('where it stopped');
    await expect(ana.frame('greet')).toHaveAttribute('aria-selected', 'true');
  });

  await test.step('F2, Enter and a double click edit one where it is, for everybody', async () => {
    const rows = (room: Room): Promise<string[]> =>
      room.watches.getByRole('treeitem').evaluateAll((all) => all.map((row) => row.textContent.replace(/\s*=[^]*/, '').trim()));
    const input = ana.watches.getByRole('textbox', { name: /^Expression of the watch/ });
    await ana.watch('absent * 1.5').press('F2');
    await expect(input).toBeFocused();
    await expect(input).toHaveValue('absent * 1.5');
    await expectAccessible(page);
    await input.fill('given up');
    await input.press('Escape');
    await expect(ana.watch('absent * 1.5')).toBeFocused();
    await page.keyboard.press('Enter');
    await input.fill('');
    await input.press('Enter');
    await expect(ana.watch('absent * 1.5'), 'nothing is removed').toBeFocused();
    await page.keyboard.press('Enter');
    await input.fill('number');
    await input.press('Enter');
    await expect(ana.watches.getByRole('alert')).toContainText('Another watch is of that already.');
    await input.fill('other * 2');
    await input.press('Enter');
    for (const room of [ana, ben]) await expect(room.watch('other * 2')).toContainText(/=\s*\d+/);
    expect(await rows(ben)).toEqual(['other * 2', 'other + [', 'number', 'people']);
    await expect(ana.watch('other * 2')).toBeFocused();
    await ana.watch('other + [').dblclick();
    await input.fill('other');
    await input.press('Enter');
    await expect(ben.watch('other')).toContainText(/=\s*\d+/);
    expect(await rows(ben)).toEqual(['other * 2', 'other', 'number', 'people']);
  });

  await test.step('only one’s own, but for a host', async () => {
    await ben.watch('number').press('F2');
    await expect(ben.page.getByRole('alert').or(ben.page.getByRole('status')).filter({ hasText: 'Only Ana or a host can change or remove it.' }).first()).toBeVisible();
    await ben.watch('number').press('Delete');
    await expect(ben.watch('number')).toBeVisible();
    await add(ben, 'self');
    await ben.watch('self').press('F2');
    await ben.watches.getByRole('textbox', { name: /^Expression of the watch/ }).fill('self.greet(1)');
    await ben.page.keyboard.press('Enter');
    await ana.proposals.getByRole('button', { name: 'Run the proposal of Ben' }).click();
    await expect(ben.watch('self.greet(1)')).toContainText("'Hello 1'");
    await expect(ben.watch('self')).toHaveCount(0);
    await ben.watch('self.greet(1)').press('Delete');
    for (const room of [ana, ben]) await expect(room.watch('self.greet(1)')).toHaveCount(0);
    await expect(ben.watch('people'), 'the focus goes to its neighbour').toBeFocused();
    await ana.watch('people').press('Delete');
    await expect(ben.watch('people')).toHaveCount(0);
  });
});
