/** The form of a breakpoint as a zone below its line. */
import type { EditorView } from '@codemirror/view';
import { mount, unmount } from 'svelte';
import BreakpointZone from '../components/BreakpointZone.svelte';
import { composing } from '../keys';
import type { Desk } from '../state/desk.svelte';
import type { Zone } from './zone';

export function breakpointZone(desk: Desk, view: EditorView, zone: NonNullable<Desk['zone']>): Zone {
  const { draft: first, entry } = zone;
  const onclose = (): void => {
    const form = document.activeElement?.closest('.source-zone') ?? null;
    const had = form !== null && view.dom.contains(form);
    desk.closeZone();
    if (had) view.focus();
  };
  let fresh = true;
  const fill = (target: HTMLElement): (() => void) => {
    // CodeMirror may drop it and draw it anew: with what was typed by then, and without taking the focus.
    const draft = desk.zoneDraft ?? first;
    const form = mount(BreakpointZone, { target, props: { desk, draft, entry, was: first, fresh, onclose } });
    fresh = false;
    target.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || composing(event)) return;
      event.preventDefault();
      onclose();
    });
    return () => void unmount(form);
  };
  return { line: first.line, fill };
}
