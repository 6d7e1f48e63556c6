/** Addresses of the web, in what the program prints and in what people write. */
import { join as path } from 'node:path';
import type { Locator } from '@playwright/test';
import { expectAccessible } from './support/axe';
import { join } from './support/room';
import { expect, test } from './support/world';

const PROGRAM = `import time

while True:
    print('\\x1b[36mRunning on\\x1b[0m (http://lamps.example/\\x1b[1mporch\\x1b[0m).')
    print('javascript:alert(1)//:// and <a href="https://lamps.example/html">a tag</a>')
    try:
        raise ValueError('see https://lamps.example/why')
    except ValueError as error:
        import traceback
        traceback.print_exc()
    time.sleep(0.2)
`;
const SLEEP = 11;

for (const [colorScheme, width] of [
  ['light', 1280],
  ['dark', 390],
] as const) {
  test(`addresses are links that tell nobody where they were clicked, ${colorScheme}, ${width} wide`, async ({ world }) => {
    const folder = world.folder();
    const { hostUrl } = await world.share(await world.program(PROGRAM, folder));
    const page = await world.browserOf('Ana', { colorScheme });
    await page.context().route('http://lamps.example/**', (route) => route.fulfill({ contentType: 'text/html', body: 'lamps' }));
    const ana = await join(page, hostUrl, 'Ana');
    await ana.open(path(folder, 'program.py'));
    // Paused: what is looked at isn't scrolled away.
    await ana.clickGutter(SLEEP);
    await ana.expectPausedAt(SLEEP, 'program.py');
    const of = (where: Locator, name: string): Locator => where.getByRole('link', { name, exact: true }).last();

    await test.step('what people write', async () => {
      await ana.say('look at https://lamps.example/chat, please (or http://a.example/b_(c))');
      const text = await ana.addNote(SLEEP);
      await text.pressSequentially('as in https://lamps.example/note.');
      await ana.notes.getByRole('button', { name: /^Done with/ }).click();
      await expectLink(of(ana.chat, 'https://lamps.example/chat'));
      await expectLink(of(ana.chat, 'http://a.example/b_(c)'));
      await expectLink(of(ana.notes, 'https://lamps.example/note'));
    });

    await page.setViewportSize({ width, height: 800 });
    if (width < 400) await page.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name: 'Output' }).click();

    await test.step('what the program prints, and nothing else in it', async () => {
      await expectLink(of(ana.output, 'http://lamps.example/porch'));
      await expectLink(of(ana.output, 'https://lamps.example/why'));
      // A tag is text like any other.
      await expect(ana.output).toContainText('<a href="https://lamps.example/html">a tag</a>');
      await expectLink(of(ana.output, 'https://lamps.example/html'));
      await expect(ana.output.getByRole('link', { name: /script|a tag/ })).toHaveCount(0);
      await expect(ana.output.locator('[tabindex="0"]'), 'one stop for Tab').toHaveCount(1);
      await expectAccessible(page);
    });

    await test.step('it opens apart, by keyboard as by mouse; places and links are one list', async () => {
      await of(ana.output, 'https://lamps.example/why').press('ArrowUp');
      // The line that raised it, then where that is.
      await page.keyboard.press('ArrowUp');
      const place = ana.output.getByRole('button', { name: /program\.py/ }).last();
      await expect(place).toBeFocused();
      const up = of(ana.output, 'http://lamps.example/porch');
      await place.press('ArrowUp');
      await expect(of(ana.output, 'https://lamps.example/html')).toBeFocused();
      await page.keyboard.press('ArrowUp');
      await expect(up).toBeFocused();
      for (const open of [() => page.keyboard.press('Enter'), () => up.click()]) {
        const [opened] = await Promise.all([page.context().waitForEvent('page'), open()]);
        await expect(opened.getByText('lamps')).toBeVisible();
        expect(opened.url()).toBe('http://lamps.example/porch');
        expect(await opened.evaluate(() => [document.referrer, window.opener])).toEqual(['', null]);
        await opened.close();
      }
    });
  });
}

async function expectLink(link: Locator): Promise<void> {
  await expect(link).toHaveAttribute('rel', 'noopener noreferrer');
  await expect(link).toHaveAttribute('target', '_blank');
  // Nothing before it turns its letters round.
  await expect(link).toHaveCSS('unicode-bidi', 'isolate');
  // Its text is where it leads.
  expect(await link.getAttribute('href')).toBe(await link.textContent());
}
