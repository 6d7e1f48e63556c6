/**
 * Whether it is the person who moves the editor's view or cursor, or the page.
 *
 * CodeMirror's own word for it (`isUserEvent`) isn't enough: where the browser moves its selection because lines were drawn
 * anew, that is taken for the person's too.
 */
import type { Extension } from '@codemirror/state';
import { ViewPlugin, type EditorView } from '@codemirror/view';

/** How long after a key, a press, a wheel or a finger what follows is taken for its work. */
const MS = 300;
const EVENTS = ['keydown', 'pointerdown', 'pointermove', 'wheel', 'touchmove'] as const;

class Handled {
  at = -Infinity;
  readonly #note = (event: Event): void => {
    // A mouse that only passes by does nothing.
    if (event.type === 'pointermove' && (event as PointerEvent).buttons === 0) return;
    this.at = performance.now();
  };

  constructor(private readonly view: EditorView) {
    for (const name of EVENTS) view.dom.addEventListener(name, this.#note, { passive: true, capture: true });
  }

  destroy(): void {
    for (const name of EVENTS) this.view.dom.removeEventListener(name, this.#note, { capture: true });
  }
}

export const handled = ViewPlugin.fromClass(Handled);

export const isHandled = (view: EditorView): boolean =>
  performance.now() - (view.plugin(handled)?.at ?? -Infinity) < MS;

/** Tells of the first line in view, once a frame at most. */
export function scrolling(onScroll: (top: number, own: boolean) => void): Extension {
  return ViewPlugin.define((view) => {
    let frame = 0;
    let last = 0;
    const tell = (): void => {
      frame = 0;
      const block = view.lineBlockAtHeight(view.scrollDOM.scrollTop);
      const top = view.state.doc.lineAt(block.from).number;
      if (top !== last) onScroll((last = top), isHandled(view));
    };
    const scrolled = (): void => void (frame ||= requestAnimationFrame(tell));
    view.scrollDOM.addEventListener('scroll', scrolled, { passive: true });
    return {
      destroy: () => {
        cancelAnimationFrame(frame);
        view.scrollDOM.removeEventListener('scroll', scrolled);
      },
    };
  });
}
