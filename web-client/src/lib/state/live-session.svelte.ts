/**
 * One live session as this client knows it. In: frames of the live socket. Out: `snapshot`, `connection`; commands by
 * `send`, each ending once: done, refused, or connection lost.
 *
 * Invariants: the snapshot is a fold of the server's events and nothing else; an event is folded once, in order; a hole
 * in the numbers leads to a new connection that fills it.
 */
import { guestKey, waitingNews } from '../admission';
import { api, ApiError, socketUrl } from '../api';
import { foldWithBefore, isBefore } from '../before';
import { emptySnapshot, foldAll } from '../fold';
import {
  PROTOCOL_VERSION,
  type Command,
  type Envelope,
  type FrameId,
  type Me,
  type Outcome,
  type Participant,
  type ReplyResult,
  type ServerMessage,
  type SessionId,
  type Snapshot,
  type StopView,
  type StopId,
  type WaitingGuest,
} from '../protocol';
import { statusLine } from '../words';
import { announcer } from './announcer.svelte';
import { afterClose, backoff, closedMessage, type ClosedReason } from './closing';
import { afterPaint, nextFrame } from './frames';
import { OutputStore } from './output-store.svelte';
import { CommandError, Replies } from './replies';
import { toCommand, type Missing, type Room, type Want } from './room';
import { Silence } from './silence';
import { Sources } from './sources.svelte';
import { Speaker, type Ears } from './speaker';
import { stopBefore } from './stop-before';
import { Wants } from './wants.svelte';

export type Connection =
  | { name: 'connecting' }
  | { name: 'open' }
  | { name: 'reconnecting'; why: string; attempt: number }
  | { name: 'closed'; reason: ClosedReason; message: string };

/** A connection that doesn't open for so long is given up. */
const OPEN_DEADLINE_MS = 15_000;
/** One that is open, but says nothing: what comes first may be several MB, and a line slow. */
const WELCOME_DEADLINE_MS = 60_000;
/** How long a connection that opens is left to it before another one may be tried. */
const PATIENCE_MS = 2_000;
/** What a server says beside its pings comes every 20 s. */
const QUIET_MS = 25_000;
export interface LiveOptions {
  /** For tests: makes the socket. */
  connect?: (url: string) => WebSocket;
  /** For tests: why a connection could not be opened at all. */
  probe?: (id: SessionId) => Promise<ClosedReason | null>;
  /** For tests: runs a batch later. */
  schedule?: (run: () => void) => void;
  /** Nothing came any more: other connections to the server may be as dead. */
  onSilent?: () => void;
  /** For tests: what is read of the journal. */
  journal?: Pick<typeof api, 'stops' | 'moment' | 'output'>;
}

export class LiveSession implements Room {
  readonly mode = 'live';
  readonly sources: Sources;
  readonly output: OutputStore;
  snapshot = $state.raw<Snapshot>(emptySnapshot());
  before = $state.raw<StopView | null>(null);
  connection = $state.raw<Connection>({ name: 'connecting' });
  me = $state.raw<Me | null>(null);
  /** Not null: the recording is not being kept, and why. */
  recordingTrouble = $state.raw<string | null>(null);
  /** For hosts: who waits to be let in. */
  waiting = $state.raw<readonly WaitingGuest[]>([]);
  /** While reconnecting: an attempt is under way. */
  trying = $state(false);
  /** An execution command is on its way. */
  busy = $state(false);
  /** Who we are here: the session's list knows the present role. */
  you: Participant | null = $derived(
    this.me && (this.snapshot.people[this.me.participant.id]?.participant ?? this.me.participant),
  );
  /** Ended, or left for good. While reconnecting it is not. */
  over: string | null = $derived.by(() => {
    if (this.snapshot.phase.name === 'ended') return 'The session has ended.';
    return this.connection.name === 'closed' ? this.connection.message : null;
  });

  /** What decides what of that is told. */
  readonly ears: Ears = { file: null, passing: new Set() };

  #socket: WebSocket | null = null;
  #opened = false;
  /** Changes with each attempt, and with leaving: what was begun before is of no use then. */
  #turn = 0;
  /** When it was begun to open it. */
  #dialed = 0;
  #silence: Silence | null = null;
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #welcomeTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #replies = new Replies((busy) => (this.busy = busy));
  #queue: Envelope[] = [];
  #scheduled = false;
  /** Number of the last event taken in, folded or queued. */
  #seen = 0;
  #hasState = false;
  /** It was seen before, whatever became of it. */
  #hadState = false;
  readonly #speaker = new Speaker();
  /** Who was said to wait. */
  #knownGuests: ReadonlySet<string> = new Set();
  /** What anybody looked at in passing at the present stop. */
  #peeked = new Map<string, Outcome>();
  readonly #wants: Wants;
  readonly #connect: NonNullable<LiveOptions['connect']>;
  readonly #probe: NonNullable<LiveOptions['probe']>;
  readonly #schedule: NonNullable<LiveOptions['schedule']>;
  readonly #onSilent: () => void;
  readonly #journal: NonNullable<LiveOptions['journal']>;
  /** Ends looking for the stop before. */
  #looking = new AbortController();

  constructor(
    readonly id: SessionId,
    {
      connect = (url) => new WebSocket(url),
      probe = probeSession,
      schedule = nextFrame,
      onSilent = () => {},
      journal = api,
    }: LiveOptions = {},
  ) {
    this.#connect = connect;
    this.#probe = probe;
    this.#schedule = schedule;
    this.#onSilent = onSilent;
    this.#journal = journal;
    this.#wants = new Wants({
      send: (want) => this.send(toCommand(want)),
      current: () => this.snapshot.stop?.stop ?? null,
      schedule,
    });
    this.output = new OutputStore((before, signal) => journal.output(id, before, signal));
    this.sources = new Sources(id, {
      capture: async (path) => void (await this.send({ command: 'source', path })),
    });
  }

  /** Connects, and stays connected until `close`. */
  open(): void {
    this.#dial();
  }

  /** Leaves for good. */
  close(): void {
    this.#turn += 1;
    this.#speaker.lost();
    clearTimeout(this.#retry);
    clearTimeout(this.#welcomeTimer);
    this.#silence?.end();
    this.#looking.abort();
    this.#drop();
    this.#replies.fail();
  }

  /** Tries at once instead of waiting. */
  retryNow(): void {
    if (this.connection.name !== 'reconnecting') return;
    // One that opens gets its time; one that is open is being written to.
    if (this.#socket && (this.#opened || Date.now() - this.#dialed < PATIENCE_MS)) return;
    this.#dial();
  }

  /** The network is another: what was heard before tells nothing. */
  networkChanged(): void {
    this.#silence?.doubt(0);
    this.retryNow();
  }

  /** The page is looked at again: it may have slept, and its connection have died meanwhile. */
  lookedAt(): void {
    this.#silence?.doubt(QUIET_MS);
    this.retryNow();
  }

  /** Sends a command; resolves when the server has done it or taken it on, rejects with its reason. */
  send(command: Command): Promise<ReplyResult | null> {
    const socket = this.#socket;
    if (!socket || this.connection.name !== 'open') {
      return Promise.reject(
        new CommandError('connection_lost', 'Not connected at this moment. Try again in a moment.'),
      );
    }
    return this.#replies.of(command, (text) => socket.send(text));
  }

  /** A value to look at in passing; what somebody has looked at already is not asked again. */
  async peek(stop: StopId, frame: FrameId, expression: string): Promise<Outcome> {
    const key = peekKey(stop, frame, expression);
    if (!this.#peeked.has(key))
      await this.send({ command: 'evaluate', stop, frame, expression, context: 'hover' });
    return this.#peeked.get(key) ?? { error: 'There is no value.' };
  }

  again(want: Want): void {
    this.#wants.forget(want);
    this.want(want);
  }

  want(want: Want): void {
    const { stop, phase } = this.snapshot;
    if (phase.name !== 'stopped' || stop?.stop !== want.stop || this.connection.name !== 'open') return;
    this.#wants.ask(want);
  }

  missing(want: Want): Missing {
    const { stop, phase } = this.snapshot;
    const current = phase.name === 'stopped' && stop?.stop === want.stop;
    return this.#wants.of(want) ?? { why: current ? 'unasked' : 'not-captured' };
  }

  #dial(): void {
    this.#turn += 1;
    clearTimeout(this.#retry);
    this.#drop();
    // What was taken in before is folded, so that `from` is true.
    this.#flush();
    const from = this.#hasState ? `?from=${this.#seen}` : '';
    const socket = this.#connect(socketUrl(`/api/sessions/${encodeURIComponent(this.id)}/live${from}`));
    this.#socket = socket;
    this.#opened = false;
    this.#dialed = Date.now();
    this.trying = true;
    const within = (ms: number): void => {
      clearTimeout(this.#welcomeTimer);
      this.#welcomeTimer = setTimeout(() => this.#hangUp(socket), ms);
    };
    within(OPEN_DEADLINE_MS);
    socket.onopen = () => {
      if (this.#socket !== socket) return;
      this.#opened = true;
      within(WELCOME_DEADLINE_MS);
    };
    socket.onmessage = ({ data }: MessageEvent<string>) =>
      this.#receive(socket, JSON.parse(data) as ServerMessage);
    socket.onclose = ({ code }) => {
      if (this.#socket === socket) void this.#closed(code);
    };
  }

  #receive(socket: WebSocket, message: ServerMessage): void {
    if (this.#socket !== socket) return;
    this.#silence?.heard();
    switch (message.type) {
      case 'alive':
        return;
      case 'welcome':
        return this.#welcome(socket, message);
      case 'event':
        return this.#take(socket, message);
      case 'reply':
        return this.#replies.end(message.id, message.error, message.result);
      case 'waiting':
        return this.#takeWaiting(message);
      case 'recording':
        this.recordingTrouble = message.ok ? null : (message.message ?? 'The recording is not being kept.');
        if (this.recordingTrouble) announcer.toast(this.recordingTrouble, 'error');
        return;
      default:
        message satisfies never;
    }
  }

  #welcome(socket: WebSocket, message: Extract<ServerMessage, { type: 'welcome' }>): void {
    clearTimeout(this.#welcomeTimer);
    this.trying = false;
    if (message.protocol !== PROTOCOL_VERSION) {
      return this.#stop('broken', 'The server was updated. Reload the page.');
    }
    this.me = message.you;
    // If anybody waits, that follows.
    this.waiting = [];
    this.#wants.reconnected(this.snapshot, message.snapshot);
    if (message.snapshot) {
      this.snapshot = message.snapshot;
      if (!isBefore(this.before, message.snapshot)) this.before = null;
      this.output.fill(message.snapshot.output);
      this.#queue = [];
      this.#seen = message.seq;
      this.#hasState = true;
      this.#lookBack();
    } else if (message.seq !== this.#seen) {
      // It continues somewhere else than we stand: start anew.
      this.#hasState = false;
      return this.#hangUp(socket);
    }
    if (this.#hadState) {
      if (this.connection.name === 'reconnecting')
        this.#speaker.cameBack(
          message.snapshot === null,
          () => this.snapshot,
          () => this.you?.id ?? null,
        );
    } else {
      const { session } = this.snapshot;
      announcer.say(
        `Connected to ${session?.target.name ?? 'the session'}. ${statusLine(this.snapshot, this.you?.id ?? null)}`,
      );
      this.#speaker.knows(this.snapshot);
      this.#hadState = true;
    }
    this.#attempt = 0;
    this.connection = { name: 'open' };
    this.#silence?.end();
    this.#silence = new Silence({
      ask: () => void this.send({ command: 'alive' }).catch(() => {}),
      onSilent: () => {
        this.#hangUp(socket);
        this.#onSilent();
      },
    });
    this.sources.forgetPending();
  }

  /** A snapshot has no stop before its own. It is fetched behind the first view; without it nothing is marked as changed. */
  #lookBack(): void {
    this.#looking.abort();
    const { signal } = (this.#looking = new AbortController());
    const { snapshot } = this;
    if (this.before !== null || (snapshot.stop?.stop ?? 0) < 2) return;
    const journal = {
      startOf: async (stop: StopId) =>
        (await this.#journal.stops(this.id, stop, signal)).find((one) => one.stop === stop)?.seq,
      momentAt: async (at: number) => {
        const { snapshot, events } = await this.#journal.moment(this.id, at, signal);
        return foldAll(snapshot, events);
      },
    };
    afterPaint(async () => {
      // The program may have gone on to another stop: then what was here is the one before.
      if (signal.aborted || this.before !== null) return;
      const found = await stopBefore(snapshot, journal).catch(() => null);
      if (!signal.aborted && isBefore(found, this.snapshot)) this.before = found;
    });
  }

  #takeWaiting({ guests, ended }: Extract<ServerMessage, { type: 'waiting' }>): void {
    const me = this.you?.id ?? null;
    for (const { text, toast } of waitingNews(this.#knownGuests, guests, ended, this.snapshot, me)) {
      if (toast) announcer.toast(text);
      else announcer.say(text);
    }
    this.waiting = guests;
    this.#knownGuests = new Set(guests.map(guestKey));
  }

  #take(socket: WebSocket, envelope: Envelope): void {
    if (envelope.seq <= this.#seen) return;
    if (envelope.seq !== this.#seen + 1) return this.#hangUp(socket);
    this.#seen = envelope.event.type === 'gap' ? envelope.event.to : envelope.seq;
    this.#queue.push(envelope);
    this.#speaker.take(envelope);
    this.#notePeeked(envelope);
    if (this.#scheduled) return;
    // The first of a quiet moment is shown at once; what follows within the frame is folded together.
    this.#flush();
    this.#scheduled = true;
    this.#schedule(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#queue.length === 0) return;
    const events = this.#queue;
    this.#queue = [];
    const before = this.snapshot;
    const folded = foldWithBefore(this, events);
    const after = folded.snapshot;
    this.snapshot = after;
    this.before = folded.before;
    this.output.append(events);
    if (after.stop?.stop !== before.stop?.stop) {
      this.#wants.clear();
      this.#peeked = new Map([...this.#peeked].filter(([key]) => key.startsWith(`${after.stop?.stop} `)));
    }
    this.#wants.noteDropped(events);
    this.#speaker.tell(events, before, after, this.you?.id ?? null, this.ears);
  }

  #notePeeked({ event }: Envelope): void {
    if (
      event.type === 'evaluated' &&
      event.context === 'hover' &&
      event.stop !== null &&
      event.frame !== null
    )
      this.#peeked.set(peekKey(event.stop, event.frame, event.expression), event.outcome);
    // Whatever ran may have changed anything.
    else if (event.type === 'evaluated' || event.type === 'variable_set' || event.type === 'expression_set')
      this.#peeked.clear();
  }

  /** Gives a connection up and makes a new one. */
  #hangUp(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    this.#drop();
    void this.#closed(1006);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      socket.onclose = socket.onmessage = socket.onopen = null;
      socket.close();
    }
  }

  async #closed(code: number): Promise<void> {
    clearTimeout(this.#welcomeTimer);
    this.#silence?.end();
    this.#silence = null;
    this.#speaker.lost();
    const opened = this.#opened;
    this.#socket = null;
    this.#replies.fail();
    this.#flush();
    const next = afterClose(code);
    if (next.then === 'stop') return this.#stop(next.reason);
    const attempt = this.#attempt++;
    this.trying = false;
    // From the first moment on: the probe below may take its time.
    this.connection = { name: 'reconnecting', why: next.why, attempt };
    if (attempt === 0 && this.#hasState) announcer.say(next.why);
    if (!opened) {
      const turn = this.#turn;
      // A refused upgrade has no close code; HTTP says why.
      const reason = await this.#probe(this.id);
      if (turn !== this.#turn) return;
      if (reason) return this.#stop(reason);
    }
    const wait = next.wait === 'none' && attempt < 3 ? 0 : backoff(attempt);
    this.#retry = setTimeout(() => this.#dial(), wait);
  }

  #stop(reason: ClosedReason, message = closedMessage(reason, this.me?.participant.kind ?? null)): void {
    this.#turn += 1;
    clearTimeout(this.#retry);
    this.#drop();
    this.#silence?.end();
    this.#speaker.lost();
    this.trying = false;
    this.#replies.fail();
    this.waiting = [];
    this.connection = { name: 'closed', reason, message };
    // That it ended was said by its last event.
    if (this.snapshot.phase.name !== 'ended') announcer.say(message);
  }
}

const peekKey = (stop: StopId, frame: FrameId, expression: string): string =>
  `${stop} ${frame} ${expression}`;

async function probeSession(id: SessionId): Promise<ClosedReason | null> {
  try {
    return (await api.session(id)).ended_at === null ? null : 'session_ended';
  } catch (error) {
    if (!(error instanceof ApiError)) return null;
    if (error.status === 401) return 'ticket_ended';
    return error.status === 404 || error.status === 403 ? 'no_session' : null;
  }
}
