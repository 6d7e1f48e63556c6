/** What is said to people: one polite live region, and toasts for what asks for attention. */

export interface Toast {
  id: number;
  text: string;
  tone: 'info' | 'error';
  /** What one can do about it. */
  action: ToastAction | null;
  topics: readonly string[];
}

export interface ToastAction {
  label: string;
  run: () => void;
}

/** A sentence that was said. */
export interface Said {
  id: number;
  text: string;
  /** By a dialog's own region: the page's can't be heard while one is open, and says nothing again when it closes. */
  modal: boolean;
}

/** How long a sentence stays in the live region: what is added there is read, what goes is not. */
const SAID_MS = 10_000;
/** In a flood the oldest make room. */
const MOST_SAID = 8;
const SHOWN_MS = 6_000;
/** What is wrong, or can be acted on. */
const LONG_SHOWN_MS = 12_000;
/** How often it is asked again whether somebody is still there. */
const HELD_MS = 1_000;
const MOST_TOASTS = 4;

class Announcer {
  /** What stands in the live region: each sentence by itself, so that one that follows at once takes no other's place. */
  said = $state.raw<readonly Said[]>([]);
  toasts = $state.raw<readonly Toast[]>([]);
  /** Open modal dialogs: the page below them can't be seen or reached, so they show the toasts themselves. */
  modals = $state(0);
  /** Whether somebody is at the toasts, by pointer or focus: none goes by itself meanwhile. */
  held: () => boolean = () => false;
  #next = 1;

  /** For ears only. */
  say(text: string): void {
    const id = this.#next++;
    this.said = [...this.said, { id, text, modal: this.modals > 0 }].slice(-MOST_SAID);
    setTimeout(() => (this.said = this.said.filter((one) => one.id !== id)), SAID_MS);
  }

  /** For eyes and ears. */
  toast(
    text: string,
    tone: Toast['tone'] = 'info',
    action: ToastAction | null = null,
    /** What is true no longer by this one: those that share one with it go. */
    topics: readonly string[] = [],
  ): void {
    this.say(text);
    const id = this.#next++;
    const others = this.toasts.filter(
      (toast) => toast.text !== text && !toast.topics.some((one) => topics.includes(one)),
    );
    this.toasts = [...others, { id, text, tone, action, topics }].slice(-MOST_TOASTS);
    const end = (): void => {
      if (this.held()) setTimeout(end, HELD_MS);
      else this.dismiss(id);
    };
    setTimeout(end, tone === 'error' || action ? LONG_SHOWN_MS : SHOWN_MS);
  }

  /** What was said of these is no longer true. */
  drop(topics: readonly string[]): void {
    this.toasts = this.toasts.filter((toast) => !toast.topics.some((one) => topics.includes(one)));
  }

  dismiss(id: number): void {
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
  }
}

export const announcer = new Announcer();
