/** What holds for every view in every state: axe in light and dark, nothing moves for who wants none of it, and it fits a phone. */
import { expect, type Page } from '@playwright/test';
import { expectAccessible } from './axe';

export async function expectSound(page: Page): Promise<void> {
  const before = page.viewportSize();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await expectAccessible(page);
  }
  const moving = await page.evaluate(() =>
    document.getAnimations().map(({ effect }) => (effect as KeyframeEffect).target?.outerHTML.slice(0, 200)),
  );
  expect.soft(moving, `moves at ${page.url()}`).toEqual([]);
  await page.setViewportSize({ width: 390, height: 844 });
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect.soft(over, `to scroll sideways on a phone at ${page.url()}`).toBeLessThanOrEqual(0);
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  if (before) await page.setViewportSize(before);
}
