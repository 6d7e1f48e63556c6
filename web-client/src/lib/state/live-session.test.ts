import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { api } from '../api';
import { emptySnapshot, foldAll } from '../fold';
import { CLOSE_CODES, PROTOCOL_VERSION, type Part, type ServerMessage, type StopInfo } from '../protocol';
import { envelopes, participant, room, stackEvent, stopEvent } from '../testing';
import { announcer } from './announcer.svelte';
import { afterClose, backoff, closedMessage } from './closing';
import { LiveSession, type LiveOptions } from './live-session.svelte';
import type { CommandError } from './replies';
import { PAGE } from './room';

class FakeSocket {
  static all: FakeSocket[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  sent: { id: number; command: string }[] = [];

  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }

  static get last(): FakeSocket {
    return this.all.at(-1)!;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {}

  says(message: ServerMessage): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  events(...list: ReturnType<typeof envelopes>): void {
    list.forEach((envelope) => this.says({ type: 'event', ...envelope }));
  }

  welcomes(snapshot = room({ name: 'stopped' }, 'host'), seq = snapshot.seq): void {
    this.onopen?.();
    const you = { participant: participant('host', 'host'), session: null, expires_at: 0 };
    this.says({ type: 'welcome', protocol: PROTOCOL_VERSION, you, snapshot, seq });
  }

  resumes(seq: number): void {
    this.onopen?.();
    const you = { participant: participant('host', 'host'), session: null, expires_at: 0 };
    this.says({ type: 'welcome', protocol: PROTOCOL_VERSION, you, snapshot: null, seq });
  }
}

let batches: (() => void)[] = [];
const probe = vi.fn(() => Promise.resolve<null | 'no_session' | 'ticket_ended'>(null));

function open(options: LiveOptions = {}): LiveSession {
  const session = new LiveSession('s', {
    connect: (url) => new FakeSocket(url) as unknown as WebSocket,
    probe,
    schedule: (run) => batches.push(run),
    ...options,
  });
  session.open();
  return session;
}

/** The connection is lost, and back after a while. */
async function losesAndResumes(seq: number): Promise<void> {
  FakeSocket.last.onclose!({ code: 1006 });
  await vi.advanceTimersByTimeAsync(60_000);
  FakeSocket.last.resumes(seq);
}

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all = [];
  batches = [];
  probe.mockReset().mockResolvedValue(null);
});
afterEach(() => vi.useRealTimers());

describe('a live session', () => {
  it('starts from the snapshot and folds events on', () => {
    const session = open();
    expect(FakeSocket.last.url).toMatch(/\/api\/sessions\/s\/live$/);
    FakeSocket.last.welcomes();
    FakeSocket.last.events(...envelopes(7, { type: 'chat', text: 'hello' }));
    expect(session.connection.name).toBe('open');
    expect(session.snapshot.chat[0]?.text).toBe('hello');
  });

  it('shows the first event at once and folds a burst together', () => {
    const session = open();
    FakeSocket.last.welcomes();
    FakeSocket.last.events(...envelopes(7, stopEvent(2), stackEvent(2, 7), { type: 'chat', text: 'x' }));
    expect(session.snapshot.stop?.stop).toBe(2);
    expect(session.snapshot.seq).toBe(7);
    batches.shift()!();
    expect(session.snapshot.seq).toBe(9);
    expect(announcer.said.at(-1)?.text).toContain('Paused at porch.py line 7');
  });

  it('looks at a value in passing once, until something ran', async () => {
    const session = open();
    FakeSocket.last.welcomes();
    const value = { name: '', value: '5', type: 'int', variables: null, evaluate_name: null };
    const hover = (context: 'hover' | 'repl') =>
      ({ type: 'evaluated', stop: 1, frame: 1, expression: 'left', outcome: { value }, context }) as const;
    const asked = (): number => FakeSocket.last.sent.filter(({ command }) => command === 'evaluate').length;
    const first = session.peek(1, 1, 'left');
    FakeSocket.last.events(...envelopes(7, hover('hover')));
    FakeSocket.last.says({ type: 'reply', id: FakeSocket.last.sent[0]!.id });
    expect(await first).toEqual({ value });
    expect(await session.peek(1, 1, 'left')).toEqual({ value });
    expect(asked()).toBe(1);
    FakeSocket.last.events(...envelopes(8, hover('repl')));
    void session.peek(1, 1, 'left');
    expect(asked()).toBe(2);
  });

  it('gives a command’s result to who sent it', async () => {
    const session = open();
    FakeSocket.last.welcomes();
    const sent = session.send({ command: 'step_in_targets', stop: 1, frame: 1 });
    const result = { kind: 'step_in_targets', items: [{ id: 1, label: 'tick()' }] } as const;
    FakeSocket.last.says({ type: 'reply', id: 1, result: { ...result, items: [...result.items] } });
    expect(await sent).toEqual(result);
  });

  it('says in one sentence what was missed', async () => {
    open();
    FakeSocket.last.welcomes();
    await losesAndResumes(6);
    FakeSocket.last.events(...envelopes(7, stopEvent(2), { type: 'chat', text: 'a' }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(announcer.toasts.map(({ text }) => text)).toContain(
      'Connected again. Meanwhile: 1 stop and 1 chat line.',
    );
  });

  it('says nothing of that twice, and then where it stands', async () => {
    open();
    FakeSocket.last.welcomes();
    await losesAndResumes(6);
    announcer.said = announcer.toasts = [];
    const chat = { type: 'chat', text: 'a line that was missed' } as const;
    FakeSocket.last.events(
      ...envelopes(7, chat, stopEvent(2), stackEvent(2, 7), chat, stopEvent(3), stackEvent(3, 8)),
    );
    batches.splice(0).forEach((run) => run());
    await vi.advanceTimersByTimeAsync(1_000);
    FakeSocket.last.events(...envelopes(13, { type: 'chat', text: 'a new one' }));
    const said = announcer.said.map(({ text }) => text);
    expect(said[0]).toBe('Connected again. Meanwhile: 2 stops and 2 chat lines.');
    expect(said[1]).toContain('Paused at porch.py line 8');
    expect(said[2]).toContain('a new one');
    expect(said).toHaveLength(3);
  });

  it('resumes after the last event it knows, without losing what is queued', async () => {
    const session = open();
    FakeSocket.last.welcomes();
    FakeSocket.last.events(...envelopes(7, { type: 'chat', text: 'a' }, { type: 'chat', text: 'b' }));
    FakeSocket.last.onclose!({ code: 1006 });
    expect(session.connection.name).toBe('reconnecting');
    expect(session.snapshot.seq).toBe(8);
    await vi.advanceTimersByTimeAsync(600);
    expect(FakeSocket.last.url).toMatch(/\?from=8$/);
    FakeSocket.last.resumes(8);
    FakeSocket.last.events(...envelopes(9, { type: 'chat', text: 'c' }));
    batches.forEach((run) => run());
    expect(session.snapshot.chat.map(({ text }) => text)).toEqual(['a', 'b', 'c']);
  });

  it('ignores an event it has, and reconnects at a hole', async () => {
    const session = open();
    FakeSocket.last.welcomes();
    FakeSocket.last.events(
      ...envelopes(6, { type: 'chat', text: 'old' }),
      ...envelopes(9, { type: 'chat', text: 'hole' }),
    );
    expect(session.snapshot.chat).toEqual([]);
    expect(session.connection.name).toBe('reconnecting');
    await vi.advanceTimersByTimeAsync(600);
    expect(FakeSocket.last.url).toMatch(/\?from=6$/);
  });

  it('starts anew when the server continues elsewhere', async () => {
    open();
    FakeSocket.last.welcomes();
    FakeSocket.last.onclose!({ code: 1006 });
    await vi.advanceTimersByTimeAsync(600);
    FakeSocket.last.resumes(99);
    await vi.advanceTimersByTimeAsync(1200);
    expect(FakeSocket.last.url).toMatch(/live$/);
  });

  it('resumes at once when it was too slow', async () => {
    open();
    FakeSocket.last.welcomes();
    FakeSocket.last.onclose!({ code: CLOSE_CODES.too_slow });
    await vi.advanceTimersByTimeAsync(0);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it.each([
    ['removed', CLOSE_CODES.removed],
    ['ticket_ended', CLOSE_CODES.ticket_ended],
    ['session_ended', CLOSE_CODES.session_ended],
    ['no_session', CLOSE_CODES.no_session],
    ['broken', CLOSE_CODES.bad_message],
  ] as const)('stays away when %s', async (reason, code) => {
    const session = open();
    FakeSocket.last.welcomes();
    FakeSocket.last.onclose!({ code });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(session.connection).toMatchObject({ name: 'closed', reason });
    expect(session.snapshot.stop).not.toBeNull();
    expect(FakeSocket.all).toHaveLength(1);
  });

  it('asks why when it cannot connect at all', async () => {
    probe.mockResolvedValue('no_session');
    const session = open();
    FakeSocket.last.onclose!({ code: 1006 });
    await vi.advanceTimersByTimeAsync(0);
    expect(session.connection).toMatchObject({ name: 'closed', reason: 'no_session' });
  });

  it('keeps trying, slower and slower, and gives up on a silent server', async () => {
    open();
    await vi.advanceTimersByTimeAsync(15_000);
    await vi.advanceTimersByTimeAsync(600);
    expect(FakeSocket.all).toHaveLength(2);
    expect(backoff(0, () => 0)).toBe(500);
    expect(backoff(20, () => 0)).toBe(10_000);
  });

  it('waits longer for what a server says first than for its being there', async () => {
    open();
    await vi.advanceTimersByTimeAsync(14_000);
    FakeSocket.last.onopen!();
    await vi.advanceTimersByTimeAsync(59_000);
    expect(FakeSocket.all).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it('comes back from a connection that says nothing any more, though nobody has closed it', async () => {
    const silent = vi.fn();
    const session = open({ onSilent: silent });
    FakeSocket.last.welcomes();
    for (let second = 0; second < 300; second += 20) {
      await vi.advanceTimersByTimeAsync(20_000);
      FakeSocket.last.says({ type: 'alive' });
    }
    expect(FakeSocket.all).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(55_000);
    expect(session.connection.name).toBe('open');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(session.connection.name).not.toBe('open');
    expect(silent).toHaveBeenCalledOnce();
    await vi.advanceTimersByTimeAsync(600);
    expect(FakeSocket.last.url).toMatch(/\?from=6$/);
    FakeSocket.last.resumes(6);
    expect(session.connection.name).toBe('open');
    await vi.advanceTimersByTimeAsync(50_000);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it('asks once the network is another, or the page was long not looked at, and gives up if nothing answers', async () => {
    const session = open();
    FakeSocket.last.welcomes();
    const asked = (): number => FakeSocket.last.sent.filter(({ command }) => command === 'alive').length;
    session.lookedAt();
    expect(asked(), 'something came just now').toBe(0);
    session.networkChanged();
    session.networkChanged();
    expect(asked()).toBe(1);
    FakeSocket.last.says({ type: 'reply', id: FakeSocket.last.sent.at(-1)!.id });
    await vi.advanceTimersByTimeAsync(10_000);
    session.lookedAt();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(session.connection.name, 'it was answered').toBe('open');
    session.networkChanged();
    await vi.advanceTimersByTimeAsync(4_100);
    expect(session.connection.name).toBe('reconnecting');
    await vi.advanceTimersByTimeAsync(600);
    FakeSocket.last.resumes(6);
    await vi.advanceTimersByTimeAsync(30_000);
    session.lookedAt();
    expect(asked()).toBe(1);
    await vi.advanceTimersByTimeAsync(4_100);
    expect(session.connection.name).toBe('reconnecting');
  });

  it('tells what was missed once, though the connection goes again before it is told', async () => {
    open();
    FakeSocket.last.welcomes();
    await losesAndResumes(6);
    announcer.said = announcer.toasts = [];
    FakeSocket.last.events(...envelopes(7, { type: 'chat', text: 'a' }));
    await vi.advanceTimersByTimeAsync(100);
    FakeSocket.last.onclose!({ code: CLOSE_CODES.too_slow });
    await vi.advanceTimersByTimeAsync(0);
    FakeSocket.last.resumes(7);
    FakeSocket.last.events(...envelopes(8, { type: 'chat', text: 'b' }));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(announcer.said.map(({ text }) => text)).toEqual([
      'This connection was too slow; catching up.',
      'Connected again. Meanwhile: 2 chat lines.',
    ]);
  });

  it('says nothing of being connected once it is lost again, or left', async () => {
    for (const end of [() => FakeSocket.last.onclose!({ code: 1006 }), (one: LiveSession) => one.close()]) {
      const session = open();
      FakeSocket.last.welcomes();
      await losesAndResumes(6);
      end(session);
      announcer.said = [];
      await vi.advanceTimersByTimeAsync(700);
      expect(announcer.said).toEqual([]);
      session.close();
    }
  });

  it('has one socket at a time, and none once it was left, however long it takes to know why one did not open', async () => {
    const probes: ((reason: null) => void)[] = [];
    probe.mockImplementation(() => new Promise((resolve) => probes.push(resolve)));
    const session = open();
    FakeSocket.last.onclose!({ code: 1006 });
    session.retryNow();
    FakeSocket.last.onclose!({ code: 1006 });
    probes.forEach((answer) => answer(null));
    await vi.advanceTimersByTimeAsync(14_000);
    expect(FakeSocket.all).toHaveLength(3);
    FakeSocket.last.onclose!({ code: 1006 });
    session.close();
    probes.at(-1)!(null);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeSocket.all).toHaveLength(3);
  });

  it('tries anew when told to, but leaves its time to an attempt', async () => {
    const session = open();
    FakeSocket.last.welcomes();
    FakeSocket.last.onclose!({ code: 1006 });
    expect([session.connection.name, session.trying]).toEqual(['reconnecting', false]);
    session.retryNow();
    expect([FakeSocket.all.length, session.trying]).toEqual([2, true]);
    session.retryNow();
    await vi.advanceTimersByTimeAsync(1_900);
    session.retryNow();
    expect(FakeSocket.all).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(200);
    session.retryNow();
    expect(FakeSocket.all).toHaveLength(3);
    FakeSocket.last.onopen!();
    await vi.advanceTimersByTimeAsync(5_000);
    session.retryNow();
    expect(FakeSocket.all, 'what is open is being written to').toHaveLength(3);
    FakeSocket.last.resumes(6);
    expect([session.connection.name, session.trying]).toEqual(['open', false]);
  });

  it('asks for a reload when the server speaks another version', () => {
    const session = open();
    const you = { participant: participant('host', 'host'), session: null, expires_at: 0 };
    FakeSocket.last.says({ type: 'welcome', protocol: PROTOCOL_VERSION + 1, you, snapshot: null, seq: 0 });
    expect(session.connection).toMatchObject({ name: 'closed', reason: 'broken' });
  });
});

describe('commands', () => {
  it('end with their reply', async () => {
    const session = open();
    FakeSocket.last.welcomes();
    const done = session.send({ command: 'next', stop: 1 });
    expect(session.busy).toBe(true);
    FakeSocket.last.says({ type: 'reply', id: 1 });
    await done;
    expect(session.busy).toBe(false);
    const refused = session.send({ command: 'next', stop: 1 });
    FakeSocket.last.says({ type: 'reply', id: 2, error: { code: 'stale_stop', message: 'Too late.' } });
    await expect(refused).rejects.toMatchObject({ code: 'stale_stop', message: 'Too late.' });
  });

  it('end when the connection does', async () => {
    const session = open();
    FakeSocket.last.welcomes();
    const lost = session.send({ command: 'wheel_take' }).catch((error: CommandError) => error.code);
    FakeSocket.last.onclose!({ code: 1006 });
    expect(await lost).toBe('connection_lost');
    await expect(session.send({ command: 'wheel_take' })).rejects.toMatchObject({ code: 'connection_lost' });
  });

  it('end at their deadline', async () => {
    const session = open();
    FakeSocket.last.welcomes();
    const late = session.send({ command: 'wheel_take' }).catch((error: CommandError) => error.code);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await late).toBe('debuggee_timeout');
  });

  it('ask for a part of a stop once, and say why it did not come', async () => {
    const session = open();
    FakeSocket.last.welcomes();
    const want = { kind: 'variables', stop: 1, variables: 5 } as const;
    session.want(want);
    session.want(want);
    expect(FakeSocket.last.sent).toHaveLength(1);
    expect(session.missing(want).why).toBe('loading');
    FakeSocket.last.says({ type: 'reply', id: 1, error: { code: 'no_such_variables', message: 'Gone.' } });
    await vi.advanceTimersByTimeAsync(0);
    expect(session.missing(want)).toEqual({ why: 'refused', message: 'Gone.' });
    session.want({ ...want, stop: 9 });
    expect(FakeSocket.last.sent).toHaveLength(1);
  });

  it('ask by themselves for nothing again that was dropped, but when somebody says so', async () => {
    const session = open();
    FakeSocket.last.welcomes();
    const set = { kind: 'variables', stop: 1, variables: 5 } as const;
    const page = { kind: 'page', stop: 1, variables: 6, start: 200, count: PAGE } as const;
    session.want(page);
    FakeSocket.last.says({ type: 'reply', id: 1 });
    await vi.advanceTimersByTimeAsync(0);
    batches.splice(0).forEach((run) => run());
    expect(session.missing(page)).toEqual({ why: 'came' });
    const parts: Part[] = [
      { kind: 'set', variables: 5 },
      { kind: 'page', variables: 6, start: 200 },
    ];
    FakeSocket.last.events(...envelopes(session.snapshot.seq + 1, { type: 'dropped', stop: 1, parts }));
    expect([session.missing(set), session.missing(page)]).toEqual([{ why: 'gone' }, { why: 'gone' }]);
    session.want(set);
    expect(FakeSocket.last.sent).toHaveLength(1);
    session.again(set);
    expect(FakeSocket.last.sent).toHaveLength(2);
    expect(session.missing(set)).toEqual({ why: 'loading' });
  });

  it('know after a snapshot that what came before and is not in it was dropped meanwhile', async () => {
    const session = open();
    FakeSocket.last.welcomes();
    const [came, lost] = [5, 6].map((variables) => ({ kind: 'variables', stop: 1, variables }) as const);
    session.want(came!);
    FakeSocket.last.says({ type: 'reply', id: 1 });
    await vi.advanceTimersByTimeAsync(0);
    batches.splice(0).forEach((run) => run());
    session.want(lost!);
    FakeSocket.last.onclose!({ code: 1006 });
    await vi.advanceTimersByTimeAsync(600);
    FakeSocket.last.welcomes();
    expect(session.missing(came!)).toEqual({ why: 'gone' });
    expect(session.missing(lost!)).toEqual({ why: 'unasked' });
  });

  it('do not take for there what was dropped before their reply', async () => {
    const session = open();
    FakeSocket.last.welcomes();
    const want = { kind: 'variables', stop: 1, variables: 5 } as const;
    session.want(want);
    FakeSocket.last.says({ type: 'reply', id: 1 });
    await vi.advanceTimersByTimeAsync(0);
    const parts: Part[] = [{ kind: 'set', variables: 5 }];
    FakeSocket.last.events(...envelopes(session.snapshot.seq + 1, { type: 'dropped', stop: 1, parts }));
    batches.splice(0).forEach((run) => run());
    expect(session.missing(want)).toEqual({ why: 'gone' });
  });
});

it('every close code has a meaning', () => {
  for (const code of Object.values(CLOSE_CODES)) expect(afterClose(code)).toHaveProperty('then');
});

it('who came by a link is told to ask for a new one, not to sign in', () => {
  for (const kind of ['guest', 'host_link'] as const) {
    expect(closedMessage('ticket_ended', kind)).toMatch(/invite was revoked.*Ask the host/);
    expect(closedMessage('ticket_ended', kind)).not.toMatch(/sign/i);
  }
  expect(closedMessage('ticket_ended', 'home_assistant')).toMatch(/Sign in again/);
});

describe('the stop before, for who came by a snapshot', () => {
  const all = envelopes(1, stopEvent(1), stackEvent(1, 41), stopEvent(2), stackEvent(2, 42));
  const journal = {
    stops: vi.fn<typeof api.stops>(),
    moment: vi.fn<typeof api.moment>(),
    output: vi.fn<typeof api.output>(),
  };
  const joined = (snapshot = foldAll(emptySnapshot(), all)): LiveSession => {
    const session = new LiveSession('s', {
      connect: (url) => new FakeSocket(url) as unknown as WebSocket,
      probe,
      schedule: (run) => batches.push(run),
      journal,
    });
    session.open();
    FakeSocket.last.welcomes(snapshot);
    return session;
  };
  const painted = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1_000);

  beforeEach(() => {
    const row = (stop: number, seq: number): StopInfo => ({ stop, seq }) as StopInfo;
    journal.stops
      .mockReset()
      .mockImplementation((_, from) => Promise.resolve([row(from!, 3), row(from! + 1, 9)]));
    journal.moment
      .mockReset()
      .mockImplementation((_, at) =>
        Promise.resolve({ snapshot: emptySnapshot(), events: all.slice(0, at) }),
      );
  });

  it('is what was known when the present one began, fetched once the page is painted', async () => {
    const session = joined();
    expect([session.before, journal.stops.mock.calls.length]).toEqual([null, 0]);
    await painted();
    expect(journal.stops.mock.calls[0]!.slice(0, 2)).toEqual(['s', 2]);
    expect(journal.moment.mock.calls[0]!.slice(0, 2)).toEqual(['s', 2]);
    expect(session.before?.stop).toBe(1);
    expect(session.before?.stacks[1]?.frames[0]?.line).toBe(41);
  });

  it('is dropped when the program has stopped anew meanwhile', async () => {
    let answer = (): void => {};
    journal.moment.mockImplementationOnce(
      () =>
        new Promise((resolve) => {
          answer = () => resolve({ snapshot: emptySnapshot(), events: all.slice(0, 2) });
        }),
    );
    const session = joined();
    await painted();
    FakeSocket.last.events(...envelopes(5, stopEvent(3)));
    expect(session.before?.stop).toBe(2);
    answer();
    await painted();
    expect(session.before?.stop).toBe(2);
  });

  it('is not asked for at a first stop, nor when it is known', async () => {
    joined(foldAll(emptySnapshot(), all.slice(0, 2)));
    await painted();
    const session = joined();
    FakeSocket.last.events(...envelopes(5, stopEvent(3)));
    await painted();
    expect(journal.stops).not.toHaveBeenCalled();
    expect(session.before?.stop).toBe(2);
  });

  it('is missing without a word when the journal fails, and asked for again after the next snapshot', async () => {
    journal.stops.mockRejectedValueOnce(new Error('The disk is gone.'));
    const session = joined();
    [announcer.said, announcer.toasts] = [[], []];
    await painted();
    expect([session.before, announcer.said, announcer.toasts]).toEqual([null, [], []]);
    FakeSocket.last.onclose?.({ code: 1006 });
    await painted();
    FakeSocket.last.welcomes(foldAll(emptySnapshot(), all));
    await painted();
    expect(session.before?.stop).toBe(1);
  });
});
