/**
 * A guest's waiting to be let in. In: the server's answers to one question, asked again and again. Out: `state`.
 *
 * The server remembers who waits by a cookie that scripts don't get, so a page that is loaded anew goes on waiting, and a
 * connection that is lost ends nothing. What ends it is the server's word.
 */
import { api, ApiError, type Waits } from '../api';
import type { ErrorCode, Me } from '../protocol';

export type WaitingState =
  | { name: 'waiting'; until: number; /** The server can't be reached at this moment. */ lost: boolean }
  | { name: 'let-in'; me: Me }
  | { name: 'over'; code: ErrorCode | 'left'; message: string };

/** After a failure; the server answers at once that it has no news only if it is asked so. */
const AGAIN_MS = 3_000;

/** What of the API is needed; replaced in tests. */
export interface WaitingApi {
  stand(within: number, signal: AbortSignal): Promise<Me | Waits>;
  leave(): Promise<void>;
}

export class WaitingRoom {
  state: WaitingState = $state.raw({ name: 'waiting', until: 0, lost: false });
  #stop = new AbortController();

  constructor(
    { until }: Waits,
    private readonly server: WaitingApi = { stand: api.stand, leave: api.leave },
    private readonly sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
  ) {
    this.state = { name: 'waiting', until, lost: false };
  }

  /** Asks until there is an end; resolves then. */
  async wait(): Promise<WaitingState> {
    while (this.state.name === 'waiting' && !this.#stop.signal.aborted) {
      const { until } = this.state;
      try {
        const answer = await this.server.stand(20, this.#stop.signal);
        if (this.#stop.signal.aborted) break;
        this.state =
          'until' in answer
            ? { name: 'waiting', until: answer.until, lost: false }
            : { name: 'let-in', me: answer };
      } catch (error) {
        if (this.#stop.signal.aborted) break;
        if (error instanceof ApiError && isEnd(error)) {
          this.state = { name: 'over', code: error.code as ErrorCode, message: error.message };
        } else {
          this.state = { name: 'waiting', until, lost: true };
          await this.sleep(AGAIN_MS);
        }
      }
    }
    return this.state;
  }

  /** The page goes away; the waiting doesn't end by that. */
  close(): void {
    this.#stop.abort();
  }

  /** Waits no longer. */
  async leave(): Promise<void> {
    this.close();
    this.state = { name: 'over', code: 'left', message: 'You wait no longer.' };
    // If that can't be told now, the server finds out by itself that nobody asks any more.
    await this.server.leave().catch(() => undefined);
  }
}

/** A word of the server's about the waiting, and not a trouble on the way to it. */
function isEnd({ code, status }: ApiError): boolean {
  return code !== 'unreachable' && code !== 'too_fast' && code !== 'internal' && status < 500;
}
