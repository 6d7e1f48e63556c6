import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../api';
import { emptySnapshot } from '../fold';
import type { SessionRow, StopInfo } from '../protocol';
import { envelopes, stackEvent, stopEvent } from '../testing';
import { announcer } from './announcer.svelte';
import { Recording, type RecordingApi } from './recording.svelte';

const events = envelopes(
  1,
  stopEvent(1),
  stackEvent(1, 10),
  { type: 'resumed', stop: 1, how: 'next' },
  stopEvent(2),
  stackEvent(2, 11),
  { type: 'resumed', stop: 2, how: 'next' },
  { type: 'output', category: 'stdout', text: 'x', process: 0 },
  stopEvent(3),
  stackEvent(3, 12),
);
const stop = (n: number, seq: number): StopInfo => ({
  stop: n,
  seq,
  last_seq: seq + 1,
  at: 1,
  reason: 'step',
  function: 'main',
  path: '/app/porch.py',
  line: 9 + n,
});
const row = { id: 'r', ended_at: 2, events: events.length - 1, last_seq: events.length } as SessionRow;

let api: { [K in keyof RecordingApi]: ReturnType<typeof vi.fn<RecordingApi[K]>> };

beforeEach(() => {
  api = {
    session: vi.fn(() => Promise.resolve(row)),
    stops: vi.fn(() => Promise.resolve([stop(1, 1), stop(2, 4), stop(3, 8)])),
    moment: vi.fn((_id: string, at: number) =>
      Promise.resolve({ snapshot: emptySnapshot(), events: events.slice(0, at) }),
    ),
    output: vi.fn(),
  };
});

async function open(hash = ''): Promise<Recording> {
  const recording = new Recording('r', { with: api });
  await recording.open(hash);
  return recording;
}

const line = ({ snapshot: { stop: view } }: Recording): number | undefined =>
  view?.stacks[view.thread]?.frames[0]?.line;

describe('a recording', () => {
  it('opens at its first stop, with all that belongs to it', async () => {
    const recording = await open();
    expect(recording.state.name).toBe('ready');
    expect(line(recording)).toBe(10);
    expect(recording.fragment).toBe('#stop=1');
    expect(announcer.said.at(-1)?.text).toBe(
      'Recording of a session, 3 stops. Paused at porch.py:10 — after a step.',
    );
  });

  it('steps forward and back, and stays at the ends', async () => {
    const recording = await open();
    const seen: unknown[] = [];
    for (const by of [1, 1, 1, -1, -1, -1] as const) {
      await recording.step(by);
      seen.push([line(recording), recording.fragment]);
    }
    expect(seen).toEqual([
      [11, '#stop=2'],
      [12, '#stop=3'],
      [12, '#stop=3'],
      [11, '#stop=2'],
      [10, '#stop=1'],
      [10, '#stop=1'],
    ]);
  });

  it('opens at a stop or a number that a link names', async () => {
    expect(line(await open('#stop=3'))).toBe(12);
    const between = await open('#at=7');
    expect(between.snapshot.output).toHaveLength(1);
    expect(between.fragment).toBe('#at=7');
    expect(between.snapshot.phase.name).toBe('running');
  });

  it('goes back from between two stops to the one before', async () => {
    const recording = await open('#at=7');
    await recording.step(-1);
    expect(recording.fragment).toBe('#stop=2');
  });

  it('opens at its first stop when a link names none', async () => {
    expect((await open('#file=/app/porch.py')).fragment).toBe('#stop=1');
    expect((await open('#at=99')).target).toBe(events.length);
  });

  it('opens at its last stop when a link names one that there is not, and says so', async () => {
    expect((await open('#stop=77')).fragment).toBe('#stop=3');
    const toasted = (): string | undefined => announcer.toasts.at(-1)?.text;
    expect(toasted()).toBe('This recording has no stop 77: this is its last, stop 3.');
    api.stops.mockResolvedValueOnce([]);
    expect((await open('#stop=4')).target).toBe(events.length);
    expect(toasted()).toBe('This recording has no stop 4.');
  });

  it('fetches the neighbours ahead and nothing twice', async () => {
    const recording = await open();
    await vi.waitFor(() => expect(api.moment).toHaveBeenCalledTimes(2));
    await recording.step(1);
    expect(api.moment.mock.calls.filter(([, at]) => at === 5)).toHaveLength(1);
  });

  it('shows the last place asked for, whatever answers first', async () => {
    const recording = await open();
    let answer = (): void => {};
    api.moment.mockImplementationOnce(
      () =>
        new Promise(
          (resolve) => (answer = () => resolve({ snapshot: emptySnapshot(), events: events.slice(0, 7) })),
        ),
    );
    const first = recording.goTo(7);
    await recording.goTo(9);
    answer();
    await first;
    expect(recording.snapshot.seq).toBe(9);
  });

  it('says why it cannot be opened, or a moment not shown', async () => {
    api.stops.mockRejectedValueOnce(new Error('No such session.'));
    expect((await open()).state).toEqual({ name: 'failed', message: 'No such session.' });
    const recording = await open();
    api.moment.mockRejectedValueOnce(new Error('Disk is gone.'));
    await recording.goTo(7);
    expect(recording.trouble).toBe('Disk is gone.');
    expect(line(recording)).toBe(10);
    const again = recording.goTo(7);
    expect(recording.trouble, 'it stands until it helped').toBe('Disk is gone.');
    await again;
    expect([recording.trouble, recording.snapshot.seq]).toEqual([null, 7]);
  });

  it('says when somebody has deleted it, and that trying again helps nothing', async () => {
    const recording = await open();
    expect(recording.gone).toBe(false);
    api.moment.mockRejectedValue(new ApiError('session_not_found', 'There is no such session.', 404));
    await recording.goTo(9);
    expect(recording.gone).toBe(true);
    expect(recording.trouble).toBe('Somebody has deleted this recording.');
    expect(line(recording)).toBe(10);
  });
});
