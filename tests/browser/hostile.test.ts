/** What people, and the program, say is text: nothing of it runs. */
import { mkdirSync } from 'node:fs';
import { join as path } from 'node:path';
import type { Page } from '@playwright/test';
import WebSocket from 'ws';
import * as Y from 'yjs';
import { inviteLink, join } from './support/room';
import { expect, test } from './support/world';

/** Runs, wherever it is taken for HTML, and isn't if it is text. */
const MARKUP = '<img src=x onerror="window.ran=1"><svg onload="window.ran=1"></svg>';
const LINK = 'javascript:window.ran=1 [a](javascript:window.ran=1)';

const PROGRAM = `import sys, threading, time
MARKUP = ${JSON.stringify(MARKUP)}
threading.current_thread().name = MARKUP
def work(number):
    text = MARKUP
    values = {MARKUP: [MARKUP], "link": ${JSON.stringify(LINK)}}
    rows = [{MARKUP: MARKUP, "b": n} for n in range(3)]
    print("\\x1b[31m" + MARKUP + "\\x1b]8;;javascript:window.ran=1\\x07link\\x1b]8;;\\x07 ${LINK}", flush=True)
    print(MARKUP, file=sys.stderr, flush=True)
    return number  # here
number = 0
while True:
    number += 1
    work(number)
    time.sleep(0.05)
`;
const HERE = PROGRAM.split('\n').findIndex((line) => line.includes('# here')) + 1;

/** The live socket or a doc of somebody, spoken to without a page. */
async function socketOf(page: Page, name: string): Promise<WebSocket> {
  const cookies = await page.context().cookies();
  const ticket = cookies.find((cookie) => cookie.name === 'breakroom_ticket')!.value;
  const url = `${page.url().replace('http', 'ws').replace('/s/', '/api/sessions/')}/${name}`;
  const socket = new WebSocket(url, { headers: { cookie: `breakroom_ticket=${ticket}` } });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return socket;
}

/** A y-websocket frame with all of a doc. */
function update(doc: Y.Doc): Uint8Array {
  const body = Y.encodeStateAsUpdate(doc);
  const varint = (n: number): number[] => (n < 128 ? [n] : [(n % 128) | 128, ...varint(Math.floor(n / 128))]);
  return new Uint8Array([0, 2, ...varint(body.length), ...body]);
}

test('what people and the program say is shown, and never run', async ({ world }) => {
  const folder = path(world.folder(), '<img src=x onerror=window.ran=1>');
  mkdirSync(folder);
  const program = await world.program(PROGRAM, folder);
  const file = path(folder, 'program.py');
  const share = await world.share(program);
  const [anaPage, evePage] = await Promise.all([world.browserOf('Ana'), world.browserOf('Eve')]);
  const ana = await join(anaPage, share.hostUrl, 'Ana');
  await ana.open(file);
  await ana.clickGutter(HERE);
  await ana.expectPausedAt(HERE, 'program.py');

  const name = '<b onclick=ran=1>Eve</b>';
  const eve = await join(evePage, await inviteLink(ana), name);
  await expect(ana.person(name)).toBeVisible();
  await eve.say(`${MARKUP} ${LINK}`);
  const live = await socketOf(evePage, 'live');
  const propose = (id: number, action: object): void => live.send(JSON.stringify({ id, command: 'propose', action }));
  propose(1, { kind: 'command', command: { command: 'evaluate', expression: MARKUP } });
  propose(2, { kind: 'command', command: { command: 'watch_add', expression: MARKUP } });
  propose(3, { kind: 'breakpoint', draft: { path: file, line: 5, snap: false, condition: MARKUP } });
  const notes = await socketOf(evePage, 'docs/notes');
  const doc = new Y.Doc();
  doc.transact(() => {
    const note = new Y.Map<unknown>();
    const fields = { path: file, line: 5, text: new Y.Text(`${MARKUP} ${LINK}`) };
    for (const [key, value] of Object.entries(fields)) note.set(key, value);
    doc.getMap('notes').set('note', note);
  });
  notes.send(update(doc));

  for (const room of [ana, eve]) {
    await expect(room.chat).toContainText(MARKUP);
    await expect(room.notes).toContainText(MARKUP);
    for (const words of [`evaluate ${MARKUP}`, `watch ${MARKUP}`, `if ${MARKUP}`]) await expect(room.proposals).toContainText(words);
    await expect(room.variable('text')).toContainText('<img src=x');
    await room.expectPrinted('<img src=x onerror');
  }
  await ana.variable('values').press('ArrowRight');
  // The item, and the list that it is in.
  await expect(ana.variables.getByRole('treeitem').filter({ hasText: LINK })).toHaveCount(2);
  for (const page of [anaPage, evePage]) {
    expect(await page.evaluate(() => (window as { ran?: number }).ran)).toBeUndefined();
    await expect(page.locator('img[src="x"], svg[onload], [onclick], a[href^="javascript"]')).toHaveCount(0);
  }
});
