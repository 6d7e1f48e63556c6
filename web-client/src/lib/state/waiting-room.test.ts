import { describe, expect, it } from 'vitest';
import { ApiError, type Waits } from '../api';
import type { Me } from '../protocol';
import { WaitingRoom } from './waiting-room.svelte';

const me = { participant: { name: 'Eve' }, session: 's', expires_at: 1 } as unknown as Me;
const unreachable = new ApiError('unreachable', 'The server cannot be reached.', 0);

function room(answers: (Me | Waits | ApiError)[]) {
  const seen: boolean[] = [];
  let left = 0;
  const server = {
    stand: () => {
      const answer = answers.shift();
      if (!answer) return new Promise<never>(() => undefined);
      return answer instanceof ApiError ? Promise.reject(answer) : Promise.resolve(answer);
    },
    leave: () => Promise.resolve(void left++),
  };
  const waiting: WaitingRoom = new WaitingRoom({ until: 5 }, server, () => {
    if (waiting.state.name === 'waiting') seen.push(waiting.state.lost);
    return Promise.resolve();
  });
  return { waiting, seen, left: () => left };
}

describe('waiting to be let in', () => {
  it('goes on until a host lets one in', async () => {
    const { waiting } = room([{ until: 6 }, { until: 7 }, me]);
    expect(await waiting.wait()).toEqual({ name: 'let-in', me });
  });

  it('survives a lost connection and a server that fails', async () => {
    const failing = new ApiError('internal', 'The server failed at this.', 500);
    const { waiting, seen } = room([unreachable, failing, { until: 6 }, me]);
    expect(await waiting.wait()).toEqual({ name: 'let-in', me });
    expect(seen).toEqual([true, true]);
  });

  it('ends by the server’s word', async () => {
    const message = 'The host did not let you in, and says: Not today.';
    const { waiting } = room([{ until: 6 }, new ApiError('turned_away', message, 403)]);
    expect(await waiting.wait()).toEqual({ name: 'over', code: 'turned_away', message });
  });

  it('is left, and told so', async () => {
    const { waiting, left } = room([]);
    void waiting.wait();
    await waiting.leave();
    expect([waiting.state.name, left()]).toEqual(['over', 1]);
  });
});
