/**
 * VS Code itself, as npm's `code-server` serves it to a browser, with the one thing of Microsoft's Python Debugger that
 * attaching needs: it connects to what `connect` says. The extension is only to be had from Microsoft's market.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { freePort } from './port';
import { Process, until } from './process';

/** Its `out/node/entry.js`. */
export const CODE_SERVER = process.env['CODE_SERVER'] ?? '';

const ABOUT = {
  name: 'attach',
  publisher: 'breakroom',
  version: '0.0.1',
  engines: { vscode: '^1.80.0' },
  main: './main.js',
  activationEvents: ['onDebugResolve:debugpy'],
  contributes: {
    breakpoints: [{ language: 'python' }],
    debuggers: [{ type: 'debugpy', label: 'Python Debugger', languages: ['python'] }],
  },
};
const MAIN = `const { debug, DebugAdapterServer } = require('vscode');
exports.activate = () => debug.registerDebugAdapterDescriptorFactory('debugpy', {
  createDebugAdapterDescriptor: ({ configuration: { connect } }) => new DebugAdapterServer(connect.port, connect.host),
});
`;
const SETTINGS = {
  'window.commandCenter': false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'editor.minimap.enabled': false,
  'debug.console.wordWrap': true,
};

/** Starts one; gives its address. */
export async function codeServer(folder: string, owns: (process: Process) => void): Promise<string> {
  const extension = join(folder, 'extensions/breakroom.attach-0.0.1');
  const user = join(folder, 'data/User');
  for (const one of [extension, user]) mkdirSync(one, { recursive: true });
  writeFileSync(join(extension, 'package.json'), JSON.stringify(ABOUT));
  writeFileSync(join(extension, 'main.js'), MAIN);
  writeFileSync(join(user, 'settings.json'), JSON.stringify(SETTINGS));
  const url = `http://127.0.0.1:${await freePort()}`;
  const server = new Process('code-server', process.execPath, [
    ...[CODE_SERVER, '--auth', 'none', '--bind-addr', new URL(url).host, '--config', join(folder, 'config.yaml')],
    ...['--user-data-dir', join(folder, 'data'), '--extensions-dir', join(folder, 'extensions')],
    ...['--disable-telemetry', '--disable-update-check', '--disable-workspace-trust'],
  ]);
  owns(server);
  await until('code-server answers', async () => (await fetch(`${url}/healthz`)).ok || null, 30_000);
  return url;
}

/** Writes the settings of docs/editors.md. */
export function settle(folder: string, port: number): void {
  const connect = { host: '127.0.0.1', port };
  const configurations = [{ name: 'Breakroom', type: 'debugpy', request: 'attach', connect }];
  mkdirSync(join(folder, '.vscode'), { recursive: true });
  writeFileSync(join(folder, '.vscode/launch.json'), JSON.stringify({ version: '0.2.0', configurations }));
}

/** Its page. */
export class Workbench {
  constructor(readonly page: Page) {}

  async open(file: string): Promise<void> {
    await this.page.getByRole('treeitem', { name: file }).dblclick();
    await this.page.locator('.monaco-editor .view-line').first().click();
  }

  /** Runs a command of the palette. Some are there only when the extensions are. */
  async command(name: string): Promise<void> {
    const rows = this.page.locator('.quick-input-list .monaco-list-row');
    await until(`the command ${name}`, async () => {
      await this.page.keyboard.press('F1');
      await this.page.locator('.quick-input-box input').fill(`>${name}`);
      await rows.first().waitFor();
      const row = rows.filter({ hasText: name }).first();
      const isThere = await row.waitFor({ timeout: 1_000 }).then(() => true, () => null);
      await (isThere ? row.click() : this.page.keyboard.press('Escape'));
      return isThere;
    });
  }

  async toggleBreakpoint(line: number): Promise<void> {
    await this.page.keyboard.press('Control+G');
    await this.page.locator('.quick-input-box input').fill(`:${line}`);
    await this.page.keyboard.press('Enter');
    await this.command('Debug: Toggle Breakpoint');
  }

  /** Types into the debug console. */
  async types(line: string): Promise<void> {
    const input = this.page.locator('.repl-input-wrapper');
    if (!(await input.isVisible())) await this.command('View: Toggle Debug Console');
    await input.click();
    await this.page.keyboard.type(line);
    await this.page.keyboard.press('Enter');
  }

  /** A row of one of the debug windows. */
  row(part: 'call-stack' | 'variables' | 'breakpoints', text: string | RegExp): Locator {
    return this.page.locator(`.debug-${part} .monaco-list-row`).filter({ hasText: text }).first();
  }

  get console(): Locator {
    return this.page.locator('.repl-tree');
  }
}
