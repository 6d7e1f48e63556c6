/** The room's panels: where they are, dragged and moved by keys, closed, and as they were when one comes back. */
import type { Locator } from '@playwright/test';
import { expectAccessible } from './support/axe';
import { PORCH, porchLine } from './support/debuggee';
import { inviteLink, join, type Room } from './support/room';
import { expect, test } from './support/world';

const IF = porchLine('if idle >= self.hold');

async function box(what: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
  const found = await what.boundingBox();
  if (!found) throw new Error('it is not there');
  return found;
}

const panel = (room: Room, name: string): Locator => room.page.getByRole('region', { name, exact: true });
const border = (room: Room, name: string): Locator => room.page.getByRole('separator', { name });

async function drag(room: Room, name: string, by: { x?: number; y?: number }): Promise<void> {
  const at = await box(border(room, name));
  const [x, y] = [at.x + at.width / 2, at.y + at.height / 2];
  await room.page.mouse.move(x, y);
  await room.page.mouse.down();
  await room.page.mouse.move(x + (by.x ?? 0), y + (by.y ?? 0), { steps: 4 });
  await room.page.mouse.up();
}

test('panels are where they are looked for, and stay as somebody lays them out', async ({ world }) => {
  const porch = await world.porch();
  const { hostUrl, inviteUrl } = await world.share(porch);
  const page = await world.browserOf('Ana', { viewport: { width: 1280, height: 860 } });
  const ana = await join(page, hostUrl, 'Ana');
  await ana.open(PORCH);
  await ana.clickGutter(IF);
  await ana.expectPausedAt(IF);

  const source = await box(ana.source);
  for (const name of ['Call stack', 'Variables', 'Watches', 'Breakpoints'])
    expect((await box(panel(ana, name))).x, `${name} is on the left`).toBeLessThan(source.x);
  for (const name of ['Proposals', 'People', 'Notes', 'Chat'])
    expect((await box(panel(ana, name))).x, `${name} is on the right`).toBeGreaterThanOrEqual(source.x + source.width);
  for (const name of ['Output', 'Console'])
    expect((await box(panel(ana, name))).y, `${name} is below`).toBeGreaterThanOrEqual(source.y + source.height);

  // By the pointer: what one gains, the other loses, and nothing else moves.
  const heights = async (...names: string[]): Promise<number[]> =>
    Promise.all(names.map(async (name) => Math.round((await box(panel(ana, name))).height)));
  const left = ['Call stack', 'Variables', 'Watches', 'Breakpoints'];
  const [stack, variables, watches, breakpoints] = await heights(...left);
  await drag(ana, 'Border between call stack and variables', { y: 60 });
  expect(await heights(...left)).toEqual([stack! + 60, variables! - 60, watches, breakpoints]);
  await drag(ana, 'Width of the left panels', { x: 70 });
  expect((await box(panel(ana, 'Variables'))).width).toBeCloseTo(390, -1);
  await drag(ana, 'Border between output and console', { x: -80 });

  // People are as many as they are until somebody says otherwise, which a press on their border without moving it does not.
  await drag(ana, 'Border between people and notes', {});
  for (const name of ['Ben', 'Cleo']) {
    await join(await world.browserOf(name), inviteUrl, name);
    await expect(ana.person(name)).toBeVisible();
  }
  const [around, list] = [await box(panel(ana, 'People')), await box(ana.people.getByRole('list'))];
  expect(around.y + around.height).toBeCloseTo(list.y + list.height + 1, 0);
  const [people] = await heights('People');

  // By keys.
  const between = border(ana, 'Border between people and notes');
  await between.focus();
  await between.press('ArrowDown');
  await between.press('ArrowDown');
  expect(await heights('People')).toEqual([people! + 40]);
  // Closed it is only its title, however large it was; then it is as it was.
  const title = panel(ana, 'People').getByRole('button', { name: /^People/ });
  await title.click();
  await expect(title).toHaveAttribute('aria-expanded', 'false');
  expect((await heights('People'))[0]).toBeLessThan(40);
  expect((await box(panel(ana, 'Notes'))).y).toBeCloseTo((await box(panel(ana, 'People'))).y + (await box(panel(ana, 'People'))).height, 0);
  await title.click();
  expect(await heights('People')).toEqual([people! + 40]);
  await border(ana, 'Height of output and console').press('ArrowUp');

  // Closed ones give their room to the others; the border is then one with the next that is open.
  await panel(ana, 'Watches').getByRole('button', { name: 'Watches' }).click();
  await expect(panel(ana, 'Watches').getByRole('button', { name: 'Watches' })).toHaveAttribute('aria-expanded', 'false');
  await expect(border(ana, 'Border between variables and watches')).toHaveCount(0);
  await drag(ana, 'Border between variables and breakpoints', { y: 30 });
  await expectAccessible(page);

  // It is remembered.
  const names = [...left, 'Proposals', 'People', 'Notes', 'Chat', 'Output', 'Console', 'Source'];
  const laidOut = await Promise.all(names.map((name) => box(panel(ana, name))));
  await page.reload();
  await ana.expectPausedAt(IF);
  for (const [at, name] of names.entries()) {
    const now = await box(panel(ana, name));
    for (const side of ['x', 'y', 'width', 'height'] as const)
      expect(Math.abs(now[side] - laidOut[at]![side]), `${side} of ${name}`).toBeLessThanOrEqual(1.5);
  }

  // A key that leads into a closed panel opens it.
  await page.keyboard.press('Alt+0');
  await expect(panel(ana, 'Watches').getByRole('button', { name: 'Watches' })).toHaveAttribute('aria-expanded', 'true');

  // Twice pressed, a column is as at first; and by the palette all is.
  const first = await box(border(ana, 'Border between call stack and variables'));
  await page.mouse.dblclick(first.x + first.width / 2, first.y);
  expect(await heights('Call stack', 'Breakpoints')).toEqual([stack, breakpoints]);
  await page.keyboard.press('F1');
  await page.getByRole('dialog', { name: 'Commands' }).getByRole('combobox').fill('Panels as they were');
  await page.keyboard.press('Enter');
  await expect.poll(async () => Math.abs((await box(ana.source)).width - source.width)).toBeLessThan(0.5);
  expect(await heights('People')).toEqual([people]);
});

test('the source has the room of output and console that are closed', async ({ world }) => {
  const { hostUrl } = await world.share(await world.porch());
  const page = await world.browserOf('Ana', { viewport: { width: 1440, height: 900 } });
  const ana = await join(page, hostUrl, 'Ana');
  await ana.open(PORCH);
  const close = (name: string): Promise<void> => panel(ana, name).getByRole('button', { name, exact: true }).click();
  const source = await box(ana.source);
  const titleHeight = 32;

  // One: its title is all that is left of it, and the other is as wide as the source.
  await close('Console');
  const [output, console] = [await box(panel(ana, 'Output')), await box(panel(ana, 'Console'))];
  for (const one of [output, console]) expect(one.width).toBeCloseTo(source.width, 0);
  expect(console.height).toBeLessThan(titleHeight);
  expect(output.y + output.height).toBeCloseTo(console.y, -0.5);
  expect(console.y + console.height).toBeCloseTo(900, -0.5);
  await close('Output');
  for (let times = 0; times < 2; times++) {
    await expect(border(ana, 'Height of output and console')).toHaveCount(0);
    const now = await box(ana.source);
    expect(now.y + now.height).toBeGreaterThan(900 - titleHeight - 2);
    await expectAccessible(page);
    await page.reload();
    await expect(ana.state).toContainText('Running');
  }
  await panel(ana, 'Output').getByRole('button', { name: 'Output', exact: true }).click();
  await close('Console');
  expect(await box(ana.source)).toEqual(source);
});

test('where the program is paused is read whole, however long the name of who drives', async ({ world }) => {
  const { hostUrl } = await world.share(await world.porch());
  const name = 'W'.repeat(40);
  const ana = await join(await world.browserOf('Ana'), hostUrl, name);
  await ana.open(PORCH);
  await ana.clickGutter(IF);
  await ana.expectPausedAt(IF);
  const ben = await join(await world.browserOf('Ben'), await inviteLink(ana), 'Ben');
  await ben.expectPausedAt(IF);
  await expect(ben.state).toContainText(`Paused at porch.py:${IF} — breakpoint of ${name} — ${name} drives`);
  /** How many pixels of the text are cut off. */
  const cut = ({ state }: Room, text: string): Promise<number> =>
    state.evaluate((state, text) => {
      const walker = document.createTreeWalker(state, NodeFilter.SHOW_TEXT);
      let node = walker.nextNode();
      while (node && !node.textContent!.includes(text)) node = walker.nextNode();
      const range = document.createRange();
      const from = node!.textContent!.indexOf(text);
      range.setStart(node!, from);
      range.setEnd(node!, from + text.length);
      const { right } = range.getBoundingClientRect();
      let end = right;
      for (let one = node!.parentElement!; state.contains(one); one = one.parentElement!)
        end = Math.min(end, one.getBoundingClientRect().right);
      return right - end;
    }, text);
  for (const width of [1440, 1280, 1024, 800]) {
    await Promise.all([ana, ben].map(({ page }) => page.setViewportSize({ width, height: 700 })));
    // An ellipsis comes with the least that is missing.
    expect(await cut(ben, `Paused at porch.py:${IF}`), `the place, ${width} wide`).toBeLessThan(0.02);
    expect(await cut(ben, `${name} drives`), `the name, ${width} wide`).toBeGreaterThan(20);
    expect(await cut(ana, `Paused at porch.py:${IF}`), `the place for who drives, ${width} wide`).toBeLessThan(0.02);
    expect(await cut(ana, 'You drive'), `the reason goes before who drives, ${width} wide`).toBeLessThan(0.02);
    expect(await cut(ana, `breakpoint of ${name}`), `the reason, ${width} wide`).toBeGreaterThan(20);
  }
});

test('a line to write in is in sight, however low its panel', async ({ world }) => {
  const { hostUrl } = await world.share(await world.porch());
  const page = await world.browserOf('Ana', { viewport: { width: 1100, height: 700 } });
  const ana = await join(page, hostUrl, 'Ana');
  await ana.open(PORCH);
  await ana.clickGutter(IF);
  await ana.expectPausedAt(IF);
  const toWatch = ana.watches.getByRole('textbox', { name: 'Expression to watch' });
  const say = ana.chat.getByRole('textbox');
  const evaluate = panel(ana, 'Console').getByRole('combobox');
  const insideOf = async (name: string, field: Locator): Promise<void> => {
    const [outer, inner] = [await box(panel(ana, name)), await box(field)];
    expect(inner.y, name).toBeGreaterThan(outer.y + 30);
    expect(inner.y + inner.height, name).toBeLessThanOrEqual(outer.y + outer.height);
    expect(outer.y + outer.height, name).toBeLessThanOrEqual(page.viewportSize()!.height);
    expect(inner.width, name).toBeGreaterThan(40);
  };
  await insideOf('Watches', toWatch);
  for (const expression of ['now', 'idle', 'self', 'self.hold', 'self.name', 'self.is_on', 'now + 1']) {
    await toWatch.fill(expression);
    await toWatch.press('Enter');
    await expect(toWatch).toHaveValue('');
  }
  await expect(ana.watch('now + 1')).toBeInViewport();

  // Dragged as far as it goes, and then the window gets lower.
  await drag(ana, 'Border between variables and watches', { y: 500 });
  await drag(ana, 'Border between watches and breakpoints', { y: -500 });
  await drag(ana, 'Border between notes and chat', { y: 500 });
  await drag(ana, 'Border between output and console', { x: 500 });
  await drag(ana, 'Height of output and console', { y: 500 });
  for (const height of [700, 520]) {
    await page.setViewportSize({ width: 1100, height });
    await insideOf('Watches', toWatch);
    await insideOf('Chat', say);
    await insideOf('Console', evaluate);
    await expect(panel(ana, 'Watches').getByRole('tree')).toBeInViewport();
    await expectAccessible(page);
  }
});

test('in columns as narrow as they get, and on an enlarged phone, buttons cover nothing and are all in view', async ({ world }) => {
  const { hostUrl } = await world.share(await world.porch());
  const page = await world.browserOf('Ana', { viewport: { width: 1024, height: 700 } });
  const ana = await join(page, hostUrl, 'Ana');
  await ana.open(PORCH);
  await ana.clickGutter(IF);
  await ana.expectPausedAt(IF);

  /** Those of a panel that lie outside it, or on another or the title. */
  const trouble = (name: string): Promise<string[]> =>
    panel(ana, name).evaluate((section) => {
      const within = section.getBoundingClientRect();
      const all = [...section.querySelectorAll('button, input, select')].map((one) => ({
        name: one.getAttribute('aria-label') ?? one.textContent.trim(),
        at: one.getBoundingClientRect(),
      }));
      return all.flatMap(({ name, at }, i) => {
        const outside = at.left < within.left - 1 || at.right > within.right + 1;
        const on = all.slice(0, i).filter(({ at: other }) => {
          const wide = Math.min(at.right, other.right) - Math.max(at.left, other.left);
          return wide > 1 && Math.min(at.bottom, other.bottom) - Math.max(at.top, other.top) > 1;
        });
        return [...(outside ? [`${name} is outside`] : []), ...on.map((other) => `${name} is on ${other.name}`)];
      });
    });

  expect(await trouble('Output'), 'as it is at first').toEqual([]);
  await drag(ana, 'Width of the left panels', { x: -400 });
  await drag(ana, 'Width of the right panels', { x: 400 });
  for (const name of ['Call stack', 'Breakpoints', 'People', 'Notes', 'Output', 'Console'])
    expect(await trouble(name), name).toEqual([]);

  const phone = await world.browserOf('Ben', { viewport: { width: 195, height: 422 }, hasTouch: true, isMobile: true });
  const ben = await join(phone, await inviteLink(ana), 'Ben');
  await expect(ben.state).toContainText('Paused');
  const buttons = ben.toolbar.getByRole('button');
  await expect(buttons).toHaveCount(5);
  const places = await Promise.all((await buttons.all()).map(box));
  for (const [i, at] of places.entries()) {
    await expect(buttons.nth(i)).toBeInViewport({ ratio: 1 });
    for (const other of places.slice(0, i))
      expect(at.x >= other.x + other.width || at.y >= other.y + other.height, `button ${i} covers none`).toBe(true);
  }
});
