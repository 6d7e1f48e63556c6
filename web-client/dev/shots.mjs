/** Screenshots of the pages against `dev/mock.mjs`: `node dev/shots.mjs OUT_DIR`; also what axe finds, and console errors. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const out = process.argv[2];
if (!out) throw new Error('say where the pictures go');
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const LIVE = '/s/0197a1b2-0000-7000-8000-00000000000a';
const RECORDING = '/r/0197a1b2-0000-7000-8000-00000000000b';
/** What is there when a page is ready: the line that the program is paused at, or what one can do. */
const PAUSED = '.cm-execution-gutter-stop';
const DIALOG = 'dialog[open]';
const SHOTS = [
  { name: 'live', ready: PAUSED, path: LIVE, env: {} },
  {
    name: 'live-running',
    ready: PAUSED,
    after: '.status.running',
    path: LIVE,
    env: {},
    act: (page) => page.keyboard.press('F5'),
  },
  {
    name: 'live-variables',
    ready: PAUSED,
    after: '[role=treeitem][aria-expanded=true] + [aria-level="3"]',
    path: LIVE,
    env: {},
    act: async (page) => {
      await phoneTab(page, 'Stack');
      await page.getByRole('treeitem', { name: /^events =/ }).press('ArrowRight');
    },
  },
  { name: 'live-collaborator', ready: PAUSED, path: LIVE, env: { ROLE: 'collaborator' } },
  { name: 'live-watcher', ready: PAUSED, path: LIVE, env: { ROLE: 'watcher' } },
  {
    name: 'invite',
    ready: PAUSED,
    after: `${DIALOG} ul, ${DIALOG} .empty:not(:text("Loading"))`,
    path: LIVE,
    env: {},
    act: (page) => page.getByRole('button', { name: 'Invite', exact: true }).click(),
  },
  {
    name: 'palette',
    ready: PAUSED,
    after: DIALOG,
    path: LIVE,
    env: { ROLE: 'watcher' },
    act: (page) => page.keyboard.press('Control+Shift+P'),
  },
  {
    name: 'pages',
    ready: PAUSED,
    after: '[role=treeitem]:has-text("Go to index")',
    path: LIVE,
    env: {},
    act: async (page) => {
      await phoneTab(page, 'Stack');
      await page.getByRole('treeitem', { name: /^readings/ }).press('ArrowRight');
    },
  },
  {
    name: 'set-variable',
    ready: PAUSED,
    after: '[role=alert][popover]',
    path: LIVE,
    env: {},
    act: async (page) => {
      await phoneTab(page, 'Stack');
      await page.getByRole('treeitem', { name: /^minutes/ }).press('F2');
      await page.getByRole('textbox', { name: 'New value of minutes' }).fill('nowhere');
      await page.keyboard.press('Enter');
    },
  },
  {
    name: 'value-menu',
    ready: PAUSED,
    after: '[role=menu]',
    path: LIVE,
    env: {},
    act: async (page) => {
      await phoneTab(page, 'Stack');
      await page.getByRole('treeitem', { name: /^table/ }).press('Shift+F10');
    },
  },
  {
    name: 'table',
    ready: PAUSED,
    after: `${DIALOG} table`,
    path: LIVE,
    env: {},
    act: async (page) => {
      await phoneTab(page, 'Stack');
      await page.getByRole('treeitem', { name: /^table/ }).press('Shift+F10');
      await page.getByRole('menuitem', { name: /table/ }).click();
    },
  },
  {
    name: 'text',
    ready: PAUSED,
    after: `${DIALOG} pre`,
    path: LIVE,
    env: {},
    act: async (page) => {
      await phoneTab(page, 'Stack');
      await page.getByRole('treeitem', { name: /^page/ }).press('Shift+F10');
      await page.getByRole('menuitem', { name: /whole text/ }).click();
    },
  },
  {
    name: 'source-menu',
    ready: PAUSED,
    after: '[role=menu]',
    path: LIVE,
    env: {},
    act: (page) => page.locator('.cm-line').nth(27).click({ button: 'right' }),
  },
  {
    name: 'breakpoints',
    ready: PAUSED,
    after: `${DIALOG} form`,
    path: LIVE,
    env: { ROLE: 'collaborator', MUTED: '1' },
    act: async (page) => {
      await phoneTab(page, 'Breaks');
      await page.keyboard.press('Shift+F9');
      await page.getByRole('textbox', { name: 'Condition' }).fill('left < 0');
    },
  },
  {
    name: 'snap',
    ready: PAUSED,
    after: `${DIALOG} table`,
    path: LIVE,
    env: {},
    act: async (page) => {
      await phoneTab(page, 'Breaks');
      await page.getByRole('region', { name: 'Snaps' }).getByRole('button').first().click();
    },
  },
  {
    name: 'tasks',
    ready: PAUSED,
    after: '[role=treeitem]:has-text("poll-sensor")',
    path: LIVE,
    env: {},
    act: async (page) => {
      await page.keyboard.press('Alt+Shift+T');
      await page.getByRole('treeitem', { name: /^asyncio/ }).press('ArrowRight');
      await page.getByRole('treeitem', { name: /^Task-1/ }).press('ArrowRight');
    },
  },
  { name: 'busy', ready: '.busy', path: LIVE, env: { BUSY: '1', DRIFT: '1', ROLE: 'watcher' } },
  {
    name: 'watcher-proposes',
    ready: PAUSED,
    after: '[aria-label="Withdraw your proposal"]',
    path: LIVE,
    env: { ROLE: 'watcher' },
    act: async (page) => {
      await page.getByRole('button', { name: 'Propose: Step out' }).click();
      await phoneTab(page, 'Proposals');
    },
  },
  {
    name: 'watches',
    ready: PAUSED,
    after: '[aria-label^="Last values"]',
    path: LIVE,
    env: {},
    act: async (page) => {
      await phoneTab(page, 'Watches');
      await page.keyboard.press('F10');
      await page.locator('svg[role=img]').first().waitFor();
      await page
        .getByRole('treeitem', { name: /^left = / })
        .last()
        .press('Shift+F10');
      await page.getByRole('menuitem', { name: /last values/ }).click();
    },
  },
  {
    name: 'completions',
    ready: PAUSED,
    after: '[role=listbox]',
    path: LIVE,
    env: {},
    act: async (page) => {
      await phoneTab(page, 'Output');
      await page.getByRole('combobox', { name: 'Expression' }).fill('light.');
      await page.keyboard.press('Tab');
    },
  },
  { name: 'recording', ready: PAUSED, path: RECORDING, env: {} },
  { name: 'sessions', ready: 'ul[aria-label=Recordings]', path: '/', env: {} },
  {
    name: 'start-refused',
    ready: 'ul[aria-label=Recordings]',
    after: '[role=alert]',
    path: '/',
    env: {},
    act: (page) => page.getByRole('button', { name: /Start debugging/ }).click(),
  },
  { name: 'sign-in', ready: 'h1', path: '/', env: { SIGNED_OUT: '1' } },
  { name: 'sign-in-down', ready: '.notice.error', path: '/sign-in', env: { SIGNED_OUT: '1', HA_DOWN: '1' } },
  { name: 'join', ready: 'form', path: '/join#invite=good', env: { SIGNED_OUT: '1' } },
];
/** On a phone the panels are behind tabs. */
async function phoneTab(page, name) {
  const tab = page.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name });
  if (await tab.isVisible()) await tab.click();
}
const SIZES = {
  light: [1440, 900, 'light'],
  dark: [1440, 900, 'dark'],
  phone: [390, 844, 'light'],
  middle: [1000, 700, 'dark'],
};
const only = process.argv[3];

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'],
});
for (const [i, { name, path, env, ready, act, after = ready }] of SHOTS.entries()) {
  if (only && !name.startsWith(only)) continue;
  const port = 7810 + i;
  const mock = spawn(process.execPath, [fileURLToPath(new URL('mock.mjs', import.meta.url)), String(port)], {
    env: { ...process.env, ...env },
  });
  mock.stderr.pipe(process.stderr);
  await once(mock.stdout, 'data');
  for (const [size, [width, height, scheme]] of Object.entries(SIZES)) {
    if (size === 'middle' && name !== 'live') continue;
    const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme });
    page.setDefaultTimeout(4_000);
    page.on('console', (message) => {
      if (message.type() === 'error' && !/401|docs|409/.test(message.text()))
        console.log(name, size, message.text());
    });
    page.on('pageerror', (error) => console.log(name, size, String(error)));
    await page.goto(`http://127.0.0.1:${port}${path}`);
    // On a phone what shows it may be in another tab, so: there, not visible.
    const there = (selector) => page.locator(selector).first().waitFor({ state: 'attached' });
    try {
      await there(ready);
      await act?.(page);
      await there(after);
    } catch (error) {
      console.log(name, size, String(error).split('\n')[0]);
    }
    await page.evaluate(() => globalThis.document.fonts.ready);
    // The mock tells its whole story as news; a server would have it in the snapshot.
    await page.evaluate(() => {
      for (const one of globalThis.document.querySelectorAll('.toast button')) one.click();
    });
    await page.screenshot({ path: `${out}/${name}-${size}.png` });
    if (size !== 'middle') {
      // Not as a script tag: the page's own policy forbids that.
      await page.evaluate(axe);
      const found = await page.evaluate(
        () =>
          globalThis.axe?.run().then(({ violations }) =>
            violations.map(
              ({ id, impact, nodes }) =>
                `${impact} ${id}: ${nodes
                  .map(({ target }) => target)
                  .slice(0, 3)
                  .join(' | ')}`,
            ),
          ) ?? ['axe was not loaded'],
      );
      for (const line of found) console.log(name, size, line);
    }
    await page.close();
  }
  mock.kill();
}
await browser.close();
