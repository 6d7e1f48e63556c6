/**
 * Makes docs/screens/editor.png: Neovim in a terminal and a browser, in one session. Run by `npm run screens:editor`, with
 * Neovim 0.11 or newer as `nvim` (or in NVIM), tmux, and nvim-dap's folder in NVIM_DAP.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import { porchLine } from './support/debuggee';
import { ROOT } from './support/process';
import { join } from './support/room';
import { expect, test } from './support/world';
import { html } from './support/terminal';

const IDLE = porchLine('idle = now - self.last_motion');
const IF = porchLine('if idle >= self.hold');
const NVIM = process.env['NVIM'] ?? 'nvim';
const NVIM_DAP = process.env['NVIM_DAP'] ?? '';
const SOCKET = `breakroom-screens-${process.pid}`;
const [COLUMNS, ROWS] = [82, 40];

const tmux = (...args: string[]): string => execFileSync('tmux', ['-L', SOCKET, ...args], { encoding: 'utf8' });
const screen = (): string => tmux('capture-pane', '-p', '-e', '-t', 'editor');

test.use({ viewport: { width: 1000, height: 720 } });

test('an editor and a browser in one session', async ({ world, browser }) => {
  expect(NVIM_DAP, "NVIM_DAP is nvim-dap's folder").not.toBe('');
  test.setTimeout(120_000);
  const folder = path(tmpdir(), 'house');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  world.atEnd(async () => rmSync(folder, { recursive: true }));
  const porch = await world.porch({ folder, waits: true, tick: 0.3 });
  const shared = await world.share(porch, { more: ['--editor', '127.0.0.1:0'] });
  const [, port] = await shared.process.line(/LISTENING 127\.0\.0\.1 (\d+)/);

  const script = path(folder, 'picture.lua');
  writeFileSync(
    script,
    `vim.opt.runtimepath:append('${NVIM_DAP}')
     vim.opt.swapfile, vim.opt.number, vim.opt.termguicolors, vim.opt.signcolumn = false, true, true, 'yes'
     vim.opt.laststatus, vim.opt.ruler, vim.opt.shortmess = 0, false, 'aoOtTIFcC'
     local dap = require('dap')
     vim.fn.sign_define('DapBreakpoint', { text = '●', texthl = 'DiagnosticError' })
     vim.fn.sign_define('DapStopped', { text = '▶', texthl = 'DiagnosticWarn', linehl = 'CursorLine' })
     dap.adapters.breakroom = { type = 'server', host = '127.0.0.1', port = ${port} }
     vim.cmd.edit('${folder}/porch.py')
     vim.cmd('${IDLE}')
     dap.set_breakpoint()
     dap.run({ type = 'breakroom', request = 'attach', name = 'Breakroom' })
     vim.defer_fn(function()
       dap.repl.open({ height = 12 })
       vim.cmd.wincmd('p')
     end, 300)
    `,
  );
  tmux('new-session', '-d', '-s', 'editor', '-x', String(COLUMNS), '-y', String(ROWS), `${NVIM} -u NONE -i NONE -S ${script}`);
  world.atEnd(async () => void tmux('kill-server'));
  await expect.poll(screen, { timeout: 30_000 }).toContain('you are in');

  const page = await world.browserOf('Ana');
  const ana = await join(page, shared.hostUrl, 'Ana');
  await ana.expectPausedAt(IDLE);
  await ana.say('Look at self.last_motion: it never changes.');
  await expect.poll(screen, { timeout: 20_000 }).toContain('Ana says');
  tmux('send-keys', '-t', 'editor', ":lua require('dap').step_over()", 'Enter');
  await ana.expectPausedAt(IF);
  await ana.variable('self').press('ArrowRight');
  await expect(ana.variable('last_motion')).toBeVisible();
  await expect.poll(screen).toContain('▶');
  await expect(page.getByRole('region', { name: 'Notifications' })).toHaveCount(0, { timeout: 30_000 });
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  const room = await page.screenshot({ animations: 'disabled', caret: 'hide' });

  const both = await browser.newPage({ viewport: { width: 1680, height: 740 } });
  await both.setContent(`<body style="margin:10px;background:#8a94a0;display:flex;gap:10px">
    ${html(screen())}<img style="height:720px" src="data:image/png;base64,${room.toString('base64')}"></body>`);
  const file = path(ROOT, 'docs/screens/editor.png');
  await both.screenshot({ path: file });
  expect(statSync(file).size, 'small enough for a repository').toBeLessThan(400 * 1024);
});
