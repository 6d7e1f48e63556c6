import { describe, expect, it } from 'vitest';
import { emptySnapshot } from '../fold';
import type { Module, ReplyResult } from '../protocol';
import { Modules } from './modules.svelte';
import type { Room } from './room';

const PORCH: Module = { name: 'porch', path: '/app/porch.py', library: false };

function room(
  answer: () => Promise<ReplyResult | null>,
  more: object = {},
): { room: Room; asked: () => number } {
  let asked = 0;
  const made = {
    mode: 'live',
    over: null,
    snapshot: { ...emptySnapshot(), phase: { name: 'stopped' } },
    send: () => {
      asked += 1;
      return answer();
    },
    ...more,
  };
  return { room: made as unknown as Room, asked: () => asked };
}

describe('the list of modules', () => {
  it('is asked for once, and again on request', async () => {
    const { room: here, asked } = room(async () => ({ kind: 'modules', items: [PORCH] }));
    const modules = new Modules(here);
    await Promise.all([modules.load(), modules.load()]);
    await modules.load();
    expect([asked(), modules.list, modules.state.name]).toEqual([1, [PORCH], 'idle']);
    await modules.load(true);
    expect(asked()).toBe(2);
  });

  it('is not asked for without end where that is refused', async () => {
    const { room: here, asked } = room(() => Promise.reject(new Error('Not connected at this moment.')));
    const modules = new Modules(here);
    for (let i = 0; i < 5; i += 1) await modules.load();
    expect([asked(), modules.state]).toEqual([
      1,
      { name: 'failed', message: 'Not connected at this moment.' },
    ]);
  });

  it('is not asked for where there is no program', async () => {
    for (const more of [{ mode: 'recording' }, { over: 'It has ended.' }, { snapshot: emptySnapshot() }]) {
      const { room: here, asked } = room(async () => null, more);
      await new Modules(here).load(true);
      expect(asked()).toBe(0);
    }
  });
});
