/**
 * What the session view costs a browser: bytes of JavaScript, the first view, a stop's painting, scrolling, memory. It says
 * whether targets are met, and fails only where something can't be measured.
 */
import { writeFileSync } from 'node:fs';
import { join as path } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { JSHandle, Locator, Page } from '@playwright/test';
import { join, type Room } from './support/room';
import { expect, test } from './support/world';

const PROGRAM = `import sys
import time
import long_one


def deep(left):
    if left:
        return deep(left - 1)
    many = {f"name {number}": number for number in range(10_000)}
    breakpoint()
    while True:
        left += 1
        half = left / 2
        text = f"turn {left}"


sys.setrecursionlimit(5_000)
time.sleep(0.5)
deep(1_000)
`;
/** A stack as most programs have it: the debuggee tells it with the stop. */
const SHALLOW = `import time


def work(n):
    half = n / 2
    text = f"turn {n}"
    return half, text


time.sleep(0.5)
breakpoint()
n = 0
while True:
    n += 1
    work(n)
`;
/** A module of 20,000 lines. */
const LONG = Array.from(
  { length: 4_000 },
  (_, at) => `class Lamp${at}:\n    level = ${at}\n\n    def set(self, level):\n        self.level = level + ${at}`,
).join('\n');
/** Prints when it is told to: at a pace, then as fast as it can. */
const PRINTER = `import sys
import time

go = False
n = 0


def block(lines):
    global n
    sys.stdout.write("".join(
        f"2026-01-01 12:00:00,123 \\x1b[32mINFO\\x1b[0m house.porch lamp {n + one} is on since {one} s\\n" for one in range(lines)
    ))
    n += lines


while not go:
    time.sleep(0.02)
start = time.monotonic()
while n < 50_000:
    block(100)
    time.sleep(max(0, start + n / 5_000 - time.monotonic()))
print("paced", flush=True)
time.sleep(2)
while n < 201_000:
    block(500)
print("finished", flush=True)
while True:
    time.sleep(1)
`;
const WAITS = PRINTER.split('\n').indexOf('    time.sleep(0.02)') + 1;
const RELOADS = 10;
const STEPS = 1_000;
/** Steps before the memory is looked at first. */
const WARM_UP = 100;
const SCROLLING_MS = 3_000;

/** What the page itself measures. */
interface Probe {
  /** Milliseconds from a `stopped` message to the frame that shows its line. */
  painted: number[];
  /** Milliseconds from the navigation's start to the first frame that shows a paused program and its source. */
  usable: number | null;
}
declare global {
  var probe: Probe;
}

/** Runs in the page before anything of it. */
function watch(): void {
  const probe: Probe = { painted: [], usable: null };
  globalThis.probe = probe;
  let arrived: number | null = null;
  let shown = '';
  globalThis.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener('message', ({ data }) => {
        if (typeof data === 'string' && data.includes('"event":{"type":"stopped"')) arrived = performance.now();
      });
    }
  };
  /** Whether a frame is being made: what changes now is in it. */
  let framing = false;
  const nextFrame = globalThis.requestAnimationFrame.bind(globalThis);
  globalThis.requestAnimationFrame = (callback) =>
    nextFrame((time) => {
      framing = true;
      soon(() => (framing = false));
      callback(time);
    });
  /** In a task of its own: during a frame, right behind it. */
  function soon(then: () => void): void {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = then;
    port2.postMessage(null);
  }
  /** In a task right behind the frame that shows what is there now. */
  const painted = (then: () => void): void => void (framing ? soon(then) : nextFrame(() => soon(then)));
  const look = (): void => {
    const state = document.querySelector('[role="group"][aria-label="Session state"]')?.textContent ?? '';
    const line = /Paused at \S+:\d+/.exec(state)?.[0];
    if (line === undefined) return;
    if (probe.usable === null && document.querySelector('.cm-line'))
      painted(() => (probe.usable ??= performance.now()));
    if (line === shown) return;
    shown = line;
    const since = arrived;
    arrived = null;
    if (since !== null) painted(() => probe.painted.push(performance.now() - since));
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
}

const of = (values: number[], part: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? NaN;

const rows: string[][] = [['', 'target', 'p50', 'p95', 'max', 'verdict']];
function times(what: string, target: number, unit: string, values: number[]): void {
  const [p50, p95, max] = [of(values, 0.5), of(values, 0.95), of(values, 1)];
  const met = p50 <= target ? 'met' : 'NOT MET';
  rows.push([what, `${target} ${unit}`, ...[p50, p95, max].map((value) => value.toFixed(1)), met]);
}
function figure(what: string, target: string, value: string, met: boolean): void {
  rows.push([what, target, value, '', '', met ? 'met' : 'NOT MET']);
}
const scrolled = (what: string, { rows, fps }: { rows: number; fps: number }): void =>
  figure(`scrolling ${rows} ${what}`, '50 /s', `${fps.toFixed(0)} /s`, fps >= 50);
function table(): string {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  return rows.map((row) => row.map((cell, at) => cell.padEnd(widths[at]!)).join('  ')).join('\n');
}

/** What of a panel scrolls. */
const scroller = (tree: Locator): Promise<JSHandle<Element>> =>
  tree.evaluateHandle((tree) => {
    let box: Element | null = tree;
    while (box && box.scrollHeight <= box.clientHeight + 1) box = box.parentElement;
    if (!box) throw new Error('there is nothing to scroll');
    return box;
  });

/** Has a tree show more, by the row that offers it, so many times. */
async function more(tree: Locator, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    await (await scroller(tree)).evaluate((box) => box.scrollTo({ top: box.scrollHeight }));
    const offer = tree.getByRole('treeitem', { name: /^Show \d+/ });
    const words = await offer.textContent();
    await offer.click();
    await expect(tree.getByRole('treeitem', { name: words!.trim(), exact: true })).toHaveCount(0);
  }
}

/** Scrolls a tree as a person does until some text is there: what isn't loaded comes by itself. */
async function throughout(page: Page, tree: Locator, text: string): Promise<void> {
  const box = (await tree.boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const end = tree.getByText(text, { exact: true });
  await expect(async () => {
    await page.mouse.wheel(0, 2_000);
    expect(await end.isVisible()).toBe(true);
  }).toPass({ intervals: [0] });
}

/** Frames a second while a panel is scrolled from its beginning to its end and back. */
async function scrolling(tree: Locator): Promise<{ rows: number; frames: number; fps: number }> {
  return (await scroller(tree)).evaluate(async (box, during) => {
    const most = box.scrollHeight - box.clientHeight;
    const start = performance.now();
    let frames = 0;
    for (let now = start; now - start < during; frames += 1) {
      const part = (now - start) / during;
      box.scrollTop = most * (part < 0.5 ? 2 * part : 2 - 2 * part);
      now = await new Promise(requestAnimationFrame);
    }
    return {
      rows: Math.round(box.scrollHeight / 24),
      frames,
      fps: (frames * 1_000) / (performance.now() - start),
    };
  }, SCROLLING_MS);
}

async function steps(page: Page, ana: Room, count: number): Promise<number[]> {
  await ana.state.click();
  for (let step = 0; step < count; step += 1) {
    const before = await page.evaluate(() => probe.painted.length);
    await page.keyboard.press('F10');
    await page.waitForFunction((before) => probe.painted.length > before, before);
  }
  return page.evaluate((count) => probe.painted.slice(-count), count);
}

test('client', async ({ world }) => {
  const folder = world.folder();
  writeFileSync(path(folder, 'long_one.py'), LONG);
  const { hostUrl } = await world.share(await world.program(PROGRAM, folder));
  const page = await world.browserOf('Ana');
  await page.addInitScript(watch);
  const scripts = new Map<string, number>();
  page.on('response', (response) => {
    if (response.request().resourceType() !== 'script') return;
    void response.body().then((body) => scripts.set(response.url(), gzipSync(body).length));
  });
  const ana = await join(page, hostUrl, 'Ana');
  await expect(ana.state).toContainText('Paused at program.py');
  await expect(ana.executionLine).toBeVisible();
  const bytes = [...scripts.values()].reduce((sum, size) => sum + size, 0);
  expect(bytes, 'scripts were loaded').toBeGreaterThan(0);
  figure('JavaScript of the session view, gzip', '300 KB', `${(bytes / 1_000).toFixed(0)} KB`, bytes <= 300_000);

  const usable: number[] = [];
  for (let at = 0; at < RELOADS; at += 1) {
    await page.reload();
    await page.waitForFunction(() => probe.usable !== null);
    usable.push((await page.evaluate(() => probe.usable))!);
  }
  times('first view usable', 1_000, 'ms', usable);

  await expect(ana.stack.getByRole('treeitem').nth(5)).toBeVisible();
  await more(ana.stack, 4);
  scrolled('frames of a stack', await scrolling(ana.stack));
  await ana.variable('many').press('ArrowRight');
  await expect(ana.variables.getByText("'name 1'", { exact: true })).toBeVisible();
  await throughout(page, ana.variables, "'name 9999'");
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const worked = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration')!.value * 1_000;
  };
  const busy = await worked();
  const expanded = await scrolling(ana.variables);
  const work = ((await worked()) - busy) / expanded.frames;
  expect(expanded.rows, 'all of them are expanded').toBeGreaterThan(10_000);
  scrolled('variables', expanded);
  figure('work for each of these frames', '10 ms', `${work.toFixed(1)} ms`, work <= 10);
  await ana.variable('many').press('ArrowLeft');

  const heap = await page.context().newCDPSession(page);
  const used = async (): Promise<number> => {
    await heap.send('HeapProfiler.collectGarbage');
    return (await heap.send('Runtime.getHeapUsage')).usedSize / 1_048_576;
  };
  await steps(page, ana, WARM_UP);
  const before = await used();
  const painted = await steps(page, ana, STEPS);
  const after = await used();
  times('a stop of 1,000 frames, from its message to its frame', 30, 'ms', painted);
  const grown = after - before;
  figure(`memory over ${STEPS} stops`, 'flat', `${before.toFixed(1)} -> ${after.toFixed(1)} MiB`, grown < 1);

  await ana.open(path(folder, 'long_one.py'));
  await expect(ana.source).toContainText('class Lamp0');
  const { fps } = await scrolling(ana.text);
  scrolled('lines of a file', { rows: LONG.split('\n').length, fps });
});

test('steps', async ({ world }) => {
  const { hostUrl } = await world.share(await world.program(SHALLOW));
  const page = await world.browserOf('Ana');
  await page.addInitScript(watch);
  const ana = await join(page, hostUrl, 'Ana');
  await expect(ana.state).toContainText('Paused at program.py');
  await expect(ana.executionLine).toBeVisible();
  await steps(page, ana, WARM_UP);
  times('the same of a shallow stack', 30, 'ms', await steps(page, ana, STEPS / 4));
});

/** Milliseconds of each frame until some text is there. */
const framesUntil = (page: Page, text: string): Promise<number[]> =>
  page.evaluate(async (text) => {
    const box = document.querySelector('[role="log"][aria-label="Program output"]')!;
    const frames: number[] = [];
    const deadline = performance.now() + 60_000;
    for (let last = performance.now(); !box.textContent!.includes(text); ) {
      if (last > deadline) throw new Error(`there is no ${text}`);
      const now = await new Promise(requestAnimationFrame);
      frames.push(now - last);
      last = now;
    }
    // The first one is no whole frame.
    return frames.slice(1);
  }, text);

test('output', async ({ world }) => {
  const folder = world.folder();
  const { hostUrl } = await world.share(await world.program(PRINTER, folder));
  const page = await world.browserOf('Ana');
  const ana = await join(page, hostUrl, 'Ana');
  const heap = await page.context().newCDPSession(page);
  const used = async (): Promise<number> => {
    await heap.send('HeapProfiler.collectGarbage');
    return (await heap.send('Runtime.getHeapUsage')).usedSize / 1_048_576;
  };
  await ana.open(path(folder, 'program.py'));
  await ana.clickGutter(WAITS);
  await ana.expectPausedAt(WAITS, 'program.py');
  const typed = page.getByRole('combobox', { name: 'Expression' });
  await typed.fill('go = True');
  await typed.press('Enter');
  await expect(page.getByRole('log', { name: 'Evaluations' })).toContainText('go = True');
  await ana.clickGutter(WAITS);
  await expect(ana.breakpoint(/./)).toHaveCount(0);
  const before = await used();
  await ana.button('Continue').click();
  times('a frame while 5,000 lines a second come', 20, 'ms', await framesUntil(page, 'paced'));
  times('a frame while they come as fast as they can', 20, 'ms', await framesUntil(page, 'finished'));
  await expect(ana.output).toContainText('Earlier ones are in the recording');
  const after = await used();
  figure('memory of 200,000 lines', '100 MiB', `${(after - before).toFixed(1)} MiB`, after - before < 100);
  await heap.send('Performance.enable');
  const worked = async (): Promise<number> => {
    const { metrics } = await heap.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration')!.value * 1_000;
  };
  // Not the first one: the server is not done yet with what it passed on.
  for (const wraps of [null, 'not wrapped', 'wrapped']) {
    const busy = await worked();
    const { lines, frames, fps } = await ana.output.evaluate(async (box, during) => {
      const most = box.scrollHeight - box.clientHeight;
      const start = performance.now();
      let frames = 0;
      for (let now = start; now - start < during; frames += 1) {
        const part = (now - start) / during;
        box.scrollTop = most * (part < 0.5 ? 1 - 2 * part : 2 * part - 1);
        now = await new Promise(requestAnimationFrame);
      }
      return { lines: Math.round(box.scrollHeight / 18), frames, fps: (frames * 1_000) / (performance.now() - start) };
    }, SCROLLING_MS);
    const work = ((await worked()) - busy) / frames;
    if (wraps !== null) {
      scrolled(`lines of the screen, ${wraps}`, { rows: lines, fps });
      figure(`work for each of these frames`, '10 ms', `${work.toFixed(1)} ms`, work <= 10);
    }
    await page.getByRole('button', { name: 'Wrap long lines' }).click();
  }
  await ana.output.press('Control+f');
  const search = page.getByRole('textbox', { name: 'Search for' });
  const found = await search.evaluate(async (input: HTMLInputElement) => {
    const start = performance.now();
    input.value = 'porch lamp 1';
    input.dispatchEvent(new Event('input', { bubbles: true }));
    const frames: number[] = [];
    const status = input.parentElement!.querySelector('.status')!;
    for (let last = start; !/of [\d,]+$/.test(status.textContent!); ) {
      const now = await new Promise(requestAnimationFrame);
      frames.push(now - last);
      last = now;
    }
    return { took: performance.now() - start, frames };
  });
  figure('a search through all lines', '1000 ms', `${found.took.toFixed(0)} ms`, found.took < 1_000);
  times('a frame while it searches', 20, 'ms', found.frames);
});

test.afterAll(() => console.log(`\n${table()}\n`));
