/** Loads what was printed earlier, and says what came of it: the same wherever it is asked for. */
import { count } from '../words';
import { announcer } from './announcer.svelte';
import type { Hole } from './output-store.svelte';
import type { Room } from './room';

/** Where that is had which isn't kept here. */
export const elsewhere = (room: Room): string =>
  room.mode === 'live' ? 'Earlier ones are in the recording.' : 'Go to an earlier moment for earlier ones.';

/** Whether nothing is left to load there. */
export async function loadEarlier(room: Room, hole: Hole): Promise<boolean> {
  const { output } = room;
  const lines = await output.load(hole);
  const { state, row } = hole;
  if (lines === null) {
    // Between lines there is no room for the sentence.
    if (state.name === 'failed' && row) announcer.toast(state.message, 'error');
    else if (state.name === 'failed') announcer.say(state.message);
    return false;
  }
  let tail = '';
  if (hole === output.top && output.full) tail = ` ${elsewhere(room)}`;
  else if (state.name === 'filled')
    tail = row ? ' Nothing is missing there any more.' : ' That is the start of the output.';
  announcer.say(`${count(lines, 'earlier line')} loaded.${tail}`);
  return tail !== '';
}
