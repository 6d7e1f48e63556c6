/**
 * How the panels lie: pure. In: what was kept, what somebody drags. Out: sizes, and each panel's share of its column.
 *
 * Columns and the bottom have sizes in px. What lies in one of them shares its height (in the bottom, its width): shares are
 * px of the moment in which somebody dragged, and count as proportions from then on, so that a window may change.
 */
import type { PanelName } from './commands';

/** What may be dragged, in px. */
export const SIZES = {
  left: { usual: 320, min: 180, max: 640 },
  right: { usual: 290, min: 180, max: 560 },
  bottom: { usual: 210, min: 120, max: 600 },
} as const;
export type SizeName = keyof typeof SIZES;

export const COLUMNS = {
  left: ['stack', 'variables', 'watches', 'breakpoints'],
  right: ['proposals', 'people', 'notes', 'chat'],
  bottom: ['output', 'console'],
} as const satisfies Record<SizeName, readonly PanelName[]>;

/** Until somebody drags; who isn't in here is as large as what is in it. */
const USUAL_SHARES: Partial<Record<PanelName, number>> = {
  stack: 200,
  variables: 300,
  watches: 205,
  breakpoints: 250,
  notes: 300,
  chat: 200,
  output: 300,
  console: 200,
};
/** The least that is left of a panel by dragging, in px: its title, a line to write in if it has one, and some of what is in it. */
const LEAST: Partial<Record<PanelName, number>> = { watches: 120, chat: 120, output: 180, console: 180 };
export const leastOf = (panel: PanelName): number => LEAST[panel] ?? 90;

export interface Layout {
  sizes: Record<SizeName, number>;
  shares: Partial<Record<PanelName, number>>;
  closed: PanelName[];
}

export const usualLayout = (): Layout => ({
  sizes: { left: SIZES.left.usual, right: SIZES.right.usual, bottom: SIZES.bottom.usual },
  shares: {},
  closed: [],
});

const isSize = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0;

/** What a browser kept, as far as it makes sense: it may be of another version, or anybody's. */
export function layoutFrom(kept: string | null): Layout {
  const layout = usualLayout();
  let read: { sizes?: Record<string, unknown>; shares?: Record<string, unknown>; closed?: unknown };
  try {
    read = (JSON.parse(kept ?? '{}') ?? {}) as typeof read;
  } catch {
    return layout;
  }
  for (const name of Object.keys(SIZES) as SizeName[]) {
    const size = read.sizes?.[name];
    if (isSize(size)) layout.sizes[name] = Math.min(SIZES[name].max, Math.max(SIZES[name].min, size));
  }
  for (const panel of Object.values(COLUMNS).flat()) {
    const share = read.shares?.[panel];
    if (isSize(share)) layout.shares[panel] = share;
    if (Array.isArray(read.closed) && read.closed.includes(panel)) layout.closed.push(panel);
  }
  return layout;
}

/** A panel's part of its column; null: as much as what is in it needs. */
export const shareOf = ({ shares }: Pick<Layout, 'shares'>, panel: PanelName): number | null =>
  shares[panel] ?? USUAL_SHARES[panel] ?? null;

/** Which two open panels the border above (in the bottom: before) a panel lies between; null: none. */
export function neighbours(
  closed: readonly PanelName[],
  column: readonly PanelName[],
  below: PanelName,
): [PanelName, PanelName] | null {
  if (closed.includes(below)) return null;
  const above = column.slice(0, column.indexOf(below)).findLast((panel) => !closed.includes(panel));
  return above === undefined ? null : [above, below];
}

/** How much of `both` the first of two may have; where there is too little for them, it is divided by what they need. */
export function range(above: PanelName, below: PanelName, both: number): [number, number] {
  const [first, second] = [leastOf(above), leastOf(below)];
  const part = Math.min(1, both / (first + second));
  return [first * part, both - second * part];
}

/** The shares once the border between two is moved so that the first has `first` px of what both have. */
export function moved(
  shares: Layout['shares'],
  [above, below]: readonly [PanelName, PanelName],
  first: number,
): Layout['shares'] {
  const both = (shares[above] ?? 0) + (shares[below] ?? 0);
  const [least, most] = range(above, below, both);
  const size = Math.round(Math.min(most, Math.max(least, first)));
  return { ...shares, [above]: size, [below]: both - size };
}
