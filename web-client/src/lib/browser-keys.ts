/**
 * Combinations that are somebody else's: kept by browser or system, needed to move about the page, or the browser's own
 * until a page takes them.
 *
 * Sources: Chromium's `IsReservedCommandOrKey`, and the keys that Firefox marks as `reserved` in its `browser.xhtml` (read in 153). An installed app or a full screen
 * may let more through; a key that depends on that is none to rely on.
 */
import { canonical, MAC } from './keys';

export interface Platform {
  mac: boolean;
  firefox: boolean;
}

export const HERE: Platform = {
  mac: MAC,
  firefox: typeof navigator !== 'undefined' && navigator.userAgent.includes('Firefox/'),
};

/** Whose a combination is: `kept` can't be had, `needed` must not be, `taken` a page may take from the browser. */
export type Claim = { name: 'free' } | { name: 'kept' | 'needed' | 'taken'; why: string };

const BROWSER = 'The browser keeps this one for itself.';
const SYSTEM = 'The system keeps this one for itself.';

/** A page never hears of these, in no browser. */
const KEPT = [
  'Mod+N',
  'Mod+T',
  'Mod+W',
  'Mod+Shift+N',
  'Mod+Shift+T',
  'Mod+Shift+W',
  'Ctrl+Tab',
  'Ctrl+Shift+Tab',
  'Ctrl+PageUp',
  'Ctrl+PageDown',
];
const KEPT_ELSEWHERE = ['Ctrl+F4', 'Ctrl+Shift+Q'];
const KEPT_ON_MAC = ['Cmd+Q', 'Alt+Cmd+ArrowLeft', 'Alt+Cmd+ArrowRight', 'Shift+Cmd+[', 'Shift+Cmd+]'];
const KEPT_BY_FIREFOX = ['Mod+Shift+P'];
/** It quits, on Linux; on Windows that is Ctrl+Shift+Q. */
const KEPT_BY_FIREFOX_ELSEWHERE = ['Ctrl+Q'];
const OF_THE_SYSTEM = ['Alt+F4', 'Alt+Tab', 'Alt+Shift+Tab', 'Alt+Space', 'Ctrl+Alt+Delete', 'PrintScreen'];
const OF_MACS = [
  'Cmd+Tab',
  'Cmd+Space',
  'Cmd+H',
  'Cmd+M',
  'Cmd+`',
  'Shift+Cmd+3',
  'Shift+Cmd+4',
  'Shift+Cmd+5',
];

/** To move about and to type; Escape closes, and Tab must lead on. */
const NEEDED =
  /^(Shift\+)?(Tab|Enter|Space|Escape|Backspace|Delete|Home|End|PageUp|PageDown|ContextMenu|Arrow\w+)$/;
const EDITING = ['Mod+A', 'Mod+C', 'Mod+V', 'Mod+X', 'Mod+Z', 'Mod+Shift+Z', 'Mod+Y'];

/** What a browser would do. */
const TAKEN: Readonly<Record<string, string>> = {
  F1: 'opens its help',
  F3: 'finds on the page',
  F5: 'reloads the page',
  'Mod+R': 'reloads the page',
  'Mod+Shift+R': 'reloads the page',
  'Ctrl+F5': 'reloads the page',
  F6: 'goes to the address bar',
  'Mod+L': 'goes to the address bar',
  'Alt+D': 'goes to the address bar',
  'Mod+K': 'goes to the address bar',
  F7: 'offers a cursor for the page’s text',
  F10: 'goes to its menu',
  F11: 'goes full screen',
  F12: 'opens its developer tools',
  'Ctrl+Shift+I': 'opens its developer tools',
  'Ctrl+Shift+J': 'opens its developer tools',
  'Ctrl+Shift+C': 'opens its developer tools',
  'Mod+F': 'finds on the page',
  'Mod+G': 'finds on the page',
  'Mod+P': 'prints the page',
  'Mod+S': 'saves the page',
  'Mod+O': 'opens a file',
  'Mod+D': 'adds a bookmark',
  'Mod+B': 'shows the bookmarks',
  'Mod+H': 'shows the history',
  'Mod+J': 'shows the downloads',
  'Mod+U': 'shows the page’s source',
  'Mod+Plus': 'makes the page larger',
  'Mod+-': 'makes the page smaller',
  'Mod+0': 'undoes what made the page larger',
  'Alt+ArrowLeft': 'goes back a page',
  'Alt+ArrowRight': 'goes on a page',
};

const ofFirefox = (mac: boolean): string[] =>
  mac ? KEPT_BY_FIREFOX : [...KEPT_BY_FIREFOX, ...KEPT_BY_FIREFOX_ELSEWHERE];

/** Whose a combination is in this browser. */
export function claimOf(combination: string, platform: Platform = HERE): Claim {
  const { mac, firefox } = platform;
  const one = canonical(combination, mac) ?? combination;
  const among = (list: readonly string[]): boolean => list.some((other) => canonical(other, mac) === one);
  if (among(KEPT) || among(mac ? KEPT_ON_MAC : KEPT_ELSEWHERE)) return { name: 'kept', why: BROWSER };
  if (firefox && among(ofFirefox(mac))) return { name: 'kept', why: 'Firefox keeps this one for itself.' };
  // Elsewhere Cmd is the key with the system's sign.
  if (among(mac ? OF_MACS : OF_THE_SYSTEM) || (!mac && one.includes('Cmd+')))
    return { name: 'kept', why: SYSTEM };
  if (mac && one === 'F11')
    return { name: 'kept', why: 'macOS keeps this one, unless its settings say otherwise.' };
  if (NEEDED.test(one))
    return { name: 'needed', why: 'This one is needed to move about the page and to type.' };
  if (among(EDITING)) return { name: 'needed', why: 'This one is needed to select, copy, paste and undo.' };
  const [, does] = Object.entries(TAKEN).find(([other]) => canonical(other, mac) === one) ?? [];
  if (does) return { name: 'taken', why: `Outside of this room it ${does}.` };
  return { name: 'free' };
}

/** What can't be had in this browser, to be shown. */
export function keptKeys({ mac, firefox }: Platform = HERE): string[] {
  return [...KEPT, ...(mac ? KEPT_ON_MAC : KEPT_ELSEWHERE), ...(firefox ? ofFirefox(mac) : [])];
}
