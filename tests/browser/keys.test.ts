/** Keys as one has them elsewhere: presets, one's own keys, and what takes keys from a command. */
import type { Locator, Page } from '@playwright/test';
import { expectAccessible } from './support/axe';
import { PORCH, porchLine } from './support/debuggee';
import { Room, inviteLink, join } from './support/room';
import { expect, test, type World } from './support/world';

const IDLE = porchLine('idle = now - self.last_motion');
const IF = porchLine('if idle >= self.hold');

/** The dialog of keys. */
class Keys {
  readonly dialog: Locator;

  constructor(readonly page: Page) {
    this.dialog = page.getByRole('dialog', { name: 'Keyboard settings' });
  }

  async open(): Promise<void> {
    await this.page.keyboard.press('Alt+Shift+K');
    await expect(this.dialog.getByRole('searchbox', { name: 'Filter commands' })).toBeFocused();
  }

  async close(): Promise<void> {
    await this.page.keyboard.press('Escape');
    await expect(this.dialog).toHaveCount(0);
  }

  row(name: string): Locator {
    return this.dialog.getByRole('row').filter({ has: this.page.getByRole('rowheader', { name: new RegExp(`^${name}( yours)?$`) }) });
  }

  /** A command's keys, in their order. */
  async expectKeys(name: string, ...keys: string[]): Promise<void> {
    await expect(this.row(name).locator('kbd')).toHaveText(keys);
  }

  /** Where keys are pressed. */
  recorder(name: string): Locator {
    return this.dialog.getByRole('textbox', { name: `Press the new keys for ${name}. Escape ends this.` });
  }

  button(name: string): Locator {
    return this.dialog.getByRole('button', { name, exact: true });
  }
}

/** Ada, who drives, at a stop. */
async function atStop(world: World): Promise<{ page: Page; ada: Room; keys: Keys }> {
  const porch = await world.porch();
  const { hostUrl } = await world.share(porch);
  const page = await world.browserOf('Ada');
  const ada = await join(page, hostUrl, 'Ada');
  await ada.open(PORCH);
  await ada.clickGutter(IDLE);
  await ada.expectPausedAt(IDLE);
  return { page, ada, keys: new Keys(page) };
}

test('somebody from another debugger keeps their keys, and makes some of their own', async ({ world }) => {
  const { page, ada, keys } = await atStop(world);
  const link = await inviteLink(ada, 'Watcher');
  const bobPage = await world.browserOf('Bob');
  const bob = await join(bobPage, link, 'Bob');
  await bob.expectPausedAt(IDLE);
  const both = (see: (room: Room) => Promise<void>): Promise<unknown> => Promise.all([see(ada), see(bob)]);

  await test.step('Ada chooses the keys of JetBrains, and F8 steps over; Bob sees the new stop', async () => {
    await expect(ada.button('Step over')).toHaveAttribute('title', 'Step over (F10)');
    await keys.open();
    await keys.dialog.getByRole('radio', { name: /^JetBrains/ }).check();
    await expect(keys.dialog).toContainText('F9 continues, F8 steps over');
    await keys.close();
    await expect(ada.button('Step over')).toHaveAttribute('title', 'Step over (F8)');
    await expect(ada.button('Step over')).toHaveAttribute('aria-keyshortcuts', "F8 Control+'");
    await page.keyboard.press('F8');
    await both((room) => room.expectPausedAt(IF));
    await page.keyboard.press('F9');
    await both((room) => room.expectPausedAt(IDLE));
  });

  await test.step('by keyboard alone, she gives Continue a key of her own', async () => {
    await keys.open();
    await page.keyboard.type('Continue');
    await expect(keys.dialog.getByRole('row')).toHaveCount(1);
    await keys.expectKeys('Continue', 'F9', 'Ctrl+\\');
    // Past the button beside the filter, into the list, which is one stop; or straight down.
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await expect(keys.button('Change F9 of Continue')).toBeFocused();
    await page.keyboard.press('ArrowRight');
    await expect(keys.button('Remove F9 from Continue')).toBeFocused();
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Home');
    await expect(keys.button('Change F9 of Continue')).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(keys.recorder('Continue')).toBeFocused();
    // What is held alone is waited out, and what can't be had is said.
    await page.keyboard.down('Control');
    await expect(keys.recorder('Continue')).toHaveValue('Ctrl+…');
    await page.keyboard.press('w');
    await page.keyboard.up('Control');
    await expect(keys.dialog).toContainText('Ctrl+W: The browser keeps this one for itself.');
    await page.keyboard.press('Enter');
    await expect(keys.dialog).toContainText('Enter: This one is needed to move about the page and to type.');
    await page.keyboard.press('Control+\\');
    await expect(keys.dialog).toContainText('Ctrl+\\: “Continue” has this one already.');
    await expect(keys.recorder('Continue')).toBeFocused();
    // Escape ends this, and not the dialog.
    await page.keyboard.press('Escape');
    await expect(keys.button('Change F9 of Continue')).toBeFocused();
    await expect(page.getByRole('status').first()).toContainText('Nothing was changed.');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('status').first()).toContainText('Press the new keys for Continue. Escape ends this.');
    await page.keyboard.press('Control+Alt+j');
    await keys.expectKeys('Continue', 'Ctrl+Alt+J', 'Ctrl+\\');
    await expect(keys.button('Change Ctrl+Alt+J of Continue')).toBeFocused();
    await expect(keys.row('Continue')).toContainText('yours');
    await keys.close();
    await expect(ada.button('Continue')).toHaveAttribute('title', 'Continue (Ctrl+Alt+J)');
    await page.keyboard.press('F8');
    await both((room) => room.expectPausedAt(IF));
    await page.keyboard.press('Control+Alt+j');
    await both((room) => room.expectPausedAt(IDLE));
  });

  await test.step('it is still there after a reload, and in her other tabs', async () => {
    const other = await page.context().newPage();
    await other.goto(page.url());
    const there = new Room(other);
    await expect(there.button('Continue')).toHaveAttribute('title', 'Continue (Ctrl+Alt+J)');
    await page.reload();
    await ada.expectPausedAt(IDLE);
    await expect(ada.button('Continue')).toHaveAttribute('title', 'Continue (Ctrl+Alt+J)');
    await expect(ada.button('Step over')).toHaveAttribute('title', 'Step over (F8)');
    await keys.open();
    await keys.button('Add another key to Step out').click();
    await page.keyboard.press('F4');
    await keys.expectKeys('Step out', 'Shift+F8', 'Ctrl+Shift+;', 'F4');
    await expect(there.button('Step out')).toHaveAttribute('aria-keyshortcuts', 'Shift+F8 Control+Shift+; F4');
    await other.close();
    await keys.close();
  });

  await test.step('Bob has keys of his own browser, and is told why a driver’s key does nothing', async () => {
    await expect(bob.button('Propose: Step over')).toHaveAttribute('title', /^Propose: Step over \(F10\): You are a watcher/);
    await bobPage.keyboard.press('Control+F10');
    await expect(bob.toast('Run to the cursor: You are a watcher: only the driver can do this.')).toBeVisible();
    await bob.expectPausedAt(IDLE);
  });
});

test('a key belongs to one command, and everything that shows keys knows', async ({ world }) => {
  const { page, ada, keys } = await atStop(world);
  await keys.open();
  await keys.dialog.getByRole('radio', { name: /^JetBrains/ }).check();

  await test.step('a key that another command had is taken from it, which is said, and can be undone', async () => {
    await keys.button('Add another key to Continue').click();
    await page.keyboard.press('F4');
    await keys.button('Change F7 of Step into').click();
    await page.keyboard.press('F8');
    await expect(keys.row('Step into')).toContainText("F8 is taken from “Step over”, which now has Ctrl+'.");
    await keys.expectKeys('Step over', "Ctrl+'");
    await keys.button('Undo').click();
    await keys.expectKeys('Step over', 'F8', "Ctrl+'");
    await keys.expectKeys('Step into', 'F7', 'Ctrl+;');
    await keys.button('Change F7 of Step into').click();
    await page.keyboard.press('F8');
    await keys.button('Back to the preset’s keys for Step over').click();
    await expect(keys.row('Step over')).toContainText('F8 stays with “Step into”.');
    await keys.row('Step over').getByRole('button', { name: /^Change/ }).first().focus();
    await page.keyboard.press('Delete');
    await expect(keys.row('Step over')).toContainText('no key');
  });

  await test.step('help and palette show what she has now; all of it is accessible', async () => {
    await keys.dialog.getByRole('searchbox').fill('F8');
    await expect(keys.row('Step into')).toBeVisible();
    await expect(keys.row('Step over')).toHaveCount(0);
    await keys.dialog.getByRole('searchbox').fill('Step');
    await keys.button('Add a key to Step over').click();
    await page.keyboard.press('Control+w');
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await expectAccessible(page);
    }
    await page.keyboard.press('Escape');
    await keys.close();
    await page.keyboard.press('?');
    const help = page.getByRole('dialog', { name: 'Keyboard' });
    await expect(help).toContainText('Keys of JetBrains, and your own.');
    await expect(help.locator('div').filter({ hasText: /^Continue/ }).last().locator('kbd')).toHaveText(['F9', 'Ctrl+\\', 'F4']);
    await expect(help.locator('div').filter({ hasText: /^Step over/ }).last()).toContainText('no key');
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await expect(help).toHaveCount(0);
    // JetBrains' "Find action".
    await page.keyboard.press('Control+Shift+A');
    const palette = page.getByRole('dialog', { name: 'Commands' });
    await palette.getByRole('combobox').fill('continue');
    await expect(palette.getByRole('option', { name: /^Continue/ }).locator('kbd')).toHaveText('F9');
    await page.keyboard.press('Escape');
    await expect(palette).toHaveCount(0);
    await expect(page.getByRole('button', { name: 'All commands' })).toHaveAttribute('title', 'All commands (Ctrl+Shift+A)');
  });

  await test.step('one command, and then all, go back to the preset’s', async () => {
    await ada.text.focus();
    await page.keyboard.press('?');
    await page.getByRole('button', { name: 'Change keys …' }).press('Enter');
    await keys.button('Back to the preset’s keys for Continue').click();
    await keys.expectKeys('Continue', 'F9', 'Ctrl+\\');
    await keys.button('Back to the preset’s for all').click();
    await keys.expectKeys('Step over', 'F8', "Ctrl+'");
    await keys.expectKeys('Step into', 'F7', 'Ctrl+;');
    await expect(keys.button('Back to the preset’s for all')).toHaveAttribute('aria-disabled', 'true');
    await keys.close();
    await expect(ada.text, 'back to where she was').toBeFocused();
    await page.keyboard.press('F8');
    await ada.expectPausedAt(IF);
  });

  await test.step('those of Chrome’s tools: F8 goes on, F9 steps', async () => {
    await keys.open();
    await keys.dialog.getByRole('radio', { name: /^Chrome/ }).check();
    await keys.close();
    await page.keyboard.press('F8');
    await ada.expectPausedAt(IDLE);
    await page.keyboard.press('F9');
    await ada.expectPausedAt(IF);
    await expect(ada.breakpoint(/line/), 'no breakpoint was set by it').toHaveCount(1);
  });
});

interface Held {
  ctrlKey?: boolean;
  altKey?: boolean;
  altGraph?: boolean;
  isComposing?: boolean;
}

test('keys are found where they are on every keyboard, and what is typed stays text', async ({ world }) => {
  const porch = await world.porch();
  const { hostUrl } = await world.share(porch);
  const page = await world.browserOf('Ada');
  const ada = await join(page, hostUrl, 'Ada');
  await ada.open(PORCH);
  const bobPage = await world.browserOf('Bob');
  // Nothing that can be read, from an older version or a hand: it is said, and the page works.
  await bobPage.addInitScript(() => {
    localStorage.setItem('breakroom.keys', '{"preset":"emacs"');
    // And he has a Mac.
    Object.defineProperty(Navigator.prototype, 'platform', { get: () => 'MacIntel' });
  });
  const bob = await join(bobPage, await inviteLink(ada), 'Bob');
  await expect(bob.toast(/Some of your keys could not be read/)).toBeVisible();
  await expect(bob.toolbar.getByRole('button', { name: /Step over/ })).toHaveAttribute('title', /\(F10\)/);
  await expect(bob.button('All commands')).toHaveAttribute('title', 'All commands (⇧⌘P)');

  /** A press as a browser would send it for another layout. */
  const press = (key: string, code: string, more: Held = {}, where = page): Promise<boolean> =>
    where.evaluate(
      ({ altGraph, ...press }) =>
        (document.activeElement ?? document.body).dispatchEvent(
          new KeyboardEvent('keydown', { ...press, bubbles: true, cancelable: true, modifierAltGraph: altGraph ?? false }),
        ),
      { key, code, ...more },
    );
  const file = page.getByRole('dialog', { name: 'Open a file of the program' });

  await test.step('Ctrl and the key with P on it, on a Russian keyboard', async () => {
    await press('з', 'KeyP', { ctrlKey: true });
    await expect(file).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(file).toHaveCount(0);
  });

  await test.step('AltGr writes; an input method has its keys to itself', async () => {
    expect(await press('ł', 'KeyN', { ctrlKey: true, altKey: true, altGraph: true }), 'left to the browser').toBe(true);
    expect(await press('F1', 'F1', { isComposing: true }), 'left to the input method').toBe(true);
    await expect(ada.notes.getByRole('textbox', { name: 'Note text' })).toHaveCount(0);
    await expect(page.getByRole('dialog')).toHaveCount(0);
    expect(await press('n', 'KeyN', { ctrlKey: true, altKey: true }), 'Ctrl and Alt are no AltGr').toBe(false);
    await expect(ada.notes.getByRole('textbox', { name: 'Note text' })).toBeFocused();
  });

  await test.step('on a Mac, Cmd and Option do what Ctrl and Alt do; in a text field Option writes', async () => {
    await bobPage.keyboard.press('Meta+Shift+P');
    const palette = bobPage.getByRole('dialog', { name: 'Commands' });
    await expect(palette.getByRole('option', { name: /^Open a file of the program/ }).locator('kbd')).toHaveText('⌘P');
    await bobPage.keyboard.press('Escape');
    await expect(palette).toHaveCount(0);
    expect(await press('¶', 'Digit7', { altKey: true }, bobPage)).toBe(false);
    await expect(bob.chat.getByRole('textbox', { name: 'Message' })).toBeFocused();
    expect(await press('¡', 'Digit1', { altKey: true }, bobPage), 'left to the text field').toBe(true);
    expect(await press('p', 'KeyP', { ctrlKey: true }, bobPage), 'Ctrl is not Cmd').toBe(true);
  });

  await test.step('in a text field only what writes nothing is a command', async () => {
    const message = ada.chat.getByRole('textbox', { name: 'Message' });
    await message.focus();
    await page.keyboard.type('what now?');
    await expect(message).toHaveValue('what now?');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await page.keyboard.press('F1');
    await expect(page.getByRole('dialog', { name: 'Commands' })).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await expect(message).toBeFocused();
  });

  await test.step('a command comes before what the source would do with its keys', async () => {
    await ada.clickLine(IDLE);
    await page.keyboard.press('Control+g');
    const line = page.getByRole('dialog', { name: 'Go to a line of porch.py' });
    await line.getByRole('textbox', { name: 'Line' }).fill('9999');
    await page.keyboard.press('Enter');
    await expect(line.getByRole('alert')).toContainText(/A number from 1 to \d+\./);
    await line.getByRole('textbox', { name: 'Line' }).fill(String(IF));
    await page.keyboard.press('Enter');
    await expect(ada.text).toBeFocused();
    await expect(ada.cursorLine).toContainText('if idle >= self.hold');
    await page.keyboard.press('?');
    await expect(page.getByRole('dialog', { name: 'Keyboard' })).toContainText('Keys of VS Code.');
  });
});
