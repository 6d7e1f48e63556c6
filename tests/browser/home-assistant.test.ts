/** From inside Home Assistant: its action starts a session, its sidebar page shows it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expectAccessible } from './support/axe';
import { PASSWORD } from './support/home-assistant';
import { Room } from './support/room';
import { expect, test } from './support/world';

/** What the frontend's root element has, of which the test uses one call. */
type Root = HTMLElement & { hass: { callWS(message: object): Promise<{ response: { session: string; url: string } }> } };

test('the owner starts a session from Home Assistant and sees it in the sidebar page', async ({ world }) => {
  const [porch, house] = await Promise.all([world.porch(), world.homeAssistant()]);
  const { url } = await world.serve({ targets: [{ name: 'porch', address: porch.address }], homeAssistant: house.url });
  await house.setUpBreakroom(url, 'porch');
  const page = await world.browserOf('Owner', { pages: 'foreign' });

  await test.step("the owner signs in to Home Assistant's frontend", async () => {
    await page.goto(house.url);
    await page.getByRole('textbox', { name: 'Username' }).fill('owner');
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await page.keyboard.press('Enter');
    await expect(page.locator('home-assistant')).toBeAttached();
  });

  const started = await test.step('the action breakroom.start_session, as the frontend calls it', async () => {
    await expect.poll(() => page.evaluate(() => !!(document.querySelector('home-assistant') as Root | null)?.hass)).toBe(true);
    const { response } = await page.evaluate(() =>
      (document.querySelector('home-assistant') as Root).hass.callWS({
        type: 'call_service',
        domain: 'breakroom',
        service: 'start_session',
        return_response: true,
      }),
    );
    expect(response.url).toBe(`${url}/s/${response.session}`);
    return response;
  });

  const frame = page.frameLocator('iframe');

  await test.step('the sidebar page shows Breakroom, which lets Home Assistant frame it', async () => {
    // It goes to its first page by itself, also from another that was clicked on before that.
    await expect(page).toHaveURL(/\/lovelace\/0$/);
    await page.locator('ha-sidebar').getByText('Breakroom').click();
    await expect(page).toHaveURL(`${house.url}/breakroom`);
    await expect(frame.getByRole('heading', { name: 'Breakroom' })).toBeVisible();
    expect((await fetch(url)).headers.get('content-security-policy')).toContain(`frame-ancestors 'self' ${house.url}`);
  });

  await test.step('in it the owner signs in and opens the session', async () => {
    await frame.getByLabel('Long-lived access token').fill(house.ownerToken);
    await frame.getByRole('button', { name: 'Sign in' }).click();
    await expect(frame.getByRole('list', { name: 'Live sessions' })).toContainText('by Owner');
    await frame.getByRole('link', { name: 'Open the session of porch' }).click();
    const room = new Room(page, frame);
    await expect(room.state).toContainText('Running');
    await expect(room.state).toContainText('You drive');
    await expect(room.person('Owner')).toContainText('Host');
  });

  await test.step('ended from Home Assistant: the page says so', async () => {
    await house.call({ type: 'call_service', domain: 'breakroom', service: 'end_session' });
    await expect(frame.getByText('This session has ended. Its recording stays.')).toBeVisible();
    await expect(frame.getByRole('link', { name: 'Open the recording' })).toHaveAttribute('href', `/r/${started.session}`);
  });

  await test.step('no other site may frame it', async () => {
    const site = createServer((_, answer) => answer.setHeader('content-type', 'text/html').end(`<iframe src="${url}"></iframe>`));
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    world.atEnd(() => new Promise((resolve) => site.close(resolve)));
    const other = await world.browserOf('who looks at another site', { pages: 'foreign' });
    const refused = other.waitForEvent('console', (message) => message.text().includes('frame-ancestors'));
    await other.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}`);
    await refused;
    await expect(other.frameLocator('iframe').getByRole('heading', { name: 'Breakroom' })).toHaveCount(0);
  });
});

test('when Home Assistant is away, signing in says so, and who is inside stays', async ({ world }) => {
  const [porch, house] = await Promise.all([world.porch(), world.homeAssistant()]);
  const { url } = await world.serve({ targets: [{ name: 'porch', address: porch.address }], homeAssistant: house.url });
  const page = await world.browserOf('Owner');
  await page.goto(url);
  await page.getByLabel('Long-lived access token').fill(house.ownerToken);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Start debugging porch' }).click();
  const owner = new Room(page);
  await expect(owner.state).toContainText('Running');
  await house.process.end('SIGKILL');
  const bob = await world.browserOf('Bob');
  await bob.goto(url);
  await bob.getByLabel('Long-lived access token').fill(house.bobToken);
  await bob.getByRole('button', { name: 'Sign in' }).click();
  await expect(bob.getByRole('alert')).toContainText(/Home Assistant/);
  await expect(bob.getByText(/cannot be reached/).first()).toBeVisible();
  await expectAccessible(bob);
  await owner.button('Pause').click();
  await expect(owner.state).toContainText('Paused at');
});
