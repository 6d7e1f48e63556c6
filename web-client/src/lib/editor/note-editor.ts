/** A note's or reply's text as an editor: shared, so that several people can type in it at once. */
import { standardKeymap } from '@codemirror/commands';
import { EditorState } from '@codemirror/state';
import { drawSelection, EditorView, keymap, placeholder } from '@codemirror/view';
import { yCollab, yUndoManagerKeymap } from 'y-codemirror.next';
import type { Awareness } from 'y-protocols/awareness';
import type * as Y from 'yjs';
import { LIMITS } from '../protocol';
import { theme } from './theme';

export function noteEditor(
  parent: HTMLElement,
  text: Y.Text,
  awareness: Awareness | null,
  what: 'Note' | 'Reply',
  onDone: () => void,
): EditorView {
  return new EditorView({
    parent,
    state: EditorState.create({
      doc: text.toString(),
      extensions: [
        keymap.of([
          { key: 'Escape', run: () => (onDone(), true) },
          { key: 'Mod-Enter', run: () => (onDone(), true) },
          ...yUndoManagerKeymap,
          ...standardKeymap,
        ]),
        yCollab(text, awareness),
        drawSelection(),
        EditorView.lineWrapping,
        placeholder(`Write a ${what.toLowerCase()} …`),
        EditorView.contentAttributes.of({ 'aria-label': `${what} text` }),
        // The server refuses longer ones; better not to get there.
        EditorState.changeFilter.of(
          ({ newDoc, startState }) =>
            newDoc.length <= LIMITS.noteText || newDoc.length <= startState.doc.length,
        ),
        theme,
      ],
    }),
  });
}
