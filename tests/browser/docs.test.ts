/**
 * The shared docs with the stock `WebsocketProvider` of npm, in Node, against the real server. Nothing of ours is in
 * between, but for the ticket's cookie, which a browser would add by itself.
 */
import { WebsocketProvider } from 'y-websocket';
import WebSocket from 'ws';
import * as Y from 'yjs';
import { PORCH } from './support/debuggee';
import type { Share } from './support/server';
import { expect, test, type World } from './support/world';

type Doc = 'breakpoints' | 'notes';
type Roles = 'collaborator' | 'watcher';

interface Ticket {
  id: string;
  cookie: string;
}

const AT = { path: PORCH, line: 40, enabled: true };

/** A session that stays as it is while the docs are tried. */
async function room(world: World): Promise<Share> {
  return world.share(await world.porch({ tick: 1 }));
}

async function post(url: string, body: unknown, cookie = ''): Promise<Response> {
  const headers = { 'content-type': 'application/json', cookie };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  expect(answer.status, `${url}: ${await answer.clone().text()}`).toBeLessThan(300);
  return answer;
}

async function ticket(answer: Response): Promise<Ticket> {
  const { participant } = (await answer.json()) as { participant: { id: string } };
  return { id: participant.id, cookie: answer.headers.getSetCookie()[0]!.split(';')[0]! };
}

async function host({ url, hostUrl }: Share): Promise<Ticket> {
  return ticket(await post(`${url}/api/auth/host-link`, { secret: hostUrl.split('=')[1], name: 'Ana' }));
}

async function guest({ url, session }: Share, by: Ticket, name: string, role: Roles): Promise<Ticket> {
  const made = await post(`${url}/api/sessions/${session}/invites`, { role }, by.cookie);
  const invite = (await made.json()) as { url: string };
  return ticket(await post(`${url}/api/auth/invite`, { secret: invite.url.split('=')[1], name }));
}

/** A stock provider with a doc of its own. */
class Replica {
  readonly doc = new Y.Doc();
  readonly closes: number[] = [];
  readonly provider: WebsocketProvider;
  readonly map: Y.Map<unknown>;

  constructor(world: World, { url, session }: Share, { cookie }: Ticket, name: Doc) {
    class WithCookie extends WebSocket {
      constructor(address: string | URL, protocols?: string | string[]) {
        super(address, protocols ?? [], { headers: { cookie } });
      }
    }
    this.map = this.doc.getMap(name);
    this.provider = new WebsocketProvider(`${url.replace('http', 'ws')}/api/sessions/${session}/docs`, name, this.doc, {
      WebSocketPolyfill: WithCookie as unknown as typeof globalThis.WebSocket,
      disableBc: true,
    });
    this.provider.on('connection-close', (event) => {
      if (event) this.closes.push(event.code);
    });
    world.atEnd(async () => this.provider.destroy());
  }

  /** Connected, with all that the server has. */
  async synced(): Promise<this> {
    await expect.poll(() => this.provider.synced).toBe(true);
    return this;
  }

  get json(): Record<string, unknown> {
    return this.map.toJSON();
  }

  text(id: string): Y.Text {
    return (this.map.get(id) as Y.Map<unknown>).get('text') as Y.Text;
  }

  addNote(id: string, author: Ticket, text: string): void {
    const note = new Y.Map<unknown>(Object.entries({ path: PORCH, line: 40, author: author.id, text: new Y.Text(text) }));
    this.map.set(id, note);
  }
}

test('two stock providers sync breakpoints, notes and awareness both ways', async ({ world }) => {
  const share = await room(world);
  const ana = await host(share);
  const ben = await guest(share, ana, 'Ben', 'collaborator');

  await test.step('breakpoints', async () => {
    const [a, b] = [new Replica(world, share, ana, 'breakpoints'), new Replica(world, share, ben, 'breakpoints')];
    await Promise.all([a.synced(), b.synced()]);
    a.map.set('one', { ...AT, author: ana.id });
    await expect.poll(() => b.json).toEqual({ one: { ...AT, author: ana.id } });
    b.map.set('two', { ...AT, line: 41, author: ben.id });
    await expect.poll(() => Object.keys(a.json).sort()).toEqual(['one', 'two']);
    a.map.delete('one');
    await expect.poll(() => Object.keys(b.json)).toEqual(['two']);
  });

  await test.step('notes: one text, two people at once', async () => {
    const [a, b] = [new Replica(world, share, ana, 'notes'), new Replica(world, share, ben, 'notes')];
    await Promise.all([a.synced(), b.synced()]);
    a.addNote('n', ana, 'middle');
    await expect.poll(() => b.json['n']).toMatchObject({ text: 'middle', author: ana.id });
    a.text('n').insert(0, 'left ');
    b.text('n').insert(6, ' right');
    for (const replica of [a, b]) await expect.poll(() => replica.text('n').toString()).toBe('left middle right');
  });

  await test.step('awareness, and that it goes with who goes', async () => {
    const [a, b] = [new Replica(world, share, ana, 'notes'), new Replica(world, share, ben, 'notes')];
    await Promise.all([a.synced(), b.synced()]);
    a.provider.awareness.setLocalState({ participant: ana.id, path: PORCH, line: 40 });
    b.provider.awareness.setLocalState({ participant: ben.id, path: PORCH, line: 7 });
    const seenBy = (who: Replica, whom: Replica): unknown => who.provider.awareness.getStates().get(whom.doc.clientID);
    await expect.poll(() => seenBy(b, a)).toMatchObject({ participant: ana.id, line: 40 });
    await expect.poll(() => seenBy(a, b)).toMatchObject({ participant: ben.id, line: 7 });
    b.provider.destroy();
    await expect.poll(() => seenBy(a, b)).toBeUndefined();
  });
});

test('a provider that lost its connection comes back by itself, and both sides have everything', async ({ world }) => {
  const share = await room(world);
  const ana = await host(share);
  const [a, b] = [new Replica(world, share, ana, 'breakpoints'), new Replica(world, share, ana, 'breakpoints')];
  await Promise.all([a.synced(), b.synced()]);
  a.map.set('before', { ...AT, author: ana.id });
  await expect.poll(() => Object.keys(b.json)).toEqual(['before']);
  // As when a cable is pulled: no goodbye.
  (b.provider.ws as unknown as WebSocket).terminate();
  b.map.set('away', { ...AT, line: 41, author: ana.id });
  a.map.set('meanwhile', { ...AT, line: 42, author: ana.id });
  a.map.delete('before');
  await expect.poll(() => b.closes).toEqual([1006]);
  for (const replica of [a, b]) await expect.poll(() => Object.keys(replica.json).sort()).toEqual(['away', 'meanwhile']);
});

test("a watcher's writing reaches nobody, and its provider stays connected", async ({ world }) => {
  const share = await room(world);
  const ana = await host(share);
  const eve = await guest(share, ana, 'Eve', 'watcher');
  for (const name of ['breakpoints', 'notes'] as const) {
    const [a, e] = [new Replica(world, share, ana, name), new Replica(world, share, eve, name)];
    await Promise.all([a.synced(), e.synced()]);
    if (name === 'notes') e.addNote('evil', eve, 'I was here');
    else e.map.set('evil', { ...AT, author: eve.id });
    // Behind it on the same socket, so that who has this could have had that.
    e.provider.awareness.setLocalState({ participant: eve.id, path: PORCH, line: 13 });
    await expect.poll(() => a.provider.awareness.getStates().get(e.doc.clientID)).toMatchObject({ line: 13 });
    expect(a.json).toEqual({});
    const late = await new Replica(world, share, ana, name).synced();
    expect(late.json).toEqual({});
    a.map.set('good', name === 'notes' ? new Y.Map(Object.entries({ path: PORCH, line: 1, text: new Y.Text('hi') })) : { ...AT, author: ana.id });
    await expect.poll(() => Object.keys(e.json)).toContain('good');
    expect(e.provider.wsconnected).toBe(true);
    expect(e.closes).toEqual([]);
  }
});

test("somebody else's Yjs client id is refused with 4403", async ({ world }) => {
  const share = await room(world);
  const ana = await host(share);
  const mallory = await guest(share, ana, 'Mallory', 'collaborator');
  const a = await new Replica(world, share, ana, 'breakpoints').synced();
  a.map.set('one', { ...AT, author: ana.id });
  const forged = await new Replica(world, share, mallory, 'breakpoints').synced();
  await expect.poll(() => Object.keys(forged.json)).toEqual(['one']);
  // Yjs itself never would: it takes a new id when it meets its own.
  const own = forged.doc.clientID;
  forged.doc.clientID = a.doc.clientID;
  forged.map.set('two', { ...AT, line: 41, author: ana.id });
  forged.doc.clientID = own;
  await expect.poll(() => forged.closes).toContain(4403);
  forged.provider.disconnect();
  const late = await new Replica(world, share, ana, 'breakpoints').synced();
  expect(Object.keys(late.json)).toEqual(['one']);
  expect(a.closes).toEqual([]);
});

test('what real Yjs sends is taken: garbage collected parts, nested types, deletes, undo', async ({ world }) => {
  const share = await room(world);
  const ana = await host(share);
  const a = await new Replica(world, share, ana, 'notes').synced();
  a.addNote('long', ana, 'x');
  a.addNote('gone', ana, 'never mind');
  const text = a.text('long');
  for (let i = 0; i < 200; i += 1) text.insert(text.length, `line ${i} ä𝕏🙂\n`);
  text.delete(10, 500);
  for (let i = 0; i < 50; i += 1) text.delete(i, 3);
  // Leaves a deleted Y.Map with a deleted Y.Text in it, which Yjs collects.
  a.map.delete('gone');
  a.addNote('again', ana, 'one');
  a.addNote('again', ana, 'two');
  const undo = new Y.UndoManager(a.map);
  a.text('again').insert(3, ' three');
  undo.undo();
  undo.redo();
  a.doc.transact(() => {
    a.text('again').insert(0, 'zero ');
    a.text('again').delete(0, 2);
  });
  // What the server says of them has come back.
  const at: unknown = expect.any(Number);
  await expect.poll(() => a.json).toMatchObject({ again: { at }, long: { at } });
  const expected = a.json;
  expect(expected['again']).toMatchObject({ text: 'ro two three' });
  const b = new Replica(world, share, ana, 'notes');
  await expect.poll(() => b.json).toEqual(expected);
  // And from an offline doc with a history of its own, in one step.
  b.provider.disconnect();
  b.text('again').insert(0, 'offline ');
  b.text('long').delete(0, b.text('long').length);
  b.provider.connect();
  await expect.poll(() => a.json['again']).toMatchObject({ text: 'offline ro two three' });
  await expect.poll(() => a.text('long').length).toBe(0);
  for (const replica of [a, b]) expect(replica.closes.filter((code) => code >= 4000)).toEqual([]);
});
