/**
 * Source texts, by path. In: paths that a view shows. Out: text, loading or a reason.
 * Texts are immutable by hash and kept in memory, the newest `KEPT` of them.
 */
import { api, sentence } from '../api';
import type { SessionId, Snapshot, SourceHash } from '../protocol';

export type SourceText =
  | { name: 'loading' }
  | { name: 'text'; text: string; hash: SourceHash }
  | { name: 'missing'; message: string };

const KEPT = 100;

export interface SourcesOptions {
  /** Asks the server to capture a file's text; absent in recordings. */
  capture?: (path: string) => Promise<void>;
  fetchText?: (id: SessionId, hash: SourceHash) => Promise<string>;
}

export class Sources {
  #texts = $state.raw<ReadonlyMap<SourceHash, SourceText>>(new Map());
  /** Paths that were asked for: pending, or why the server refused. */
  #asked = $state.raw<ReadonlyMap<string, string | null>>(new Map());
  #capture: SourcesOptions['capture'];
  #fetchText: NonNullable<SourcesOptions['fetchText']>;

  constructor(
    readonly session: SessionId,
    { capture, fetchText = api.source }: SourcesOptions = {},
  ) {
    this.#capture = capture;
    this.#fetchText = fetchText;
  }

  /** What is there; reading it starts nothing. */
  get(snapshot: Snapshot, path: string): SourceText {
    const known = snapshot.sources[path];
    if (known) return this.#texts.get(known.hash) ?? { name: 'loading' };
    const refusal = this.#asked.get(path);
    if (typeof refusal === 'string') return { name: 'missing', message: refusal };
    if (!this.#capture)
      return { name: 'missing', message: 'The text of this file was not captured up to this moment.' };
    return { name: 'loading' };
  }

  /** Fetches what `get` needs; called from effects, again whenever the snapshot changes. */
  want(snapshot: Snapshot, path: string): void {
    const known = snapshot.sources[path];
    if (known) {
      if (!this.#texts.has(known.hash)) void this.#load(known.hash);
    } else if (this.#capture && !this.#asked.has(path)) {
      void this.#ask(path, this.#capture);
    }
  }

  /** Tries again what was refused or failed. */
  retry(snapshot: Snapshot, path: string): void {
    const hash = snapshot.sources[path]?.hash;
    if (hash) this.#texts = new Map([...this.#texts].filter(([key]) => key !== hash));
    this.#asked = new Map([...this.#asked].filter(([key]) => key !== path));
    this.want(snapshot, path);
  }

  /** A person opens it once more: what was refused or failed then may be there now. */
  reopen(snapshot: Snapshot, path: string): void {
    if (this.get(snapshot, path).name === 'missing') this.retry(snapshot, path);
  }

  /** After a reconnect, questions whose answer was lost may be asked again. */
  forgetPending(): void {
    this.#asked = new Map([...this.#asked].filter(([, refusal]) => refusal !== null));
  }

  async #load(hash: SourceHash): Promise<void> {
    this.#put(hash, { name: 'loading' });
    try {
      this.#put(hash, { name: 'text', text: await this.#fetchText(this.session, hash), hash });
    } catch (error) {
      this.#put(hash, { name: 'missing', message: sentence(error) });
    }
  }

  async #ask(path: string, capture: (path: string) => Promise<void>): Promise<void> {
    this.#asked = new Map(this.#asked).set(path, null);
    try {
      await capture(path);
    } catch (error) {
      this.#asked = new Map(this.#asked).set(path, sentence(error));
    }
  }

  #put(hash: SourceHash, text: SourceText): void {
    this.#texts = new Map([...new Map(this.#texts).set(hash, text)].slice(-KEPT));
  }
}
