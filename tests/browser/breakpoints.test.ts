/** Breakpoints that do other than stop, or don't stop any more: snaps, mute, functions, disarmed, of a file that changed. */
import { rmSync, writeFileSync } from 'node:fs';
import { join as path } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { expectAccessible } from './support/axe';
import { join, type Room } from './support/room';
import { expect, test } from './support/world';

/** Line 8 is reached 300 times a beat while there is a file `flood` beside the program, otherwise once. */
const PROGRAM = `import os, time
FLOOD = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'flood')
def flash(n):
    return n * 2
def beat(n):
    level = flash(n)
    for i in range(300 if os.path.exists(FLOOD) else 1):
        level += i
    print('beat', n, flush=True)
    time.sleep(0.05)
n = 0
while True:
    n += 1
    beat(n)
`;
const FILE = 'program.py';
const [FLASH, FLOOD, PRINT, SLEEP] = [3, 8, 9, 10];

/** The form for a breakpoint at a line. */
async function form(room: Room, line: number): Promise<Locator> {
  await room.chooseAt(line, /^Breakpoint with condition/);
  return room.source.getByRole('group', { name: `New breakpoint at ${FILE}:${line}` });
}

/** The newest beat in the output. */
const beats = async (room: Room): Promise<number> => Number([...(await room.output.innerText()).matchAll(/beat (\d+)/g)].at(-1)?.[1] ?? 0);

/** How often the snap point has captured. */
const captures = async (room: Room): Promise<number> => Number.parseInt(await room.breakpoints.getByText(/^\d+ snaps$/).first().innerText(), 10);

/** The program goes on: it beats ten more times, and is not paused. */
async function expectRunsOn(room: Room): Promise<void> {
  const before = await beats(room);
  await expect.poll(() => beats(room)).toBeGreaterThan(before + 10);
  await expect(room.state).toContainText('Running');
}

const press = (page: Page, name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();

test('snap points, mute and breakpoints on functions', async ({ world }) => {
  const folder = world.folder();
  const { hostUrl, inviteUrl } = await world.share(await world.program(PROGRAM, folder));
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben'), inviteUrl, 'Ben');
  for (const room of [ana, ben]) await room.open(path(folder, FILE));

  await test.step('a snap point captures, for everybody, and the program runs on', async () => {
    const dialog = await form(ana, SLEEP);
    await expectAccessible(page);
    await dialog.getByRole('radio', { name: 'Snap' }).check();
    await dialog.getByRole('button', { name: 'Set', exact: true }).click();
    for (const room of [ana, ben]) {
      await expect(room.breakpoint(/^Snap point of Ana, line 10, active; [2-9]\d* snaps$/)).toBeVisible();
      await expect(room.breakpoints.getByText(/^\d+ snaps$/).first()).toBeVisible();
      await expect(room.state).toContainText('Running');
    }
  });

  await test.step('a capture has the stack, and the variables of its frames', async () => {
    const snaps = ben.breakpoints.getByRole('region', { name: 'Snaps' });
    // The list stands still for who points at it, though ten come a second; what falls out of it meanwhile is still shown.
    await snaps.hover();
    await expect(snaps).toContainText('since you are here');
    await snaps.getByRole('button', { name: /program\.py:10/ }).last().click();
    const dialog = ben.page.getByRole('dialog', { name: /^Snap / });
    await expect(dialog.getByText('snap point of Ana')).toBeVisible();
    const variables = dialog.getByRole('region', { name: 'Variables of the snap' });
    const level = variables.getByRole('row', { name: /^level / });
    await expect(level).toContainText('int');
    const n = Number((await variables.getByRole('row', { name: /^n / }).getByRole('cell').first().innerText()).trim());
    await expect(level).toContainText(String(n * 2));
    await expectAccessible(ben.page);
    // Newer ones have pushed it out of what is kept; what is looked at stays.
    const before = await captures(ben);
    await expect.poll(() => captures(ben), { timeout: 60_000 }).toBeGreaterThan(before + 60);
    const stack = dialog.getByRole('region', { name: 'Stack of the snap' });
    await stack.getByRole('button', { name: /module.*program\.py:14/ }).click();
    await expect(variables.getByRole('row', { name: /^FLOOD / })).toContainText('str');
    await dialog.getByRole('button', { name: /^Show program\.py:14/ }).click();
    await expect(dialog).toHaveCount(0);
  });

  await test.step('mute mine: drawn and said, passed over, also when it is new; somebody else’s holds', async () => {
    await press(page, 'Mute mine');
    for (const room of [ana, ben]) await expect(room.breakpoint(/^Snap point of Ana, line 10, muted/)).toBeVisible();
    await ana.clickGutter(PRINT);
    await expect(ben.breakpoint(/^Breakpoint of Ana, line 9/)).toHaveClass(/\bowned\b/);
    for (const room of [ana, ben]) {
      await expect(room.breakpoint(/^Breakpoint of Ana, line 9, muted/)).toHaveClass(/\bmuted\b/);
      await expect(room.breakpoints.getByText('muted', { exact: true })).toHaveCount(2);
    }
    await expectAccessible(page);
    await expectRunsOn(ana);
    const [own, others] = [ana, ben].map((room) => room.breakpoints.getByRole('region', { name: 'Snaps' }));
    const captured = (list: Locator): Locator => list.getByRole('button', { name: /program\.py:10/ });
    await own!.getByRole('button', { name: 'Clear the snaps' }).click();
    await expect(captured(own!)).toHaveCount(0);
    await expect(own!).toContainText(/\d+ earlier ones are hidden\./);
    await expect(captured(others!).first(), 'nobody else’s').toBeVisible();
    await expectAccessible(page);
    await own!.getByRole('button', { name: 'Show all' }).press('Enter');
    await expect(captured(own!).first()).toBeVisible();
    await ben.clickGutter(FLOOD);
    await ana.expectPausedAt(FLOOD, FILE);
    await expect(ana.state).toContainText('breakpoint of Ben');
  });

  await test.step('mute all: a warning for everybody; unmuted they hold again', async () => {
    await press(page, 'Mute all');
    for (const room of [ana, ben]) await expect(room.breakpoints.getByText('All breakpoints are muted')).toBeVisible();
    await expect(ben.breakpoint(/^Breakpoint of Ben, line 8, muted/)).toBeVisible();
    await expect(ben.page.getByRole('button', { name: 'Mute all', exact: true })).toHaveAttribute('aria-pressed', 'true');
    await ana.button('Continue').click();
    await expect(ana.state).toContainText('Running');
    await expectRunsOn(ana);
    await press(page, 'Mute mine');
    await expectRunsOn(ana);
    await ben.breakpoints.getByRole('button', { name: `Remove breakpoint at ${FILE}:${FLOOD}` }).click();
    await expect(ana.breakpoint(new RegExp(`line ${FLOOD}`))).toHaveCount(0);
    await press(page, 'Mute all');
    await ana.expectPausedAt(PRINT, FILE);
    await expect(ana.state).toContainText('breakpoint of Ana');
    await expect(ben.breakpoints.getByText('All breakpoints are muted')).toHaveCount(0);
    await ana.breakpoints.getByRole('button', { name: `Remove breakpoint at ${FILE}:${PRINT}` }).click();
  });

  await test.step('on a function: it stops there, and says whose it is; one that is no name is refused', async () => {
    await press(ben.page, 'f(): breakpoint on a function');
    const dialog = ben.page.getByRole('dialog', { name: 'New breakpoint' });
    await expect(dialog.getByRole('textbox', { name: 'Function' })).toBeFocused();
    await dialog.getByRole('textbox', { name: 'Function' }).fill('flash(3)');
    await dialog.getByRole('textbox', { name: 'Function' }).press('Enter');
    await expect(dialog.getByRole('alert')).toContainText('name of a function');
    await expectAccessible(ben.page);
    await dialog.getByRole('textbox', { name: 'Function' }).fill('flash');
    await dialog.getByRole('button', { name: 'Set', exact: true }).click();
    await expect(ana.breakpoints.getByText('flash()')).toBeVisible();
    await ana.button('Continue').click();
    for (const room of [ana, ben]) {
      await room.expectPausedAt(FLASH, FILE);
      await expect(room.state).toContainText('breakpoint of Ben');
      await expect(room.frame('flash')).toBeVisible();
    }
  });

  await test.step('the file changes on disk: said at the source, the entries and the top, until it is as it was', async () => {
    writeFileSync(path(folder, FILE), `# changed\n${PROGRAM}`);
    await ana.button('Step over').click();
    for (const room of [ana, ben]) {
      await expect(room.source.getByText('changed on disk')).toBeVisible();
      await expect(room.state).toContainText('program.py changed on disk');
      await expect(room.breakpoints.getByText('The file changed on disk').first()).toBeVisible();
      await expect(room.breakpoint(/^Snap point of Ana, line 10/)).toHaveClass(/\bdrifted\b/);
    }
    await expectAccessible(page);
    writeFileSync(path(folder, FILE), PROGRAM);
    await ana.button('Step over').click();
    for (const room of [ana, ben]) await expect(room.source.getByText('changed on disk')).toHaveCount(0);
  });
});

test('a condition is typed below its line; what is wrong with it is said there, and nothing typed is lost', async ({ world }) => {
  const folder = world.folder();
  const { hostUrl, inviteUrl } = await world.share(await world.program(PROGRAM, folder));
  const ana = await join(await world.browserOf('Ana'), hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben'), inviteUrl, 'Ben');
  await ben.open(path(folder, FILE));
  const below = await form(ben, SLEEP);
  const condition = below.getByRole('textbox', { name: 'Condition' });
  await expect(condition).toBeFocused();
  await condition.fill('n >');
  await condition.press('Enter');
  await expect(below.getByRole('alert')).toHaveText('Something is missing at its end.');
  await expect(condition).toHaveAttribute('aria-invalid', 'true');
  await expect(condition).toBeFocused();
  await condition.fill('n > 10**9');
  await expectAccessible(ben.page);
  await ben.open('os.py');
  await expect(below).toHaveCount(0);
  await ben.open(path(folder, FILE));
  await expect(condition).toHaveValue('n > 10**9');
  await condition.press('Escape');
  await expect(below).toHaveCount(0);
  await expect(ben.text).toBeFocused();
  await form(ben, SLEEP);
  await condition.fill('n = 1');
  await condition.press('Enter');
  await expect(below.getByRole('alert')).toContainText('compare with ==');
  await condition.fill('n > 10**8');
  await condition.press('Enter');
  await ana.open(path(folder, FILE));
  // A condition is code: the host agrees, and it is hers.
  await ana.proposals.getByRole('button', { name: 'Run the proposal of Ben' }).click();
  for (const room of [ana, ben]) await expect(room.breakpoint(/of Ana, line 10, active; if n > 10\*\*8/)).toBeVisible();
  // It is changed from where it is listed, in the same form.
  await ana.breakpoints.getByRole('button', { name: `Edit breakpoint at ${FILE}:10` }).click();
  const changed = ana.source.getByRole('textbox', { name: 'Condition' });
  await expect(changed).toHaveValue('n > 10**8');
  await changed.fill('n > 10**7');
  await changed.press('Enter');
  for (const room of [ana, ben]) await expect(room.breakpoint(/of Ana, line 10, active; if n > 10\*\*7/)).toBeVisible();
  await expect(ana.breakpoints.getByRole('button', { name: /^Edit breakpoint/ })).toHaveCount(1);
});

test('who changes one that somebody else changes or removes meanwhile is told, and loses nothing', async ({ world }) => {
  const folder = world.folder();
  const { hostUrl, inviteUrl } = await world.share(await world.program(PROGRAM, folder));
  const ana = await join(await world.browserOf('Ana'), hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben'), inviteUrl, 'Ben');
  await ben.open(path(folder, FILE));
  const hits = (room: Room): Locator => room.source.getByRole('textbox', { name: 'Hit count' });
  const said = ben.source.getByRole('alert');
  const listed = (room: Room, count: number): Locator => room.breakpoints.getByText(`hit count ${count}`);
  const edit = (room: Room): Promise<void> =>
    room.breakpoints.getByRole('button', { name: `Edit breakpoint at ${FILE}:10` }).click();
  await form(ben, SLEEP);
  await hits(ben).fill('1000001');
  await hits(ben).press('Enter');
  await expect(listed(ana, 1000001)).toBeVisible();

  for (const room of [ana, ben]) await edit(room);
  await hits(ben).fill('1000002');
  await hits(ana).fill('1000003');
  await hits(ana).press('Enter');
  await expect(said).toHaveText(/^This breakpoint was changed meanwhile/);
  await expectAccessible(ben.page);
  // Also where the form is drawn anew, as it is when another file was shown.
  await ben.open('os.py');
  await expect(hits(ben)).toHaveCount(0);
  await ben.open(path(folder, FILE));
  await expect(hits(ben)).toHaveValue('1000002');
  await expect(said).toHaveText(/^This breakpoint was changed meanwhile/);
  await hits(ben).press('Enter');
  await expect(listed(ana, 1000002)).toBeVisible();

  await edit(ben);
  await expect(hits(ben)).toHaveValue('1000002');
  await expect(said).toHaveCount(0);
  await hits(ben).fill('1000004');
  await ana.breakpoints.getByRole('button', { name: `Remove breakpoint at ${FILE}:10` }).click();
  await expect(said).toHaveText(/^This breakpoint was removed meanwhile/);
  await hits(ben).press('Enter');
  await expect(listed(ana, 1000004)).toBeVisible();
  await expect(hits(ben)).toHaveCount(0);

  // Code on it is not his to set: he proposes it, in the place of what he has.
  await edit(ben);
  await ben.source.getByRole('textbox', { name: 'Condition' }).fill('n > 5');
  await expect(ben.source.getByText(/Conditions, messages and other than plain hit counts are code\.$/)).toBeVisible();
  await expectAccessible(ben.page);
  await ben.source.getByRole('button', { name: 'Propose' }).click();
  await expect(ana.proposals).toContainText(`Ben proposes to make the breakpoint of Ben at ${FILE}:10 stop if n > 5, hit count 1000004`);
  await ana.proposals.getByRole('button', { name: 'Run the proposal of Ben' }).click();
  const rows = ben.breakpoints.getByRole('listitem', { name: /^Breakpoint at/ });
  const hers = ben.breakpoints.getByRole('listitem', { name: `Breakpoint at ${FILE}:10 of Ana` });
  await expect(hers).toContainText('if n > 5');
  await expect(rows).toHaveCount(1);
  // It is hers now, so a change of it is proposed, too.
  await ben.breakpoints.getByRole('button', { name: `Propose a change of breakpoint at ${FILE}:10` }).click();
  await ben.source.getByRole('textbox', { name: 'Condition' }).fill('');
  await expect(ben.source.getByText('Only Ana or a host can change this one.')).toBeVisible();
  await hits(ben).fill('');
  await hits(ben).press('Enter');
  await expect(ana.proposals).toContainText(`Ben proposes to make the breakpoint of Ana at ${FILE}:10 stop every time; until now: stop if n > 5, hit count 1000004`);
  await ana.proposals.getByRole('button', { name: 'Run the proposal of Ben' }).click();
  await expect(ana.state).toContainText(`Paused at ${FILE}:10 — breakpoint of Ana`);
  await expect(hers).not.toContainText('if');
  await expect(rows).toHaveCount(1);
});

test('what can never hold, or be printed, is said where it is typed', async ({ world }) => {
  const folder = world.folder();
  const { hostUrl } = await world.share(await world.program(PROGRAM, folder));
  const ana = await join(await world.browserOf('Ana'), hostUrl, 'Ana');
  await ana.open(path(folder, FILE));
  const below = await form(ana, SLEEP);
  const hits = below.getByRole('textbox', { name: 'Hit count' });
  for (const text of ['abc', 'n % 3 == 1', '0']) {
    await hits.fill(text);
    // Nobody insists on it.
    for (let i = 0; i < 2; i++) await hits.press('Enter');
    await expect(hits).toHaveAccessibleDescription(/^Type a number, or one after|^Hits are counted from 1/);
    await expect(hits).toBeFocused();
  }
  await hits.fill('= 3');
  await below.getByRole('radio', { name: 'Print' }).check();
  const log = below.getByRole('textbox', { name: 'Log message' });
  for (const [text, why] of [
    ['level {n +', '“{n +” is not closed: a } is missing.'],
    ['level {}', 'Type an expression between { and }.'],
    ['{n} {n +}', 'In “{n +}”: Something is missing at its end.'],
    ['{n:>5}', "“{n:>5}” has a format, which is not supported here: write {format(n, '>5')}."],
    ['{{n}}', '“{{n}}” would print a set: braces always hold an expression.'],
  ] as const) {
    await log.fill(text);
    await log.press('Enter');
    await expect(log).toHaveAccessibleDescription(why);
  }
  await expectAccessible(ana.page);
  await log.fill("seen {format(n, '>5')} 100%");
  await hits.fill('');
  await log.press('Enter');
  await ana.expectPrinted('100%');
});

test('one that fails is marked with why, for everybody, said once, until it is changed', async ({ world }) => {
  const folder = world.folder();
  const { hostUrl, inviteUrl } = await world.share(await world.program(PROGRAM, folder));
  const ana = await join(await world.browserOf('Ana'), hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben'), inviteUrl, 'Ben');
  for (const room of [ana, ben]) await room.open(path(folder, FILE));
  const below = await form(ana, SLEEP);
  const condition = below.getByRole('textbox', { name: 'Condition' });
  await condition.fill('nosuch > 3');
  await condition.press('Enter');
  const why = "It failed when it was reached: NameError: name 'nosuch' is not defined.";
  for (const room of [ana, ben]) {
    await expect(room.breakpoint(/^Breakpoint of Ana, line 10, failed; if nosuch > 3; It failed/)).toHaveClass(/\bfailed\b/);
    await expect(room.breakpoints.getByText(why, { exact: true })).toBeVisible();
  }
  await expectRunsOn(ana);
  const filter = ana.page.getByRole('searchbox', { name: 'Filter the output' });
  await filter.fill('NameError');
  const tops = (['Edit', 'Remove'] as const).map(async (act) =>
    ana.breakpoints.getByRole('button', { name: `${act} breakpoint at ${FILE}:${SLEEP}` }).boundingBox().then((at) => at?.y),
  );
  const [edit, remove] = await Promise.all(tops);
  expect(remove, 'both buttons are on one line').toBe(edit);
  await expect(ana.output).toHaveText(/^[^]*Ana's breakpoint at program\.py:10 failed: NameError(?![^]*NameError)/);
  await filter.fill('');
  await ana.breakpoints.getByRole('button', { name: `Edit breakpoint at ${FILE}:10` }).click();
  const changed = ana.source.getByRole('group', { name: `Change the breakpoint at ${FILE}:10` });
  await expect(changed.getByText(why)).toBeVisible();
  await expectAccessible(ana.page);
  await changed.getByRole('textbox', { name: 'Condition' }).fill('n < 0');
  await changed.getByRole('textbox', { name: 'Condition' }).press('Enter');
  for (const room of [ana, ben]) {
    await expect(room.breakpoint(/^Breakpoint of Ana, line 10, active; if n < 0$/)).toBeVisible();
    await expect(room.breakpoints.getByText('It failed')).toHaveCount(0);
  }
});

test('a log point that floods is disarmed, says so, and can be rearmed', async ({ world }) => {
  const folder = world.folder();
  writeFileSync(path(folder, 'flood'), '');
  const { hostUrl, inviteUrl } = await world.share(await world.program(PROGRAM, folder));
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben'), inviteUrl, 'Ben');
  for (const room of [ana, ben]) await room.open(path(folder, FILE));
  const dialog = await form(ana, FLOOD);
  await dialog.getByRole('radio', { name: 'Print' }).check();
  await dialog.getByRole('textbox', { name: 'Log message' }).press('Enter');
  await expect(dialog.getByRole('alert')).toContainText('Type what it prints.');
  await dialog.getByRole('textbox', { name: 'Log message' }).fill('seen {i}');
  await dialog.getByRole('button', { name: 'Set', exact: true }).click();
  for (const room of [ana, ben]) {
    await expect(room.breakpoint(/^Log point of Ana, line 8, disarmed; prints seen \{i\}; reached \d+ times a second/)).toHaveClass(/\bdisarmed\b/);
    await expect(room.breakpoints.getByText(/^Disarmed: reached \d+ times a second/)).toBeVisible();
    await room.expectPrinted('it is disarmed until somebody rearms or changes it');
  }
  await expectAccessible(page);
  await expectRunsOn(ana);

  rmSync(path(folder, 'flood'));
  const before = await beats(ana);
  await expect.poll(() => beats(ana)).toBeGreaterThan(before + 2);
  await ben.breakpoints.getByRole('button', { name: `Rearm breakpoint at ${FILE}:${FLOOD}` }).click();
  for (const room of [ana, ben]) {
    await expect(room.breakpoint(/^Log point of Ana, line 8, active/)).toBeVisible();
    await expect(room.breakpoints.getByText(/^Disarmed/)).toHaveCount(0);
  }
  // Printed after the rearming: beats and prints take turns now.
  await expect(ana.output).toContainText(/seen 0\s*beat \d+\s*[^]*seen 0\s*beat \d+/);
});
