/** What stands beside the lines of a file. Pure. In: a snapshot, docs, presence. Out: marks, as the editor draws them. */
import { breakpointViews, briefly, describe, type BreakpointShape, type DocEntry } from './breakpoints';
import type { LineBreakpoint } from './editor/breakpoint-gutter';
import type { ExecutionLine, LineTag } from './editor/line-marks';
import type { RemoteCursor } from './editor/remote-cursors';
import { color } from './people';
import type { Thread } from './notes';
import type { Presence } from './presence';
import type { EntryId, Frame, FrameId, ParticipantId, Snapshot, StopView } from './protocol';
import { count, nameOf, topFrame } from './words';

/** Of several on a line the strongest is drawn. */
const STRENGTH: Record<BreakpointShape, number> = {
  verified: 6,
  pending: 5,
  muted: 4,
  disarmed: 3,
  failed: 2,
  unverified: 1,
  disabled: 0,
};

/** One mark for each line with breakpoints. */
export function lineBreakpoints(
  snapshot: Snapshot,
  doc: Record<EntryId, DocEntry> | null,
  path: string | null,
  me: ParticipantId | null,
): LineBreakpoint[] {
  const byLine = new Map<number, LineBreakpoint>();
  for (const one of breakpointViews(snapshot, doc)) {
    const { entry, shape, kind, line } = one;
    if (entry.path !== path || entry.function !== null) continue;
    const author = nameOf(snapshot, entry.author);
    const [title, brief] = [describe(one, author), briefly(one, author)];
    const mine = entry.author === me;
    const owner = color(snapshot, entry.author);
    const drifted = snapshot.sources[entry.path]?.drifted ?? false;
    const there = byLine.get(line);
    if (!there) byLine.set(line, { line, shape, kind, mine, owner, drifted, count: 1, title, brief });
    else {
      const stronger = STRENGTH[shape] > STRENGTH[there.shape] ? { shape, kind } : {};
      const both = {
        count: there.count + 1,
        mine: there.mine || mine,
        title: `${there.title}\n${title}`,
        brief: `${there.brief}, ${brief}`,
      };
      byLine.set(line, { ...there, ...(stronger as object), ...both });
    }
  }
  return [...byLine.values()];
}

/** The lines of a stack's frames in a file. `past`: the program runs on. */
export function executionLines(
  frames: readonly Frame[],
  path: string | null,
  selected: FrameId | null,
  past: boolean,
): ExecutionLine[] {
  const marks = new Map<number, ExecutionLine>();
  frames.forEach(({ id, path: file, line }, i) => {
    if (file !== path || marks.has(line)) return;
    if (i === 0) marks.set(line, { line, kind: past ? 'was' : 'stop' });
    else if (!past && id === selected) marks.set(line, { line, kind: 'frame' });
  });
  return [...marks.values()];
}

/** What is beside a line, for ears: “Line 42: paused here, breakpoint of Ana, 2 notes.”; null: nothing. */
export function lineWords(
  line: number,
  execution: readonly ExecutionLine[],
  breakpoints: readonly LineBreakpoint[],
  threads: readonly Thread[],
): string | null {
  const notes = threads.filter((one) => one.line === line && one.resolved === null).length;
  const kind = execution.find((one) => one.line === line)?.kind;
  const parts = [
    kind === 'stop' ? 'paused here' : kind === 'frame' ? 'the selected frame' : null,
    breakpoints.find((one) => one.line === line)?.brief,
    notes > 0 ? count(notes, 'note') : null,
  ].filter(Boolean);
  return parts.length === 0 ? null : `Line ${line}: ${parts.join(', ')}.`;
}

/** An exception that the program is paused at. */
export interface Raised {
  line: number;
  type: string;
  message: string;
}

/** What was raised in a file; null: nothing, or elsewhere. */
export function raisedIn(stop: StopView | null, path: string | null): Raised | null {
  if (stop?.reason !== 'exception') return null;
  const top = topFrame(stop);
  if (top === null || top.path !== path) return null;
  return { line: top.line, type: stop.text ?? 'Exception', message: stop.description?.trim() ?? '' };
}

/** Who looks at which line. */
export function personTags(snapshot: Snapshot, here: readonly Presence[]): LineTag[] {
  const seen = new Map<string, LineTag>();
  for (const { participant, line } of here) {
    if (line === null) continue;
    const name = nameOf(snapshot, participant);
    seen.set(`${participant} ${line}`, {
      line,
      kind: 'person',
      text: name,
      title: `${name} looks here`,
      color: color(snapshot, participant),
    });
  }
  return [...seen.values()];
}

/** What others have selected. */
export const cursorsOf = (snapshot: Snapshot, here: readonly Presence[]): RemoteCursor[] =>
  here.flatMap(({ participant, selection: range }): RemoteCursor[] =>
    range === null
      ? []
      : [{ name: nameOf(snapshot, participant), color: color(snapshot, participant), range }],
  );
