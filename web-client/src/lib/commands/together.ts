/** Commands for looking at things together. */
import { whoIs } from '../words';
import { all, atLine, connected, LIVE, type Check, type Command } from './checks';

const someoneDrives: Check = ({ snapshot: { driver }, you, leader }) => {
  if (leader !== null) return true;
  if (driver === null) return 'Nobody drives.';
  return driver !== you?.id || 'You drive: the others can follow you.';
};

export const TOGETHER: readonly Command[] = [
  {
    id: 'point',
    label: 'Point at the cursor for everybody',
    group: 'Together',
    keys: ['Alt+Shift+P'],
    modes: LIVE,
    enabled: all(connected, atLine),
    run: ({ at, act }) => act.point(at.path!, at.line!),
  },
  {
    id: 'follow_driver',
    label: 'Follow who drives, or stop following',
    group: 'Together',
    keys: ['Alt+Shift+F'],
    modes: LIVE,
    enabled: all(connected, someoneDrives),
    run: ({ snapshot, leader, act }) => act.follow(leader === null ? snapshot.driver : null),
  },
];

/** What is said when one begins to follow somebody. */
export const followWords = (...who: Parameters<typeof whoIs>): string =>
  `You follow ${whoIs(...who)}: what they look at shows here, until you move yourself.`;
