/** Who the person is: asked of the server, never kept by the client (the ticket is in an HttpOnly cookie). */
import { api, ApiError, sentence, type ServerInfo, type Waits } from '../api';
import type { Me } from '../protocol';

/** `unknown`: not asked yet. `out`: no valid ticket; `why` says so if one ended. */
export type AccountState =
  | { name: 'unknown' }
  | { name: 'out'; why: string | null }
  | { name: 'in'; me: Me }
  | { name: 'failed'; message: string };

class Account {
  state = $state.raw<AccountState>({ name: 'unknown' });
  server = $state.raw<ServerInfo | null>(null);
  /** It is being asked who we are. */
  asking = $state(false);
  me = $derived(this.state.name === 'in' ? this.state.me : null);

  /** Asks who we are. */
  async refresh(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    try {
      this.state = { name: 'in', me: await api.me() };
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        this.refused(error);
      } else {
        this.state = { name: 'failed', message: sentence(error) };
      }
    }
    this.asking = false;
  }

  /** Asks again, quietly: who was in a session that has ended may be let into the next one. */
  async lookAgain(): Promise<void> {
    const before = this.me?.participant.id;
    try {
      const me = await api.me();
      // Somebody else by now, who came in by another link in another tab: that is their page's affair.
      if (me.participant.id === before) this.enter(me);
    } catch (error) {
      // Without an answer what is known stays, and it is asked again.
      if (error instanceof ApiError && error.status === 401) this.refused(error);
    }
  }

  async loadServer(): Promise<void> {
    this.server = await api.server();
  }

  async signInByToken(token: string): Promise<Me> {
    return this.enter(await api.signInByToken(token));
  }

  /** Comes in, or has to wait for a host. */
  async joinByInvite(secret: string, name: string): Promise<Me | Waits> {
    const answer = await api.joinByInvite(secret, name);
    return 'until' in answer ? answer : this.enter(answer);
  }

  async joinAsHost(secret: string, name: string): Promise<Me> {
    return this.enter(await api.joinAsHost(secret, name));
  }

  async signOut(): Promise<void> {
    await api.signOut();
    this.state = { name: 'out', why: null };
  }

  /** An answer said that there is no valid ticket. Never to have had one needs no explanation. */
  refused({ code, message }: ApiError): void {
    if (this.state.name !== 'out')
      this.state = { name: 'out', why: code === 'ticket_missing' ? null : message };
  }

  /** The ticket ended elsewhere. */
  ended(why: string): void {
    this.state = { name: 'out', why };
  }

  /** The server has let one in. */
  enter(me: Me): Me {
    this.state = { name: 'in', me };
    return me;
  }
}

export const account = new Account();
