/** Key combinations as text (`Shift+F11`, `Mod+Shift+P`): parsed once, matched against events, shown to people. */

const MAC = typeof navigator !== 'undefined' && /Mac|iP(hone|ad)/.test(navigator.platform);

/** What of a keyboard event matters here. */
export type KeyLike = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>;

/** `Mod` is Ctrl, and Cmd on a Mac. Shift is ignored for signs such as `?`, which need it on some layouts only. */
export function matches(combination: string, event: KeyLike, mac = MAC): boolean {
  const parts = combination.split('+');
  const key = parts.pop()!;
  const mod = parts.includes('Mod');
  const ctrl = parts.includes('Ctrl') || (mod && !mac);
  const sign = key.length === 1 && !/[a-z0-9]/i.test(key);
  return (
    event.key.toLowerCase() === key.toLowerCase() &&
    event.ctrlKey === ctrl &&
    event.metaKey === (mod && mac) &&
    event.altKey === parts.includes('Alt') &&
    (sign || event.shiftKey === parts.includes('Shift'))
  );
}

/** As shown in tooltips and help. */
export function shown(combination: string, mac = MAC): string {
  return combination.replace('Mod', mac ? '⌘' : 'Ctrl');
}

/** As `aria-keyshortcuts` wants it. */
export function ariaKeys(combinations: readonly string[], mac = MAC): string {
  return combinations
    .map((keys) => keys.replace('Mod', mac ? 'Meta' : 'Control').replace('Ctrl', 'Control'))
    .join(' ');
}

/** Whether somebody types text there: then only function keys and combinations with Ctrl or Alt are commands. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

/** Whether a combination could be text. */
export function isText(combination: string): boolean {
  const parts = combination.split('+');
  return (
    parts.at(-1)!.length === 1 && !parts.some((part) => part === 'Ctrl' || part === 'Mod' || part === 'Alt')
  );
}
