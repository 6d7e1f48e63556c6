/** Every state of the ways in and of the list of sessions: it says what is going on and what to do, and one can do it there. */
import { createServer, type AddressInfo } from 'node:net';
import type { Page, Route } from '@playwright/test';
import { Cable } from './support/cable';
import { freePort } from './support/port';
import { Room, inviteLink, join, listen, said } from './support/room';
import { expectSound } from './support/sound';
import { expect, test } from './support/world';

/** Holds requests back until `go` is called. */
async function holdBack(page: Page, url: string | RegExp): Promise<() => Promise<void>> {
  let go = (): void => {};
  const gate = new Promise<void>((resolve) => (go = resolve));
  const handler = async (route: Route): Promise<void> => {
    await gate;
    await route.continue().catch(() => {});
  };
  await page.route(url, handler);
  return async () => {
    go();
    await page.unroute(url, handler);
  };
}

const token = (page: Page) => page.getByLabel('Long-lived access token');

test('sign-in: no Home Assistant, a server that is slow or away, and an address that leads nowhere', async ({ world }) => {
  const { url } = await world.serve({ targets: [] });
  const cable = await Cable.to(url);
  world.atEnd(() => cable.close());
  const page = await world.browserOf('Ana');

  await test.step('a slow answer is waited for in sight, and nothing is offered that may not be there', async () => {
    const go = await holdBack(page, '**/api/server');
    await page.goto(`${cable.url}/sign-in`);
    await expect(page.getByText('Looking how one signs in here …')).toBeVisible();
    await expect(page.getByText('The server has not answered yet.', { exact: true }).first()).toBeVisible();
    await expect(token(page)).toHaveCount(0);
    await expectSound(page);
    await go();
    await expect(page.getByText('Open the host link that was printed')).toBeVisible();
    await expect(token(page)).toHaveCount(0);
    await expectSound(page);
  });

  await test.step('a server that is away is said, and noticed when it is back', async () => {
    await page.goto('about:blank');
    await page.route('**/api/server', (route) => route.abort());
    await page.goto(`${cable.url}/sign-in`);
    await expect(page.getByRole('alert')).toContainText('The server cannot be reached. Check that Breakroom is running');
    await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();
    await expectSound(page);
    await page.unroute('**/api/server');
    await expect(page.getByText('Open the host link that was printed')).toBeVisible();
  });

  await test.step('pages behind it say that too, once however often it is tried, and go on by themselves', async () => {
    await page.goto('about:blank');
    const heard = await listen(page);
    let tried = 0;
    await page.route('**/api/me', (route) => {
      tried += 1;
      return route.abort();
    });
    await page.goto(`${cable.url}/`);
    await expect(page.getByRole('heading', { name: 'The server does not answer' })).toBeVisible();
    await expect(said(page)).toContainText('The server does not answer. The server cannot be reached.');
    await expectSound(page);
    await expect(async () => {
      await page.getByRole('button', { name: 'Try again' }).click();
      expect(tried).toBeGreaterThan(4);
    }).toPass();
    await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();
    expect(heard.filter((text) => text.startsWith('The server does not answer.'))).toHaveLength(1);
    await page.unroute('**/api/me');
    await expect(page).toHaveURL(/\/sign-in$/);
  });

  await test.step('an unknown page, and an address that was cut off', async () => {
    for (const path of ['/nowhere/at/all', '/s/%E0%A4%A/x']) {
      await page.goto(cable.url + path);
      await expect(page.getByRole('heading', { name: 'No such page' })).toBeVisible();
      await expect(page).toHaveTitle('No such page · Breakroom');
    }
    await expectSound(page);
    await page.getByRole('link', { name: 'All sessions' }).click();
    await expect(page).toHaveURL(/\/sign-in$/);
    // The link is gone; the new page's heading has the focus.
    await expect(page.getByRole('heading', { name: 'Breakroom' })).toBeFocused();
  });
});

test('sign-in: a wrong token, a slow Home Assistant, and one that is away', async ({ world }) => {
  const house = await world.homeAssistant();
  const { url } = await world.serve({ targets: [], homeAssistant: house.url });
  const page = await world.browserOf('Owner');
  await page.goto(url);
  const enter = page.getByRole('button', { name: 'Sign in' });

  await test.step('what is no token, and one that is refused', async () => {
    await token(page).fill('hunter2');
    await enter.click();
    await expect(page.getByRole('alert')).toContainText('This is not a Home Assistant token. Copy the whole');
    await expect(token(page)).toBeFocused();
    await expect(token(page)).toHaveAttribute('aria-invalid', 'true');
    await token(page).fill(house.bobToken.slice(0, -4) + 'AAAA');
    await token(page).press('Enter');
    await expect(page.getByRole('alert')).toContainText('Home Assistant refused this token');
    await expectSound(page);
  });

  await test.step('a slow answer shows what is waited for', async () => {
    const go = await holdBack(page, '**/api/auth/token');
    await token(page).fill(house.bobToken);
    await enter.click();
    await expect(page.getByRole('button', { name: 'Asking Home Assistant …' })).toBeFocused();
    await expect(page.getByText('It has not answered yet.').first()).toBeVisible();
    await expectSound(page);
    await house.process.end('SIGKILL');
    await go();
  });

  await test.step('away: said, with what becomes of it', async () => {
    await expect(page.getByRole('alert')).toContainText('cannot be reached at this moment');
    await expect(page.getByRole('alert')).toContainText('This page looks again every few seconds');
    await expect(token(page), 'what was typed stays').toHaveValue(house.bobToken);
    await expect(token(page)).toBeFocused();
    await expectSound(page);
  });
});

test('the list: loading, nothing there, a debugger that is not active, one that is busy, a slow start', async ({ world }) => {
  const porch = await world.porch();
  const port = await freePort();
  // Accepts connections and says nothing.
  const mute = createServer((socket) => socket.resume());
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  world.atEnd(() => new Promise((resolve) => mute.close(resolve)));
  const other = await world.share(porch);
  const { hostUrl } = await world.serve({
    targets: [
      { name: 'shed', address: `127.0.0.1:${port}`, howToStart: 'On the shed, run `systemctl start shed-debug`.' },
      { name: 'porch', address: porch.address },
      { name: 'mute', address: `127.0.0.1:${(mute.address() as AddressInfo).port}` },
    ],
    hostLink: true,
  });
  const page = await world.browserOf('Ana', { permissions: ['clipboard-read', 'clipboard-write'] });
  await join(page, hostUrl!, 'Ana');
  const program = (name: string) => page.getByRole('list', { name: 'Programs' }).getByRole('listitem').filter({ hasText: name });

  await test.step('loading', async () => {
    const go = await holdBack(page, /api\/(targets|sessions)$/);
    await page.reload();
    await expect(page.getByText('Loading what can be debugged, and what was …')).toBeVisible();
    await expect(page.getByText('The server has not answered yet.', { exact: true }).first()).toBeVisible();
    await expectSound(page);
    await go();
    await expect(page.getByText('Nothing is being debugged. Start with one of the programs above.')).toBeVisible();
    await expect(page.getByText('No recordings yet.')).toBeVisible();
    await expectSound(page);
  });

  await test.step('not active: the steps of this target, to copy', async () => {
    await expect(program('shed')).toContainText('debugger not active');
    await expect(program('shed')).toContainText('On the shed, run systemctl start shed-debug.');
    await page.getByRole('button', { name: 'Copy the command to start the debugger of shed' }).click();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('systemctl start shed-debug');
    await page.getByRole('button', { name: 'Start debugging shed' }).click();
    await expect(program('shed').getByRole('alert')).toContainText(`The debugger of shed is not active: nothing listens at 127.0.0.1:${port}.`);
    await expect(program('shed').getByText('systemctl start shed-debug')).toHaveCount(1);
    await expect(page.getByRole('button', { name: 'Start debugging shed' })).toBeFocused();
    await expectSound(page);
  });

  await test.step('when it becomes active that shows, and is said', async () => {
    const shed = createServer().listen(port, '127.0.0.1');
    world.atEnd(() => new Promise((resolve) => shed.close(resolve)));
    await expect(program('shed')).toContainText('debugger active');
    await expect(said(page)).toContainText('The debugger of shed is active now.');
  });

  await test.step('another client debugs it', async () => {
    await page.getByRole('button', { name: 'Start debugging porch' }).click();
    await expect(program('porch').getByRole('alert')).toContainText('Another client is debugging the program');
    await expect(program('porch').getByRole('alert')).toContainText('end that session first');
    await other.process.end();
  });

  await test.step('what takes long says for how long, and what it may be; then why it failed', async () => {
    await page.getByRole('button', { name: 'Start debugging mute' }).click();
    await expect(program('mute').getByText('This can take up to half a minute')).toBeVisible();
    await expect(program('mute')).toContainText(/asked in\.\s+[3-9] s/);
    await expect(page.getByRole('button', { name: 'Attaching … mute' })).toBeFocused();
    await expectSound(page);
    await expect(program('mute').getByRole('alert')).toContainText('accepts connections, but fell silent', { timeout: 30_000 });
    await expectSound(page);
  });

  await test.step('a server that is away: what was known stays, and it is looked at again', async () => {
    await page.route(/api\/(targets|sessions)$/, (route) => route.abort());
    await expect(page.getByRole('alert').filter({ hasText: 'The server cannot be reached.' })).toContainText('What is shown below is as it was at');
    await expect(program('porch')).toBeVisible();
    await expectSound(page);
    await page.unroute(/api\/(targets|sessions)$/);
    await expect(page.getByText('The server cannot be reached.')).toHaveCount(0);
  });
});

test('no program is configured; a part of the page is gone after an update', async ({ world }) => {
  const { hostUrl, url } = await world.serve({ targets: [], hostLink: true });
  const page = await world.browserOf('Ana');
  await join(page, hostUrl!, 'Ana');
  await expect(page.getByText(/No programs are configured\. Add one under/)).toBeVisible();
  await expectSound(page);

  await page.route('**/assets/Replay-*.js', (route) => route.fulfill({ status: 404 }));
  await page.goto(`${url}/r/00000000-0000-0000-0000-000000000000`);
  await expect(page.getByRole('heading', { name: 'A part of this page could not be loaded' })).toBeVisible();
  await expectSound(page);
  await page.unroute('**/assets/Replay-*.js');
  await page.getByRole('button', { name: 'Reload' }).click();
  await expect(page.getByRole('heading', { name: 'There is no such recording' })).toBeVisible();
  await expectSound(page);
});

test('a link: wrong, cut off, used up by oneself, and one of a session that is over', async ({ world }) => {
  const porch = await world.porch();
  const { url, hostUrl } = await world.share(porch);
  const ana = await join(await world.browserOf('Ana'), hostUrl, 'Ana');
  const link = await inviteLink(ana);
  const ben = await join(await world.browserOf('Ben'), link, 'Ben');
  const { page } = ben;
  const tries = async (to: string): Promise<void> => {
    // The same page with another fragment would not be loaded anew.
    await page.goto('about:blank');
    await page.goto(to);
    await page.getByRole('textbox', { name: 'Your name' }).fill('Ben');
    await page.getByRole('button', { name: 'Join' }).click();
  };

  await test.step('who is in by it, and opens it again, is led on', async () => {
    await tries(link);
    await expect(page.getByRole('heading', { name: 'This invite is used up' })).toBeVisible();
    await expect(page.getByText('You have come in already, as Ben.')).toBeVisible();
    await expectSound(page);
    await page.getByRole('link', { name: 'Go to your session' }).click();
    await expect(ben.state).toContainText('Running');
  });

  await test.step('no such invite, half a link, a host link that was used', async () => {
    await tries(`${url}/join#invite=${'x'.repeat(32)}`);
    await expect(page.getByRole('heading', { name: 'This invite is not valid' })).toBeVisible();
    await expect(page.getByRole('alert')).toContainText('Check that the link is complete, or ask the host for a new one.');
    await expectSound(page);
    await page.goto('about:blank');
    await page.goto(`${url}/join`);
    await expect(page.getByRole('heading', { name: 'This link is not complete' })).toBeVisible();
    await expectSound(page);
    await tries(hostUrl);
    await expect(page.getByRole('heading', { name: 'This host link is no longer valid' })).toBeVisible();
    await expect(page.getByRole('alert')).toContainText('Have the server print a new one.');
  });

  await test.step('the server is away: what was typed stays', async () => {
    await page.route('**/api/auth/invite', (route) => route.abort());
    await tries(`${url}/join#invite=${'x'.repeat(32)}`);
    await expect(page.getByRole('alert')).toContainText('The server cannot be reached.');
    await expect(page.getByRole('textbox', { name: 'Your name' })).toHaveValue('Ben');
    await expect(page.getByRole('textbox', { name: 'Your name' })).toBeFocused();
    await expectSound(page);
    await page.unroute('**/api/auth/invite');
  });

  await test.step('the session is over', async () => {
    const later = await inviteLink(ana);
    await ana.button('End').click();
    await ana.page.getByRole('button', { name: 'End now' }).click();
    await expect(ana.page.getByText('This session has ended')).toBeVisible();
    const eve = await world.browserOf('Eve');
    await eve.goto(later);
    await eve.getByRole('textbox', { name: 'Your name' }).fill('Eve');
    await eve.getByRole('button', { name: 'Join' }).click();
    await expect(eve.getByRole('heading', { name: 'The session has ended' })).toBeVisible();
    await expect(said(eve)).toContainText('The session has ended. Its recording stays.');
    await expect(eve.getByRole('link', { name: 'Open the recording' })).toBeVisible();
    await expectSound(eve);
  });

  await test.step('the list says so to who had a link for that session only, and what leads further', async () => {
    await ana.page.goto(url);
    await expect(ana.page.getByText('The shared session has ended. To share the program again, end breakroom share')).toBeVisible();
    await expect(ana.page.getByText('No programs are configured')).toHaveCount(0);
    await expect(ana.page.getByRole('list', { name: 'Recordings' }).getByRole('listitem')).toHaveCount(1);
    await expectSound(ana.page);
    await page.goto(url);
    await expect(page.getByText('Your link was for one session, which has ended. For another, ask a host for a new link.')).toBeVisible();
  });
});

test('deleting a recording: asked first, by its name; what fails is said and can be tried again', async ({ world }) => {
  const porch = await world.porch();
  const { url, hostUrl } = await world.serve({ targets: [{ name: 'porch', address: porch.address }], hostLink: true });
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl!, 'Ana');
  await page.getByRole('button', { name: 'Start debugging porch' }).click();
  await expect(ana.state).toContainText('Running');
  await ana.button('End').click();
  const ending = page.getByRole('dialog', { name: 'End the session' });
  await expect(ending.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await ending.getByRole('button', { name: 'End now' }).click();
  await expect(page.getByText('This session has ended')).toBeVisible();
  const heard = await listen(page);
  await page.goto(url);
  const row = page.getByRole('list', { name: 'Recordings' }).getByRole('listitem');
  const cross = row.getByRole('button', { name: /^Delete the recording of porch/ });
  const dialog = page.getByRole('dialog', { name: 'Delete the recording' });
  const deletes = dialog.getByRole('button', { name: 'Delete it' });

  await test.step('whoever changes their mind is where they were, and nothing happened', async () => {
    await cross.press('Enter');
    await expect(dialog).toHaveAccessibleDescription(/^The recording of porch from \d+ \w+.*0 stops.*This cannot be undone\.$/);
    await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
    await expectSound(page);
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
    await expect(cross).toBeFocused();
    await cross.press('Enter');
    await page.keyboard.press('Enter');
    await expect(dialog).toHaveCount(0);
    await expect(cross).toBeFocused();
    await expect(row).toHaveCount(1);
  });

  await test.step('a server that is away, and one that is slow', async () => {
    await page.route('**/api/sessions/*', (route) => route.abort());
    await cross.press('Enter');
    await deletes.press('Enter');
    await expect(dialog.getByRole('alert')).toContainText('The server cannot be reached.');
    await expect(deletes).toBeFocused();
    await expectSound(page);
    await page.unroute('**/api/sessions/*');
    const go = await holdBack(page, '**/api/sessions/*');
    await deletes.press('Enter');
    await expect(dialog.getByRole('button', { name: 'Deleting …' })).toBeFocused();
    await expect(dialog.getByText('The server has not answered yet.', { exact: true }).first()).toBeVisible();
    await expectSound(page);
    await go();
  });

  await test.step('done: said, and the focus is near', async () => {
    await expect(dialog).toHaveCount(0);
    await expect(row).toHaveCount(0);
    await expect(page.getByRole('heading', { name: 'Recordings' })).toBeFocused();
    await expect.poll(() => heard).toContain('The recording is deleted.');
    await expect(said(page)).toContainText('The recording is deleted.');
  });
});

test('a recording that somebody else deleted', async ({ world }) => {
  const porch = await world.porch();
  const { url, hostUrl } = await world.serve({ targets: [{ name: 'porch', address: porch.address }], hostLink: true });
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl!, 'Ana');
  await page.getByRole('button', { name: 'Start debugging porch' }).click();
  await expect(ana.state).toContainText('Running');
  await ana.button('End').click();
  await page.getByRole('button', { name: 'End now' }).click();
  await page.getByRole('link', { name: 'Open the recording' }).click();
  await expect(page.getByText('The program was never paused in this session.')).toBeVisible();
  await expectSound(page);
  const recording = new Room(page);

  const list = await page.context().newPage();
  await list.clock.install();
  await list.goto(url);
  const row = list.getByRole('list', { name: 'Recordings' }).getByRole('listitem');
  await expect(row).toHaveCount(1);

  await test.step('in the list: deleting it once more; an answer of before that comes late changes nothing', async () => {
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    let asked = 0;
    await list.route('**/api/sessions', async (route) => {
      const first = ++asked === 1;
      const response = await route.fetch();
      if (first) await gate;
      await route.fulfill({ response });
    });
    await list.clock.runFor(5_000);
    await expect.poll(() => asked).toBe(1);
    // Less than a request may take.
    await list.clock.runFor(12_000);
    expect(asked, 'by itself it asks when it was answered').toBe(1);
    await page.request.delete(`${url}/api/sessions/${page.url().match(/r\/([-0-9a-f]+)/)![1]}`, { headers: { origin: url } });
    await row.getByRole('button', { name: /^Delete the recording/ }).click();
    await list.getByRole('dialog', { name: 'Delete the recording' }).getByRole('button', { name: 'Delete it' }).click();
    await expect(new Room(list).toast('Somebody had deleted this recording already.')).toBeVisible();
    await expect(row).toHaveCount(0);
    const late = list.waitForEvent('requestfinished', (request) => request.url().endsWith('/api/sessions'));
    release();
    await late;
    await list.evaluate(() => new Promise((done) => setTimeout(done, 200)));
    expect(await row.count()).toBe(0);
    await expect(list.getByText('No recordings yet.')).toBeVisible();
  });

  await test.step('where it is open: said, and what was loaded stays', async () => {
    await page.getByRole('slider', { name: 'Moment' }).fill('2');
    await expect(page.getByText('Somebody has deleted this recording. What is below is still event')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Try again' })).toHaveCount(0);
    await expect(recording.state).toBeVisible();
    await expectSound(page);
    await page.reload();
    await expect(page.getByRole('heading', { name: 'There is no such recording' })).toBeVisible();
  });
});
