/** How many lines of a screen a text takes when it is broken wherever the space ends, as terminals do. Pure. */

const TAB = 8;

/** Columns of a fixed-width font: wide letters take two, signs that are put onto others none. */
export function columnsOf(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let columns = 0;
  for (const letter of text) {
    if (letter === '\t') columns += TAB - (columns % TAB);
    else if (/^(\p{M}|\p{Cf})$/u.test(letter)) continue;
    else columns += WIDE.test(letter) ? 2 : 1;
  }
  return columns;
}

/** East Asian wide and full-width letters, and signs that are drawn as pictures. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]$/u;

/** Lines of the screen, if each has so many columns. */
export function linesFor(text: string, columns: number): number {
  if (text.length <= columns / 2) return 1;
  const taken = columnsOf(text);
  // A wide letter may leave a column free at the end of each line.
  const room = Math.max(1, taken === text.length ? columns : columns - 1);
  return Math.max(1, Math.ceil(taken / room));
}
