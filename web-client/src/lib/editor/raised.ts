/** What was raised, below the line that raised it. */
import type { Raised } from '../source-marks';
import type { Zone } from './zone';

export function raisedBox({ line, type, message }: Raised): Zone {
  const fill = (box: HTMLElement): (() => void) => {
    const note = document.createElement('div');
    note.className = 'raised';
    note.role = 'note';
    note.ariaLabel = 'What was raised here';
    const name = document.createElement('strong');
    name.textContent = type;
    const text = document.createElement('span');
    text.className = 'message mono';
    text.textContent = message;
    note.append(name, text);
    // What is longer than its box is scrolled by keyboard, too.
    text.tabIndex = 0;
    box.append(note);
    return () => note.remove();
  };
  return { line, fill };
}
