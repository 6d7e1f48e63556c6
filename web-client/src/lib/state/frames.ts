/** When the page is painted. */

/** A page that is hidden gets no frames; then it is this long at most. */
const HIDDEN_MS = 200;

/** Runs before the next frame. */
export function nextFrame(run: () => void): void {
  if (document.hidden) setTimeout(run, HIDDEN_MS);
  else {
    // A page that is hidden meanwhile gets no frame.
    let done = false;
    const once = (): void => {
      if (!done) {
        done = true;
        run();
      }
    };
    requestAnimationFrame(once);
    setTimeout(once, HIDDEN_MS);
  }
}

/** Runs once what is there now is on the screen. */
export const afterPaint = (run: () => void): void => nextFrame(() => setTimeout(run));
