/**
 * A page's heading gets the focus when the page takes another one's place: the link that led here is gone, and a screen
 * reader would stay silent. Not on the page that was opened first, and not away from where somebody has put it. `moved`: what
 * it takes the place of has no address of its own.
 */
import { router } from './router.svelte';

export function arrive(heading: HTMLElement, moved = router.moved): void {
  if (!moved || (document.activeElement !== null && document.activeElement !== document.body)) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}
