/** What is drawn can be told from what it is drawn on, in both themes: WCAG 2.2, 1.4.3 and 1.4.11. axe sees text only. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PALETTE } from './people';

const css = ['app', 'source'].map((name) => readFileSync(`src/${name}.css`, 'utf8')).join('\n');
const tokens = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);/g)].map(([, name, light, dark]) => [
    name!,
    [light!, dark!] as const,
  ]),
);
const THEMES = ['light', 'dark'] as const;
const SURFACES = ['surface', 'surface-raised', 'surface-sunken'];
const ROWS = ['row-hover', 'row-selected'];
const LINES = ['stopped', 'frame-line'];
/** What is drawn without letters, and on what. */
const DRAWN: Record<string, string[]> = {
  'border-strong': [...SURFACES, 'row-hover', 'info-surface', 'button'],
  focus: [...SURFACES, ...ROWS, ...LINES, 'button', 'info-surface', 'danger-surface'],
  accent: [...SURFACES, ...ROWS, 'button'],
  breakpoint: [...SURFACES, ...ROWS, ...LINES],
  // Muted and disabled ones, icons, curves of watches.
  'text-muted': [...SURFACES, ...ROWS, ...LINES, 'button'],
  // At the lines of a stop and of its callers, and at the state in the header.
  'stopped-edge': [...SURFACES, ...LINES],
  danger: [...SURFACES, 'danger-surface'],
  ok: [...SURFACES],
};

const at = (token: string, theme: 0 | 1): string => {
  const found = tokens.get(token);
  if (!found) throw new Error(`there is no --${token}`);
  return found[theme];
};

describe.each(THEMES)('in the %s theme', (theme) => {
  const t = THEMES.indexOf(theme) as 0 | 1;

  it.each(Object.entries(DRAWN))('%s stands out where it is drawn', (token, places) => {
    for (const place of places) expect(contrast(at(token, t), at(place, t)), place).toBeGreaterThanOrEqual(3);
  });

  it('people’s colours can be read on, and seen on panels', () => {
    for (const one of PALETTE) {
      expect(contrast(one, '#ffffff'), one).toBeGreaterThanOrEqual(4.5);
      for (const place of ['surface', 'surface-raised'])
        expect(contrast(one, at(place, t)), `${one} on ${place}`).toBeGreaterThanOrEqual(3);
    }
  });

  it('their rings, carets and pointers are seen on every line and row', () => {
    const [, part] =
      /--person-line: light-dark\(var\(--person\), color-mix\(in srgb, var\(--person\) (\d+)%, #ffffff\)\)/.exec(
        css,
      )!;
    for (const one of PALETTE) {
      const drawn = theme === 'light' ? one : mixed(one, Number(part) / 100);
      for (const place of ['surface', 'surface-raised', ...ROWS, ...LINES])
        expect(contrast(drawn, at(place, t)), `${one} on ${place}`).toBeGreaterThanOrEqual(3);
    }
  });
});

const parts = (hex: string): number[] => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

/** So much of it, the rest white. */
function mixed(hex: string, part: number): string {
  const mix = (value: number): number => Math.round(value * part + 255 * (1 - part));
  return `#${parts(hex)
    .map((value) => mix(value).toString(16).padStart(2, '0'))
    .join('')}`;
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

function luminance(hex: string): number {
  const [r, g, b] = parts(hex).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
