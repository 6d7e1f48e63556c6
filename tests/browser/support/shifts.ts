/** What moved on a page without anybody's doing, as the browser counts it: 0.1 is what is called good, 0 is nothing. */
import type { Page } from '@playwright/test';

interface Shift {
  value: number;
  what: string[];
}

/** Before the page is opened. */
export async function watchShifts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const seen: Shift[] = [];
    Object.assign(globalThis, { shifts: seen });
    type Entry = PerformanceEntry & { value: number; sources: { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }[] };
    const words = (node: Node | null): string => (node instanceof Element ? node.outerHTML : (node?.textContent ?? '?')).slice(0, 120);
    const at = ({ x, y, width, height }: DOMRect): string => [x, y, width, height].map(Math.round).join(' ');
    new PerformanceObserver((list) => {
      for (const { value, sources } of list.getEntries() as Entry[])
        seen.push({
          value,
          what: sources.map(({ node, previousRect, currentRect }) => `${at(previousRect)} → ${at(currentRect)} ${words(node)}`),
        });
    }).observe({ type: 'layout-shift', buffered: true });
  });
}

/** What has moved so far, and in all. */
export async function shifted(page: Page): Promise<{ sum: number; shifts: Shift[] }> {
  // What is painted is counted with the next frame.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
  const shifts = await page.evaluate(() => (globalThis as unknown as { shifts: Shift[] }).shifts);
  return { sum: shifts.reduce((sum, { value }) => sum + value, 0), shifts };
}
