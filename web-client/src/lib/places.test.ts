import { describe, expect, it } from 'vitest';
import { gone, jumped, KEPT, NOWHERE, type Place, type Trail } from './places';

const at = (line: number, path = 'a.py'): Place => ({ path, line });
const here = ({ places, at }: Trail): Place | undefined => places[at];
/** From each place to the next. */
const through = (...places: Place[]): Trail =>
  places.reduce<Trail>((trail, to, i) => jumped(trail, places[i - 1] ?? null, to), NOWHERE);

describe('the places that one was in', () => {
  it('are gone back and forward through', () => {
    const trail = through(at(1), at(50), at(3, 'b.py'));
    const back = gone(trail, at(3, 'b.py'), -1)!;
    expect(here(back)).toEqual(at(50));
    const first = gone(back, at(50), -1)!;
    expect(here(first)).toEqual(at(1));
    expect(gone(first, at(1), -1)).toBeNull();
    const again = gone(gone(first, at(1), 1)!, at(50), 1)!;
    expect(here(again)).toEqual(at(3, 'b.py'));
    expect(gone(again, at(3, 'b.py'), 1)).toBeNull();
  });

  it('are no others within ten lines: then it is the same one, a bit on', () => {
    const trail = through(at(1), at(50), at(59), at(60));
    expect(trail.places).toHaveLength(2);
    expect(here(gone(through(at(1), at(50), at(59)), at(59), -1)!)).toEqual(at(1));
    // As far as that in another file is another place.
    expect(through(at(1), at(1, 'b.py')).places).toHaveLength(2);
  });

  it('begin where one left them', () => {
    // The cursor was moved a bit, and far, before the jump.
    const near = jumped(through(at(1), at(50)), at(54), at(7, 'b.py'));
    expect(here(gone(near, at(7, 'b.py'), -1)!)).toEqual(at(54));
    const far = jumped(through(at(1), at(50)), at(90), at(7, 'b.py'));
    expect(far.places).toEqual([at(1), at(50), at(90), at(7, 'b.py')]);
  });

  it('are left by going back from where the cursor is, which is a place then', () => {
    const back = gone(through(at(1), at(50)), at(90), -1)!;
    expect(here(back)).toEqual(at(50));
    expect(here(gone(back, at(50), 1)!)).toEqual(at(90));
  });

  it('end what was ahead when one jumps elsewhere, not when one stays near', () => {
    const back = gone(through(at(1), at(50), at(100)), at(100), -1)!;
    expect(here(gone(jumped(back, at(50), at(53)), at(53), 1)!)).toEqual(at(100));
    const other = jumped(back, at(50), at(200));
    expect(other.places).toEqual([at(1), at(50), at(200)]);
  });

  it('stay where one came to, whatever short ways lead on from there', () => {
    expect(through(at(1), at(50), at(57), at(64), at(7, 'b.py')).places).toEqual([
      at(1),
      at(50),
      at(64),
      at(7, 'b.py'),
    ]);
  });

  it('are not more than a number', () => {
    const trail = through(...Array.from({ length: KEPT + 20 }, (_, i) => at(100 * (i + 1))));
    expect(trail.places).toHaveLength(KEPT);
    expect(here(trail)).toEqual(at(100 * (KEPT + 20)));
    expect(trail.places[0]).toEqual(at(2100));
  });
});
