/**
 * VS Code attaches by the settings of docs/editors.md: to `share --editor`, alone at first and then beside a browser, of which
 * it makes docs/screens/vscode.png; and as a guest by `join`. Run by `npm run screens:vscode`, with code-server's `out/node/entry.js` in CODE_SERVER.
 */
import { statSync } from 'node:fs';
import { join as path } from 'node:path';
import { CODE_SERVER, Workbench, codeServer, settle } from './support/code-server';
import { Process, ROOT } from './support/process';
import { join } from './support/room';
import { expect, test } from './support/world';

const HEATERS = `import multiprocessing
import os
import time

def heat(room, parent):
    degrees = 17
    while os.getppid() == parent:
        degrees += 1
        time.sleep(0.2)

def watch(rooms):
    seen = 0
    while True:
        seen += len(rooms)
        time.sleep(0.2)

if __name__ == "__main__":
    time.sleep(1)
    multiprocessing.get_context("fork").Process(target=heat, args=("bath", os.getpid()), daemon=True).start()
    watch(["bath", "porch"])
`;
const HEATS = 8;
const SEES = 14;

test.use({ viewport: { width: 900, height: 720 } });

test('VS Code is in a session, alone with a program and its child, and beside a browser', async ({ world, browser }) => {
  expect(CODE_SERVER, "CODE_SERVER is code-server's out/node/entry.js").not.toBe('');
  test.setTimeout(180_000);
  const folder = world.folder();
  const program = await world.program(HEATERS, folder);
  const shared = await world.share(program, { more: ['--editor', '127.0.0.1:0'] });
  const [, port] = await shared.process.line(/LISTENING 127\.0\.0\.1 (\d+)/);
  settle(folder, Number(port));
  const url = await codeServer(world.folder(), (process) => world.owns(process));

  const code = new Workbench(await world.browserOf('VS Code', { pages: 'foreign' }));
  await code.page.goto(`${url}/?folder=${encodeURIComponent(folder)}`);
  await code.open('program.py');
  for (const line of [SEES, HEATS]) await code.toggleBreakpoint(line);
  await code.command('Debug: Start Debugging');
  // It is the first, and alone: it talks to debugpy itself.
  await expect(code.row('call-stack', /watch.*14:/s)).toBeVisible({ timeout: 30_000 });
  await expect(code.row('variables', /seen/)).toContainText('0');
  await code.types('len(rooms) * 21');
  await expect(code.console).toContainText('42');
  // The child is a session of its own, with the same breakpoints.
  await code.row('call-stack', /Subprocess.*PAUSED ON BREAKPOINT/is).locator('.monaco-tl-twistie').click();
  await expect(code.row('call-stack', /heat.*8:/s)).toBeVisible();

  const page = await world.browserOf('Ana');
  const ana = await join(page, shared.hostUrl, 'Ana');
  await ana.expectPausedAt(SEES, 'program.py');
  await ana.say('How many rooms are there?');
  await expect(code.console).toContainText('Ana says');
  await ana.clickGutter(SEES + 1);
  await expect(code.row('breakpoints', String(SEES + 1))).toBeVisible();
  await code.row('call-stack', 'watch').click();
  await code.command('Debug: Step Over');
  await ana.expectPausedAt(SEES + 1, 'program.py');
  await expect(code.row('call-stack', /watch.*15:/s)).toBeVisible();
  await expect(code.row('variables', /seen/)).toContainText('2');
  await expect(ana.variable('seen')).toContainText('2');

  await expect(page.getByRole('region', { name: 'Notifications' })).toHaveCount(0, { timeout: 30_000 });
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  const pictures = await Promise.all(
    [code.page, page].map((one) => one.screenshot({ animations: 'disabled', caret: 'hide' })),
  );
  const both = await browser.newPage({ viewport: { width: 1830, height: 740 } });
  const images = pictures.map((png) => `<img style="height:720px" src="data:image/png;base64,${png.toString('base64')}">`);
  await both.setContent(`<body style="margin:10px;background:#8a94a0;display:flex;gap:10px">${images.join('')}</body>`);
  const file = path(ROOT, 'docs/screens/vscode.png');
  await both.screenshot({ path: file });
  expect(statSync(file).size, 'small enough for a repository').toBeLessThan(400 * 1024);

  // It leaves, the child last, and ends nothing.
  for (const frame of ['watch', 'heat']) {
    await code.command('Debug: Disconnect');
    await expect(code.row('call-stack', frame)).toHaveCount(0);
  }
  await expect(code.page.locator('.debug-toolbar')).toBeHidden();
  await expect(ana.person("Host's editor")).toHaveCount(0);
  await ana.button('Take the wheel').click();
  await page.keyboard.press('F5');
  await expect(ana.state).toContainText(/Paused at program\.py:8 in Subprocess/);
});

test('VS Code is a guest: it follows, is refused, asks for the wheel, and steps', async ({ world }) => {
  test.setTimeout(180_000);
  const folder = world.folder();
  const program = await world.program(HEATERS, folder);
  const shared = await world.share(program);
  const page = await world.browserOf('Ana', { viewport: { width: 1300, height: 720 } });
  const ana = await join(page, shared.hostUrl, 'Ana');
  await ana.open(path(folder, 'program.py'));
  await ana.clickGutter(SEES);
  await ana.expectPausedAt(SEES, 'program.py');

  const args = ['join', shared.inviteUrl, '--listen', '127.0.0.1:0', '--name', 'Ben'];
  const joined = new Process('breakroom join', path(ROOT, 'target/debug/breakroom'), args);
  world.owns(joined);
  const [, port] = await joined.line(/LISTENING 127\.0\.0\.1 (\d+)/);
  settle(folder, Number(port));
  const url = await codeServer(world.folder(), (process) => world.owns(process));
  const code = new Workbench(await world.browserOf('VS Code', { pages: 'foreign' }));
  await code.page.goto(`${url}/?folder=${encodeURIComponent(folder)}`);
  await code.open('program.py');
  await code.command('Debug: Start Debugging');
  // It comes into where the program is, and sees whose breakpoint that is.
  await expect(code.row('call-stack', /watch.*14:/s)).toBeVisible({ timeout: 30_000 });
  await expect(code.row('breakpoints', String(SEES))).toBeVisible();

  await code.command('Debug: Step Over');
  const refusal = code.page.getByRole('dialog').filter({ hasText: 'Ana drives: type /wheel in the debug console' });
  await refusal.getByRole('button', { name: 'OK' }).click();
  await code.command('Notifications: Clear All Notifications');
  await expect(code.row('call-stack', /watch.*14:/s), 'it still shows the stop').toBeVisible();
  await ana.button('Step over').click();
  await expect(code.row('call-stack', /watch.*15:/s)).toBeVisible();
  await code.types('len(rooms) + 40');
  await expect(code.console).toContainText(/proposed/);
  await ana.proposals.getByRole('button', { name: /^Run/ }).click();
  await expect(code.console).toContainText('42');

  await code.types('/wheel');
  await ana.person('Ben').getByRole('button', { name: 'Hand the wheel to Ben' }).click();
  await expect(ana.state).toContainText('Ben drives');
  await code.command('Debug: Step Over');
  await ana.expectPausedAt(SEES - 1, 'program.py');
  for (const left of ['watch', 'Subprocess']) {
    await code.command('Debug: Disconnect');
    await expect(code.row('call-stack', left)).toHaveCount(0);
  }
  await expect(code.page.locator('.debug-toolbar')).toBeHidden();
  await expect(ana.state).toContainText('Paused at program.py:13');
});
