/**
 * Gives the focus back to where it was before something opened, when that closes; unless it is elsewhere by then: a
 * browser gives it back by itself, too, and somebody may have moved on since.
 */
export function giveBackFocus(before: Element | null, closing: Element): void {
  const now = document.activeElement;
  const nowhere = now === null || now === document.body || closing.contains(now);
  if (nowhere && before instanceof HTMLElement) before.focus();
}
