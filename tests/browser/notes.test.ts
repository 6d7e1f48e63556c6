/** Threads beside the code: written and answered live by several people, settled, found again, replayed. */
import { expectAccessible } from './support/axe';
import { PORCH, porchLine } from './support/debuggee';
import { inviteLink, join, Room } from './support/room';
import { expect, test, type World } from './support/world';

const IDLE = porchLine('idle = now - self.last_motion');
const IF = porchLine('if idle >= self.hold');
const CALL = porchLine('device.tick(now)');

/** Ada drives, Bob helps, Cem looks on. */
async function people(world: World): Promise<{ ada: Room; bob: Room; cem: Room }> {
  const { hostUrl, inviteUrl } = await world.share(await world.porch());
  const ada = await join(await world.browserOf('Ada'), hostUrl, 'Ada');
  const bob = await join(await world.browserOf('Bob'), inviteUrl, 'Bob');
  const cem = await join(await world.browserOf('Cem'), await inviteLink(ada, 'Watcher'), 'Cem');
  await ada.open(PORCH);
  await ada.clickGutter(IDLE);
  for (const one of [ada, bob, cem]) await one.expectPausedAt(IDLE);
  return { ada, bob, cem };
}

test('a thread is written, answered by several at once, resolved, found, and replayed as it was', async ({ world }) => {
  const { ada, bob, cem } = await people(world);
  const thread = new RegExp(`^Note at porch.py:${IDLE} by Ada`);

  await test.step('Ada writes; Bob answers; Cem sees every letter and cannot write', async () => {
    // Until its editor is there a plain field takes the same text, and others see it.
    let come = (): void => {};
    const held = new Promise<void>((resolve) => (come = resolve));
    await ada.page.route(/note-editor/, (route) => held.then(() => route.continue()));
    const text = await ada.addNote(IDLE);
    await text.pressSequentially('why ');
    await expect(cem.note(thread)).toContainText('why');
    await expect(ada.notes.locator('.cm-content')).toHaveCount(0);
    come();
    await expect(ada.notes.locator('.cm-content')).toBeFocused();
    await text.pressSequentially('is it <b>dark</b>?');
    await ada.page.keyboard.press('Escape');
    await expect(ada.note(thread).getByRole('button', { name: /^Edit note/ })).toBeFocused();
    for (const one of [bob, cem]) await expect(one.note(thread)).toContainText('why is it <b>dark</b>?');
    const told = expect(ada.toast(`Bob replies to the note at porch.py:${IDLE}.`)).toBeVisible();
    await bob.note(thread).getByRole('button', { name: /^Reply to/ }).click();
    const reply = bob.notes.getByRole('textbox', { name: 'Reply text' });
    await expect(reply).toBeFocused();
    await bob.page.keyboard.type('since');
    await expect(cem.reply(/^Reply by Bob/)).toContainText('since');
    await bob.page.keyboard.type(' the postman came');
    await expect(cem.reply(/^Reply by Bob/)).toContainText('since the postman came');
    await told;
    await expect(cem.notes.getByRole('button', { name: /^(Reply|Edit|Resolve|Remove)/ })).toHaveCount(0);
    await expect(cem.notes.getByRole('button', { name: 'Add a note' })).toHaveAttribute('aria-disabled', 'true');
    await expect(cem.notes.getByRole('textbox', { name: /text$/ })).toHaveCount(0);
  });

  await test.step('both type in one reply at once', async () => {
    await ada.note(thread).getByRole('button', { name: 'Edit reply by Bob' }).click();
    const [hers, his] = [ada, bob].map((one) => one.notes.getByRole('textbox', { name: 'Reply text' }));
    await expect(hers!).toBeFocused();
    await ada.page.keyboard.press('Control+Home');
    await bob.page.keyboard.press('Control+End');
    await Promise.all([hers!.pressSequentially('ADAADAADA '), his!.pressSequentially(' bobbobbob')]);
    const whole = 'ADAADAADA since the postman came bobbobbob';
    // Names stand at each other's cursors.
    await expect(hers!).toContainText('bobbobbob');
    await expect(his!).toContainText('ADAADAADA');
    await expect(his!.locator('.cm-ySelectionInfo')).toHaveText('Ada');
    for (const one of [ada, bob]) await one.page.keyboard.press('Escape');
    for (const one of [ada, bob, cem]) await expect(one.reply(/^Reply by Bob/)).toContainText(whole);
    await expect(cem.noteTags).toHaveText(['✎ Ada: why is it <b>dark</b>? · 1 reply']);
  });

  await test.step('an empty reply that was left is gone', async () => {
    await bob.note(thread).getByRole('button', { name: /^Reply to/ }).click();
    await expect(ada.reply(/^Reply by Bob/)).toHaveCount(2);
    await bob.page.keyboard.press('Escape');
    await expect(ada.reply(/^Reply by Bob/)).toHaveCount(1);
    await expect(bob.page.locator(':focus')).toHaveCount(1);
  });

  await test.step('resolved with a name, at the next stop: quieter, folded, out of the source', async () => {
    await ada.page.keyboard.press('F10');
    for (const one of [ada, bob, cem]) await one.expectPausedAt(IF);
    await bob.note(thread).getByRole('button', { name: /^Resolve/ }).click();
    await expect(bob.note(thread)).toContainText('Resolved by you');
    for (const one of [ada, cem]) await expect(one.note(thread)).toContainText('Resolved by Bob');
    for (const one of [ada, bob, cem]) {
      await expect(one.reply(/^Reply by Bob/)).toHaveCount(0);
      await expect(one.note(thread)).toContainText('1 reply');
      await expect(one.noteTags).toHaveCount(0);
    }
    await ada.note(thread).getByRole('button', { name: /^Unfold/ }).click();
    await expect(ada.reply(/^Reply by Bob/)).toBeVisible();
  });

  await test.step('the filter: by state, author, file and words; each empty list says what to do', async () => {
    await (await bob.addNote(CALL)).pressSequentially('this is the loop');
    await bob.page.keyboard.press('Escape');
    const second = new RegExp(`^Note at porch.py:${CALL} by Bob`);
    await expect(ada.note(second)).toBeVisible();
    const [show, words] = [ada.notes.getByRole('combobox', { name: 'Which notes' }), ada.notes.getByRole('searchbox', { name: 'Filter the notes' })];
    const count = ada.notes.getByText(/^\d( of \d)?$/).last();
    await show.selectOption('Open');
    await expect(ada.note(/^Note at/)).toHaveCount(1);
    await expect(ada.note(second)).toBeVisible();
    await expect(count).toHaveText('1 of 2');
    await show.selectOption('Resolved');
    await expect(ada.note(thread)).toBeVisible();
    await expect(ada.note(second)).toHaveCount(0);
    await show.selectOption('Mine');
    await expect(ada.note(thread)).toBeVisible();
    await expect(ada.note(second)).toHaveCount(0);
    await show.selectOption('This file');
    await expect(ada.note(/^Note at/)).toHaveCount(2);
    await words.fill('LOOP');
    await expect(ada.note(/^Note at/)).toHaveCount(1);
    await words.fill('nobody wrote this');
    await expect(ada.notes).toContainText('No note that is looked for has “nobody wrote this”.');
    await ada.notes.getByRole('button', { name: 'Show all' }).click();
    await expect(ada.note(/^Note at/)).toHaveCount(2);
    await expect(words).toHaveValue('');
    const his = cem.notes.getByRole('combobox', { name: 'Which notes' });
    await his.selectOption('Mine');
    await expect(cem.notes).toContainText('You wrote no note and no reply.');
    await his.selectOption('All');
  });

  await test.step('a click on a tag, and a key, lead to the thread', async () => {
    await ada.clickLine(CALL);
    await ada.noteTags.filter({ hasText: 'this is the loop' }).click();
    const [first, loop] = [thread, new RegExp(`^Note at porch.py:${CALL}`)].map((name) => ada.note(name).getByRole('button').first());
    await expect(loop!).toBeFocused();
    await ada.clickLine(IDLE);
    await ada.page.keyboard.press('Alt+Shift+N');
    await expect(first!).toBeFocused();
    await ada.clickLine(IDLE + 2);
    await ada.page.keyboard.press('Alt+Shift+N');
    await expect(ada.toast(/There is no note on this line\./)).toBeVisible();
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    await ada.page.emulateMedia({ colorScheme });
    await expectAccessible(ada.page);
  }

  await test.step('a reload keeps all', async () => {
    await cem.page.reload();
    await expect(cem.note(thread)).toContainText('Resolved by Bob');
    await cem.note(thread).getByRole('button', { name: /^Unfold/ }).click();
    await expect(cem.reply(/^Reply by Bob/)).toContainText('ADAADAADA since the postman came bobbobbob');
  });

  await test.step('its stop is a link to that moment of the recording, where it was still open', async () => {
    const [tab] = await Promise.all([ada.page.waitForEvent('popup'), ada.note(thread).getByRole('link', { name: 'stop 1' }).click()]);
    const then = new Room(tab);
    await then.expectPausedAt(IDLE);
    await expect(tab).toHaveURL(/\/r\/[-0-9a-f]+#stop=1$/);
    await expect(then.note(thread)).not.toContainText('Resolved');
    await expect(then.reply(/^Reply by Bob/)).toContainText('since the postman came');
    await expect(then.noteTags).toHaveCount(1);
    await tab.close();
  });

  await test.step('reopened by another; then removed under the hands of who writes a reply', async () => {
    await ada.note(thread).getByRole('button', { name: /^Reopen/ }).click();
    for (const one of [ada, bob, cem]) {
      await expect(one.note(thread)).not.toContainText('Resolved');
      await expect(one.noteTags).toHaveCount(2);
    }
    const second = new RegExp(`^Note at porch.py:${CALL} by Bob`);
    await ada.note(second).getByRole('button', { name: /^Reply to/ }).click();
    await ada.page.keyboard.type('one more');
    await expect(bob.note(second)).toContainText('one more');
    await bob.note(second).getByRole('button', { name: /^Remove note/ }).click();
    // With somebody's reply it is asked once more.
    await bob.note(second).getByRole('button', { name: /^Really remove note/ }).click();
    await expect(ada.toast('What you were writing in was removed by somebody else.')).toBeVisible();
    for (const one of [ada, bob, cem]) await expect(one.note(second)).toHaveCount(0);
    // Bob may remove his own reply, not Ada's note.
    await expect(bob.note(thread).getByRole('button', { name: /^Remove note/ })).toHaveCount(0);
    await expect(bob.note(thread).getByRole('button', { name: 'Remove reply by Bob' })).toBeVisible();
  });

  await test.step('the recording: open at the first stop, resolved at the second', async () => {
    await bob.note(thread).getByRole('button', { name: /^Resolve/ }).click();
    await expect(ada.note(thread)).toContainText('Resolved by Bob');
    await ada.button('End').click();
    await ada.page.getByRole('button', { name: 'End now' }).click();
    await ada.page.getByRole('link', { name: 'Open the recording' }).click();
    await ada.expectPausedAt(IDLE);
    await expect(ada.note(thread)).not.toContainText('Resolved');
    await expect(ada.reply(/^Reply by Bob/)).toContainText('since the postman came');
    await ada.button('Next stop').click();
    await ada.expectPausedAt(IF);
    await expect(ada.note(thread)).toContainText('Resolved by Bob');
    await expect(ada.noteTags).toHaveCount(0);
    await expect(ada.notes.getByRole('button', { name: /^(Reply|Edit|Resolve|Reopen|Remove)/ })).toHaveCount(0);
    await expectAccessible(ada.page);
    await ada.note(thread).getByRole('link', { name: 'stop 1' }).click();
    await ada.expectPausedAt(IDLE);
    await expect(ada.note(thread)).not.toContainText('Resolved');
  });
});

test('a thread on a phone: read, answered, resolved by thumb', async ({ world }) => {
  const { hostUrl, inviteUrl } = await world.share(await world.porch());
  const ada = await join(await world.browserOf('Ada'), hostUrl, 'Ada');
  const page = await world.browserOf('Bob', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const bob = await join(page, inviteUrl, 'Bob');
  const tab = (name: string): ReturnType<typeof page.getByRole> => page.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name, exact: true });
  await ada.open(PORCH);
  await ada.clickGutter(IDLE);
  await bob.expectPausedAt(IDLE);
  for (const words of ['first', 'second', 'third']) {
    await (await ada.addNote(IDLE)).fill(words);
    await ada.page.keyboard.press('Escape');
  }
  await expect(bob.noteTags).toHaveText(['✎ Ada: first', '✎ Ada: second', '+1']);
  await bob.noteTags.filter({ hasText: '+1' }).tap();
  await expect(bob.note(/by Ada/).last()).toBeInViewport();
  await expect(bob.note(/by Ada/).last().getByRole('button').first()).toBeFocused();
  await bob.note(/by Ada/).last().getByRole('button', { name: /^Reply to/ }).tap();
  await page.keyboard.type('from my phone');
  await expect(ada.reply(/by Bob/)).toContainText('from my phone');
  await bob.notes.getByRole('button', { name: 'Done with reply by Bob' }).tap();
  for (const name of [/^Reply to/, /^Resolve/, /^Edit note/]) {
    const box = await bob.note(/by Ada/).last().getByRole('button', { name }).boundingBox();
    expect(Math.min(box!.width, box!.height), `${name} is large enough for a thumb`).toBeGreaterThanOrEqual(40);
  }
  await bob.note(/by Ada/).last().getByRole('button', { name: /^Resolve/ }).tap();
  await expect(ada.note(/resolved$/)).toContainText('Resolved by Bob');
  await expectAccessible(page);
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(sideways, 'nothing to scroll sideways').toBeLessThanOrEqual(0);
  await bob.notes.getByRole('button', { name: new RegExp(`^porch.py:${IDLE}`) }).first().tap();
  await expect(tab('Source')).toHaveAttribute('aria-pressed', 'true');
});
