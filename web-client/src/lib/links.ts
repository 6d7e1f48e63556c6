/**
 * Fragments of the pages' addresses: `#stop=N` or `#at=SEQ` name a moment of a recording, `&file=PATH&line=N` a line. Pure.
 * Fragments don't go to servers, so a link tells nobody on the way which file it is about.
 */
import type { JournalSeq, StopId } from './protocol';

export interface LinkTo {
  stop?: StopId;
  at?: JournalSeq;
  path?: string;
  line?: number;
}

const digits = (text: string | null): number | undefined =>
  text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;

/** What a fragment names; what makes no sense in it is left out. */
export function parseFragment(fragment: string): LinkTo {
  const parts = new URLSearchParams(fragment.replace(/^#/, '').replaceAll('+', '%2B'));
  const [stop, at, line] = ['stop', 'at', 'line'].map((key) => digits(parts.get(key)));
  const path = parts.get('file') ?? '';
  const to: LinkTo = {};
  if (stop !== undefined) to.stop = stop;
  else if (at !== undefined) to.at = at;
  if (path !== '') Object.assign(to, { path, line: Math.max(1, line ?? 1) });
  return to;
}

/** The fragment, with its `#`. Slashes stay readable. */
export function fragmentOf({ stop, at, path, line }: LinkTo): string {
  const parts = [
    stop !== undefined ? `stop=${stop}` : at !== undefined ? `at=${at}` : '',
    path === undefined ? '' : `file=${encodeURIComponent(path).replaceAll('%2F', '/')}`,
    path === undefined ? '' : `line=${line ?? 1}`,
  ];
  return `#${parts.filter(Boolean).join('&')}`;
}
