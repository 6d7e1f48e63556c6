/** Addresses of the web in a text: `http` and `https` only, so that a link leads to what it says and never runs anything. Pure. */

/**
 * A host of letters that look like what they are, without somebody's name before it (`https://bank.example@elsewhere.example`), and
 * the rest up to a space, a quote, or what can't be seen and would make it look like another.
 */
const URLS =
  /(?<![\p{L}\p{N}_])[hH][tT][tT][pP][sS]?:\/\/(?![^\s<>"'`|\\^{}/?#]*@)[\p{L}\p{N}[][\p{L}\p{N}\p{M}.:[\]_-]*(?:[/?#][^\s\p{Cc}\p{Cf}<>"'`|\\^{}]*)?/gu;
const BRACKETS: Record<string, string> = { ')': '(', ']': '[' };

export interface Url {
  from: number;
  to: number;
}

/** Where they are, in order; it costs in proportion to the text. */
export function urls(text: string): Url[] {
  if (!text.includes('://')) return [];
  return [...text.matchAll(URLS)].map(({ index, 0: { length } }) => ({
    from: index,
    to: endOf(text, index, index + length),
  }));
}

/** Punctuation of the sentence around it is no part of it, nor a bracket that is closed but not opened in it. */
function endOf(text: string, from: number, to: number): number {
  const opened: Record<string, number> = {};
  for (let at = from; at < to; at++) {
    const open = BRACKETS[text[at]!] ?? text[at]!;
    if (open === '(' || open === '[') opened[open] = (opened[open] ?? 0) + (open === text[at] ? 1 : -1);
  }
  for (; to > from; to--) {
    const last = text[to - 1]!;
    const open = BRACKETS[last];
    if (open ? opened[open]! >= 0 : !/[.,:;!?*_~…]/.test(last)) return to;
    if (open) opened[open]! += 1;
  }
  return to;
}

/** A text in stretches: every second one is an address. */
export function linked(text: string): string[] {
  const out: string[] = [];
  let end = 0;
  for (const { from, to } of urls(text)) {
    out.push(text.slice(end, from), text.slice(from, to));
    end = to;
  }
  return [...out, text.slice(end)];
}
