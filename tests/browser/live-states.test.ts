/** Every state of a live session: it says what is going on and what to do, once, and what was seen stays. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join as path } from 'node:path';
import { Cable } from './support/cable';
import { PORCH, porchLine } from './support/debuggee';
import { freePort } from './support/port';
import { Process, ROOT, until } from './support/process';
import { Room, inviteLink, join, said } from './support/room';
import { expectSound } from './support/sound';
import { Wire } from './support/wire';
import { expect, test } from './support/world';

const IDLE = porchLine('idle = now - self.last_motion');
const CLOSE = { tooSlow: 4408, goingDown: 4503 };

/** Says so many lines a second, numbered. */
const COUNTS = `import time
n = 0
while True:
    n += 1
    print("line", n, flush=True)
    time.sleep(0.05)
`;

test('output and chat that came while one was away are filled in, each line once', async ({ world }) => {
  const program = await world.program(COUNTS);
  const { url, hostUrl, inviteUrl } = await world.share(program);
  const cable = await Cable.to(url);
  world.atEnd(() => cable.close());
  const ana = await join(await world.browserOf('Ana'), hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben'), inviteUrl.replace(url, cable.url), 'Ben');
  const newest = async (room: Room): Promise<number> => Number(/.*line (\d+)/s.exec(await room.output.innerText())?.[1] ?? 0);
  await expect(ben.output).toContainText('line ');

  cable.cut();
  await expect(ben.page.getByText('Reconnecting; what you miss is filled in.')).toBeVisible();
  const lost = await newest(ben);
  await expectSound(ben.page);
  await ana.say('Ben, are you there?');
  await expect.poll(() => newest(ana)).toBeGreaterThan(lost + 40);
  cable.mend();

  await expect(ben.toast(/^Connected again\. Meanwhile: .*lines? of output.* and 1 chat line\.$/)).toBeVisible();
  await expect.poll(() => newest(ben)).toBeGreaterThan(lost + 40);
  await expect(ben.chat.getByText('Ben, are you there?')).toHaveCount(1);
  // Copied is what there is, seen or not.
  await ben.page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: cable.url });
  await ben.page.getByRole('button', { name: 'Copy all that is shown of the output' }).click();
  await expect(ben.toast('The output that is shown is copied.')).toBeVisible();
  const copied = await ben.page.evaluate(() => navigator.clipboard.readText());
  const numbers = [...copied.matchAll(/line (\d+)/g)].map(([, n]) => Number(n));
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => numbers[0]! + i));
  expect(numbers.at(-1)).toBeGreaterThan(lost + 40);
  expect(numbers[0]).toBeLessThanOrEqual(lost);
});

test('connecting: slow, refused, too slow, and a server that goes down and comes back', async ({ world }) => {
  const porch = await world.porch();
  const { hostUrl } = await world.share(porch);
  const page = await world.browserOf('Ana');
  const wire = await Wire.of(page);
  const ana = await join(page, hostUrl, 'Ana');
  await expect(ana.state).toContainText('Running');
  await expect(said(page)).toContainText(/Connected to .*Running/);

  await test.step('an answer that takes long is waited for in sight', async () => {
    wire.hold();
    await page.reload();
    await expect(page.getByText('Connecting to the session …')).toBeVisible();
    await expect(page.getByText('The server has not answered yet.', { exact: true }).first()).toBeVisible();
    await expectSound(page);
    wire.release();
    await expect(ana.state).toContainText('Running');
  });

  await test.step('too slow: caught up at once', async () => {
    await wire.close(CLOSE.tooSlow);
    await expect(said(page)).toContainText('Connected again.');
    await expect(page.getByText('Reconnecting')).toHaveCount(0);
  });

  await test.step('going down: said, with what was seen, and one can try at once', async () => {
    await ana.open(PORCH);
    await ana.chat.getByRole('textbox', { name: 'Message' }).focus();
    await wire.close(CLOSE.goingDown, { refuses: true });
    await expect(page.getByText('The server is going down; waiting for it to come back. Reconnecting')).toBeVisible();
    await expect(ana.text).toContainText('class PorchLight');
    await expect(ana.chat.getByRole('textbox', { name: 'Message' }), 'the focus stays').toBeFocused();
    await expect(page.getByRole('button', { name: 'Try now' })).toBeVisible();
    await ana.say('typed meanwhile');
    await expect(ana.chat.getByRole('alert')).toContainText('Not connected at this moment.');
    await expect(ana.chat.getByRole('textbox', { name: 'Message' }), 'what was typed stays').toHaveValue('typed meanwhile');
    await expectSound(page);
    await page.reload();
    await expect(page.getByRole('heading', { name: 'Cannot connect' })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Try now' })).toBeVisible();
    await expectSound(page);
  });
});

test('a host removes somebody: they are told what they can do; what they saw stays', async ({ world }) => {
  const porch = await world.porch();
  const { hostUrl } = await world.share(porch);
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl, 'Ana');
  const ben = await join(await world.browserOf('Ben'), await inviteLink(ana), 'Ben');
  await ana.open(PORCH);
  await ana.clickGutter(IDLE);
  await ben.expectPausedAt(IDLE);
  const cross = ana.person('Ben').getByRole('button', { name: 'Remove Ben' });
  const dialog = page.getByRole('dialog', { name: 'Remove Ben' });
  await cross.press('Enter');
  await expect(dialog).toHaveAccessibleDescription(/^Ben has to leave this session, and their link stops working/);
  await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await expectSound(page);
  await page.keyboard.press('Escape');
  await expect(cross).toBeFocused();
  await cross.press('Enter');
  await dialog.getByRole('button', { name: 'Remove Ben' }).press('Enter');
  await expect(ana.person('Ben')).toHaveCount(0);
  await expect(ana.people.getByRole('group', { name: 'People' }), 'the focus is near').toBeFocused();
  const why = 'A host removed you from this session, and your link does not work any more. If that was not meant, ask for a new invite.';
  await expect(ben.page.getByText(`${why} What is below is as you saw it last.`)).toBeVisible();
  await expect(said(ben.page)).toContainText(why);
  await expect(ben.state).toContainText('Seen last: Paused at');
  await expect(ben.page.getByRole('link', { name: 'All sessions' }).last()).toBeVisible();
  await expectSound(ben.page);
  await ben.page.reload();
  await expect(ben.page.getByRole('heading', { name: 'You are not in this session' })).toBeVisible();
  await expectSound(ben.page);
});

test('the program ends by an exception: said once, with its last words', async ({ world }) => {
  const program = await world.program('import time\ntime.sleep(3)\nprint("about to fail", flush=True)\nraise SystemExit("no power")\n');
  const { hostUrl } = await world.share(program);
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl, 'Ana');
  // `SystemExit` counts as uncaught.
  await expect(ana.state).toContainText('Paused at program.py:4');
  await ana.button('Continue').click();
  await expect(ana.state).toHaveText('Ended: The program ended.');
  await expect(page.getByText('This session has ended. Its recording stays.')).toBeVisible();
  await expect(said(page)).toContainText('The session has ended. The program ended.');
  await expect(ana.output).toContainText('about to fail');
  await expect(page.getByRole('link', { name: 'Open the recording' })).toBeVisible();
  await expectSound(page);
});

test('the debugger is lost and attached again; then it stays away', async ({ world }) => {
  const porch = await world.porch();
  const line = await Cable.to(`http://${porch.address}`);
  world.atEnd(() => line.close());
  const { hostUrl } = await world.serve({ targets: [{ name: 'porch', address: new URL(line.url).host }], hostLink: true });
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl!, 'Ana');
  await page.getByRole('button', { name: 'Start debugging porch' }).click();
  await expect(ana.state).toContainText('Running');
  const lost = page.getByRole('group', { name: 'The debugger is lost' });

  line.cut();
  await expect(ana.state).toContainText('Debugger lost; attaching again …');
  await expect(lost).toContainText(/The debugger is lost: .+\. Attaching again, for \d+ s now/);
  await expect(lost).toContainText('If it has ended, end the session.');
  await expect(said(page)).toContainText('Connection to the debugger lost.');
  await expect(page.getByText('The debugger is not attached at this moment. Variables show here at the next stop.')).toBeVisible();
  await expectSound(page);
  line.mend();
  await expect(ana.state).toContainText('Running', { timeout: 30_000 });
  await expect(lost).toHaveCount(0);
  await expect(said(page)).toContainText('The debugger is attached; the program runs.');
});

test('recording trouble and a gap are said where they are', async ({ world }) => {
  const porch = await world.porch();
  const { hostUrl } = await world.share(porch);
  const page = await world.browserOf('Ana');
  const wire = await Wire.of(page);
  wire.change = (message) => {
    const snapshot = message['snapshot'] as { gaps?: unknown[] } | undefined;
    if (message.type === 'welcome') snapshot?.gaps?.push({ from: 1, to: 2, reason: 'the disk was full' });
    return message;
  };
  const ana = await join(page, hostUrl, 'Ana');
  await expect(ana.state).toContainText('Running');
  await expect(page.getByText('Some events could not be recorded: The disk was full.')).toBeVisible();
  wire.say({ type: 'recording', ok: false, message: 'This session is not being recorded: the disk is full. Make room on it.' });
  const banner = page.locator('.banner').filter({ hasText: 'This session is not being recorded: the disk is full. Make room on it.' });
  await expect(banner).toBeVisible();
  await expect(said(page)).toContainText('This session is not being recorded');
  await expectSound(page);
  wire.say({ type: 'recording', ok: true });
  await expect(banner).toHaveCount(0);
});

test('nothing there yet: each panel says what to do', async ({ world }) => {
  const folder = world.folder();
  const program = await world.program('import time\nwhile True:\n    time.sleep(0.05)\n', folder);
  const { hostUrl } = await world.share(program);
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl, 'Ana');
  const panel = (name: string) => page.getByRole('region', { name, exact: true });
  for (const [name, words] of [
    ['Call stack', 'The program runs. The call stack shows here when it pauses: set a breakpoint beside a line, or press Pause.'],
    ['Variables', 'The program runs. Variables show here when it pauses'],
    ['Watches', 'No watches. One that is added here is evaluated at every stop, for everybody.'],
    ['Breakpoints', 'No breakpoints. Click beside a line number, or press F9.'],
    ['Source', 'To set a first breakpoint, open one of its files, or press Pause.'],
    ['Output', 'Nothing was printed yet. What the program prints shows here.'],
    ['Console', 'Nothing was evaluated yet. What is evaluated here shows to everybody'],
    ['Proposals', 'What somebody may not do, they can propose; it shows here.'],
    ['Notes', 'No notes. Put the cursor on a line and choose “Add a note”.'],
    ['Chat', 'Nothing was said yet. Everybody in the session reads what is written here.'],
    ['People', 'Nobody else is here.'],
  ] as const) {
    await expect(panel(name), name).toContainText(words);
  }
  await expectSound(page);
  const link = await inviteLink(ana);
  await ana.people.getByRole('button', { name: 'Invite somebody …' }).click();
  await expect(page.getByRole('dialog', { name: 'Invite somebody' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(ana.people.getByRole('button', { name: 'Invite somebody …' })).toBeFocused();
  const ben = await join(await world.browserOf('Ben'), link, 'Ben');
  for (const room of [ana, ben]) await expect(room.people).not.toContainText('Nobody else is here.');

  await test.step('filters that find nothing say so, and can be taken away', async () => {
    await ana.open(path(folder, 'program.py'));
    await ana.clickGutter(3);
    await ana.expectPausedAt(3, 'program.py');
    await page.getByRole('searchbox', { name: 'Filter the variables that are shown' }).fill('no such name');
    await expect(panel('Variables')).toContainText('No variable that is shown matches “no such name”.');
    await panel('Variables').getByRole('button', { name: 'Show all' }).click();
    await expect(ana.variables).toBeVisible();
    await expectSound(page);
  });
});

test('a refused expression is proposed instead, when the right to run code went while one typed', async ({ world }) => {
  const folder = world.folder();
  const { hostUrl } = await world.share(await world.program('import time\nn = 41\nwhile True:\n    time.sleep(0.05)\n', folder));
  const ana = await join(await world.browserOf('Ana'), hostUrl, 'Ana');
  const page = await world.browserOf('Ben');
  const wire = await Wire.of(page);
  const ben = await join(page, await inviteLink(ana), 'Ben');
  await ana.open(path(folder, 'program.py'));
  await ana.clickGutter(4);
  await ben.expectPausedAt(4, 'program.py');
  const grant = ana.person('Ben').getByRole('button', { name: 'Let Ben run code while driving' });
  await grant.click();
  await expect(grant).toHaveAttribute('aria-pressed', 'true');
  await ana.person('Ben').getByRole('button', { name: 'Hand the wheel to Ben' }).click();
  await expect(ben.state).toContainText('You drive');
  const typed = page.getByRole('combobox', { name: 'Expression' });
  await typed.fill('n + 1');
  await expect(page.getByRole('button', { name: 'Evaluate', exact: true })).toBeVisible();

  // What Ben's page does not know yet.
  wire.hold();
  await grant.click();
  await expect(grant).toHaveAttribute('aria-pressed', 'false');
  await typed.press('Enter');
  const refusal = page.getByRole('region', { name: 'Console' }).getByRole('alert');
  await expect(refusal).toContainText(/code/);
  await expect(typed, 'what was typed stays').toHaveValue('n + 1');
  await refusal.getByRole('button', { name: 'Propose it instead' }).click();
  await expect(ana.proposals).toContainText('Ben proposes to evaluate n + 1');
  await expect(refusal).toHaveCount(0);
  await expect(typed).toHaveValue('');
  wire.release();
  await expect(ben.proposals.getByRole('button', { name: 'Withdraw your proposal' })).toBeVisible();
  await expectSound(page);
  await ana.proposals.getByRole('button', { name: 'Run the proposal of Ben' }).click();
  await expect(page.getByRole('log', { name: 'Evaluations' })).toContainText(/n \+ 1\s*42/);
});

test('the program is restarted: said, for how long, and the session goes on', async ({ world }) => {
  const folder = world.folder();
  const port = await freePort();
  const script = path(folder, 'again.py');
  writeFileSync(script, 'import time\nwhile True:\n    time.sleep(0.05)\n');
  const python = path(ROOT, 'target/venvs/debugpy/bin/python');
  const start = (): Process =>
    new Process('the program', python, ['-Xfrozen_modules=off', '-m', 'debugpy', '--listen', `127.0.0.1:${port}`, script]);
  let program = start();
  world.atEnd(() => program.end('SIGKILL'));
  // The action takes as long as the test lets it.
  const restarting = path(folder, 'restarting');
  const action = `touch ${restarting}; while [ -e ${restarting} ]; do sleep 0.05; done`;
  const { hostUrl } = await world.serve({
    targets: [{ name: 'clock', address: `127.0.0.1:${port}`, restart: ['sh', '-c', action] }],
    hostLink: true,
  });
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl!, 'Ana');
  const starts = page.getByRole('button', { name: 'Start debugging clock' });
  await expect(page.getByText('debugger active')).toBeVisible();
  await starts.click();
  await expect(ana.state).toContainText('Running');
  await ana.button('End and restart').click();
  const dialog = page.getByRole('dialog', { name: 'End and restart' });
  await expectSound(page);
  await dialog.getByRole('button', { name: 'End and restart now' }).click();
  const banner = page.getByRole('group', { name: 'The program is being restarted' });
  await expect(banner).toContainText(/The program is being restarted, for \d+ s now\. The session goes on/);
  await expect(said(page)).toContainText('The program is being restarted.');
  await expect(ana.state).toContainText('Restarting the program …');
  await expectSound(page);
  await until('the restart action ran', async () => existsSync(restarting) || null);
  await program.end('SIGKILL');
  program = start();
  rmSync(restarting);
  await expect(ana.state).toContainText('Running', { timeout: 30_000 });
  await expect(banner).toHaveCount(0);
});
