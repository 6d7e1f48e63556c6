/** The places that one was in, to go back and forward among, as in an editor. Pure. */

export interface Place {
  path: string;
  line: number;
}

/** Oldest first; `at` is where one is. */
export interface Trail {
  places: readonly Place[];
  at: number;
}

export const NOWHERE: Trail = { places: [], at: -1 };

/** So many places are kept. */
export const KEPT = 50;
/** Fewer lines than this away, it is the same place. */
export const NEAR = 10;

const isNear = (a: Place | undefined, b: Place): boolean =>
  a !== undefined && a.path === b.path && Math.abs(a.line - b.line) < NEAR;

/** One is at a place: it is the same as the last, a bit on, or a new one, which ends what was ahead. */
function arrived({ places, at }: Trail, to: Place): Trail {
  if (isNear(places[at], to)) {
    const { path, line } = places[at]!;
    return path === to.path && line === to.line ? { places, at } : { places: places.with(at, to), at };
  }
  const kept = [...places.slice(0, at + 1), to].slice(-KEPT);
  return { places: kept, at: kept.length - 1 };
}

/** After a jump from where the cursor was: that is a place to come back to. */
export function jumped(trail: Trail, from: Place | null, to: Place): Trail {
  // Nearby nothing is left, and what is ahead stays.
  if (from && isNear(from, to)) return isNear(trail.places[trail.at], from) ? trail : arrived(trail, to);
  return arrived(from ? arrived(trail, from) : trail, to);
}

/** A place back (-1) or forward (1) from where the cursor is; null: there is none. */
export function gone(trail: Trail, from: Place | null, by: 1 | -1): Trail | null {
  const { places, at } = from ? arrived(trail, from) : trail;
  return places[at + by] ? { places, at: at + by } : null;
}
