/** What somebody may not do, they propose: a card for who decides, and what came of it for everybody. */
import { expectAccessible } from './support/axe';
import { PORCH, porchLine } from './support/debuggee';
import { inviteLink, join } from './support/room';
import { expect, test } from './support/world';

const IDLE = porchLine('idle = now - self.last_motion');
const IF = porchLine('if idle >= self.hold');
const OFF = porchLine('self.switch(False, now,');

test('a watcher proposes, the host decides with one click, and everybody sees what came of it', async ({ world }) => {
  const porch = await world.porch();
  const { hostUrl } = await world.share(porch);
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl, 'Ana');
  const wesPage = await world.browserOf('Wes');
  const wes = await join(wesPage, await inviteLink(ana, 'Watcher'), 'Wes');
  await ana.open(PORCH);
  await ana.clickGutter(IDLE);
  for (const room of [ana, wes]) await room.expectPausedAt(IDLE);

  await test.step('a step: a card for the host, and it is made once only', async () => {
    await wesPage.keyboard.press('F10');
    await expect(wes.toast('You propose to step over.')).toBeVisible();
    await expect(wes.button('Step over')).toHaveAttribute('title', /You have proposed this already/);
    await expect(wes.proposals.getByRole('button', { name: 'Withdraw your proposal' })).toBeVisible();
    await expect(ana.proposals).toContainText('Wes proposes to step over');
    await expectAccessible(page);
    await expectAccessible(wesPage);
    // By keyboard alone.
    await page.keyboard.press('Alt+Shift+O');
    await expect(ana.proposals.getByRole('button', { name: 'Run the proposal of Wes' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(wes.toast('Ana ran your proposal to step over.')).toBeVisible();
    for (const room of [ana, wes]) await room.expectPausedAt(IF);
    await expect(ana.proposals.getByRole('listitem', { name: 'Proposal of Wes' })).toHaveCount(0);
  });

  await test.step('code in the console: declined, and then run with its result', async () => {
    const typed = wes.page.getByRole('combobox', { name: 'Expression' });
    await typed.fill('idle + 1000');
    await wes.page.getByRole('button', { name: 'Propose', exact: true }).click();
    await expect(ana.proposals).toContainText('Wes proposes to evaluate idle + 1000');
    await ana.proposals.getByRole('button', { name: 'Decline the proposal of Wes' }).click();
    await expect(wes.toast('Ana declined your proposal to evaluate idle + 1000.')).toBeVisible();
    await typed.fill('idle + 2000');
    await wesPage.keyboard.press('Enter');
    await ana.proposals.getByRole('button', { name: 'Run the proposal of Wes' }).click();
    await expect(wes.toast(/Ana ran your proposal to evaluate idle \+ 2000: 20\d\d\./)).toBeVisible();
    await wes.proposals.getByText(/decided proposal/).click();
    const past = wes.proposals.getByRole('list', { name: 'Decided proposals' }).getByRole('listitem');
    await expect(past.first()).toContainText(/done.*idle \+ 2000\s*20\d\d/);
    await expect(past.nth(1)).toContainText(/declined.*idle \+ 1000/);
    await expectAccessible(wesPage);
  });

  await test.step('a plain name is read without asking', async () => {
    await wes.page.getByRole('combobox', { name: 'Expression' }).fill('idle');
    await wes.page.getByRole('button', { name: 'Evaluate', exact: true }).click();
    await expect(ana.page.getByRole('log', { name: 'Evaluations' })).toContainText(/Wes\s*›\s*idle\s*\d+ int/);
  });

  await test.step('a conditional breakpoint, which is the host’s when they agree', async () => {
    await wes.chooseAt(OFF, /^Breakpoint with condition/);
    const form = wes.source.getByRole('group', { name: `New breakpoint at porch.py:${OFF}` });
    await form.getByRole('textbox', { name: 'Condition' }).fill('idle > 100000');
    await expectAccessible(wesPage);
    await form.getByRole('button', { name: 'Propose' }).click();
    await expect(ana.proposals).toContainText(`Wes proposes to set a breakpoint at porch.py:${OFF} if idle > 100000`);
    await ana.proposals.getByRole('button', { name: 'Run the proposal of Wes' }).click();
    for (const room of [ana, wes]) await expect(room.breakpoint(/Breakpoint of Ana, .*if idle > 100000/)).toBeVisible();
  });

  await test.step('setting a variable, and taking it back', async () => {
    await wes.variable('idle').press('F2');
    const typed = wesPage.getByRole('textbox', { name: 'Proposed value of idle' });
    await typed.fill('0');
    await typed.press('Enter');
    await expect(ana.proposals).toContainText('Wes proposes to set idle to 0');
    await wes.proposals.getByRole('button', { name: 'Withdraw your proposal' }).click();
    await expect(ana.proposals.getByRole('listitem', { name: 'Proposal of Wes' })).toHaveCount(0);
  });

  await test.step('what was meant for a stop is too late when the program runs on', async () => {
    await wes.button('Propose: Step out').click();
    await expect(ana.proposals).toContainText('step out');
    await ana.button('Continue').click();
    await expect(wes.toast(/It is too late for your proposal to step out/)).toBeVisible();
  });
});

test('on a phone the host decides beside the thumb', async ({ world }) => {
  const porch = await world.porch();
  const { hostUrl } = await world.share(porch);
  const page = await world.browserOf('Ana', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const ana = await join(page, hostUrl, 'Ana');
  const wes = await join(await world.browserOf('Wes'), await inviteLink(ana, 'Watcher'), 'Wes');
  await ana.open(PORCH);
  await ana.clickGutter(IDLE);
  await ana.expectPausedAt(IDLE);
  await wes.expectPausedAt(IDLE);
  await wes.button('Propose: Step over').click();

  const bar = page.getByRole('region', { name: 'Proposal to decide' });
  await expect(bar).toContainText('Wes proposes to step over');
  const run = bar.getByRole('button', { name: 'Run' });
  await expect(run).toBeInViewport({ ratio: 1 });
  const box = (await run.boundingBox())!;
  expect(box.height).toBeGreaterThanOrEqual(44);
  await expect(page.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name: /Proposals\s*, 1 to decide/ })).toBeVisible();
  await expect(ana.button('Continue')).toBeInViewport({ ratio: 1 });
  await expectAccessible(page);
  await test.step('Run is where it is on a card: a thumb remembers', async () => {
    expect(box.x).toBeLessThan((await bar.getByRole('button', { name: 'Decline' }).boundingBox())!.x);
    await page.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name: /^Proposals/ }).tap();
    const [onCard, decline] = ['Run', 'Decline'].map((name) => ana.proposals.getByRole('button', { name: new RegExp(`^${name} the`) }));
    await expect(onCard!).toBeVisible();
    expect((await onCard!.boundingBox())!.x).toBeLessThan((await decline!.boundingBox())!.x);
    await page.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name: 'Source' }).tap();
  });
  await run.tap();
  await ana.expectPausedAt(IF);
  await expect(bar).toHaveCount(0);
});
