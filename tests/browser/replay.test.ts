/** A past session is replayed: what was seen is shown again, moment by moment. */
import { expectAccessible } from './support/axe';
import { PORCH, porchLine } from './support/debuggee';
import { Room, join, said } from './support/room';
import { expectSound } from './support/sound';
import { expect, test } from './support/world';

const IDLE = porchLine('idle = now - self.last_motion');
const IF = porchLine('if idle >= self.hold');
const CALL = porchLine('device.tick(now)');

test('a session is recorded and replayed', async ({ world }) => {
  const porch = await world.porch({ waits: true });
  const { url, hostUrl } = await world.serve({ targets: [{ name: 'porch', address: porch.address }], hostLink: true });
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl!, 'Ana');

  const seen = await test.step('a session with four stops, a note, output, and two drivers', async () => {
    await page.getByRole('button', { name: 'Start debugging porch' }).click();
    await ana.expectPrinted('porch light   on: postman came');
    const ben = await comeIn(ana, await world.browserOf('Ben'));
    await ana.open(PORCH);
    await ana.clickGutter(IDLE);
    await ana.expectPausedAt(IDLE);
    const now = await ana.variable('now').textContent();
    await page.keyboard.press('F10');
    await ana.expectPausedAt(IF);
    const idle = await ana.variable('idle').textContent();
    await (await ana.addNote(IF)).fill('idle counts from the first movement');
    await page.keyboard.press('Escape');
    await expect(ben.note(/by Ana/)).toContainText('idle counts from the first movement');
    await ana.say('look at idle');
    await expect(ben.chat).toContainText('look at idle');
    await ana.button('Step out').click();
    await ana.expectPausedAt(CALL);
    await ana.person('Ben').getByRole('button', { name: 'Hand the wheel to Ben' }).click();
    await ben.button('Continue').click();
    await ana.expectPausedAt(IDLE);
    await expect(ana.state).toContainText('Ben drives');
    await ana.button('End').click();
    await page.getByRole('button', { name: 'End now' }).click();
    await expect(page.getByRole('link', { name: 'Open the recording' })).toBeVisible();
    return { now, idle };
  });

  await test.step('it is on the page of recordings', async () => {
    await page.goto(url);
    const row = page.getByRole('list', { name: 'Recordings' }).getByRole('listitem');
    await expect(row).toHaveCount(1);
    await expect(row).toContainText('porch');
    await expect(row).toContainText('by Ana');
    await expect(row).toContainText('4 stops');
    await expectAccessible(page);
    await row.getByRole('link', { name: /^Replay/ }).click();
  });

  const timeline = page.getByRole('region', { name: 'Timeline' });
  const [previous, next] = ['Previous stop', 'Next stop'].map((name) => ana.button(name));

  await test.step('it opens at the first stop', async () => {
    await expect(timeline).toContainText('Stop 1 of 4');
    await expect(page).toHaveURL(/\/r\/[-0-9a-f]+#stop=1$/);
    await ana.expectPausedAt(IDLE);
    await expect(ana.text).toContainText('class PorchLight(DimmableLight)');
    await expect(ana.frame('tick')).toBeVisible();
    expect(await ana.variable('now').textContent()).toBe(seen.now);
    await expect(ana.variable('idle')).toHaveCount(0);
    await expect(ana.state).toContainText(/(Ana drives|You drive)$/);
    await expect(ana.breakpoints).toContainText(`porch.py:${IDLE}`);
    await ana.expectPrinted('porch light   on: postman came');
    await expect(ana.notes).toContainText('No notes.');
    await expect(ana.chat).not.toContainText('look at idle');
    await expect(previous!).toHaveAttribute('aria-disabled', 'true');
    await expectAccessible(page);
  });

  await test.step('forward: variables, line, note and chat of the second stop', async () => {
    await next!.click();
    await expect(timeline).toContainText('Stop 2 of 4');
    await ana.expectPausedAt(IF);
    await expect(ana.variable('idle')).toHaveText(seen.idle!);
    await expect(ana.note(/by Ana/)).toContainText('idle counts from the first movement');
    await expect(ana.chat).toContainText('look at idle');
  });

  await test.step('forward by key, and by the list: who drove changes', async () => {
    await page.keyboard.press('F10');
    await ana.expectPausedAt(CALL);
    await expect(ana.variable('device')).toBeVisible();
    await timeline.getByRole('combobox', { name: 'Stop' }).selectOption({ index: 3 });
    await ana.expectPausedAt(IDLE);
    await expect(timeline).toContainText('Stop 4 of 4');
    await expect(ana.state).toContainText('Ben drives');
    await expect(ana.person('Ben')).toContainText('drives');
    await expect(next!).toHaveAttribute('aria-disabled', 'true');
  });

  await test.step('back: as it was before', async () => {
    await previous!.click();
    await previous!.click();
    await ana.expectPausedAt(IF);
    await expect(ana.variable('idle')).toHaveText(seen.idle!);
    await previous!.click();
    await ana.expectPausedAt(IDLE);
    await expect(ana.variable('idle')).toHaveCount(0);
    await expect(ana.notes).toContainText('No notes.');
  });

  await test.step('the slider leads to moments between stops: at first nothing was printed', async () => {
    await timeline.getByRole('slider', { name: 'Moment' }).fill('1');
    await expect(ana.output).toContainText('Nothing was printed yet.');
    await expect(page).toHaveURL(/#at=1$/);
    await expect(ana.executionLine).toHaveCount(0);
  });

  await test.step('a moment that could not be loaded is said, with what is shown meanwhile, and can be tried again', async () => {
    const slider = timeline.getByRole('slider', { name: 'Moment' });
    await page.route('**/moment?at=*', (route) => route.abort());
    await slider.fill('3');
    const banner = page.getByText('The server cannot be reached. Check that Breakroom is running, then try again. What is below is still event 1.');
    await expect(banner).toBeVisible();
    await expect(said(page)).toContainText('The server cannot be reached.');
    await expectSound(page);
    const again = page.getByRole('button', { name: 'Try again' });
    await again.press('Enter');
    await expect(again).toBeFocused();
    await expect(banner).toBeVisible();
    await page.unroute('**/moment?at=*');
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    await page.route('**/moment?at=*', async (route) => {
      await gate;
      await route.continue();
    });
    await again.press('Enter');
    await expect(page.getByRole('button', { name: 'Trying …' })).toBeFocused();
    await expect(timeline).toContainText('loading …');
    await expectSound(page);
    release();
    await expect(banner).toHaveCount(0);
    await expect(slider, 'the focus is near').toBeFocused();
    await expect(page).toHaveURL(/#at=3$/);
  });

  await test.step('a link to one moment shows the same to who opens it, and after a reload', async () => {
    const link = page.url().replace(/#.*$/, '#stop=3');
    await page.goto(url);
    await page.goto(link);
    await ana.expectPausedAt(CALL);
    await page.reload();
    await ana.expectPausedAt(CALL);
    await expect(timeline).toContainText('Stop 3 of 4');
    await expect(ana.variable('device')).toBeVisible();
    await expect(page).toHaveURL(link);
  });

  await test.step('a link to a stop that there is not leads to the last one, and says so', async () => {
    const link = page.url().replace(/#.*$/, '#stop=99');
    const words = 'This recording has no stop 99: this is its last, stop 4.';
    await page.goto(link);
    await expect(ana.toast(words)).toBeVisible();
    await expect(timeline).toContainText('Stop 4 of 4');
    await expect(page).toHaveURL(/#stop=4$/);
    await page.goto(url);
    await page.goto(link);
    await expect(ana.toast(words)).toBeVisible();
    await expect(timeline).toContainText('Stop 4 of 4');
    await expect(page).toHaveURL(/#stop=4$/);
    await expectSound(page);
  });

  await test.step('a recording cannot be changed', async () => {
    await ana.clickGutter(CALL);
    await expect(ana.toast('A recording cannot be changed.')).toBeVisible();
    await expect(ana.button('Step over')).toHaveCount(0);
  });
});

/** Invites somebody to the session and brings them in. */
async function comeIn(host: Room, page: Room['page']): Promise<Room> {
  await host.button('Invite').click();
  const dialog = host.page.getByRole('dialog', { name: 'Invite somebody' });
  await dialog.getByRole('checkbox', { name: 'Ask me before they come in' }).uncheck();
  await dialog.getByRole('button', { name: 'Make invite link' }).click();
  const link = await dialog.getByRole('textbox', { name: /^Invite link/ }).inputValue();
  await dialog.getByRole('button', { name: 'Close' }).click();
  return join(page, link, 'Ben');
}
