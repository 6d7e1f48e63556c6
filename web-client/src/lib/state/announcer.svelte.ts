/** What is said to people: one polite live region, and toasts for what asks for attention. */

export interface Toast {
  id: number;
  text: string;
  tone: 'info' | 'error';
  /** What one can do about it. */
  action: ToastAction | null;
}

export interface ToastAction {
  label: string;
  run: () => void;
}

const SHOWN_MS = 6_000;
/** What is wrong, or can be acted on. */
const LONG_SHOWN_MS = 12_000;
const MOST_TOASTS = 4;

class Announcer {
  /** The live region's text. */
  text = $state('');
  toasts = $state.raw<readonly Toast[]>([]);
  /** Open modal dialogs: the page below them can't be seen or reached, so they show the toasts themselves. */
  modals = $state(0);
  #next = 1;

  /** For ears only. */
  say(text: string): void {
    // The same sentence twice must be a change, or it isn't read again.
    this.text = this.text === text ? `${text}\u00a0` : text;
  }

  /** For eyes and ears. */
  toast(text: string, tone: Toast['tone'] = 'info', action: ToastAction | null = null): void {
    this.say(text);
    const id = this.#next++;
    const others = this.toasts.filter((toast) => toast.text !== text);
    this.toasts = [...others, { id, text, tone, action }].slice(-MOST_TOASTS);
    setTimeout(() => this.dismiss(id), tone === 'error' || action ? LONG_SHOWN_MS : SHOWN_MS);
  }

  dismiss(id: number): void {
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
  }
}

export const announcer = new Announcer();
