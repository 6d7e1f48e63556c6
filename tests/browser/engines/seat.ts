/** A person at a browser of any engine: what they look for, press and type. Everything waits until it is so. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { until } from '../support/process';
import { lookUp, type Found, type Query } from './look-up';
import { keys, letters, type Act, type Wire } from './wire';

/** As a test writes it. */
export interface Wanted {
  role?: string;
  name?: string | RegExp;
  css?: string;
  text?: string | RegExp;
  within?: Wanted;
}

const PATIENCE_MS = 15_000;
/** Looks in a row, 50 ms apart, that find a thing at one place: what moves is not pressed. */
const RESTS = 4;

const plain = ({ within, ...rest }: Wanted): Query => ({
  ...(Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [key, value instanceof RegExp ? { source: value.source } : value]),
  ) as Query),
  ...(within ? { within: plain(within) } : {}),
});

const said = (wanted: Wanted): string =>
  JSON.stringify(wanted, (_, value: unknown) => (value instanceof RegExp ? String(value) : value));

export class Seat {
  #pictures = 0;

  constructor(
    readonly wire: Wire,
    /** Where pictures go. */
    private readonly folder: string,
    private readonly touch = false,
  ) {
    mkdirSync(folder, { recursive: true });
  }

  async all(wanted: Wanted): Promise<Found[]> {
    return (await this.wire.evaluate(String(lookUp), [plain(wanted)])) as Found[];
  }

  /** The first that is found and fits. */
  async sees(wanted: Wanted, fits: (found: Found) => boolean = () => true): Promise<Found> {
    return until(`to see ${said(wanted)}`, async () => (await this.all(wanted)).find(fits) ?? null, PATIENCE_MS);
  }

  async seesNo(wanted: Wanted): Promise<void> {
    await until(`no ${said(wanted)}`, async () => ((await this.all(wanted)).length === 0 ? true : null), PATIENCE_MS);
  }

  /** How many frames the page has drawn since this was first asked. */
  #frames(): Promise<number> {
    return this.ask(() => {
      const counted = globalThis as { drawn?: number };
      const count = (): void => {
        counted.drawn! += 1;
        requestAnimationFrame(count);
      };
      if (counted.drawn === undefined) {
        counted.drawn = 0;
        requestAnimationFrame(count);
      }
      return counted.drawn;
    });
  }

  /** Where a thing can be pressed: in view, and where it was some frames ago. A page that hasn't drawn isn't laid out yet. */
  async #still(wanted: Wanted): Promise<Found> {
    let before: Found | null = null;
    let rests = 0;
    let drawn = await this.#frames();
    return until(
      `to press ${said(wanted)}`,
      async () => {
        const frames = await this.#frames();
        if (frames === drawn) return null;
        drawn = frames;
        const all = await this.all(wanted);
        const found = all.find(({ reached }) => reached) ?? null;
        // Where a person would scroll.
        if (!found && all.length > 0) await this.wire.evaluate(String(lookUp), [plain(wanted), true]);
        rests = found && before && found.x === before.x && found.y === before.y ? rests + 1 : 0;
        before = found;
        return rests >= RESTS ? found : null;
      },
      PATIENCE_MS,
    );
  }

  async press(wanted: Wanted): Promise<void> {
    const { x, y } = await this.#still(wanted);
    await this.pressAt(x, y);
  }

  async pressAt(x: number, y: number): Promise<void> {
    await this.point([
      { type: 'pointerMove', x: Math.round(x), y: Math.round(y) },
      { type: 'pointerDown', button: 0 },
      { type: 'pointerUp', button: 0 },
    ]);
  }

  /** What the mouse does, or a finger. */
  async point(actions: Act[]): Promise<void> {
    const pointerType = this.touch ? 'touch' : 'mouse';
    await this.wire.perform([{ type: 'pointer', id: pointerType, parameters: { pointerType }, actions }]);
  }

  async hover(x: number, y: number): Promise<void> {
    await this.point([{ type: 'pointerMove', x: Math.round(x) - 3, y: Math.round(y) }]);
    await this.point([{ type: 'pointerMove', x: Math.round(x), y: Math.round(y) }]);
  }

  async wheel(x: number, y: number, deltaY: number): Promise<void> {
    await this.wire.perform([
      { type: 'wheel', id: 'wheel', actions: [{ type: 'scroll', x: Math.round(x), y: Math.round(y), deltaX: 0, deltaY }] },
    ]);
  }

  async key(...combinations: string[]): Promise<void> {
    await this.wire.perform([{ type: 'key', id: 'keyboard', actions: combinations.flatMap(keys) }]);
  }

  async type(text: string): Promise<void> {
    await this.wire.perform([{ type: 'key', id: 'keyboard', actions: letters(text) }]);
  }

  /** Types into a field, in place of what is there. */
  async fill(wanted: Wanted, text: string): Promise<void> {
    await this.press(wanted);
    await this.sees(wanted, ({ focused }) => focused);
    await this.key('Control+a', 'Delete');
    if (text !== '') await this.type(text);
    if (wanted.role !== undefined) await this.sees(wanted, ({ value, text: shown }) => value === text || shown.includes(text));
  }

  async ask<T, A extends unknown[]>(what: (...args: A) => T, ...args: A): Promise<T> {
    return (await this.wire.evaluate(String(what), args)) as T;
  }

  /** A picture to look at; a test does not compare it. */
  async picture(name: string): Promise<void> {
    const number = String(++this.#pictures).padStart(2, '0');
    writeFileSync(join(this.folder, `${number}-${name}.png`), await this.wire.screenshot());
  }

  // The room.

  panel(name: string): Wanted {
    return { role: 'region', name };
  }

  button(name: string | RegExp): Wanted {
    return { role: 'button', name, within: { role: 'banner' } };
  }

  async comesIn(link: string, name: string): Promise<void> {
    await this.wire.open(link);
    await this.fill({ role: 'textbox', name: 'Your name' }, name);
    await this.key('Enter');
    await this.sees({ role: 'group', name: 'Session state' });
    await this.listen();
  }

  /** From here on what goes wrong in the page is kept. */
  async listen(): Promise<void> {
    await this.ask(() => {
      const kept = ((globalThis as { troubles?: string[] }).troubles ??= []);
      addEventListener('error', ({ message, filename, lineno }) => kept.push(`${message} at ${filename}:${lineno}`));
      addEventListener('unhandledrejection', ({ reason }) => kept.push(`unhandled: ${String(reason)}`));
      addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
        kept.push(`${violatedDirective} forbids ${blockedURI}`),
      );
    });
  }

  async expectNoTrouble(): Promise<void> {
    expect(await this.ask(() => (globalThis as { troubles?: string[] }).troubles ?? null), 'troubles in the page').toEqual([]);
  }

  /** As the header says, whatever else is shown. */
  async pausedStateAt(line: number, file: string): Promise<void> {
    await this.sees({ role: 'group', name: 'Session state', text: `Paused at ${file}:${line}` });
  }

  async pausedAt(line: number, file: string): Promise<void> {
    await this.pausedStateAt(line, file);
    await this.sees({ css: '.cm-lineNumbers .cm-execution-gutter-stop', text: new RegExp(`^${line}$`) });
  }

  /** A line's number in the source; only those in view are there. */
  number(line: number): Wanted {
    return { css: '.cm-lineNumbers .cm-gutterElement', text: new RegExp(`^${line}$`) };
  }

  async clickGutter(line: number): Promise<void> {
    const { y } = await this.#still(this.number(line));
    const { x } = await this.sees({ css: '.cm-breakpoint-gutter' });
    await this.pressAt(x, y);
  }

  async clickLine(line: number): Promise<void> {
    const { y } = await this.#still(this.number(line));
    const { left } = await this.sees({ css: '.cm-content' });
    await this.pressAt(left + 60, y);
  }

  /** Opens a file, at a line, by keyboard. */
  async opens(path: string, line: number): Promise<void> {
    await this.key('Control+p');
    const field = { role: 'combobox', name: 'Path' };
    await this.sees(field, ({ focused }) => focused);
    await this.type(`${path}:${line}`);
    await this.key('Enter');
    await this.sees(this.number(line));
  }
}
