/** The stop before the one that is shown, out of the journal: for who did not see it go by. */
import type { JournalSeq, Snapshot, StopId, StopView } from '../protocol';

/** What of the journal is asked. */
export interface Journal {
  /** The event with which a stop began. */
  startOf(stop: StopId): Promise<JournalSeq | undefined>;
  /** The state after an event. */
  momentAt(seq: JournalSeq): Promise<Snapshot>;
}

/** What was known of it when the one that is shown began: the same as for who folded all of it. */
export async function stopBefore({ stop }: Snapshot, journal: Journal): Promise<StopView | null> {
  if (!stop || stop.stop < 2) return null;
  const start = await journal.startOf(stop.stop);
  if (start === undefined || start < 2) return null;
  const { stop: before } = await journal.momentAt(start - 1);
  return before?.stop === stop.stop - 1 ? before : null;
}
