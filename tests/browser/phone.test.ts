/** A session on a phone: the main things are there, and within a thumb's reach. */
import type { Locator } from '@playwright/test';
import { expectAccessible } from './support/axe';
import { PORCH, porchLine } from './support/debuggee';
import { join } from './support/room';
import { expect, test } from './support/world';

const IDLE = porchLine('idle = now - self.last_motion');
const IF = porchLine('if idle >= self.hold');

test('a session fits on a phone', async ({ world }) => {
  const porch = await world.porch();
  const { hostUrl, inviteUrl } = await world.share(porch);
  const page = await world.browserOf('Ana', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const ana = await join(page, hostUrl, 'Ana');
  await join(await world.browserOf('Ben'), inviteUrl, 'Ben');
  const toasts = page.getByRole('region', { name: 'Notifications' });
  const tabs = page.getByRole('navigation', { name: 'Panels' });
  const tab = (name: string) => tabs.getByRole('button', { name, exact: true });

  await ana.open(PORCH);
  await ana.clickGutter(IDLE);
  await ana.expectPausedAt(IDLE);
  await expect(ana.state).toBeInViewport();
  await expectAccessible(page);

  for (const name of ['Continue', 'Step over', 'Step into', 'Step out', 'Release the wheel']) {
    await expect(ana.button(name), name).toBeInViewport({ ratio: 1 });
    const box = await ana.button(name).boundingBox();
    expect(Math.min(box!.height, box!.width), `${name} is large enough for a thumb`).toBeGreaterThanOrEqual(44);
  }
  for (const name of ['Invite', 'End']) await expect(ana.button(name), name).toBeInViewport({ ratio: 1 });
  await ana.button('Step over').tap();
  await ana.expectPausedAt(IF);

  await tab('Stack').tap();
  await expect(ana.frame('tick')).toBeInViewport();
  await expect(ana.variable('idle')).toBeInViewport();
  await expectAccessible(page);
  // Two share the screen until one of them is closed.
  const panel = (name: string) => page.getByRole('region', { name, exact: true });
  const height = async (name: string): Promise<number> => (await panel(name).boundingBox())!.height;
  await expect(toasts, 'which the lower one makes room for').toHaveCount(0);
  const half = await height('Variables');
  expect(await height('Call stack')).toBeCloseTo(half, 0);
  const title = panel('Call stack').getByRole('button', { name: 'Call stack' });
  await title.tap();
  await expect(title).toHaveAttribute('aria-expanded', 'false');
  const closed = await height('Call stack');
  expect(closed).toBeLessThan(60);
  expect(await height('Variables')).toBeCloseTo(2 * half - closed, 0);
  await title.tap();
  await expect(title).toHaveAttribute('aria-expanded', 'true');
  expect(await height('Variables')).toBeCloseTo(half, 0);
  await tab('People').tap();
  await expect(ana.person('Ben')).toBeInViewport();
  await tab('Notes').tap();
  await expect(ana.notes.getByRole('button', { name: 'Add a note' })).toBeInViewport();
  await tab('Chat').tap();
  await ana.say('from my phone');
  await expect(ana.chat.getByText('from my phone')).toBeInViewport();
  await tab('Output').tap();
  await expect(ana.output).toBeInViewport();
  const output = panel('Output').getByRole('button', { name: 'Output', exact: true });
  await output.tap();
  await expect(output).toHaveAttribute('aria-expanded', 'false');
  expect(await height('Console')).toBeGreaterThan(1.5 * half);
  await output.tap();
  await tab('Breaks').tap();
  await expect(ana.breakpoints.getByRole('button', { name: new RegExp(`Remove breakpoint at porch.py:${IDLE}`) })).toBeInViewport();
  await expectAccessible(page);

  await tab('Source').tap();
  await ana.button('Continue').tap();
  await ana.expectPausedAt(IDLE);

  const beyond = await page.evaluate(() => {
    const { scrollWidth, clientWidth, scrollHeight, clientHeight } = document.documentElement;
    return [scrollWidth - clientWidth, scrollHeight - clientHeight];
  });
  expect(beyond, 'nothing to scroll, sideways or down').toEqual([0, 0]);
});

test('a phone on its side, a page that is enlarged much, and a system’s own colours', async ({ world }) => {
  const { hostUrl } = await world.share(await world.porch());
  const page = await world.browserOf('Ana', { viewport: { width: 844, height: 390 }, hasTouch: true, isMobile: true });
  const ana = await join(page, hostUrl, 'Ana');
  const tab = (name: string) => page.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name, exact: true });
  const source = ana.source.locator('.cm-scroller');
  const height = async (): Promise<number> => (await source.boundingBox())!.height;
  await ana.open(PORCH);
  await ana.clickGutter(IDLE);
  await ana.expectPausedAt(IDLE);

  await test.step('on its side it is a phone’s page: the line, the state and the buttons are in view', async () => {
    await expect(ana.executionLine).toBeInViewport();
    await expect(ana.state).toBeInViewport({ ratio: 1 });
    expect(await height()).toBeGreaterThan(170);
    for (const name of ['Continue', 'Step over', 'Release the wheel']) await expect(ana.button(name), name).toBeInViewport({ ratio: 1 });
    await expect(ana.variables).toBeHidden();
    await tab('Stack').tap();
    await expect(ana.frame('tick')).toBeInViewport({ ratio: 1 });
    // Each for a thumb.
    expect((await ana.frame('tick').boundingBox())!.height).toBeGreaterThanOrEqual(34);
    await tab('Source').tap();
    await expectAccessible(page);
  });

  await test.step('enlarged fourfold there is some source, and all else by scrolling', async () => {
    await page.setViewportSize({ width: 320, height: 256 });
    await expect.poll(height).toBeGreaterThan(120);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    await ana.button('Step over').scrollIntoViewIfNeeded();
    await expect(ana.button('Step over')).toBeInViewport({ ratio: 1 });
    await ana.button('Step over').tap();
    await ana.expectPausedAt(IF);
    await expectAccessible(page);
  });

  await test.step('where the system chooses the colours, lines say what grounds said', async () => {
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.emulateMedia({ forcedColors: 'active' });
    const outline = (of: typeof source) => of.evaluate((one) => getComputedStyle(one).outlineStyle);
    await expect.poll(() => outline(ana.source.locator('.cm-line.cm-execution-stop'))).toBe('solid');
    await ana.frame('tick').click();
    expect(await outline(ana.stack.locator('[aria-selected="true"]').first())).toBe('solid');
    expect(await outline(page.getByRole('button', { name: 'Wrap long lines' }))).toBe('solid');
  });
});

test('what a thumb does: writing on, turning the phone, and buttons that say what they do', async ({ world }) => {
  const { hostUrl, inviteUrl } = await world.share(await world.porch());
  const page = await world.browserOf('Ana', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const ana = await join(page, hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben'), inviteUrl, 'Ben');
  const tab = (name: string) => page.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name, exact: true });
  await ana.open(PORCH);
  await ana.clickGutter(IDLE);
  for (const room of [ana, ben]) await room.expectPausedAt(IDLE);

  await test.step('the values of the line are in view, whoever looks there', async () => {
    await expect(ana.source.locator('.line-tag.person', { hasText: 'Ben' })).toBeAttached();
    const values = ana.source.locator('.cm-execution-stop .inline-values');
    const [box, edge] = [await values.boundingBox(), page.viewportSize()!.width];
    // As much as fits between the code and the edge.
    expect(edge - box!.x).toBeGreaterThan(20);
    expect(box!.x).toBeLessThan((await ana.source.locator('.cm-execution-stop .line-tag.person').boundingBox())!.x);
  });

  await test.step('turned, the line of the stop is still in view, and one that was out of view stays so', async () => {
    const scroller = ana.source.locator('.cm-scroller');
    // At the lower edge, which goes when the phone is turned.
    await scroller.evaluate((box) => {
      const line = box.querySelector('.cm-execution-stop')!.getBoundingClientRect();
      box.scrollTop += line.bottom - box.getBoundingClientRect().bottom + 40;
    });
    await page.setViewportSize({ width: 844, height: 390 });
    await expect(ana.executionLine).toBeInViewport({ ratio: 1 });
    const bar = await page.getByRole('toolbar').boundingBox();
    const line = await ana.executionLine.boundingBox();
    expect(line!.y + line!.height).toBeLessThan(bar!.y);
    await page.setViewportSize({ width: 390, height: 844 });
    await scroller.evaluate((box) => (box.scrollTop = box.scrollHeight));
    await expect(ana.executionLine).not.toBeInViewport();
    await page.setViewportSize({ width: 844, height: 390 });
    await expect(ana.source.locator('.cm-lineNumbers .cm-gutterElement').last()).toBeAttached();
    await expect(ana.executionLine).not.toBeInViewport();
    await page.setViewportSize({ width: 390, height: 844 });
  });

  await test.step('Send leaves the focus, and with it the keyboard, where it is', async () => {
    await tab('Chat').tap();
    const field = ana.chat.getByRole('textbox', { name: 'Message' });
    await field.tap();
    await field.fill('one');
    await ana.chat.getByRole('button', { name: 'Send' }).tap();
    await expect(ben.chat.getByText('one')).toBeVisible();
    await expect(field).toBeFocused();
    await expect(field).toHaveValue('');
  });

  await test.step('people’s buttons have words, and the console speaks of no key that a phone lacks', async () => {
    await tab('People').tap();
    for (const words of ['Follow', 'Hand the wheel', 'run code', 'Remove'])
      await expect(ana.person('Ben').getByRole('button').getByText(words, { exact: false }).filter({ visible: true }).first(), words).toBeInViewport();
    await expectAccessible(page);
    await tab('Output').tap();
    await expect(page.getByRole('combobox', { name: 'Expression' })).toHaveAttribute('placeholder', 'Python expression');
  });
});

test('messages that show for a while cover nothing that is needed, and no two say what cannot both be true', async ({ world }) => {
  const { hostUrl, inviteUrl } = await world.share(await world.porch());
  const page = await world.browserOf('Ana', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const ana = await join(page, hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben'), inviteUrl, 'Ben');
  const tab = (name: string) => page.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name });
  await ana.open(PORCH);
  await ana.clickGutter(IDLE);
  await ana.expectPausedAt(IDLE);
  const toasts = page.getByRole('region', { name: 'Notifications' });
  const expectClear = async (what: Locator): Promise<void> => {
    const [a, b] = [(await toasts.boundingBox())!, (await what.boundingBox())!];
    const apart = a.y >= b.y + b.height - 1 || b.y >= a.y + a.height - 1 || a.x >= b.x + b.width || b.x >= a.x + a.width;
    expect(apart, `${String(what)}: ${JSON.stringify([a, b])}`).toBe(true);
  };

  await tab('Stack').tap();
  const stack = page.getByRole('region', { name: 'Call stack', exact: true });
  const values = page.getByRole('region', { name: 'Variables', exact: true });
  await expect(toasts).toHaveCount(0);
  const [above, below] = [(await stack.boundingBox())!, (await values.boundingBox())!];
  await ben.people.getByRole('button', { name: 'Raise hand' }).click();
  await expect(ana.toast('Ben raised a hand.')).toBeVisible();
  // While it has the focus it stays.
  const dismiss = toasts.getByRole('button', { name: 'Dismiss' }).last();
  await dismiss.focus();
  await expect.poll(async () => (await values.boundingBox())!.height, 'it makes room').toBeLessThan(below.height - 30);
  expect((await values.boundingBox())!.y, 'what is under a thumb stays there').toBe(below.y);
  expect(await stack.boundingBox()).toEqual(above);
  await expectClear(values);

  // A low window: there is room for both, and for what is written in.
  await tab('Output').tap();
  await page.setViewportSize({ width: 360, height: 560 });
  await dismiss.click();
  await expect(toasts).toHaveCount(0);
  for (const name of ['Lower hand', 'Raise hand']) await ben.people.getByRole('button', { name }).click();
  await expect(ana.toast('Ben raised a hand.')).toBeVisible();
  await dismiss.focus();
  const typed = page.getByRole('combobox', { name: 'Expression' });
  await expect(async () => expectClear(typed)).toPass();
  await expect(typed).toBeInViewport({ ratio: 1 });
  for (const region of ['Output', 'Console'])
    expect((await page.getByRole('region', { name: region, exact: true }).boundingBox())!.height, region).toBeGreaterThanOrEqual(88);
  await page.setViewportSize({ width: 390, height: 844 });

  await tab('Chat').tap();
  await ben.page.getByRole('button', { name: 'Ask for the wheel' }).click();
  await expect(ana.toast('Ben asks for the wheel.')).toBeVisible();
  for (const what of [ana.chat.getByRole('textbox'), ana.chat.getByRole('button', { name: 'Send' }), page.getByRole('toolbar')])
    await expect(() => expectClear(what)).toPass();
  await expectAccessible(page);

  await tab('People').tap();
  await ana.person('Ben').getByRole('button', { name: 'Hand the wheel to Ben' }).tap();
  await expect(ana.toast(/^Ben drives now/)).toBeVisible();
  await expect(ana.toast('Ben asks for the wheel.')).toHaveCount(0);

  const wide = ben.page;
  await ben.open(PORCH);
  await page.getByRole('banner').getByRole('button', { name: /wheel/ }).tap();
  const shown = wide.getByRole('region', { name: 'Notifications' });
  await expect(shown).toBeVisible();
  const [box, source] = [(await shown.boundingBox())!, (await ben.source.boundingBox())!];
  expect(box.y, 'not over the first lines').toBeGreaterThan(source.y + source.height / 2);
  expect(box.y + box.height).toBeLessThanOrEqual(source.y + source.height);
  expect(box.x + box.width).toBeLessThanOrEqual(source.x + source.width);
});
