/** Values of a real program: pages, tables, long texts, setting with its failure, completion, moving the next line, hover. */
import { join as path } from 'node:path';
import { expectAccessible } from './support/axe';
import { join } from './support/room';
import { expectSound } from './support/sound';
import { Wire } from './support/wire';
import { expect, test } from './support/world';

const PROGRAM = `import time
def work():
    big = list(range(150000))
    rows = [{'room': 'porch', 'n': i} for i in range(500)]
    text = 'lorem ' * 20000
    n = 255
    for i in range(1000):
        n += 1
        time.sleep(0.1)
        x = n
        y = x
work()
`;
const [BEFORE, AT, AFTER] = [8, 10, 11];

test('large values by pages, as tables and as text; setting, completing, moving', async ({ world }) => {
  const folder = world.folder();
  const { hostUrl } = await world.share(await world.program(PROGRAM, folder));
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl, 'Ana');
  await ana.open(path(folder, 'program.py'));
  await ana.clickGutter(AT);
  await ana.expectPausedAt(AT, 'program.py');

  await test.step('a list of 150,000: what is far away is reached by its index', async () => {
    await ana.variable('big').press('ArrowRight');
    await expect(ana.variables.getByText('150,000 items')).toBeVisible();
    await ana.variables.getByRole('treeitem', { name: /^Go to index/ }).press('Enter');
    const index = page.getByRole('textbox', { name: /^Index/ });
    await index.fill('150000');
    await index.press('Enter');
    await expect(page.getByRole('alert')).toContainText('Type a number from 0 to 149999.');
    await index.fill('140123');
    await index.press('Enter');
    await expect(ana.variables.getByRole('treeitem', { name: /140123 = 140123/ })).toBeFocused();
    await expectAccessible(page);
    await ana.variable('big').or(ana.variables.getByRole('treeitem', { name: /140123 =/ })).last().press('Home');
    await ana.variable('big').press('ArrowLeft');
  });

  await test.step('a list of dicts as a table, sorted', async () => {
    await ana.choose(ana.variable('rows'), /as a table/);
    const header = page.getByRole('columnheader', { name: 'n' });
    await expect(page.getByText(/of 500 rows, 2 columns/)).toBeVisible();
    await header.getByRole('button').click();
    await expect(header).toHaveAttribute('aria-sort', 'ascending');
    await header.getByRole('button').click();
    await expect(header).toHaveAttribute('aria-sort', 'descending');
    await expect(page.getByRole('cell', { name: '499' })).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
  });

  await test.step('a long text by windows', async () => {
    await ana.choose(ana.variable('text'), /whole text/);
    const dialog = page.getByRole('dialog', { name: 'text' });
    await expect(dialog.getByText(/of 120,000/)).toBeVisible();
    await dialog.getByRole('button', { name: 'End', exact: true }).click();
    await expect(dialog.getByText(/–120,000 of/)).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
  });

  await test.step('a value that cannot be set says why where it is typed; then it is set, and shown in hexadecimal', async () => {
    await ana.variable('n').press('F2');
    const typed = page.getByRole('textbox', { name: 'New value of n' });
    await typed.fill('nowhere');
    await typed.press('Enter');
    await expect(page.getByRole('alert')).toContainText('nowhere');
    await typed.fill('4096');
    await typed.press('Enter');
    await expect(ana.variable('n')).toContainText('4096');
    await page.keyboard.press('Alt+Shift+X');
    await expect(ana.variable('n')).toContainText('0x1000');
  });

  await test.step('a group is no variable: F2 says so, and its menu', async () => {
    await ana.variables.getByRole('treeitem', { name: 'Globals' }).press('ArrowRight');
    const group = ana.variables.getByRole('treeitem', { name: /^special variables/ }).first();
    await group.press('F2');
    await expect(ana.toast('“special variables” is a group: set a variable in it.')).toBeVisible();
    await expect(ana.variables.getByRole('textbox')).toHaveCount(0);
    await group.press('Shift+F10');
    await expect(page.getByRole('menuitem', { name: /^Set value/ })).toHaveAttribute('aria-disabled', 'true');
    await page.keyboard.press('Escape');
  });

  await test.step('the console completes', async () => {
    const typed = page.getByRole('combobox', { name: 'Expression' });
    await typed.fill('row');
    await typed.press('Tab');
    await expect(typed).toHaveValue('rows');
    await typed.fill('');
  });

  await test.step('the next line is set, and it runs to a line without leaving a breakpoint', async () => {
    await ana.chooseAt(BEFORE, /^Set next line/);
    await ana.expectPausedAt(BEFORE, 'program.py');
    await ana.chooseAt(AFTER, /^Run to here/);
    await expect(ana.state).toContainText(/Paused at program\.py:1[01]/);
    await expect(ana.breakpoints.getByRole('button', { name: /^Remove breakpoint/ })).toHaveCount(1);
  });
});

test('copying a long text says how far it is, and why it ended before', async ({ world }) => {
  const folder = world.folder();
  const { hostUrl } = await world.share(await world.program(PROGRAM, folder));
  const page = await world.browserOf('Ana', { permissions: ['clipboard-read', 'clipboard-write'] });
  const wire = await Wire.of(page);
  const ana = await join(page, hostUrl, 'Ana');
  await ana.open(path(folder, 'program.py'));
  await ana.clickGutter(AT);
  await ana.expectPausedAt(AT, 'program.py');
  await ana.choose(ana.variable('text'), /whole text/);
  const dialog = page.getByRole('dialog', { name: 'text' });
  await expect(dialog.getByText(/of 120,000/)).toBeVisible();

  // It comes in two pieces: the second is held back.
  let pieces = 0;
  wire.hold(({ type, event }) => (event as { type?: string } | undefined)?.type === 'text' ? ++pieces > 1 : type === 'reply' && pieces > 1);
  await dialog.getByRole('button', { name: 'Copy all' }).press('Enter');
  const going = dialog.getByRole('button', { name: 'Copying … 54 %' });
  await expect(going).toBeFocused();
  await expectSound(page);
  wire.release();
  await expect(ana.toast('The text is copied.')).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('lorem '.repeat(20_000));
  await expect(dialog.getByRole('button', { name: 'Copy all' })).toBeFocused();
  await expect(dialog.getByText(/^Characters 0–16,384 of/), 'what one reads stays').toBeVisible();

  await test.step('the connection is lost meanwhile', async () => {
    pieces = 0;
    wire.hold(({ type, event }) => (event as { type?: string } | undefined)?.type === 'text' ? ++pieces > 1 : type === 'reply' && pieces > 1);
    await dialog.getByRole('button', { name: 'Copy all' }).press('Enter');
    await expect(going).toBeVisible();
    await wire.close(4503, { refuses: true });
    await expect(dialog.getByRole('alert')).toContainText('The connection was lost before the server answered.');
    await expect(dialog.getByRole('button', { name: 'Copy all' })).toBeFocused();
    await expectSound(page);
  });
});

const LIST = `import time
def work():
    many = list(range(10000))
    turn = 0
    while True:
        turn += 1
        time.sleep(0.05)
work()
`;

test('a list of 10,000 is scrolled through to its end without a press, and nobody else sees theirs move', async ({ world }) => {
  test.setTimeout(300_000);
  const folder = world.folder();
  const { hostUrl, inviteUrl } = await world.share(await world.program(LIST, folder));
  const ana = await join(await world.browserOf('Ana'), hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben'), inviteUrl, 'Ben');
  await ana.open(path(folder, 'program.py'));
  await ana.clickGutter(7);
  await ana.expectPausedAt(7, 'program.py');
  const item = (room: typeof ana, index: number) => room.variables.getByRole('treeitem', { name: new RegExp(`^\\W*0*${index} = ${index}\\b`) });

  // Ben looks at the middle; what is above it comes as he goes there by keyboard, and the focus goes on to it.
  await ben.variable('many').press('ArrowRight');
  await ben.variables.getByRole('treeitem', { name: /^Go to index/ }).press('Enter');
  const index = ben.page.getByRole('textbox', { name: /^Index/ });
  await index.fill('5000');
  await index.press('Enter');
  await expect(item(ben, 5000)).toBeFocused();
  const gap = ben.variables.getByRole('treeitem', { name: /^Show 100–199 of 10,000/ });
  await expect(gap).toBeVisible();
  await ben.page.keyboard.press('ArrowUp');
  await expect(item(ben, 4999)).toBeFocused();
  await ben.page.keyboard.press('ArrowUp');
  await expect(item(ben, 4998)).toBeFocused();
  const before = (await item(ben, 4998).boundingBox())!;

  await ana.variable('many').press('ArrowRight');
  await expect(item(ana, 0)).toBeVisible();
  const box = (await ana.variables.boundingBox())!;
  await ana.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await expect(async () => {
    // Who sees that something is loading doesn't hurry past it.
    await expect(ana.variables.getByRole('treeitem', { name: /^Loading/ })).toHaveCount(0);
    await ana.page.mouse.wheel(0, 400);
    // The page is told of it with its next frame.
    await ana.variables.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
    expect(await item(ana, 9_999).isVisible()).toBe(true);
  }).toPass({ intervals: [0], timeout: 200_000 });
  // None was passed over.
  expect(await ana.variables.evaluate((tree) => tree.scrollHeight / 24)).toBeGreaterThan(10_000);
  await expectAccessible(ana.page);

  await expect(item(ben, 4998)).toBeFocused();
  await expect.poll(() => item(ben, 4998).boundingBox()).toEqual(before);
  for (let at = 0; at < 3; at += 1) await ben.page.keyboard.press('ArrowUp');
  await expect(item(ben, 4995)).toBeFocused();
});

test('of a long list only what is seen is loaded; while the connection is away it is said why nothing comes', async ({ world }) => {
  const folder = world.folder();
  const { hostUrl } = await world.share(await world.program(LIST, folder));
  const page = await world.browserOf('Ana');
  const wire = await Wire.of(page);
  const ana = await join(page, hostUrl, 'Ana');
  await ana.open(path(folder, 'program.py'));
  await ana.clickGutter(7);
  await ana.expectPausedAt(7, 'program.py');
  const row = (name: RegExp) => ana.variables.getByRole('treeitem', { name });
  const rows = (): Promise<number> => ana.variables.evaluate((tree) => Math.round(tree.scrollHeight / 24));
  await ana.variable('many').press('ArrowRight');
  await row(/^Go to index/).press('Enter');
  const index = page.getByRole('textbox', { name: /^Index/ });
  await index.fill('5000');
  await index.press('Enter');
  await expect(row(/\b0*5000 = 5000\b/)).toBeFocused();

  await test.step('who goes to the end by a key has passed a gap that nobody sees', async () => {
    await page.keyboard.press('Home');
    await expect(ana.variables.getByText('10,000 items')).toBeVisible();
    const before = await rows();
    await page.keyboard.press('End');
    await expect(row(/^Show 5,200–5,299 of 10,000/)).toBeVisible();
    expect(await rows()).toBe(before + 100);
  });

  await test.step('nothing comes while the connection is away, and why', async () => {
    await wire.close(4503, { refuses: true });
    await expect(page.getByText(/Reconnecting/)).toBeVisible();
    await row(/^Show 5,200–5,299/).press('Enter');
    const why = 'Not connected at this moment. Try again in a moment.';
    await expect(ana.toast(why)).toBeVisible();
    await page.keyboard.press('Home');
    await row(/^Go to index/).press('Enter');
    await index.fill('7000');
    await index.press('Enter');
    await expect(ana.variables.getByRole('alert')).toContainText(why);
    await expect(index, 'what was typed stays').toHaveValue('7000');
    await expectAccessible(page);
  });
});

test('a long name leaves room: of a variable for its value, of a person it says how long it may be', async ({ world }) => {
  const long = `number_of_${'very_'.repeat(12)}long_names`;
  const folder = world.folder();
  const { hostUrl } = await world.share(await world.program(`import time\n${long} = 12345\nwhile True:\n    time.sleep(0.05)\n`, folder));
  const page = await world.browserOf('Ana');
  await page.goto(hostUrl);
  const field = page.getByRole('textbox', { name: 'Your name' });
  await field.pressSequentially('A'.repeat(41));
  await expect(page.getByText('A name has 40 letters at most.')).toBeVisible();
  await expect(field).toHaveAccessibleDescription('A name has 40 letters at most.');
  await expectAccessible(page);
  const ana = await join(page, hostUrl, 'Ana');
  await ana.open(`${folder}/program.py`);
  await ana.clickGutter(4);
  await ana.expectPausedAt(4, 'program.py');
  const row = ana.variables.getByRole('treeitem').filter({ hasText: long });
  const [value, tree] = [await row.getByText('12345').boundingBox(), await ana.variables.boundingBox()];
  expect(value!.x + 30).toBeLessThan(tree!.x + tree!.width);
  await expect(row.getByTitle(long)).toBeVisible();
});
