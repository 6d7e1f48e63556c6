/**
 * The HTTP API. In: plain arguments. Out: typed answers, or an `ApiError` with the server's code and sentence.
 * Invariant: every request has a deadline.
 */
import type {
  Envelope,
  ErrorBody,
  ErrorCode,
  InviteId,
  InviteInfo,
  JournalSeq,
  Me,
  Role,
  SessionId,
  SessionRow,
  Snapshot,
  SourceHash,
  StopId,
  StopInfo,
  TargetInfo,
} from './protocol';
import { asSentence } from './words';

const DEADLINE_MS = 20_000;
/** Starting a session waits for the debugger to answer. */
const START_DEADLINE_MS = 60_000;

/** What the server itself says about itself. */
export interface ServerInfo {
  name: string;
  version: string;
  protocol: number;
  home_assistant: { url: string; reachable: boolean | null } | null;
  /** Who was in a session is let into the one that follows it. */
  sessions_follow: boolean;
}

/** A target with what is known of its debugger at this moment. */
export interface TargetState extends TargetInfo {
  debugger: 'active' | 'inactive' | 'attached' | 'unknown';
  how_to_start: string;
  live_session: SessionId | null;
}

/** A recording's state at one number: fold `events` onto `snapshot`. */
export interface Moment {
  snapshot: Snapshot;
  events: Envelope[];
}

/** What was printed: `output` events, and each `gap` between them. */
export interface OutputPage {
  events: Envelope[];
  /** Whether there is more before the first. */
  earlier: boolean;
}

/** What an invite allows. */
export interface InviteWish {
  role: Exclude<Role, 'host'>;
  notes: boolean;
  expires_in_s: number;
  uses: number;
  /** Whether who comes by it waits until a host lets them in. */
  asks: boolean;
}

/** A host has to let one in. */
export interface Waits {
  /** When one is told that nobody decided. */
  until: number;
}

/** `unreachable`: no answer at all, which is no code of the server's. */
export class ApiError extends Error {
  constructor(
    readonly code: ErrorCode | 'unreachable',
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** The sentence to show for anything that was thrown. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function request(
  method: string,
  path: string,
  body?: unknown,
  options: RequestOptions = {},
): Promise<Response> {
  const deadline = AbortSignal.timeout(options.deadline ?? DEADLINE_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      signal,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    });
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    const late = cause instanceof DOMException && cause.name === 'TimeoutError';
    const what = late ? 'The server did not answer in time.' : 'The server cannot be reached.';
    throw new ApiError('unreachable', `${what} Check that Breakroom is running, then try again.`, 0);
  }
  if (response.ok) return response;
  throw await refusal(response);
}

interface RequestOptions {
  deadline?: number;
  signal?: AbortSignal;
}

async function refusal(response: Response): Promise<ApiError> {
  try {
    const { error } = (await response.json()) as { error: ErrorBody };
    return new ApiError(error.code, asSentence(error.message), response.status);
  } catch {
    const message = `The server answered with status ${response.status}. Try again; if it stays, look at its log.`;
    return new ApiError('internal', message, response.status);
  }
}

async function json<T>(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<T> {
  return (await request(method, path, body, options)).json() as Promise<T>;
}

const session = (id: SessionId): string => `/api/sessions/${encodeURIComponent(id)}`;

export const api = {
  server: () => json<ServerInfo>('GET', '/api/server'),
  me: () => json<Me>('GET', '/api/me'),
  signInByToken: (token: string) => json<Me>('POST', '/api/auth/token', { token }),
  joinByInvite: (secret: string, name: string) =>
    json<Me | Waits>('POST', '/api/auth/invite', { secret, name }),
  /** Where one stands who waits to be let in; answered when that changes, or after so many seconds. */
  stand: (within_s: number, signal?: AbortSignal) =>
    json<Me | Waits>(
      'POST',
      '/api/auth/waiting',
      { within_s },
      { deadline: DEADLINE_MS + within_s * 1_000, ...(signal ? { signal } : {}) },
    ),
  leave: () => request('DELETE', '/api/auth/waiting').then(() => undefined),
  joinAsHost: (secret: string, name: string) => json<Me>('POST', '/api/auth/host-link', { secret, name }),
  signOut: () => request('POST', '/api/auth/sign-out').then(() => undefined),
  targets: () => json<TargetState[]>('GET', '/api/targets'),
  sessions: () => json<SessionRow[]>('GET', '/api/sessions'),
  session: (id: SessionId) => json<SessionRow>('GET', session(id)),
  start: (target: string) =>
    json<SessionRow>('POST', '/api/sessions', { target }, { deadline: START_DEADLINE_MS }),
  end: (id: SessionId, restart: boolean) =>
    request('POST', `${session(id)}/end`, { restart }).then(() => undefined),
  remove: (id: SessionId) => request('DELETE', session(id)).then(() => undefined),
  invites: (id: SessionId) => json<InviteInfo[]>('GET', `${session(id)}/invites`),
  invite: (id: SessionId, wish: InviteWish) =>
    json<{ invite: InviteInfo; url: string }>('POST', `${session(id)}/invites`, wish),
  revoke: (id: SessionId, invite: InviteId) =>
    request('DELETE', `${session(id)}/invites/${encodeURIComponent(invite)}`).then(() => undefined),
  /** All of them, or those from one on. */
  stops: (id: SessionId, from?: StopId, signal?: AbortSignal) =>
    json<StopInfo[]>(
      'GET',
      `${session(id)}/stops${from === undefined ? '' : `?from=${from}`}`,
      undefined,
      signal ? { signal } : {},
    ),
  moment: (id: SessionId, at: JournalSeq, signal?: AbortSignal) =>
    json<Moment>('GET', `${session(id)}/moment?at=${at}`, undefined, signal ? { signal } : {}),
  /** The newest output before an event. */
  output: (id: SessionId, before: JournalSeq, signal: AbortSignal) =>
    json<OutputPage>('GET', `${session(id)}/output?before=${before}`, undefined, { signal }),
  source: (id: SessionId, hash: SourceHash) =>
    request('GET', `${session(id)}/sources/${hash}`).then((response) => response.text()),
};

/** The address of a WebSocket of this server. */
export function socketUrl(path: string): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${path}`;
}
