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
    act: (page) => page.getByRole('treeitem', { name: /^events =/ }).press('ArrowRight'),
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
