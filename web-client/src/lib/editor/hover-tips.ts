/** Tells where a mouse rests on the text. What there is to see of it isn't this module's: that is loaded when it is wanted. */
import type { Extension } from '@codemirror/state';
import { ViewPlugin, type EditorView } from '@codemirror/view';

/** How long it rests. */
const MS = 250;

/** `still`: whether it hasn't moved on since. */
export type OnRest = (pos: number, still: () => boolean) => void;

/** The place in the text that a point is on; null beside the text. */
function posOn(view: EditorView, { clientX: x, clientY: y }: PointerEvent): number | null {
  const pos = view.posAtCoords({ x, y });
  const at = pos === null ? null : view.coordsAtPos(pos);
  if (!at || y < at.top || y > at.bottom) return null;
  return Math.min(Math.abs(x - at.left), Math.abs(x - at.right)) <= view.defaultCharacterWidth ? pos : null;
}

export function hoverTips(onRest: OnRest): Extension {
  return ViewPlugin.define((view) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let turn = 0;
    const stop = (): void => {
      turn += 1;
      clearTimeout(timer);
    };
    const move = (event: PointerEvent): void => {
      stop();
      if (event.pointerType !== 'mouse' || event.buttons !== 0) return;
      const mine = turn;
      timer = setTimeout(() => {
        const pos = posOn(view, event);
        if (pos !== null) onRest(pos, () => mine === turn);
      }, MS);
    };
    const events = { pointermove: move, pointerleave: stop, pointerdown: stop, keydown: stop };
    const each = Object.entries(events) as [keyof HTMLElementEventMap, EventListener][];
    for (const [name, listener] of each) view.contentDOM.addEventListener(name, listener);
    return {
      destroy: () => {
        stop();
        for (const [name, listener] of each) view.contentDOM.removeEventListener(name, listener);
      },
    };
  });
}
