/**
 * Key combinations as text (`Shift+F11`, `Mod+Shift+P`): read from events, compared, shown to people.
 *
 * A key is a letter in upper case, a digit, a sign as it is typed (`?`, `[`), or one of the DOM's names (`F11`,
 * `ArrowUp`; `Space` and `Plus` for the two that would not be seen). `Mod` is Ctrl, and Cmd on a Mac.
 */

export const MAC = typeof navigator !== 'undefined' && /Mac|iP(hone|ad)/.test(navigator.platform);

/** What of a keyboard event matters here. */
export type KeyLike = Pick<
  KeyboardEvent,
  'key' | 'code' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey' | 'isComposing'
> & { keyCode?: number; getModifierState?(name: string): boolean };

/** In the order in which they are spelled. */
const MODIFIERS = ['Ctrl', 'Alt', 'Shift', 'Cmd'] as const;

const NAME =
  /^(?:[A-Z0-9]|[^\sA-Za-z0-9+]|F(?:[1-9]|1\d|2[0-4])|Space|Plus|Enter|Tab|Escape|Backspace|Delete|Insert|Home|End|PageUp|PageDown|Pause|ContextMenu|PrintScreen|ScrollLock|Arrow(?:Up|Down|Left|Right))$/u;

/** One spelling for what is the same here: `Mod` resolved, modifiers in order. Null if it is no combination. */
export function canonical(combination: string, mac = MAC): string | null {
  const parts = combination.split('+');
  const name = parts.pop()!;
  const key = name.length === 1 ? name.toUpperCase() : name;
  const held = parts.map((part) => (part === 'Mod' ? (mac ? 'Cmd' : 'Ctrl') : part));
  const known = MODIFIERS.filter((modifier) => held.includes(modifier));
  return NAME.test(key) && known.length === held.length ? [...known, key].join('+') : null;
}

/** What the keys of an American keyboard write, by their place: for layouts that write something else there. */
const AMERICAN: Readonly<Record<string, readonly [plain: string, shifted: string]>> = {
  ...Object.fromEntries(
    [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].map((letter) => [`Key${letter}`, [letter, letter]]),
  ),
  ...Object.fromEntries([...')!@#$%^&*('].map((sign, digit) => [`Digit${digit}`, [String(digit), sign]])),
  Minus: ['-', '_'],
  Equal: ['=', '+'],
  BracketLeft: ['[', '{'],
  BracketRight: [']', '}'],
  Backslash: ['\\', '|'],
  Semicolon: [';', ':'],
  Quote: ["'", '"'],
  Backquote: ['`', '~'],
  Comma: [',', '<'],
  Period: ['.', '>'],
  Slash: ['/', '?'],
};

/** Not a key press of its own: a modifier, an input method at work, a key without a name. */
const SILENT =
  /^(Control|Shift|Alt|AltGraph|Meta|OS|Fn|FnLock|Hyper|Super|Symbol|CapsLock|NumLock|Process|Unidentified)$/;

/**
 * Whether an input method has this press. Safari ends what is composed before it tells of the Enter that did so, which only
 * the old code gives away then.
 */
export function composing({ isComposing, keyCode }: Pick<KeyLike, 'isComposing' | 'keyCode'>): boolean {
  return isComposing || keyCode === 229;
}

/**
 * What a key press can be called, the best name first; empty if it can't be a command.
 *
 * By what it writes, so that `Ctrl+P` is where P is printed. By its place where that would not do: on layouts without
 * Latin letters, for digits that need Shift, for what Option writes on a Mac, and for Shift with a sign and Ctrl, which
 * people call `Ctrl+Shift+;` and not `Ctrl+:`.
 */
export function spellings(event: KeyLike, mac = MAC): string[] {
  const { key, code } = event;
  if (composing(event) || SILENT.test(key)) return [];
  let [ctrl, alt] = [event.ctrlKey, event.altKey];
  // AltGr is Ctrl and Alt to Windows; but it writes. (Firefox on a Mac says it of Option, which has its own rule.)
  if (!mac && event.getModifierState?.('AltGraph')) {
    if (!/^[!-~]$/.test(key)) return [];
    ctrl = alt = false;
  }
  const held = ctrl || alt || event.metaKey;
  const spell = (name: string, shift: boolean): string => {
    const on = [ctrl, alt, shift, event.metaKey];
    return [...MODIFIERS.filter((_, i) => on[i]), name].join('+');
  };
  const place = AMERICAN[code];
  if (mac && alt && place) return [spell(place[0], event.shiftKey)];
  if (/^[a-z0-9]$/i.test(key)) return [spell(key.toUpperCase(), event.shiftKey)];
  if (/^[!-~]$/.test(key)) {
    // A sign: Shift is part of how it is written.
    const written = spell(key === '+' ? 'Plus' : key, false);
    const byPlace = held && place && (/^Digit/.test(code) || (event.shiftKey && place[1] === key));
    return byPlace ? [spell(place[0], event.shiftKey), written] : [written];
  }
  if (key.length > 1 && key !== 'Dead') return NAME.test(key) ? [spell(key, event.shiftKey)] : [];
  if (key === ' ') return [spell('Space', event.shiftKey)];
  if (place) return [spell(place[0], event.shiftKey)];
  return NAME.test(key.toUpperCase()) ? [spell(key.toUpperCase(), false)] : [];
}

const SHOWN: Readonly<Record<string, string>> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Escape: 'Esc',
  PageUp: 'Page Up',
  PageDown: 'Page Down',
};
const ON_MAC: Readonly<Record<string, string>> = { Ctrl: '⌃', Alt: '⌥', Shift: '⇧', Cmd: '⌘' };

/** As shown in tooltips and help: `Ctrl+Shift+P`, and `⇧⌘P` on a Mac. */
export function shown(combination: string, mac = MAC): string {
  const parts = (canonical(combination, mac) ?? combination).split('+');
  const key = parts.pop()!;
  const held = parts.map((part) => (mac ? ON_MAC[part] : part === 'Cmd' ? 'Meta' : part));
  return [...held, SHOWN[key] ?? key].join(mac ? '' : '+');
}

/** As `aria-keyshortcuts` wants it. */
export function ariaKeys(combinations: readonly string[], mac = MAC): string {
  return combinations
    .map((one) => canonical(one, mac) ?? one)
    .map((one) => one.replace('Ctrl+', 'Control+').replace('Cmd+', 'Meta+'))
    .join(' ');
}

/** Fields that take no letters. */
const NO_TEXT = new Set(['checkbox', 'radio', 'button', 'submit', 'reset', 'range']);

/** Whether somebody types text there: then only function keys and combinations with Ctrl or Alt are commands. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement && NO_TEXT.has(target.type)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

/** Moves and changes within text, also with Ctrl: a text field's own. */
const EDITS = /^(Arrow\w+|Home|End|PageUp|PageDown|Enter|Backspace|Delete)$/;

/** Whether a text field needs a combination for itself; Option writes signs on a Mac. */
export function isText(combination: string, mac = MAC): boolean {
  const parts = (canonical(combination, mac) ?? combination).split('+');
  const key = parts.pop()!;
  if (EDITS.test(key)) return true;
  const writes = key.length === 1 || key === 'Space' || key === 'Plus';
  return writes && !parts.some((part) => part === 'Ctrl' || part === 'Cmd' || (part === 'Alt' && !mac));
}
