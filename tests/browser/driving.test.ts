/** The homeowner drives while others watch: Home Assistant vouches for both, one program, one wheel. */
import type { Page } from '@playwright/test';
import { expectAccessible } from './support/axe';
import { PORCH, porchLine } from './support/debuggee';
import { Room } from './support/room';
import { expect, test } from './support/world';

const IDLE = porchLine('idle = now - self.last_motion');
const IF = porchLine('if idle >= self.hold');
const CALL = porchLine('device.tick(now)');

test('the homeowner drives while others watch', async ({ world }) => {
  const [porch, house] = await Promise.all([world.porch(), world.homeAssistant()]);
  const { url } = await world.serve({ targets: [{ name: 'porch', address: porch.address }], homeAssistant: house.url });
  const [ownerPage, bobPage] = [await world.browserOf('Owner'), await world.browserOf('Bob')];
  const [owner, bob] = [new Room(ownerPage), new Room(bobPage)];
  /** What is true for both. */
  const both = (see: (room: Room) => Promise<void>): Promise<unknown> => Promise.all([see(owner), see(bob)]);

  await test.step('the owner signs in by a token, and sees the target', async () => {
    await signIn(ownerPage, url, house.ownerToken);
    await expect(ownerPage.getByText('Owner (host)')).toBeVisible();
    const target = ownerPage.getByRole('list', { name: 'Programs' }).getByRole('listitem').filter({ hasText: 'porch' });
    await expect(target).toContainText('debugger active');
    await expectAccessible(ownerPage);
  });

  await test.step('a wrong token is refused with a sentence', async () => {
    await bobPage.goto(url);
    await expect(bobPage.getByLabel('Long-lived access token')).toBeVisible();
    await expect(bobPage.getByText(/signed in|sign in first/i), 'no excuse at a first visit').toHaveCount(0);
    await bobPage.getByLabel('Long-lived access token').fill('not.a.token');
    await bobPage.getByRole('button', { name: 'Sign in' }).click();
    await expect(bobPage.getByRole('alert')).toContainText(/token/i);
    await expectAccessible(bobPage);
  });

  await test.step('the owner starts the session; bob, who is no administrator, comes and watches', async () => {
    await ownerPage.getByRole('button', { name: 'Start debugging porch' }).click();
    await expect(owner.state).toContainText('Running');
    await expect(owner.state).toContainText('You drive');
    await signIn(bobPage, url, house.bobToken);
    await expect(bobPage.getByText('Bob (collaborator)')).toBeVisible();
    await expect(bobPage.getByRole('button', { name: /Start debugging/ })).toHaveCount(0);
    await bobPage.getByRole('link', { name: 'Join the session' }).click();
    await expect(bob.state).toContainText('Owner drives');
    await expect(owner.person('Bob')).toContainText('Collaborator');
  });

  await test.step('the owner sets a breakpoint in the gutter, the program stops, and both see the same', async () => {
    await owner.open(PORCH);
    await owner.clickGutter(IDLE);
    await expect(owner.breakpoint(/Owner/)).toBeVisible();
    await both(async (room) => {
      await room.expectPausedAt(IDLE);
      await expect(room.state).toContainText('breakpoint of Owner');
      await expect(room.frame('tick')).toBeVisible();
      await expect(room.frame('second')).toBeVisible();
      await expect(room.variable('now')).toContainText(/now\s*=\s*\d+/);
      await expect(room.variable('self')).toBeVisible();
      await expect(room.variable('idle')).toHaveCount(0);
      await expect(room.breakpoints).toContainText(`porch.py:${IDLE}`);
    });
    await expectAccessible(ownerPage);
  });

  await test.step('the owner steps by F10, and bob sees each step', async () => {
    await ownerPage.keyboard.press('F10');
    await both(async (room) => {
      await room.expectPausedAt(IF);
      await expect(room.state).toContainText('after a step');
      await expect(room.variable('idle')).toContainText(/idle\s*=\s*\d+/);
    });
    expect(await bob.variable('idle').textContent()).toBe(await owner.variable('idle').textContent());
    await ownerPage.keyboard.press('Shift+F11');
    await both((room) => room.expectPausedAt(CALL));
    await both((room) => expect(room.variable('device')).toBeVisible());
  });

  await test.step('bob may not step: he can propose it, and reads why', async () => {
    for (const name of ['Continue', 'Step over', 'Step into', 'Step out']) {
      await expect(bob.button(`Propose: ${name}`)).toHaveAttribute('title', /Owner drives\. Ask for the wheel first\./);
    }
    await bobPage.keyboard.press('Control+F10');
    await expect(bob.toast(/Run to the cursor: Owner drives/)).toBeVisible();
    await expect(owner.state).toContainText('You drive');
  });

  await test.step('bob asks for the wheel, gets it, and drives', async () => {
    await bob.button('Ask for the wheel').click();
    await expect(owner.person('Bob')).toContainText('asks for the wheel');
    await owner.person('Bob').getByRole('button', { name: 'Hand the wheel to Bob' }).click();
    await expect(bob.state).toContainText('You drive');
    await expect(owner.state).toContainText('Bob drives');
    await expect(owner.button('Step over')).toHaveAttribute('aria-disabled', 'true');
    await bob.button('Continue').click();
    await both((room) => room.expectPausedAt(IDLE));
    await bobPage.keyboard.press('F10');
    await both((room) => room.expectPausedAt(IF));
  });

  await test.step('the owner takes it back', async () => {
    await owner.button('Take the wheel').click();
    await expect(owner.state).toContainText('You drive');
    await expect(bob.state).toContainText('Owner drives');
    await expect(bob.button('Propose: Step over')).toBeVisible();
    await expect(bob.button('End')).toHaveCount(0);
  });

  await test.step('the owner ends the session; both see that, and where the recording is', async () => {
    await owner.button('End').click();
    await ownerPage.getByRole('dialog', { name: 'End the session' }).getByRole('button', { name: 'End now' }).click();
    await both(async (room) => {
      await expect(room.page.getByText('This session has ended. Its recording stays.')).toBeVisible();
      await expect(room.page.getByRole('link', { name: 'Open the recording' })).toBeVisible();
    });
    expect(porch.process.isRunning).toBe(true);
    await bobPage.getByRole('link', { name: 'Open the recording' }).click();
    await bob.expectPausedAt(IDLE);
    await expect(bobPage.getByRole('region', { name: 'Timeline' })).toContainText('Stop 1 of 5');
  });
});

test('where the debugger is not active, starting says so and how to start it', async ({ world }) => {
  const how = 'Run the porch under debugpy first.';
  // Nobody listens on port 9, and nobody is harmed by a connection there.
  const { hostUrl } = await world.serve({ targets: [{ name: 'porch', address: '127.0.0.1:9', howToStart: how }], hostLink: true });
  const page = await world.browserOf('Ana');
  await page.goto(hostUrl!);
  await page.getByRole('textbox', { name: 'Your name' }).fill('Ana');
  await page.getByRole('button', { name: 'Join' }).click();
  const programs = page.getByRole('list', { name: 'Programs' });
  await programs.getByRole('button', { name: 'Start debugging porch' }).click();
  await expect(programs.getByRole('alert')).toContainText('The debugger of porch is not active');
  await expect(programs).toContainText(how);
  await expect(page.getByText('No recordings yet.')).toBeVisible();
  await expect(page.getByRole('list', { name: 'Live sessions' })).toHaveCount(0);
});

async function signIn(page: Page, url: string, token: string): Promise<void> {
  await page.goto(url);
  await page.getByLabel('Long-lived access token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
}
