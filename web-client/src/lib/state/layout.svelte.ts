/** How the panels lie in this browser; remembered by it. */
import { keep, kept } from '../browser';
import type { PanelName } from '../commands';
import {
  COLUMNS,
  SIZES,
  layoutFrom,
  moved,
  shareOf,
  usualLayout,
  type Layout,
  type SizeName,
} from '../layout';

const KEY = 'breakroom.layout';

class PanelLayout {
  #now = $state.raw<Layout>(layoutFrom(kept(KEY)));

  get closed(): readonly PanelName[] {
    return this.#now.closed;
  }

  size(name: SizeName): number {
    return this.#now.sizes[name];
  }

  setSize(name: SizeName, size: number): void {
    this.#now = { ...this.#now, sizes: { ...this.#now.sizes, [name]: size } };
  }

  isOpen(panel: PanelName): boolean {
    return !this.#now.closed.includes(panel);
  }

  setOpen(panel: PanelName, open: boolean): void {
    const others = this.#now.closed.filter((one) => one !== panel);
    this.#now = { ...this.#now, closed: open ? others : [...others, panel] };
    this.save();
  }

  /** A panel's part of its column; null: as much as what is in it needs. */
  share(panel: PanelName): number | null {
    return shareOf(this.#now, panel);
  }

  /** Whether it is as large as somebody has dragged it: a closed one is not. */
  isDragged(panel: PanelName): boolean {
    return this.isOpen(panel) && this.#now.shares[panel] !== undefined;
  }

  /** From now on the open panels of a column have the shares that they take up at this moment, in px. */
  measured(shares: Layout['shares']): void {
    this.#now = { ...this.#now, shares: { ...this.#now.shares, ...shares } };
  }

  /** Moves the border between two panels, which have been measured. */
  move(pair: readonly [PanelName, PanelName], first: number): void {
    this.#now = { ...this.#now, shares: moved(this.#now.shares, pair, first) };
  }

  resetSize(name: SizeName): void {
    this.setSize(name, SIZES[name].usual);
    this.save();
  }

  /** A column's panels are as they were before somebody dragged. */
  resetColumn(name: SizeName): void {
    const shares = { ...this.#now.shares };
    for (const panel of COLUMNS[name]) delete shares[panel];
    this.#now = { ...this.#now, shares };
    this.save();
  }

  reset(): void {
    this.#now = usualLayout();
    this.save();
  }

  save(): void {
    keep(KEY, JSON.stringify(this.#now));
  }
}

export const layout = new PanelLayout();
