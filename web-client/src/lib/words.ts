/** Sentences about the state of a session: pure, so that status line, live region and tests say the same. */
import type {
  EndReason,
  Frame,
  ParticipantId,
  ProcessInfo,
  ResumeKind,
  Role,
  Snapshot,
  StopInfo,
  StopView,
} from './protocol';

/** A path's last part. */
export function baseName(path: string): string {
  return path.split(/[\\/]/).pop() || path;
}

/** `porch.py:42` */
export function place(path: string | null, line: number | null): string {
  if (path === null) return 'code without a file';
  return line === null ? baseName(path) : `${baseName(path)}:${line}`;
}

/** What a program said, as a sentence: with a capital, and an end. */
export function asSentence(text: string): string {
  const trimmed = text.trim();
  const whole = /[.!?…]$/.test(trimmed) ? trimmed : `${trimmed}.`;
  // A name or an address at the start stays as it is written.
  return /^[a-z]+[ ,]/.test(whole) && !whole.startsWith('debugpy')
    ? whole[0]!.toUpperCase() + whole.slice(1)
    : whole;
}

/** A participant's name. */
export function nameOf(snapshot: Snapshot, id: ParticipantId | null): string {
  if (id === null) return 'Breakroom';
  return snapshot.people[id]?.participant.name ?? 'somebody';
}

/** “you” or a name; at a sentence's `start` “You”, but names stay as people write them. */
export function whoIs(
  snapshot: Snapshot,
  id: ParticipantId | null,
  me: ParticipantId | null,
  start = false,
): string {
  if (id !== null && id === me) return start ? 'You' : 'you';
  return nameOf(snapshot, id);
}

/** Who drives, as half a sentence, or with `start` as one of its own. */
export function driving(snapshot: Snapshot, me: ParticipantId | null, start = false): string {
  const { driver } = snapshot;
  if (driver === null) return start ? 'Nobody drives' : 'nobody drives';
  return `${whoIs(snapshot, driver, me, start)} ${driver === me ? 'drive' : 'drives'}`;
}

/** The frame that a stop is at: the top one of the thread that stopped. */
export function topFrame(stop: StopView): Frame | null {
  return stop.stacks[stop.thread]?.frames[0] ?? null;
}

/** Which process a stop is in, if there are several. */
function inProcess(snapshot: Snapshot, stop: StopView): string {
  const name = stop.process === 0 ? null : snapshot.processes[stop.process]?.name;
  return name ? ` in ${name}` : '';
}

/** A process's name; one that is gone has its number only. */
export function processName(snapshot: Pick<Snapshot, 'processes'>, id: number): string {
  return snapshot.processes[id]?.name ?? `process ${id}`;
}

/** A process and its children, by number, outermost first. */
export interface ProcessNode {
  process: ProcessInfo;
  children: ProcessNode[];
}

/** The tree of processes. A child whose parent is gone stands beside the program. */
export function processTree(snapshot: Pick<Snapshot, 'processes'>): ProcessNode[] {
  const all = Object.values(snapshot.processes).sort((a, b) => a.id - b.id);
  const known = new Set(all.map((process) => process.id));
  const under = (parent: ProcessInfo | null): ProcessNode[] =>
    all
      .filter((one) =>
        parent
          ? one.parent === parent.id && one.id !== parent.id
          : one.id === one.parent || !known.has(one.parent),
      )
      .map((process) => ({ process, children: under(process) }));
  return under(null);
}

/** What a process does at this moment. */
export function processState(snapshot: Pick<Snapshot, 'phase' | 'stop'>, process: ProcessInfo): string {
  if (process.waiting !== null) return 'paused, waits its turn';
  return snapshot.phase.name === 'stopped' && snapshot.stop?.process === process.id
    ? 'paused, shown here'
    : 'runs';
}

/** Why a process has no threads to show, and what to do. */
export function noThreads({ waiting }: ProcessInfo, mode: 'live' | 'recording'): string {
  if (waiting === null) return 'Its threads show when it pauses.';
  if (mode === 'recording') return `It is shown at a later stop (${waiting}).`;
  return waiting === 'pause'
    ? 'Continue lets it run on, too.'
    : `Continue shows the next that waits (${waiting}).`;
}

/** So much of a message as fits into a sentence. */
function firstLine(message: string): string {
  const [first = ''] = message.trim().split('\n', 1);
  const cut = first.length > 160 ? first.slice(0, 160) : first;
  return cut.length < message.trim().length ? `${cut} …` : cut;
}

/** Why the program is paused, in a few words. */
export function stopReason(snapshot: Snapshot, stop: StopView): string {
  switch (stop.reason) {
    case 'breakpoint':
    case 'function breakpoint': {
      const authors = stop.hit.flatMap((id) => snapshot.breakpoints[id]?.entry.author ?? []);
      const names = [...new Set(authors)].map((id) => nameOf(snapshot, id));
      return names.length > 0 ? `breakpoint of ${list(names)}` : stop.reason;
    }
    case 'step':
      return 'after a step';
    case 'pause':
      return 'pause asked for';
    case 'exception': {
      const said = [stop.text, firstLine(stop.description ?? '')].filter(Boolean);
      return ['exception', ...said].join(': ');
    }
    case 'goto':
      return 'next line set';
    case 'goto refused':
    case 'step refused':
      return 'where it was';
    default:
      return stop.description ?? stop.reason;
  }
}

/** “A, B and C” */
export function list(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** What the program does at this moment, without who drives. */
export function stateOf(snapshot: Snapshot): string {
  const { phase, stop } = snapshot;
  switch (phase.name) {
    case 'starting':
      return 'Not started yet';
    case 'running':
      return phase.pausing ? 'Running; pausing at the next Python line …' : 'Running';
    case 'stopped': {
      if (!stop) return 'Paused';
      const frame = topFrame(stop);
      const where = frame ? ` at ${place(frame.path, frame.line)}` : '';
      return `Paused${where}${inProcess(snapshot, stop)} — ${stopReason(snapshot, stop)}`;
    }
    case 'lost':
      return 'Debugger lost; attaching again …';
    case 'restarting':
      return 'Restarting the program …';
    case 'ended':
      return `Ended: ${phase.message ? asSentence(phase.message) : endReason(phase.reason)}`;
  }
}

/** What stands where something of a stop will be, before there is one: why not, and what to do. `what`: “The call stack shows”. */
export function noStopWords({ phase }: Snapshot, mode: 'live' | 'recording', what: string): string {
  if (mode === 'recording') return `The program was not paused yet at this moment. ${what} at a stop.`;
  switch (phase.name) {
    case 'starting':
      return `The session is not started yet. ${what} here when the program is paused.`;
    case 'running':
      return `The program runs. ${what} here when it pauses: set a breakpoint beside a line, or press Pause.`;
    case 'stopped':
      return 'Loading …';
    case 'lost':
    case 'restarting':
      return `The debugger is not attached at this moment. ${what} here at the next stop.`;
    case 'ended':
      return 'The session ended before the program was paused.';
  }
}

/** Files of which what runs is no longer what is on disk. */
export function driftedWords({ sources }: Snapshot): { short: string; long: string } | null {
  const paths = Object.keys(sources).filter((path) => sources[path]!.drifted);
  if (paths.length === 0) return null;
  const names = list(paths.map(baseName));
  return {
    short: paths.length === 1 ? `${names} changed on disk` : `${paths.length} files changed on disk`,
    long: `${names} changed on disk since ${paths.length === 1 ? 'it was' : 'they were'} read. The program still runs what is shown here.`,
  };
}

/** The status line: “Paused at porch.py:42 — breakpoint of Ana — Ana drives”. */
export function statusLine(snapshot: Snapshot, me: ParticipantId | null): string {
  if (snapshot.phase.name === 'ended') return stateOf(snapshot);
  return `${stateOf(snapshot)} — ${driving(snapshot, me, true)}`;
}

/** The same for ears. */
export function spokenStop(snapshot: Snapshot, me: ParticipantId | null): string {
  const { stop } = snapshot;
  const frame = stop && topFrame(stop);
  if (!stop || !frame) return 'Paused';
  const where =
    frame.path === null ? 'in code without a file' : `at ${baseName(frame.path)} line ${frame.line}`;
  return `Paused ${where}${inProcess(snapshot, stop)}, ${stopReason(snapshot, stop)}; ${driving(snapshot, me)}`;
}

export function endReason(reason: EndReason | null): string {
  switch (reason) {
    case null:
      return 'live';
    case 'ended_by_host':
      return 'ended by a host';
    case 'debuggee_exited':
      return 'the program ended';
    case 'connection_lost':
      return 'connection lost';
    case 'not_back_after_restart':
      return 'not back after restart';
    case 'server_stopped':
      return 'server stopped';
    case 'server_killed':
      return 'server killed';
    default:
      reason satisfies never;
      return String(reason);
  }
}

export function resumeWord(how: ResumeKind): string {
  return {
    continue: 'continued',
    next: 'stepped over',
    step_in: 'stepped into',
    step_out: 'stepped out',
    goto: 'moved the next line',
    unasked: 'ran on',
  }[how];
}

export function roleName(role: Role): string {
  return { host: 'Host', collaborator: 'Collaborator', watcher: 'Watcher' }[role];
}

/** A stop of a recording, in a list. */
export function stopLabel(stop: StopInfo): string {
  const where = stop.path === null ? 'code without a file' : place(stop.path, stop.line);
  return `Stop ${stop.stop}: ${where}${stop.function ? `, ${stop.function}` : ''} (${stop.reason})`;
}

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const NUMBER = new Intl.NumberFormat();
const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

export const dateTime = (at: number): string => DATE.format(at);
export const clockTime = (at: number): string => TIME.format(at);

/** “1 stop”, “3 stops” */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${NUMBER.format(n)} ${n === 1 ? one : many}`;
}

/** `1 h 5 min`, `42 s` */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
