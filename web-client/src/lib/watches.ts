/** Watches over time: pure, so that the line that is drawn and the words for it are tested. */
import { raised } from './console';
import type { Outcome, WatchSample, WatchView } from './protocol';
import { toNumber } from './python';

/** How many values the small history shows. */
export const SHOWN = 12;

export const outcomeText = (outcome: Outcome): string =>
  'value' in outcome ? outcome.value.value : raised(outcome.error);

/** The value at a stop, or the newest one before it. */
export function sampleAt({ values }: WatchView, stop: number | null): WatchSample | null {
  return values.findLast((sample) => stop === null || sample.stop <= stop) ?? null;
}

/** Whether a value differs from the one before it. */
export function changed({ values }: WatchView): boolean {
  const [before, now] = values.slice(-2);
  return !!before && !!now && outcomeText(before.outcome) !== outcomeText(now.outcome);
}

/** A line over the last values, if they are numbers: points in a box of 0…1 by 0…1, and the same in words. */
export interface Spark {
  points: { x: number; y: number }[];
  words: string;
}

export function spark(view: WatchView): Spark | null {
  const numbers = view.values
    .slice(-SHOWN)
    .map(({ outcome }) => ('value' in outcome ? toNumber(outcome.value.value, outcome.value.type) : null));
  if (numbers.length < 2 || numbers.some((n) => n === null)) return null;
  const known = numbers as number[];
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const points = known.map((n, i) => ({
    x: i / (known.length - 1),
    y: most === least ? 0.5 : 1 - (n - least) / (most - least),
  }));
  const texts = view.values.slice(-SHOWN).map(({ outcome }) => outcomeText(outcome));
  const range = least === most ? `always ${texts[0]}` : `least ${least}, most ${most}`;
  return { points, words: `Last ${known.length} values: ${texts.join(', ')}; ${range}` };
}
