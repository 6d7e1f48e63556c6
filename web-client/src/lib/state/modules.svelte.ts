/** Which modules the program has loaded: asked for when somebody wants to open a file, and kept for a while. */
import { sentence } from '../api';
import type { Module } from '../protocol';
import type { Room } from './room';

export type ModulesState = { name: 'idle' } | { name: 'loading' } | { name: 'failed'; message: string };

/** How long a list is good for. */
const FRESH_MS = 15_000;

export class Modules {
  list = $state.raw<readonly Module[]>([]);
  state = $state.raw<ModulesState>({ name: 'idle' });
  #at = -Infinity;

  constructor(private readonly room: Room) {}

  /** Asks, unless the list is fresh. A recording has none; who is not connected keeps what there is. */
  async load(again = false): Promise<void> {
    const { room } = this;
    if (room.mode === 'recording' || room.over !== null || this.state.name === 'loading') return;
    const attached = room.snapshot.phase.name === 'running' || room.snapshot.phase.name === 'stopped';
    if (!attached || (!again && performance.now() - this.#at < FRESH_MS)) return;
    this.state = { name: 'loading' };
    this.#at = performance.now();
    try {
      const result = await room.send({ command: 'modules' });
      if (result?.kind === 'modules') this.list = result.items;
      this.state = { name: 'idle' };
    } catch (error) {
      this.state = { name: 'failed', message: sentence(error) };
    }
  }
}
