import { describe, expect, it } from 'vitest';
import { Awareness } from 'y-protocols/awareness';
import type { Doc } from 'yjs';
import { Docs, type Provider } from './docs.svelte';

describe('breakpoints in the shared doc', () => {
  it('change together as one update, so that nobody sees half of it', () => {
    const opened = new Map<string, Doc>();
    const docs = new Docs('s', (_session, name, doc) => {
      opened.set(name, doc);
      const nothing = (): void => undefined;
      const provider = { on: nothing, connect: nothing, disconnect: nothing, destroy: nothing };
      return { ...provider, awareness: new Awareness(doc) } as unknown as Provider;
    });
    docs.open();
    const doc = opened.get('breakpoints')!;
    const entry = (line: number): { path: string; line: number; enabled: boolean; author: string } => ({
      path: '/app/porch.py',
      line,
      enabled: true,
      author: 'ana',
    });
    docs.setBreakpoint('gone', entry(1));
    let updates = 0;
    doc.on('update', () => (updates += 1));
    docs.changeBreakpoints([
      ['gone', null],
      ['a', entry(2)],
      ['b', entry(3)],
    ]);
    expect(updates).toBe(1);
    expect(doc.getMap('breakpoints').toJSON()).toEqual({ a: entry(2), b: entry(3) });
    docs.close();
  });
});
