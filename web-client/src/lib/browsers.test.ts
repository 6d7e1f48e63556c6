/** Nothing here is newer than the oldest browsers that the page is made for; see `browsers.ts`. */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { expect, it } from 'vitest';
import { OLDEST } from '../../browsers';

/**
 * What one of them lacks, of all that TypeScript doesn't hold: styles, and the DOM, of which it knows everything. When the oldest
 * become newer, a line may go: see the tables on caniuse.com.
 */
const NEWER: readonly RegExp[] = [
  /\bfield-sizing\b/,
  /\b(anchor-name|position-anchor|position-area|position-try)\b|\banchor(-size)?\(--/,
  /@starting-style|\btransition-behavior\b/,
  /@property\b|@scope\b/,
  /\bscrollbar-(color|gutter|width)\b/,
  /\bcontent-visibility\b/,
  /\binterpolate-size\b|\bcalc-size\(/,
  /\btext-wrap:\s*pretty\b/,
  /\bview-transition-name\b|\bstartViewTransition\b/,
  /\bclosedby\b|\brequestClose\b|\bcommandfor\b|popover=["']hint/,
  /\bCloseWatcher\b|\bmoveBefore\(/,
  /\brequestIdleCallback\b|\bscheduler\.(yield|postTask)\b/,
  /\bcaretPositionFromPoint\b/,
  /\bshow(Open|Save)FilePicker\b/,
];

const SOURCES = join(import.meta.dirname, '..');
const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  .filter((file) => ['.svelte', '.css', '.ts'].includes(extname(file)) && !file.endsWith('.test.ts'))
  .map((file) => join(SOURCES, file));

it('uses nothing that the oldest browsers lack', () => {
  expect(files.length).toBeGreaterThan(100);
  const found = files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, i) =>
        NEWER.some((pattern) => pattern.test(line))
          ? [`${file.slice(SOURCES.length + 1)}:${i + 1}: ${line.trim()}`]
          : [],
      ),
  );
  expect(found).toEqual([]);
});

it('says the same to people', () => {
  const { chrome, edge, firefox, safari, ios } = OLDEST;
  expect([edge, ios]).toEqual([chrome, safari]);
  const read = (path: string): string =>
    readFileSync(join(SOURCES, path), 'utf8').replace(/\s+/g, ' ').replaceAll('**', '');
  const page = read('../index.html');
  expect(page).toContain(`Chrome or Edge ${chrome}, Firefox ${firefox}, or Safari ${safari}, or newer`);
  expect(read('../../README.md')).toContain(
    `Chrome and Edge ${chrome}, Firefox ${firefox} and Safari ${safari} (iOS ${ios})`,
  );
});
