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
const SHOTS = [
  { name: 'live', path: LIVE, env: {} },
  { name: 'live-running', path: LIVE, env: {}, act: (page) => page.keyboard.press('F5') },
  {
    name: 'live-variables',
    path: LIVE,
    env: {},
    act: (page) => page.getByRole('treeitem', { name: /^events =/ }).press('ArrowRight'),
  },
  { name: 'live-collaborator', path: LIVE, env: { ROLE: 'collaborator' } },
  { name: 'live-watcher', path: LIVE, env: { ROLE: 'watcher' } },
  {
    name: 'invite',
    path: LIVE,
    env: {},
    act: (page) => page.getByRole('button', { name: 'Invite', exact: true }).click(),
  },
  {
    name: 'palette',
    path: LIVE,
    env: { ROLE: 'watcher' },
    act: (page) => page.keyboard.press('Control+Shift+P'),
  },
  { name: 'recording', path: RECORDING, env: {} },
  { name: 'sessions', path: '/', env: {} },
  {
    name: 'start-refused',
    path: '/',
    env: {},
    act: (page) => page.getByRole('button', { name: /Start debugging/ }).click(),
  },
  { name: 'sign-in', path: '/', env: { SIGNED_OUT: '1' } },
  { name: 'sign-in-down', path: '/sign-in', env: { SIGNED_OUT: '1', HA_DOWN: '1' } },
  { name: 'join', path: '/join#invite=good', env: { SIGNED_OUT: '1' } },
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
for (const [i, { name, path, env, act }] of SHOTS.entries()) {
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
    await page.waitForTimeout(900);
    try {
      await act?.(page);
    } catch (error) {
      console.log(name, size, String(error).split('\n')[0]);
    }
    await page.waitForTimeout(400);
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
