/**
 * What a person does and sees in a session or a recording, by roles and names. Only the source view's inside (CodeMirror's
 * lines and gutters) has no roles, and is found by its classes.
 */
import { expect, type FrameLocator, type Locator, type Page } from '@playwright/test';

export class Room {
  readonly state: Locator;
  readonly toolbar: Locator;
  readonly source: Locator;
  readonly stack: Locator;
  readonly variables: Locator;
  readonly breakpoints: Locator;
  readonly proposals: Locator;
  readonly watches: Locator;
  readonly people: Locator;
  readonly notes: Locator;
  readonly output: Locator;
  readonly chat: Locator;
  /** Paused here. */
  readonly executionLine: Locator;
  /** Where the cursor is. */
  readonly cursorLine: Locator;

  constructor(
    readonly page: Page,
    within: Page | FrameLocator = page,
  ) {
    const panel = (name: string): Locator => within.getByRole('region', { name, exact: true });
    this.state = within.getByRole('group', { name: 'Session state' });
    this.toolbar = within.getByRole('toolbar');
    this.source = panel('Source');
    this.stack = within.getByRole('tree', { name: 'Call stack' });
    this.variables = within.getByRole('tree', { name: 'Variables' });
    this.breakpoints = panel('Breakpoints');
    this.proposals = panel('Proposals');
    this.watches = panel('Watches');
    this.people = panel('People');
    this.notes = panel('Notes');
    this.output = within.getByRole('log', { name: 'Program output' });
    this.chat = panel('Chat');
    this.cursorLine = this.source.locator('.cm-activeLine');
    this.executionLine = this.source.locator('.cm-lineNumbers .cm-execution-gutter-stop');
  }

  /** Waits for a line of the output, wherever it is in it: only those in view are in the page. */
  async expectPrinted(part: string): Promise<void> {
    const filter = this.page.getByRole('searchbox', { name: 'Filter the output' });
    await filter.fill(part);
    await expect(this.output).toContainText(part);
    await filter.fill('');
  }

  /** A button of the toolbar or the header. */
  button(name: string): Locator {
    return this.page.getByRole('banner').getByRole('button', { name, exact: true });
  }

  /** A message that shows for a while. */
  toast(text: string | RegExp): Locator {
    return this.page.getByRole('region', { name: 'Notifications' }).getByText(text);
  }

  /** Opens a file by typing its path, with a line behind a colon if one is meant. */
  async open(path: string): Promise<void> {
    await this.source.getByRole('button', { name: /^Open (a )?file/ }).first().click();
    const dialog = this.page.getByRole('dialog', { name: 'Open a file of the program' });
    const name = path.replace(/:\d+$/, '').split('/').at(-1)!;
    await dialog.getByRole('combobox', { name: 'Path' }).fill(path);
    // A name alone is looked for among the modules, which have to come.
    if (!path.includes('/')) await expect(dialog.getByRole('option').first()).toContainText(name);
    await dialog.getByRole('combobox', { name: 'Path' }).press('Enter');
    await expect(this.source.getByRole('textbox', { name: `Source of ${name}` })).toBeVisible();
  }

  /** The source as text. */
  get text(): Locator {
    return this.source.getByRole('textbox', { name: /^Source of / });
  }

  /** Clicks beside a line's number. */
  async clickGutter(line: number): Promise<void> {
    const number = await this.lineNumber(line);
    const [at, gutter] = [await number.boundingBox(), await this.source.locator('.cm-breakpoint-gutter').boundingBox()];
    if (!at || !gutter) throw new Error(`line ${line} is not in view`);
    await this.page.mouse.click(gutter.x + gutter.width / 2, at.y + at.height / 2);
  }

  /** Puts the cursor on a line. */
  async clickLine(line: number): Promise<void> {
    const number = await this.lineNumber(line);
    const [at, text] = [await number.boundingBox(), await this.text.boundingBox()];
    if (!at || !text) throw new Error(`line ${line} is not in view`);
    await this.page.mouse.click(text.x + 60, at.y + at.height / 2);
  }

  /** A breakpoint drawn beside a line; its title says what it is. CodeMirror hides its gutters from the roles. */
  breakpoint(title: RegExp): Locator {
    return this.source.locator('.cm-breakpoint-gutter').getByTitle(title);
  }

  /** Waits until the program is paused at a line, and the source shows it. */
  async expectPausedAt(line: number, file = 'porch.py'): Promise<void> {
    await expect(this.state).toContainText(`Paused at ${file}:${line}`);
    await expect(this.executionLine).toHaveText(String(line));
  }

  /** A row of the variables; its text is `name = value`, and the type. */
  variable(name: string): Locator {
    return this.variables.getByRole('treeitem').filter({ hasText: new RegExp(`^\\W*${name}\\s*=`) });
  }

  /** A row of the watches; its text is `expression = value`. */
  watch(expression: string): Locator {
    return this.watches.getByRole('treeitem').filter({ hasText: new RegExp(`^\\W*${expression.replace(/[.*+?()[\]{}|^$\\]/g, '\\$&')}\\s*=`) });
  }

  /** Chooses from a row's menu by keyboard. */
  async choose(row: Locator, item: RegExp): Promise<void> {
    await row.press('Shift+F10');
    await this.page.getByRole('menuitem', { name: item }).click();
  }

  /** Chooses from the menu of a line of the source. */
  async chooseAt(line: number, item: RegExp): Promise<void> {
    await this.clickLine(line);
    await this.text.press('Shift+F10');
    await this.page.getByRole('menuitem', { name: item }).click();
  }

  frame(name: string): Locator {
    return this.stack.getByRole('treeitem', { name: new RegExp(`\\b${name}\\b`) });
  }

  person(name: string): Locator {
    return this.people.getByRole('listitem').filter({ hasText: name });
  }

  note(name: RegExp): Locator {
    return this.notes.getByRole('listitem', { name });
  }

  reply(name: RegExp): Locator {
    return this.notes.getByRole('listitem', { name });
  }

  /** The tags of notes beside the source's lines. */
  get noteTags(): Locator {
    return this.source.locator('.line-tag.note');
  }

  /** Adds a note to a line; its text is typed into what this gives back. */
  async addNote(line: number): Promise<Locator> {
    await this.clickLine(line);
    await this.notes.getByRole('button', { name: 'Add a note' }).click();
    const text = this.notes.getByRole('textbox', { name: 'Note text' });
    await expect(text).toBeFocused();
    return text;
  }

  async say(text: string): Promise<void> {
    await this.chat.getByRole('textbox', { name: 'Message' }).fill(text);
    await this.chat.getByRole('button', { name: 'Send' }).click();
  }

  /** A line's number in the gutter; brings it into view, as only lines in view exist. */
  private async lineNumber(line: number): Promise<Locator> {
    const number = this.source.locator('.cm-lineNumbers .cm-gutterElement').filter({ hasText: new RegExp(`^${line}$`) });
    const scroller = this.source.locator('.cm-scroller');
    await expect(scroller).toBeVisible();
    await expect(async () => {
      await scroller.evaluate((box, target) => {
        const one = box.querySelector('.cm-line')?.getBoundingClientRect().height ?? 20;
        const top = (target - 1) * one;
        // Somewhere in the middle; where it is so already, nothing moves.
        if (top < box.scrollTop + 40 || top > box.scrollTop + box.clientHeight - 60) box.scrollTop = top - box.clientHeight / 2;
      }, line);
      await expect(number).toBeInViewport({ timeout: 500 });
    }).toPass();
    return number;
  }
}

/** What is said to a screen reader at this moment; by a dialog, while one is open. */
export function said(page: Pick<Page, 'locator'>): Locator {
  return page.locator('[data-said]').first();
}

/** All that is said to a screen reader from the next page on, each time it is: a sentence leaves the region after a while. */
export async function listen(page: Page): Promise<string[]> {
  const heard: string[] = [];
  await page.exposeFunction('heard', (text: string) => void heard.push(text));
  await page.addInitScript(() => {
    const SPOKEN = '[data-said] > p, [role="alert"]';
    new MutationObserver((records) => {
      for (const node of records.flatMap(({ addedNodes }) => [...addedNodes])) {
        if (!(node instanceof Element)) continue;
        for (const one of [node, ...node.querySelectorAll('*')])
          if (one.matches(SPOKEN)) (window as unknown as { heard: (text: string) => void }).heard(one.textContent.trim());
      }
    }).observe(document, { childList: true, subtree: true });
  });
  return heard;
}

/** An invite link that lets in at once, made by a host in the dialog. */
export async function inviteLink(host: Room, role: 'Watcher' | 'Collaborator' = 'Collaborator'): Promise<string> {
  await host.button('Invite').click();
  const dialog = host.page.getByRole('dialog', { name: 'Invite somebody' });
  await dialog.getByRole('radio', { name: new RegExp(`^${role}`) }).check();
  await dialog.getByRole('checkbox', { name: 'Ask me before they come in' }).uncheck();
  await dialog.getByRole('button', { name: 'Make invite link' }).click();
  const link = await dialog.getByRole('textbox', { name: /^Invite link/ }).inputValue();
  await dialog.getByRole('button', { name: 'Close' }).click();
  return link;
}

/** In by a host or invite link; gives the room when it opens one. */
export async function join(page: Page, link: string, name: string): Promise<Room> {
  await page.goto(link);
  await page.getByRole('textbox', { name: 'Your name' }).fill(name);
  await page.getByRole('button', { name: 'Join' }).click();
  await page.waitForURL(/\/(s\/[-0-9a-f]+)?$/);
  return new Room(page);
}
