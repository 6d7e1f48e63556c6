import { describe, expect, it } from 'vitest';
import { Awareness } from 'y-protocols/awareness';
import type { Doc } from 'yjs';
import { room } from '../testing';
import { Docs, type Provider } from './docs.svelte';
import { Stops } from './stops';

type Entry = { path: string; line: number; enabled: boolean; author: string };
const entry = (line: number): Entry => ({ path: '/app/porch.py', line, enabled: true, author: 'ana' });

/** The docs of somebody whose server has not answered yet. */
function opened(): { docs: Docs; doc: Doc; sync: () => void } {
  const all = new Map<string, Doc>();
  const synced = new Map<string, (synced: boolean) => void>();
  const docs = new Docs('s', (_session, name, doc) => {
    all.set(name, doc);
    const nothing = (): void => undefined;
    const on = (event: string, then: (synced: boolean) => void): void => {
      if (event === 'sync') synced.set(name, then);
    };
    const provider = { on, connect: nothing, disconnect: nothing, destroy: nothing };
    return { ...provider, awareness: new Awareness(doc) } as unknown as Provider;
  });
  docs.open();
  return { docs, doc: all.get('breakpoints')!, sync: () => synced.get('breakpoints')!(true) };
}

describe('breakpoints in the shared doc', () => {
  it('are toggled when they have come, by what is there then', () => {
    const { docs, doc, sync } = opened();
    doc.getMap('breakpoints').set('a', entry(2));
    const snapshot = room({ name: 'running', pausing: false }, null);
    const stops = new Stops(
      { mode: 'live', you: { id: 'ana' }, snapshot } as never,
      docs,
      async () => undefined,
    );
    stops.toggle('/app/porch.py', 2);
    stops.toggle('/app/porch.py', 3);
    expect(Object.keys(doc.getMap('breakpoints').toJSON())).toEqual(['a']);
    sync();
    expect(Object.values(doc.getMap('breakpoints').toJSON())).toEqual([entry(3)]);
    sync();
    stops.toggle('/app/porch.py', 3);
    expect(doc.getMap('breakpoints').size).toBe(0);
    docs.close();
  });

  it('change together as one update, so that nobody sees half of it', () => {
    const { docs, doc } = opened();
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
