/**
 * The keys of this browser's person: one setting for all rooms, kept here, followed by the other tabs.
 *
 * In: changes by the settings dialog, and of other tabs by `storage` events. Out: what everything that shows or uses
 * keys asks for.
 */
import { claimOf } from '../browser-keys';
import { COMMANDS, commandsFor, type Command, type Context } from '../commands';
import { ariaKeys, shown, spellings, type KeyLike } from '../keys';
import { keymap, parse, serialize, type KeySettings } from '../keymap';
import { announcer } from './announcer.svelte';

const STORED_AS = 'breakroom.keys';

class Keyboard {
  settings: KeySettings = $state.raw(this.#read());
  readonly #map = $derived(keymap(this.settings));

  constructor() {
    window.addEventListener('storage', ({ key, storageArea }) => {
      if (storageArea === localStorage && (key === STORED_AS || key === null)) this.settings = this.#read();
    });
  }

  /** The keys of a command, the one to show first. */
  of(id: string): readonly string[] {
    return this.#map.get(id) ?? [];
  }

  /** A key as people read it: the first that this browser lets us have. Null where there is none. */
  hint(id: string): string | null {
    const keys = this.of(id);
    const first = keys.find((one) => claimOf(one).name !== 'kept') ?? keys[0];
    return first === undefined ? null : shown(first);
  }

  /** A label with its key. */
  titled(label: string, id: string): string {
    const hint = this.hint(id);
    return hint === null ? label : `${label} (${hint})`;
  }

  /** For `aria-keyshortcuts`. */
  aria(id: string): string | undefined {
    return this.of(id).length > 0 ? ariaKeys(this.of(id)) : undefined;
  }

  /** What a key press means in a mode. */
  press(event: KeyLike, mode: Context['mode']): { command: Command; keys: string } | null {
    const commands = commandsFor(mode);
    for (const keys of spellings(event)) {
      const command = commands.find(({ id }) => this.of(id).includes(keys));
      if (command) return { command, keys };
    }
    return null;
  }

  /** Whether a command has keys that the person chose. */
  isOwn(id: string): boolean {
    return Object.hasOwn(this.settings.own, id);
  }

  get anyOwn(): boolean {
    return COMMANDS.some(({ id }) => this.isOwn(id));
  }

  change(settings: KeySettings): void {
    this.settings = settings;
    try {
      localStorage.setItem(STORED_AS, serialize(settings));
    } catch {
      announcer.toast('The browser does not keep these keys: they are lost with this page.', 'error');
    }
  }

  #read(): KeySettings {
    let text: string | null = null;
    try {
      text = localStorage.getItem(STORED_AS);
    } catch {
      // Storage is switched off: the keys are the default ones, and changing them says the rest.
    }
    const { settings, broken } = parse(text);
    if (broken)
      announcer.toast('Some of your keys could not be read and are as they were at first.', 'error');
    return settings;
  }
}

export const keyboard = new Keyboard();
