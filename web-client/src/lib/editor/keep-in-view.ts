/** A phone that is turned, or a bar that opens below: the line of the stop stays in view if it was. */
import { EditorView, ViewPlugin } from '@codemirror/view';
import { stopLine } from './line-marks';

export const keepInView = ViewPlugin.define((view) => {
  const { scrollDOM } = view;
  let height = 0;
  const observer = new ResizeObserver(() => {
    const before = height;
    const now = scrollDOM.clientHeight;
    // Behind another tab it has no height.
    if (now === 0) return;
    height = now;
    const at = stopLine(view.state);
    if (at === null || now >= before) return;
    const { top, bottom } = view.lineBlockAt(at);
    const from = scrollDOM.scrollTop;
    if (top >= from && bottom <= from + before && bottom > from + now)
      view.dispatch({ effects: EditorView.scrollIntoView(at, { y: 'nearest', yMargin: 40 }) });
  });
  observer.observe(scrollDOM);
  return { destroy: () => observer.disconnect() };
});
