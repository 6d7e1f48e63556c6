import type { PanelName } from './commands';

/**
 * Gives the focus back to where it was before something opened, when that closes; unless it is elsewhere by then: a
 * browser gives it back by itself, too, and somebody may have moved on since.
 */
export function giveBackFocus(before: Element | null, closing: Element): void {
  const now = document.activeElement;
  const nowhere = now === null || now === document.body || closing.contains(now);
  if (nowhere && before instanceof HTMLElement) before.focus();
}

/** Leads into a panel. */
export function focusPanel(panel: PanelName): void {
  const box = document.querySelector(`[data-panel="${panel}"]`);
  const first = FOCUS.map((selector) => box?.querySelector<HTMLElement>(selector)).find((found) => !!found);
  first?.focus();
}

/** What of a panel is focused, the first that there is. */
const FOCUS = [
  '[data-first-focus]:not(:disabled)',
  '[role="tree"] [tabindex="0"]',
  '.cm-content',
  'input:not(:disabled)',
  '.body button:not(:disabled)',
  '[tabindex="0"]',
  'button',
];
