import { expect, it } from 'vitest';
import { modulesPath, QUIET } from './qr';

it('draws each dark module and nothing else, within a quiet zone', () => {
  const modules = [
    [true, true, false, true],
    [false, false, false, false],
    [false, true, false, true],
    [true, true, true, true],
  ];
  const drawn = [...modulesPath(modules).matchAll(/M(\d+) (\d+)h(\d+)v1H(\d+)z/g)].flatMap(
    ([, x, y, run, back]) => {
      expect(back).toBe(x);
      return Array.from({ length: Number(run) }, (_, i) => `${Number(x) + i - QUIET} ${Number(y) - QUIET}`);
    },
  );
  const dark = modules.flatMap((row, y) => row.flatMap((on, x) => (on ? [`${x} ${y}`] : [])));
  expect(drawn).toEqual(dark);
});
