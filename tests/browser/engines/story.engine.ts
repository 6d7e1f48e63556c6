/** One story, in each engine: what a person does in a room, at their browser, with somebody else at a Chromium. */
import { networkInterfaces } from 'node:os';
import { join as path } from 'node:path';
import { Cable } from '../support/cable';
import { Room, join } from '../support/room';
import { expect, test as base, type World } from '../support/world';
import type { Share } from '../support/server';
import { browser, missing, type Engine, type Looks } from './engine';
import { Seat, type Wanted } from './seat';

const PROGRAM = `import time


class Lamp:
    def __init__(self):
        self.name = "porch"
        self.level = 3


def turn(lamp, n):
    doubled = n * 2
    lamp.level = doubled
    return doubled


def flood():
    for start in range(0, 20_000, 500):
        print("".join(f"lamp {i} is on\\n" for i in range(start, start + 500)), end="")
    print("the flood is over")


lamp = Lamp()
todo = []
n = 0
while True:
    n += 1
    turn(lamp, n)
    if todo and todo.pop():
        flood()
    time.sleep(0.05)
`;
const [DOUBLES, SETS, RETURNS] = [11, 12, 13];
const FILE = 'program.py';

const test = base.extend<{ sits: (name: string, looks?: Looks) => Promise<Seat> }, { engine: Engine }>({
  engine: ['chromium', { option: true, scope: 'worker' }],
  sits: async ({ world, engine }, use, info) => {
    // Asked for by hand: what can't be run is no success.
    const why = missing(engine);
    if (why) throw new Error(why);
    const seats: Seat[] = [];
    await use(async (name, looks = {}) => {
      const wire = await browser(world, engine, looks);
      info.annotations.push({ type: name, description: wire.version });
      const seat = new Seat(wire, info.outputPath('pictures', name), looks.touch && engine !== 'webkit');
      seats.push(seat);
      return seat;
    });
    if (info.status !== info.expectedStatus) for (const seat of seats) await seat.picture('failed');
  },
});

/** By plain http from another machine, as most homes have it: browsers then give a page no clipboard. */
function fromOutside(share: Share, link: string): string {
  const mine = Object.values(networkInterfaces()).flat();
  const address = mine.find((one) => one && !one.internal && one.family === 'IPv4')?.address;
  if (!address) throw new Error('this machine has no address but its own: the story is told over plain http from outside');
  return link.replace(/\/\/[^/:]+:/, `//${address}:`).replace(new URL(share.url).origin, `http://${address}`);
}

async function shared(world: World): Promise<{ share: Share; program: string; host: string; invite: string }> {
  const folder = world.folder();
  const share = await world.share(await world.program(PROGRAM, folder), { more: ['--listen', '0.0.0.0:0'] });
  const [host, invite] = [share.hostUrl, share.inviteUrl].map((link) => fromOutside(share, link));
  return { share, program: path(folder, FILE), host: host!, invite: invite! };
}

/** The room is as large as the window; a scrollbar of the page would take a strip of it. */
async function expectNoScrolling(seat: Seat): Promise<void> {
  const beyond = await seat.ask(() => {
    const { scrollWidth, clientWidth, scrollHeight, clientHeight } = document.documentElement;
    return [scrollWidth - clientWidth, scrollHeight - clientHeight, innerWidth - clientWidth];
  });
  expect(beyond, 'sideways, down, and what a scrollbar takes').toEqual([0, 0, 0]);
}

const message: Wanted = { role: 'textbox', name: 'Message' };
const chat: Wanted = { role: 'log', name: 'Chat lines' };
const output: Wanted = { role: 'log', name: 'Program output' };
const variables: Wanted = { role: 'tree', name: 'Variables' };
const expression: Wanted = { role: 'combobox', name: 'Expression' };
const breakpoints: Wanted = { css: '.cm-breakpoint-gutter .breakpoint.verified' };

test('a host drives', async ({ world, sits, engine }) => {
  const { program, host } = await shared(world);
  const ana = await sits('ana');
  await ana.comesIn(host, 'Ana');

  await test.step('the source, and breakpoints by a click beside a line and by key', async () => {
    await ana.opens(program, DOUBLES);
    await ana.clickGutter(DOUBLES);
    await ana.pausedAt(DOUBLES, FILE);
    await ana.clickLine(RETURNS);
    await ana.key('F9');
    await ana.sees(breakpoints, ({ y }) => y > 0);
    await expect.poll(async () => (await ana.all(breakpoints)).length).toBe(2);
    await expectNoScrolling(ana);
    const field = await ana.ask(() => {
      const { clientHeight, scrollHeight } = document.querySelector<HTMLElement>('[aria-label=Expression]')!;
      return scrollHeight - clientHeight;
    });
    expect(field, 'the console’s line shows its text whole').toBe(0);
    await ana.picture('paused');
  });

  await test.step('steps, by key and by the toolbar', async () => {
    await ana.key('F10');
    await ana.pausedAt(SETS, FILE);
    await ana.press(ana.button('Step over'));
    await ana.pausedAt(RETURNS, FILE);
    await ana.key('F5');
    await ana.pausedAt(DOUBLES, FILE);
    await ana.key('F11');
    await ana.pausedAt(SETS, FILE);
  });

  await test.step('variables, by keyboard', async () => {
    await ana.key('Alt+3');
    const row = (name: RegExp): Wanted => ({ role: 'treeitem', text: name, within: variables });
    await ana.sees({ role: 'treeitem', within: variables }, ({ focused }) => focused);
    await ana.key('l');
    await ana.sees(row(/^\W*lamp\s*=/), ({ focused }) => focused);
    await ana.key('ArrowRight');
    await ana.sees(row(/level\s*=\s*\d/));
    await ana.key('Shift+F10');
    await ana.sees({ role: 'menu' });
    // As Firefox does after the key, though not where it has no screen.
    const own = await ana.ask(() =>
      document.activeElement!.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true })),
    );
    expect(own, 'the browser opens a menu of its own over ours').toBe(false);
    await ana.picture('menu');
    await ana.key('Escape');
    await ana.seesNo({ role: 'menu' });
    await ana.sees(row(/^\W*lamp\s*=/), ({ focused }) => focused);
  });

  await test.step('the console, a watch, and a value under the mouse', async () => {
    await ana.key('Alt+9');
    await ana.sees(expression, ({ focused }) => focused);
    await ana.type('doubled + 1000000');
    await ana.key('Enter');
    await ana.sees({ role: 'log', name: 'Evaluations', text: /10000\d\d/ });
    await ana.fill({ role: 'textbox', name: 'Expression to watch' }, 'lamp.name');
    await ana.key('Enter');
    await ana.sees({ role: 'treeitem', text: /lamp\.name\s*=\s*'porch'/, within: ana.panel('Watches') });
    const { y } = await ana.sees(ana.number(SETS));
    const { left } = await ana.sees({ css: '.cm-activeLine' });
    const letter = await ana.ask(() => {
      const line = [...document.querySelectorAll('.cm-line')].find((one) => one.textContent!.includes('lamp.level'))!;
      const range = document.createRange();
      const text = document.createTreeWalker(line, NodeFilter.SHOW_TEXT).nextNode()!;
      range.selectNode(text);
      return range.getBoundingClientRect().width / text.textContent!.length;
    });
    await ana.hover(left + 6 + letter * 6.5, y);
    await ana.sees({ css: '.value-card', text: /lamp\s*=\s/ });
    await ana.picture('hover');
  });

  await test.step('the palette, help, and going to a file, all by keyboard', async () => {
    await ana.clickLine(SETS);
    // Firefox keeps the other one.
    await ana.key(engine === 'firefox' ? 'F1' : 'Control+Shift+p');
    const palette: Wanted = { role: 'combobox', within: { role: 'dialog', name: 'Commands' } };
    await ana.sees(palette, ({ focused }) => focused);
    await ana.type('hexa');
    await ana.sees({ role: 'option', text: /hexadecimal/ });
    await ana.picture('palette');
    await ana.key('Escape');
    await ana.seesNo({ role: 'dialog' });
    await ana.sees({ css: '.cm-content' }, ({ focused }) => focused);
    await ana.key('?');
    await ana.sees({ role: 'button', within: { role: 'dialog', name: 'Keyboard' } }, ({ focused }) => focused);
    await ana.picture('help');
    await ana.key('Escape');
    await ana.seesNo({ role: 'dialog' });
    await ana.opens(program, DOUBLES);
  });

  await test.step('an invite with its QR code, copied over plain http', async () => {
    await ana.press(ana.button('Invite'));
    const dialog: Wanted = { role: 'dialog', name: 'Invite somebody' };
    await ana.press({ role: 'button', name: 'Make invite link', within: dialog });
    await ana.sees({ role: 'img', name: /QR code/, within: dialog }, ({ width }) => width > 100);
    const { value } = await ana.sees({ css: 'input[readonly]', within: dialog });
    expect(await ana.ask(() => [isSecureContext, typeof navigator.clipboard])).toEqual([false, 'undefined']);
    await ana.press({ role: 'button', name: 'Copy link', within: dialog });
    await ana.sees({ css: '.toast', text: 'The link is copied.', within: dialog });
    const whole = await ana.ask(() => {
      const toast = [...document.querySelectorAll('dialog .toast')].at(-1)!;
      const { left, width, bottom } = toast.getBoundingClientRect();
      return toast.contains(document.elementFromPoint(left + width / 2, bottom - 2));
    });
    expect(whole, 'the dialog cuts nothing off what is said').toBe(true);
    await ana.picture('invite');
    await ana.key('Escape');
    await ana.seesNo(dialog);
    await ana.press(message);
    await ana.key('Control+v');
    await ana.sees(message, (field) => field.value === value);
    await ana.fill(message, 'hello from here');
    await ana.key('Enter');
    await ana.sees({ ...chat, text: 'hello from here' });
  });

  await test.step('a panel’s border, by mouse and by keyboard', async () => {
    const border: Wanted = { role: 'separator', name: 'Width of the left panels' };
    const { x, y } = await ana.sees(border);
    await ana.point([
      { type: 'pointerMove', x: Math.round(x), y: Math.round(y) },
      { type: 'pointerDown', button: 0 },
      { type: 'pointerMove', x: Math.round(x) + 40, y: Math.round(y) },
      { type: 'pointerMove', x: Math.round(x) + 60, y: Math.round(y) },
      { type: 'pointerUp', button: 0 },
    ]);
    const moved = await ana.sees(border, (now) => Math.abs(now.x - x - 60) <= 2);
    await ana.ask(() => document.querySelector<HTMLElement>('[aria-label="Width of the left panels"]')!.focus());
    await ana.key('ArrowLeft');
    await ana.sees(border, (now) => Math.abs(now.x - moved.x + 20) <= 2);
  });

  await test.step('20,000 lines, up to the first and back to the end', async () => {
    await ana.fill(expression, 'todo.append(1)');
    await ana.key('Enter');
    await ana.sees({ role: 'log', name: 'Evaluations', text: 'todo.append(1)' });
    await ana.clickLine(RETURNS);
    await ana.key('F9');
    await expect.poll(async () => (await ana.all(breakpoints)).length).toBe(1);
    await ana.key('F5');
    await ana.sees({ ...output, text: 'the flood is over' });
    await ana.pausedAt(DOUBLES, FILE);
    const { x, y } = await ana.sees(output);
    const atTop = (): Promise<number> => ana.ask(() => document.querySelector('[aria-label="Program output"]')!.scrollTop);
    for (let turns = 0; turns < 60 && (await atTop()) > 0; turns++) await ana.wheel(x, y, -20_000);
    await ana.sees({ ...output, text: /lamp 0 is on/ });
    await ana.picture('output-top');
    await ana.press(output);
    await ana.key('End');
    await ana.sees({ ...output, text: 'the flood is over' });
    await ana.seesNo({ role: 'button', name: /new lines?: to the end$/ });
    await ana.picture('output-end');
  });
  await ana.expectNoTrouble();
});

test('two look together, and a recording is played', async ({ world, sits }) => {
  const { share, program, host, invite } = await shared(world);
  const cable = await Cable.to(share.url);
  world.atEnd(() => cable.close());
  const ben = await join(await world.browserOf('Ben'), host, 'Ben');
  const ana = await sits('ana');
  await ana.comesIn(invite.replace(/http:\/\/[^/]+/, cable.url), 'Ana');
  await ben.open(program);
  await ben.clickGutter(DOUBLES);
  await ana.pausedAt(DOUBLES, FILE);

  await test.step('each sees the other’s cursor, a pointed line, and follows', async () => {
    await ben.clickLine(SETS);
    await ben.text.press('Home');
    await ben.text.press('Shift+End');
    await ana.sees({ css: '.remote-selection' });
    await ana.clickLine(RETURNS);
    await expect(ben.source.locator('.remote-caret[title="Ana"]')).toHaveCount(1);
    await ben.chooseAt(RETURNS, /^Point here for everybody/);
    await ana.sees({ css: '.line-tag.pointer', text: 'Ben points here' });
    await ana.picture('together');
    await ana.press({ role: 'button', name: 'Follow Ben', within: ana.panel('People') });
    await ana.sees({ role: 'button', name: /^Following Ben/ });
    await ben.clickLine(DOUBLES);
    await ana.sees({ css: '.cm-activeLine', text: 'doubled = n * 2' });
    await ana.clickLine(SETS);
    await ana.seesNo({ role: 'button', name: /^Following Ben/ });
    await ben.person('Ana').getByRole('button', { name: 'Follow Ana' }).click();
    await ana.clickLine(RETURNS);
    await expect(ben.cursorLine).toContainText('return doubled');
  });

  await test.step('a note, and an answer to it', async () => {
    await ana.clickLine(SETS);
    await ana.key('Control+Alt+n');
    const text: Wanted = { role: 'textbox', name: 'Note text' };
    await ana.sees(text, ({ focused }) => focused);
    await ana.type('twice?');
    await ana.key('Escape');
    const note = ben.note(/program\.py:\d+ by Ana/);
    await expect(note).toContainText('twice?');
    await note.getByRole('button', { name: /^Reply/ }).click();
    await ben.notes.getByRole('textbox', { name: 'Reply text' }).fill('yes');
    await ben.page.keyboard.press('Escape');
    await ana.sees({ role: 'listitem', name: 'Reply by Ben', text: 'yes' });
  });

  await test.step('a cut connection is said, and what was missed is there', async () => {
    cable.cut();
    await ana.sees({ css: 'body', text: /Reconnecting; what you miss is filled in/ });
    await ana.picture('cut');
    await ben.button('Step over').click();
    await ben.say('are you there?');
    cable.mend();
    await ana.pausedAt(SETS, FILE);
    await ana.sees({ ...chat, text: 'are you there?' });
    await ana.fill(message, 'I am back');
    await ana.key('Enter');
    await expect(ben.chat).toContainText('I am back');
  });

  await test.step('the recording', async () => {
    await ben.button('End').click();
    await ben.page.getByRole('button', { name: 'End now' }).click();
    await ana.press({ role: 'link', name: 'Open the recording' });
    await ana.sees({ role: 'region', name: 'Timeline', text: 'Stop 1 of 2' });
    await ana.pausedAt(DOUBLES, FILE);
    await ana.press(ana.button('Next stop'));
    await ana.pausedAt(SETS, FILE);
    await ana.key('[');
    await ana.sees({ role: 'region', name: 'Timeline', text: 'Stop 1 of 2' });
    await ana.picture('recording');
  });
  await ana.expectNoTrouble();
});

test('a phone, in the dark', async ({ world, sits }) => {
  const { program, host } = await shared(world);
  const ana = await sits('phone', { dark: true, touch: true });
  await ana.comesIn(host, 'Ana');
  const tab = (name: string | RegExp): Wanted => ({ role: 'button', name, within: { role: 'navigation', name: 'Panels' } });

  await test.step('the host has the program stop, by finger', async () => {
    await ana.press({ role: 'button', name: /^Open (a )?file/, within: ana.panel('Source') });
    const field: Wanted = { role: 'combobox', name: 'Path' };
    await ana.sees(field, ({ focused }) => focused);
    await ana.type(`${program}:${DOUBLES}`);
    await ana.key('Enter');
    await ana.clickGutter(DOUBLES);
    await ana.pausedAt(DOUBLES, FILE);
    await ana.picture('source');
  });

  const ben = await test.step('a watcher waits, and is let in', async () => {
    await ana.press(ana.button('Invite'));
    const dialog: Wanted = { role: 'dialog', name: 'Invite somebody' };
    await ana.press({ role: 'radio', name: /^Watcher/, within: dialog });
    await ana.press({ role: 'button', name: 'Make invite link', within: dialog });
    const { value } = await ana.sees({ css: 'input[readonly]', within: dialog });
    await ana.picture('invite');
    await ana.press({ role: 'button', name: 'Close', within: dialog });
    const page = await world.browserOf('Ben');
    await page.goto(value);
    await page.getByRole('textbox', { name: 'Your name' }).fill('Ben');
    await page.getByRole('button', { name: 'Join' }).click();
    // What says so moves what is below it.
    await ana.sees(ana.button(/^1 waiting/));
    await ana.press(tab(/^People/));
    await ana.press({ role: 'button', name: 'Let in Ben' });
    const room = new Room(page);
    await room.expectPausedAt(DOUBLES, FILE);
    return room;
  });

  await test.step('she approves what he proposes, and continues', async () => {
    await ben.button('Propose: Step over').click();
    await ana.press(tab(/^Proposals/));
    const run: Wanted = { role: 'button', name: 'Run the proposal of Ben' };
    // It has only just come: nothing is done by it until it can have been seen.
    await ana.sees(run, ({ disabled }) => !disabled);
    await ana.press(run);
    await ana.pausedStateAt(SETS, FILE);
    await ana.picture('approved');
    await ana.press(ana.button('Continue'));
    await ana.pausedStateAt(DOUBLES, FILE);
    for (const name of ['Stack', 'Watches', 'Notes', 'Output', 'Chat']) {
      await ana.press(tab(name));
      await ana.picture(name.toLowerCase());
    }
    await ana.fill(message, 'from my phone');
    await ana.press({ role: 'button', name: 'Send' });
    await expect(ben.chat).toContainText('from my phone');
  });
  await expectNoScrolling(ana);
  await ana.expectNoTrouble();
});
