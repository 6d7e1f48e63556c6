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

/**
 * Keeps the focus within `root` when what has it goes, by whosoever's doing: it goes to what takes its item's place in the list,
 * or to the item or section that it was in, or to `last`. A browser would let it fall to the page, far from where one works. Items
 * get it as a whole: a key that is held down must do nothing to the next one. `came`: where it was before it came into `root`.
 */
export function keepFocus(
  root: HTMLElement,
  last: (came: Element | null) => Element | null = () => root,
): () => void {
  /** What has the focus and what is around it, innermost first, with the place of each. */
  let path: { one: Element; around: Element; at: number }[] = [];
  let came: Element | null = null;
  const observer = new MutationObserver(look);

  function take(focused: Element | undefined): void {
    path = [];
    observer.disconnect();
    for (let one = focused; one && one !== root && one.parentElement; one = one.parentElement) {
      const around = one.parentElement;
      path.push({ one, around, at: [...around.children].indexOf(one) });
      observer.observe(around, { childList: true });
    }
  }

  function look(changes: readonly MutationRecord[]): void {
    const had = path[0]?.one;
    const now = document.activeElement;
    if (!had || now === had) return take(had);
    const left = (by: Node): boolean => by.contains(had);
    const fell = !root.contains(had) || changes.some(({ removedNodes }) => [...removedNodes].some(left));
    const steps = path;
    take(undefined);
    // Or else somebody has put it elsewhere, or nowhere.
    if (!fell || now !== document.body || !root.isConnected) return;
    const near = steps.map(({ one, around, at }) => {
      if (root.contains(one)) return one === had || one.matches(PLACES) ? one : null;
      const instead = root.contains(around) && one.matches('li') ? around.children[at] : null;
      return instead === undefined ? around.lastElementChild : instead;
    });
    const before = came;
    [...near, last(before)].some(give);
    came = before;
  }

  const onfocusin = ({ target, relatedTarget: from }: FocusEvent): void => {
    if (!(from instanceof Node && root.contains(from))) came = from as Element | null;
    take(target as Element);
  };
  // Chromium tells when it goes, before it is gone; others tell only of what changed.
  const onfocusout = (): void => queueMicrotask(() => look(observer.takeRecords()));
  root.addEventListener('focusin', onfocusin);
  root.addEventListener('focusout', onfocusout);
  return () => {
    observer.disconnect();
    root.removeEventListener('focusin', onfocusin);
    root.removeEventListener('focusout', onfocusout);
  };
}

/** What may have the focus as a whole, as it has a name or is read whole. */
const PLACES = 'li, section, [role="treeitem"]';

/** Gives something the focus; gives whether it has it. */
function give(to: Element | null): boolean {
  if (!(to instanceof HTMLElement)) return false;
  to.focus();
  // An editor has no tab index of its own, and takes it all the same.
  if (document.activeElement !== to) {
    to.tabIndex = -1;
    to.focus();
  }
  return document.activeElement === to;
}

/** Gives a panel the focus. */
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
