/**
 * The numbers at a phone's tabs and at the titles of panels: what waits for somebody, and what came since it was last shown.
 * Invariant: what is shown has been seen, and so has what was there when the page was opened.
 */
import { untrack } from 'svelte';
import { askKeys, badgeOf, chatKeys, noteKeys, type Badge } from '../news';
import { forYou } from '../proposals';
import type { ProposalView } from '../protocol';
import type { Desk, Tab } from './desk.svelte';
import { layout } from './layout.svelte';
import { phone } from './phone.svelte';

type NewsPanel = 'chat' | 'notes' | 'people';

class News {
  /** Null: not looked at yet. */
  #seen = $state.raw<ReadonlySet<string> | null>(null);
  readonly #all = $derived.by(() => this.keys());
  readonly many = $derived.by(() => {
    const seen = this.#seen;
    return seen === null || this.shown() ? 0 : this.#all.filter((key) => !seen.has(key)).length;
  });

  constructor(
    private readonly keys: () => string[],
    private readonly shown: () => boolean,
  ) {}

  look(): void {
    const all = new Set(this.#all);
    const seen = untrack(() => this.#seen);
    // What is no longer there is forgotten: it would be news again.
    if (seen === null || this.shown()) this.#seen = all;
    else this.#seen = new Set([...seen].filter((key) => all.has(key)));
  }
}

export class Badges {
  readonly #news: Record<NewsPanel, News>;
  /** Proposals that wait for this person; in a recording they wait for nobody. */
  readonly toDecide: ProposalView[] = $derived.by(() => {
    const { room } = this.desk;
    return room.mode === 'live' && room.over === null ? forYou(room.snapshot, room.you) : [];
  });

  constructor(private readonly desk: Desk) {
    const { room } = desk;
    const me = (): string | null => room.you?.id ?? null;
    const news = (panel: NewsPanel, keys: () => string[]): News =>
      new News(keys, () => layout.isOpen(panel) && (!phone.is || desk.tab === panel));
    this.#news = {
      chat: news('chat', () => chatKeys(room.snapshot, me())),
      notes: news('notes', () => noteKeys(desk.notes.all, me())),
      people: news('people', () => askKeys(room.snapshot, me())),
    };
  }

  /** Called when anything of it changed. */
  look(): void {
    for (const one of Object.values(this.#news)) one.look();
  }

  of(tab: Tab): Badge | null {
    const { room } = this.desk;
    if (tab === 'proposals') return badgeOf([this.toDecide.length, 'to decide']);
    if (room.mode === 'recording' || !(tab === 'chat' || tab === 'notes' || tab === 'people')) return null;
    const guests = tab === 'people' ? room.waiting.length : 0;
    return badgeOf([guests, 'to let in'], [this.#news[tab].many, 'new']);
  }
}
