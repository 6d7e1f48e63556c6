/** What one does in the source itself: with what is selected, with a value under the pointer, from place to place. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Locator, Page, Route } from '@playwright/test';
import { expectAccessible } from './support/axe';
import { PORCH, porchLine } from './support/debuggee';
import { inviteLink, join, type Room } from './support/room';
import { expect, test } from './support/world';

const IF = porchLine('if idle >= self.hold');
const SHOTS = process.env['SHOTS'];

/** A picture, for who wants to look. */
async function shot(page: Page, name: string): Promise<void> {
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png` });
}

/** A line's text. */
const lineOf = (room: Room, text: string): Locator => room.source.locator('.cm-line').filter({ hasText: text });

/** Where a piece of a line's text is on the screen. */
async function boxOf(room: Room, line: string, piece: string): Promise<{ x: number; y: number; width: number; height: number }> {
  const one = lineOf(room, line);
  await expect(one).toBeInViewport();
  return one.evaluate((element, text) => {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const nodes: [node: Text, from: number][] = [];
    let all = '';
    while (walker.nextNode()) {
      nodes.push([walker.currentNode as Text, all.length]);
      all += walker.currentNode.textContent;
    }
    const from = all.indexOf(text);
    const spot = (at: number): [Text, number] => {
      const [node, start] = nodes.findLast(([, start]) => start <= at)!;
      return [node, at - start];
    };
    const range = document.createRange();
    range.setStart(...spot(from));
    range.setEnd(...spot(from + text.length - 1));
    range.setEnd(range.endContainer, range.endOffset + 1);
    const { x, y, width, height } = range.getBoundingClientRect();
    return { x, y, width, height };
  }, piece);
}

/** Selects a piece of a line with the mouse; gives its middle. */
async function select(room: Room, line: string, piece: string): Promise<{ x: number; y: number }> {
  const { x, y, width, height } = await boxOf(room, line, piece);
  await room.page.mouse.move(x + 1, y + height / 2);
  await room.page.mouse.down();
  await room.page.mouse.move(x + width - 1, y + height / 2, { steps: 4 });
  await room.page.mouse.up();
  return { x: x + width / 2, y: y + height / 2 };
}

test('what is selected is watched, evaluated and copied; who may not proposes it', async ({ world }) => {
  const share = await world.share(await world.porch());
  const [anaPage, wesPage] = await Promise.all([world.browserOf('Ana'), world.browserOf('Wes')]);
  await wesPage.emulateMedia({ colorScheme: 'dark' });
  await anaPage.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const ana = await join(anaPage, share.hostUrl, 'Ana');
  const wes = await join(wesPage, await inviteLink(ana, 'Watcher'), 'Wes');
  await ana.open(PORCH);
  await ana.clickGutter(IF);
  for (const room of [ana, wes]) await room.expectPausedAt(IF);
  const menuOf = async (room: Room, piece: string): Promise<Locator> => {
    const { x, y } = await select(room, 'if idle >= self.hold', piece);
    await room.page.mouse.click(x, y, { button: 'right' });
    return room.page.getByRole('menu');
  };

  await test.step('the menu of the selection comes before that of the line', async () => {
    const menu = await menuOf(ana, 'self.hold');
    await expect(menu.getByRole('menuitem').first()).toContainText('Show value here');
    await expect(menu.getByRole('menuitem').nth(1)).toHaveText('Add to watch');
    await expect(menu.getByRole('menuitem', { name: /^Run to here/ })).toBeVisible();
    await expectAccessible(anaPage);
    await shot(anaPage, 'selection-light');
    await menu.getByRole('menuitem', { name: 'Add to watch' }).click();
    await expect(ana.watch('self.hold')).toContainText('6');
  });

  await test.step('beside the selection there is the line’s menu alone', async () => {
    const { x, y } = await boxOf(ana, 'if idle >= self.hold', 'if');
    await anaPage.mouse.click(x + 4, y + 6, { button: 'right' });
    await expect(anaPage.getByRole('menuitem', { name: /^Run to here/ })).toBeVisible();
    await expect(anaPage.getByRole('menuitem', { name: 'Add to watch' })).toHaveCount(0);
    await anaPage.keyboard.press('Escape');
  });

  await test.step('it is evaluated in the console, by keyboard, and the focus stays', async () => {
    const input = anaPage.getByRole('combobox', { name: 'Expression' });
    await input.fill('half of');
    await select(ana, 'if idle >= self.hold', 'idle >= self.hold');
    await anaPage.keyboard.press('Shift+F10');
    await anaPage.getByRole('menuitem', { name: 'Evaluate in console' }).press('Enter');
    const entry = anaPage.getByRole('article', { name: 'Ana: idle >= self.hold' });
    await expect(entry).toContainText(/True|False/);
    await expect(ana.text).toBeFocused();
    // As if it had been typed there.
    await expect(input, 'what is being typed stays').toHaveValue('half of');
    await input.press('ArrowUp');
    await expect(input).toHaveValue('idle >= self.hold');
    await input.fill('');
    // Where it is shown, if the console is closed.
    await anaPage.getByRole('button', { name: /^Console/, expanded: true }).click();
    await (await menuOf(ana, 'idle')).getByRole('menuitem', { name: 'Evaluate in console' }).click();
    await expect(anaPage.getByRole('article', { name: 'Ana: idle', exact: true })).toContainText(/\d/);
    // A line of a block, without the indentation that it has there.
    await ana.clickLine(IF - 1);
    for (const key of ['End', 'Shift+Home', 'Shift+Home', 'Shift+F10']) await anaPage.keyboard.press(key);
    await anaPage.getByRole('menuitem', { name: 'Evaluate in console' }).press('Enter');
    await expect(anaPage.getByRole('article', { name: 'Ana: idle = now' })).toBeVisible();
    await input.press('ArrowUp');
    await expect(input).toHaveValue('idle = now - self.last_motion');
    await input.fill('');
  });

  await test.step('it is copied, from the palette', async () => {
    await select(ana, 'if idle >= self.hold', 'self.hold');
    await anaPage.keyboard.press('F1');
    await anaPage.getByRole('combobox', { name: 'Command' }).fill('copy the selection');
    await anaPage.keyboard.press('Enter');
    await expect(ana.toast('The selection is copied.')).toBeVisible();
    expect(await anaPage.evaluate(() => navigator.clipboard.readText())).toBe('self.hold');
  });

  await test.step('what is no expression is not watched, and it is said why', async () => {
    const menu = await menuOf(ana, 'if idle');
    await menu.getByRole('menuitem', { name: 'Add to watch' }).click();
    await expect(ana.toast(/Python does not understand|This is a statement|missing at its end/)).toBeVisible();
    await expect(ana.watches.getByRole('treeitem')).toHaveCount(1);
  });

  await test.step('a watcher proposes what is code, and reads a plain name', async () => {
    const menu = await menuOf(wes, 'self.hold');
    await expect(menu.getByRole('menuitem', { name: 'Propose: Add to watch' })).toBeVisible();
    await shot(wesPage, 'selection-dark');
    await menu.getByRole('menuitem', { name: 'Propose: Evaluate in console' }).click();
    await expect(ana.proposals.getByText('self.hold')).toBeVisible();
    await (await menuOf(wes, 'idle')).getByRole('menuitem', { name: 'Evaluate in console', exact: true }).click();
    await expect(anaPage.getByRole('article', { name: 'Wes: idle' })).toContainText(/\d/);
  });
});

test('a value opens beside its name, for mouse, keyboard and finger', async ({ world }) => {
  const share = await world.share(await world.porch());
  const [anaPage, wesPage] = await Promise.all([
    world.browserOf('Ana'),
    world.browserOf('Wes', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, colorScheme: 'dark' }),
  ]);
  const ana = await join(anaPage, share.hostUrl, 'Ana');
  const wes = await join(wesPage, await inviteLink(ana, 'Watcher'), 'Wes');
  await ana.open(PORCH);
  await ana.clickGutter(IF);
  for (const room of [ana, wes]) await room.expectPausedAt(IF);
  const card = (room: Room, name: string): Locator => room.page.getByRole('dialog', { name: `Value of ${name}`, exact: true });
  const middle = async (piece: string): Promise<[number, number]> => {
    const { x, y, width, height } = await boxOf(ana, 'if idle >= self.hold', piece);
    return [x + width / 2, y + height / 2];
  };

  await test.step('under the mouse, as long as that is on it', async () => {
    const [x, y] = await middle('self');
    await anaPage.mouse.move(x, y);
    const self = card(ana, 'self');
    const root = self.getByRole('treeitem', { name: /^\W*self\s*=/ });
    await expect(root).toContainText('PorchLight');
    // It is asked for by a mouse that rests, and takes no focus.
    expect(await anaPage.evaluate(() => document.activeElement?.closest('[role=dialog]') ?? null)).toBeNull();
    await root.hover();
    if ((await root.getAttribute('aria-expanded')) === 'false') await root.click();
    const hold = self.getByRole('treeitem', { name: /^\W*hold\s*=/ });
    await expect(hold).toContainText('6');
    await hold.hover();
    await expectAccessible(anaPage);
    await shot(anaPage, 'value-light');
    await anaPage.keyboard.press('Escape');
    await expect(self).toHaveCount(0);
  });

  await test.step('it goes when the mouse does', async () => {
    await anaPage.mouse.move(...(await middle('idle')));
    await expect(card(ana, 'idle')).toHaveText(/^idle = \d+ int$/);
    const [x, y] = await middle('idle');
    await anaPage.mouse.move(x, y + 160, { steps: 3 });
    await expect(card(ana, 'idle')).toHaveCount(0);
    // Nor does it hang about where its name was before somebody scrolled.
    await anaPage.mouse.move(x, y);
    await expect(card(ana, 'idle')).toBeVisible();
    await ana.source.locator('.cm-scroller').evaluate((box) => box.scrollBy(0, -40));
    await expect(card(ana, 'idle')).toHaveCount(0);
  });

  await test.step('an attribute by itself, from what was captured', async () => {
    await anaPage.mouse.move(...(await middle('hold')));
    await expect(card(ana, 'self.hold')).toContainText('self.hold = 6');
    await anaPage.keyboard.press('Escape');
    await expect(card(ana, 'self.hold')).toHaveCount(0);
  });

  await test.step('by keyboard: it has the focus, opens with the arrow, and gives the focus back', async () => {
    await anaPage.mouse.click(...(await middle('self')));
    await anaPage.keyboard.press('Alt+Shift+E');
    const root = card(ana, 'self').getByRole('treeitem', { name: /^\W*self\s*=/ });
    await expect(root).toBeFocused();
    await anaPage.keyboard.press('ArrowRight');
    await expect(card(ana, 'self').getByRole('treeitem', { name: /^\W*hold\s*=/ })).toBeVisible();
    // What scrolls elsewhere is nothing to it.
    const long = 'many words '.repeat(150);
    const tabs = wesPage.getByRole('navigation', { name: 'Panels' });
    await tabs.getByRole('button', { name: /^Chat/ }).tap();
    await wes.say(`${long} and these`);
    await expect(ana.chat).toContainText('and these');
    await wes.say(`${long} and those`);
    await expect(ana.chat).toContainText('and those');
    await expect(ana.chat.getByText('and those')).toBeInViewport();
    await tabs.getByRole('button', { name: 'Source' }).tap();
    await expect(card(ana, 'self').getByRole('treeitem', { name: /^\W*hold\s*=/ })).toBeVisible();
    await anaPage.keyboard.press('Escape');
    await expect(card(ana, 'self')).toHaveCount(0);
    await expect(ana.text).toBeFocused();
    // Where there is no name, that is said.
    await anaPage.keyboard.press('Home');
    await anaPage.keyboard.press('Home');
    await anaPage.keyboard.press('Alt+Shift+E');
    await expect(ana.toast('Put the cursor on a name first.')).toBeVisible();
  });

  await test.step('with a finger, for a watcher', async () => {
    await lineOf(wes, 'idle = now - self.last_motion').tap();
    await expect(wes.cursorLine).toContainText('idle = now');
    const { x, y, width, height } = await boxOf(wes, 'if idle >= self.hold', 'self');
    await wesPage.touchscreen.tap(x + width / 2, y + height / 2);
    await expect(wes.cursorLine).toContainText('self.hold');
    await wesPage.getByRole('button', { name: 'All commands' }).tap();
    await wesPage.getByRole('combobox', { name: 'Command' }).fill('show value');
    await wesPage.getByRole('option', { name: /^Show value at the cursor/ }).tap();
    const root = card(wes, 'self').getByRole('treeitem', { name: /^\W*self\s*=/ });
    await expect(root).toBeVisible();
    if ((await root.getAttribute('aria-expanded')) === 'false') await root.tap();
    await expect(card(wes, 'self').getByRole('treeitem', { name: /^\W*hold\s*=/ })).toBeVisible();
    await expectAccessible(wesPage);
    await shot(wesPage, 'value-phone-dark');
    await lineOf(wes, 'class Porch:').tap();
    await expect(card(wes, 'self')).toHaveCount(0);
  });

  await test.step('it goes with its stop', async () => {
    await anaPage.mouse.click(...(await middle('self')));
    await anaPage.keyboard.press('Alt+Shift+E');
    await expect(card(ana, 'self')).toBeVisible();
    await ana.button('Continue').click();
    await expect(card(ana, 'self')).toHaveCount(0);
    await ana.expectPausedAt(IF);
    await wes.expectPausedAt(IF);
  });
});

test('back and forward lead through the places that one was in', async ({ world }) => {
  const { hostUrl } = await world.share(await world.porch());
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl, 'Ana');
  const VISITORS = PORCH.replace('porch.py', 'visitors.py');
  const isAt = async (path: string, line: number): Promise<void> => {
    await expect(ana.source.getByRole('textbox', { name: `Source of ${basename(path)}` })).toBeVisible();
    await expect(ana.cursorLine).toContainText(readFileSync(path, 'utf8').split('\n')[line - 1]!.trim());
    await expect(ana.cursorLine).toBeInViewport();
  };
  const SECOND = porchLine('device.tick(now)');
  await ana.open(`${PORCH}:10`);
  await page.keyboard.press('Control+Alt+-');
  await expect(ana.toast('There is no place to go back to.')).toBeVisible();
  await ana.open(`${PORCH}:12`);
  await ana.open(`${VISITORS}:45`);
  await ana.open(`${PORCH}:${IF}`);
  await ana.clickGutter(IF);
  await ana.expectPausedAt(IF);

  await test.step('by keys: to where the cursor was left, whatever was near it', async () => {
    await ana.text.focus();
    await page.keyboard.press('Control+Alt+-');
    await isAt(VISITORS, 45);
    await expect(ana.text).toBeFocused();
    await page.keyboard.press('Control+Alt+-');
    await isAt(PORCH, 12);
    await page.keyboard.press('Control+Alt+Shift+Minus');
    await isAt(VISITORS, 45);
    await page.keyboard.press('Control+Alt+Shift+Minus');
    await isAt(PORCH, IF);
  });

  await test.step('a frame that was chosen is a place; back by the palette, which says why there is nothing ahead', async () => {
    await ana.frame('second').click();
    await isAt(PORCH, SECOND);
    await page.keyboard.press('F1');
    const command = page.getByRole('combobox', { name: 'Command' });
    await command.fill('go forward');
    await expect(page.getByRole('option', { name: /^Go forward again/ })).toContainText('There is no place to go forward to.');
    await command.fill('go back');
    await command.press('Enter');
    await isAt(PORCH, IF);
  });
});

test('breakpoints: what a click would set, the menu of a line that has one, all at once', async ({ world }) => {
  const { hostUrl, inviteUrl } = await world.share(await world.porch());
  const [anaPage, benPage] = await Promise.all([world.browserOf('Ana'), world.browserOf('Ben', { colorScheme: 'dark' })]);
  const ana = await join(anaPage, hostUrl, 'Ana');
  const ben = await join(benPage, inviteUrl, 'Ben');
  for (const room of [ana, ben]) await room.open(`${PORCH}:${IF}`);
  const [HOLD, SWITCH] = [porchLine('self.hold = hold'), porchLine('nobody moved for')];
  const items = (room: Room): Locator => room.page.getByRole('menuitem');

  await test.step('a faint dot is under the mouse, where there is none yet', async () => {
    const gutter = ana.source.locator('.cm-breakpoint-gutter');
    const dots = (): Promise<number> =>
      gutter.locator('.cm-gutterElement').evaluateAll((all) => all.filter((one) => getComputedStyle(one, '::after').content !== 'none').length);
    expect(await dots()).toBe(0);
    const at = await boxOf(ana, 'if idle >= self.hold', 'if');
    const { x, width } = (await gutter.boundingBox())!;
    await anaPage.mouse.move(x + width / 2, at.y + at.height / 2);
    await expect.poll(dots).toBe(1);
    await shot(anaPage, 'gutter-light');
    await anaPage.mouse.down();
    await anaPage.mouse.up();
    await expect(ana.breakpoint(/^Breakpoint of Ana, line 40/)).toBeVisible();
    await expect.poll(dots).toBe(0);
    await ana.expectPausedAt(IF);
  });

  await test.step('the menu of its line disables, enables, edits and removes it, with the keys', async () => {
    await ana.clickLine(IF);
    await anaPage.keyboard.press('Shift+F10');
    await expect(items(ana).filter({ hasText: /^Disable breakpoint/ })).toContainText('Ctrl+Alt+Shift+B');
    await expect(items(ana).filter({ hasText: /^Remove breakpoint/ })).toContainText('F9');
    await expect(items(ana).filter({ hasText: /^Toggle|^Breakpoint with/ })).toHaveCount(0);
    await expectAccessible(anaPage);
    await shot(anaPage, 'line-menu-light');
    await items(ana).filter({ hasText: /^Disable breakpoint/ }).press('Enter');
    await expect(ben.breakpoint(/^Breakpoint of Ana, line 40, disabled/)).toBeVisible();
    await anaPage.keyboard.press('Control+Alt+Shift+B');
    await expect(ben.breakpoint(/^Breakpoint of Ana, line 40, active/)).toBeVisible();
    await ana.chooseAt(IF, /^Edit breakpoint/);
    const form = ana.source.getByRole('group', { name: 'Breakpoint at porch.py:40' });
    await expect(form).toBeVisible();
    await anaPage.keyboard.press('Escape');
    await expect(form).toHaveCount(0);
  });

  await test.step('of somebody else’s it says whose it is: who is no host cannot change it', async () => {
    await ben.clickLine(IF);
    await benPage.keyboard.press('Shift+F10');
    await expect(items(ben).filter({ hasText: /^Disable or enable/ })).toContainText('Only Ana or a host can change this one.');
    await expect(items(ben).filter({ hasText: /^Toggle breakpoint here/ })).toBeVisible();
    await shot(benPage, 'line-menu-dark');
    await benPage.keyboard.press('Escape');
    await ben.clickGutter(SWITCH);
    await expect(ana.breakpoint(/^Breakpoint of Ben, line 41/)).toBeVisible();
    await ana.chooseAt(SWITCH, /^Disable breakpoint of Ben/);
    await expect(ben.breakpoint(/^Breakpoint of Ben, line 41, disabled/)).toBeVisible();
  });

  await test.step('what a menu says is what it does, whatever somebody else did while it was open', async () => {
    const open = async (): Promise<void> => {
      await ben.clickLine(SWITCH);
      await benPage.keyboard.press('Shift+F10');
    };
    await open();
    await ana.chooseAt(SWITCH, /^Enable breakpoint of Ben/);
    await expect(ben.breakpoint(/^Breakpoint of Ben, line 41, active/)).toBeVisible();
    await items(ben).filter({ hasText: /^Enable breakpoint/ }).press('Enter');
    await expect(ben.toast('1 breakpoint enabled.')).toBeVisible();
    await expect(ben.breakpoint(/^Breakpoint of Ben, line 41, active/)).toBeVisible();
    await open();
    await ana.chooseAt(SWITCH, /^Remove breakpoint of Ben/);
    await expect(ben.breakpoint(/^Breakpoint of Ben, line 41/)).toHaveCount(0);
    await items(ben).filter({ hasText: /^Remove breakpoint/ }).press('Enter');
    await expect(items(ben)).toHaveCount(0);
    // What is set next comes behind what that set, if it did.
    await ben.clickGutter(HOLD);
    await expect(ana.breakpoint(/^Breakpoint of Ben/)).toHaveCount(1);
    await ben.clickGutter(HOLD);
    await ben.clickGutter(SWITCH);
    await expect(ana.breakpoint(/^Breakpoint of Ben, line 41/)).toBeVisible();
    await ana.chooseAt(SWITCH, /^Disable breakpoint of Ben/);
    await expect(ben.breakpoint(/^Breakpoint of Ben, line 41, disabled/)).toBeVisible();
  });

  await test.step('all that one may change, from the panel and the palette', async () => {
    await ben.clickGutter(HOLD);
    const all = ben.breakpoints.getByRole('button', { name: 'All breakpoints' });
    await all.press('Enter');
    await shot(benPage, 'all-dark');
    await items(ben).filter({ hasText: /^Disable all/ }).press('Enter');
    await expect(ben.toast('1 breakpoint disabled; 1 of others stays as set.')).toBeVisible();
    await expect(all).toBeFocused();
    await expect(ana.breakpoint(/^Breakpoint of Ana, line 40, active/)).toBeVisible();
    await anaPage.keyboard.press('F1');
    await anaPage.getByRole('combobox', { name: 'Command' }).fill('enable all breakpoints');
    await anaPage.keyboard.press('Enter');
    await expect(ben.breakpoint(/^Breakpoint of Ben, line 41, active/)).toBeVisible();
    await all.press('Enter');
    await items(ben).filter({ hasText: /^Remove all/ }).press('Enter');
    const dialog = benPage.getByRole('dialog', { name: 'Remove all breakpoints' });
    await expect(dialog).toContainText('2 of yours. Those of others (1) stay: they or a host can remove them.');
    await expectAccessible(benPage);
    await shot(benPage, 'remove-all-dark');
    await dialog.getByRole('button', { name: 'Remove 2 breakpoints' }).click();
    await expect(ana.breakpoints.getByRole('listitem')).toHaveCount(1);
    await expect(ana.breakpoint(/^Breakpoint of Ana, line 40/)).toBeVisible();
    // Nothing of Ben's is left for Ben to remove.
    await all.press('Enter');
    await expect(items(ben).filter({ hasText: /^Remove all/ })).toContainText('There is none that you may change.');
  });
});

test('what is opened and sent away before its code has come stays away, and takes no focus that has gone elsewhere', async ({ world }) => {
  const { hostUrl } = await world.share(await world.porch());
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl, 'Ana');
  await ana.open(`${PORCH}:${IF}`);
  await ana.clickGutter(IF);
  await expect(ana.breakpoint(/^Breakpoint of Ana, line 40/)).toBeVisible();
  /** Holds a part of the page's code; gives what lets it through and waits until it has run. */
  const hold = async (part: string): Promise<() => Promise<void>> => {
    let held: (route: Route) => void;
    const asked = new Promise<Route>((resolve) => (held = resolve));
    await page.route(`**/assets/${part}-*.js`, (route) => held(route), { times: 1 });
    return async () => {
      const route = await asked;
      await route.continue();
      await page.evaluate((url) => import(url), route.request().url());
    };
  };
  const form = ana.source.getByRole('group', { name: 'Breakpoint at porch.py:40' });
  const condition = form.getByRole('textbox', { name: 'Condition' });

  await test.step('a form below its line: it has the keys from the start', async () => {
    const release = await hold('BreakpointEditor');
    await ana.chooseAt(IF, /^Edit breakpoint/);
    await expect(form).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(form).toHaveCount(0);
    await expect(ana.text).toBeFocused();
    await ana.chooseAt(IF, /^Edit breakpoint/);
    await expect(form).toBeFocused();
    await ana.chat.getByRole('textbox', { name: 'Message' }).focus();
    await release();
    await expect(condition).toBeVisible();
    await page.keyboard.type('brb');
    await expect(ana.chat.getByRole('textbox', { name: 'Message' })).toHaveValue('brb');
    await form.getByRole('button', { name: 'Cancel' }).click();
    await expect(form).toHaveCount(0);
    await ana.chooseAt(IF, /^Edit breakpoint/);
    await expect(condition).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(form).toHaveCount(0);
  });

  await test.step('a dialog', async () => {
    const help = page.getByRole('dialog', { name: 'Keyboard' });
    const release = await hold('Help');
    await ana.text.press('?');
    await page.keyboard.press('Escape');
    await release();
    await expect(help).toHaveCount(0);
    await ana.text.press('?');
    await expect(help).toHaveCount(1);
    await page.keyboard.press('Escape');
    await expect(help).toHaveCount(0);
  });
});
