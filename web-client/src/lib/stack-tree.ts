/**
 * The call stack as a tree: processes, their threads, frames and asyncio's tasks. Pure. In: a snapshot, and what is open. Out: nodes,
 * and what is missing for them.
 *
 * One process is no level of its own. A task is below the thread that runs its loop; one whose loop no thread runs is behind
 * the threads.
 */
import type { TreeNode } from './components/Tree.svelte';
import {
  LIMITS,
  type CodePlace,
  type Frame,
  type ProcessId,
  type Snapshot,
  type StopView,
  type Task,
  type Thread,
  type ThreadActivity,
  type ThreadId,
} from './protocol';
import { missingWords, type Missing, type Room, type Want } from './state/room';
import {
  baseName,
  count,
  noThreads,
  place,
  processName,
  processState,
  processTree,
  type ProcessNode,
} from './words';

export type StackItem =
  | { kind: 'process'; name: string; pid: number | null; state: string; why: string | null }
  | { kind: 'thread'; thread: Thread; activity: ThreadActivity | null; stopped: boolean }
  | { kind: 'frame'; thread: ThreadId; frame: Frame }
  | { kind: 'more'; thread: ThreadId; frames: number; words: string }
  | { kind: 'tasks'; total: number | null }
  | { kind: 'task'; task: Task }
  | { kind: 'await'; at: CodePlace }
  /** Why there is nothing else. */
  | { kind: 'words'; words: string };

export interface StackDeps {
  snapshot: Pick<Snapshot, 'stop' | 'processes' | 'phase'>;
  /** The stop before: what comes last of a stop is as it was then until it is there. */
  before?: StopView | null;
  mode: Room['mode'];
  selection: { thread: ThreadId | null; frame: number | null };
  /** By the node's id; `otherwise`: if nobody opened or closed it. */
  isOpen(id: string, otherwise: boolean): boolean;
  missing(want: Want): Missing;
}

type Node = TreeNode<StackItem>;

/** How many frames of a deep stack come at once. */
const MORE = 200;

export const threadWords = ({ held, place: at }: ThreadActivity): string => {
  const where = at ? `in ${at.function} at ${place(at.path, at.line)}` : 'outside the program';
  return held ? where : `${where}, waits in native code`;
};

export const taskWords = ({ state, waits_for }: Task): string =>
  state === 'waiting'
    ? `waits${waits_for ? ` for ${waits_for}` : ''}`
    : state === 'ready'
      ? 'ready to run'
      : 'runs';

/** The roots. */
export function stackNodes(deps: StackDeps): Node[] {
  const { snapshot } = deps;
  const { stop } = snapshot;
  if (Object.keys(snapshot.processes).length < 2) return stop ? threads(deps, stop) : [];
  const roots = processTree(snapshot).map((node) => processNode(deps, node));
  // The program runs on, and the process that was paused last is gone.
  if (stop && !snapshot.processes[stop.process]) {
    const name = processName(snapshot, stop.process);
    roots.push(
      level(deps, stop.process, { name, pid: null, state: 'ended', why: null }, threads(deps, stop)),
    );
  }
  return roots;
}

function processNode(deps: StackDeps, { process, children }: ProcessNode): Node {
  const { snapshot, mode } = deps;
  const { name } = process;
  const pid = process.pid === null || name.includes(String(process.pid)) ? null : process.pid;
  const shown = snapshot.stop?.process === process.id ? snapshot.stop : null;
  const why = shown ? null : noThreads(process, mode);
  const id = processId(process.id);
  const words = why ?? '';
  const own: Node[] = shown
    ? threads(deps, shown)
    : snapshot.stop
      ? [{ id: `${id} why`, label: words, data: { kind: 'words', words } }]
      : // Before the first stop the panel says it.
        [];
  const below = [...own, ...children.map((child) => processNode(deps, child))];
  const state = processState(snapshot, process);
  return level(deps, process.id, { name, pid, state, why }, below, shown !== null || children.length > 0);
}

const processId = (id: ProcessId): string => `p${id}`;

function level(
  { isOpen }: StackDeps,
  process: ProcessId,
  what: { name: string; pid: number | null; state: string; why: string | null },
  children: Node[],
  open = true,
): Node {
  const id = processId(process);
  const { name, pid, state } = what;
  return {
    id,
    label: `${name}${pid === null ? '' : `, pid ${pid}`}, ${state}`,
    data: { kind: 'process', ...what },
    ...(children.length > 0 && { open: isOpen(id, open), children }),
  };
}

/** The stop's threads, the one that stopped first, and the tasks that none of them runs. */
function threads(deps: StackDeps, stop: StopView): Node[] {
  const before = deps.before?.process === stop.process ? deps.before : null;
  const then = before?.threads.some(({ id }) => id === stop.thread) ? before.threads : [];
  const known: readonly Thread[] = [stop.threads, then].find(({ length }) => length > 0) ?? [
    { id: stop.thread, name: `Thread ${stop.thread}` },
  ];
  const sorted = [...known].sort((a, b) => Number(b.id === stop.thread) - Number(a.id === stop.thread));
  const { tasks = [], total_tasks = 0 } = stop.activity ?? {};
  const ids = new Set(known.map(({ id }) => id));
  const tasksOf = (of: ThreadId | null): Task[] =>
    tasks.filter(({ thread }) => (thread !== null && ids.has(thread) ? thread : null) === of);
  const had = (of: ThreadId): boolean => before?.activity?.tasks.some(({ thread }) => thread === of) ?? false;
  const nodes = sorted.map((thread): Node => {
    const id = threadId(thread.id);
    const stopped = thread.id === stop.thread;
    const activity = stop.activity?.threads.find((one) => one.id === thread.id) ?? null;
    const where = stopped ? ', stopped here' : activity ? `, ${threadWords(activity)}` : '';
    const own = frames(deps, stop, thread.id);
    const group = tasksNode(deps, stop, id, tasksOf(thread.id), had(thread.id));
    return {
      id,
      label: `${thread.name}${where}`,
      data: { kind: 'thread', thread, activity, stopped },
      open: deps.isOpen(id, stopped),
      children: group ? [...asNodes(own, id), group] : own,
    };
  });
  const homeless = tasksNode(deps, stop, NO_THREAD, tasksOf(null));
  if (homeless) nodes.push(homeless);
  const words = `${count(total_tasks - tasks.length, 'more asyncio task')}, not captured`;
  if (total_tasks > tasks.length)
    nodes.push({ id: `${tasksId(NO_THREAD)} …`, label: words, data: { kind: 'words', words } });
  return nodes;
}

export const threadId = (id: ThreadId): string => `t${id}`;
const tasksId = (of: string): string => `tasks ${of}`;
/** Stands for the thread of tasks whose loop none runs. */
const NO_THREAD = 'none';

/** Whether a node stays open, or closed, from stop to stop. */
export const stays = (id: string): boolean => /^(p\d+|tasks \w+)$/.test(id);

const asNodes = (known: Node[] | string, of: string): Node[] =>
  typeof known === 'string'
    ? [{ id: `${of} frames`, label: known, data: { kind: 'words', words: known } }]
    : known;

function frames(deps: StackDeps, stop: StopView, thread: ThreadId): Node[] | string {
  const { selection, missing } = deps;
  const stack = stop.stacks[thread];
  if (!stack) return missingWords(missing({ kind: 'stack', stop: stop.stop, thread }));
  // By place: the first of more frames takes the place of the row that showed them, and its focus.
  const list = stack.frames.map((frame, i): Node => ({
    id: `${threadId(thread)} ${i}`,
    label: `${frame.name}, ${frame.path === null ? 'no file' : `${baseName(frame.path)} line ${frame.line}`}`,
    data: { kind: 'frame', thread, frame },
    selected: frame.id === selection.frame && thread === selection.thread,
  }));
  const rest = stack.total - list.length;
  if (rest > 0 && list.length > 0) list.push(more(deps, stop, thread, list.length, rest));
  return list.length > 0 ? list : 'No Python frames';
}

/** The row below the frames of a deep stack that are there. */
function more(deps: StackDeps, stop: StopView, thread: ThreadId, known: number, rest: number): Node {
  const frames = Math.min(known + MORE, known + rest, LIMITS.stackKept);
  const asked = deps.missing({ kind: 'stack', stop: stop.stop, thread, frames });
  const current = deps.snapshot.phase.name === 'stopped';
  const words =
    deps.mode === 'recording' || !current || frames <= known
      ? `${rest} more frames, not captured`
      : asked.why === 'refused'
        ? asked.message
        : `Show ${frames - known} more of ${rest} frames`;
  return { id: `${threadId(thread)} ${known}`, label: words, data: { kind: 'more', thread, frames, words } };
}

/**
 * The tasks of a thread; while they aren't known, only where somebody has opened them at an earlier stop, or where there were
 * some at the one before.
 */
function tasksNode(
  { isOpen, mode, missing }: StackDeps,
  stop: StopView,
  of: string,
  tasks: readonly Task[],
  had = false,
): Node | null {
  const id = tasksId(of);
  const open = isOpen(id, false);
  if (tasks.length === 0) {
    if (stop.activity || !(open || had) || mode === 'recording') return null;
    const children = missingWords(missing({ kind: 'activity', stop: stop.stop }));
    return { id, label: 'asyncio tasks', data: { kind: 'tasks', total: null }, open, children };
  }
  return {
    id,
    label: `asyncio tasks, ${tasks.length}`,
    data: { kind: 'tasks', total: tasks.length },
    open,
    children: tasks.map((task, i) => taskNode(isOpen, `${id} ${i} ${task.name}`, task)),
  };
}

function taskNode(isOpen: StackDeps['isOpen'], id: string, task: Task): Node {
  return {
    id,
    label: `${task.name}, ${task.coroutine}, ${taskWords(task)}`,
    data: { kind: 'task', task },
    ...(task.stack.length > 0 && {
      open: isOpen(id, false),
      children: task.stack.map((at, i): Node => ({
        id: `${id} ${i}`,
        label: `${at.function}, ${place(at.path, at.line)}`,
        data: { kind: 'await', at },
      })),
    }),
  };
}

/** What open nodes need and isn't there. */
export function stackWants({ snapshot: { stop }, isOpen }: StackDeps): Want[] {
  if (!stop) return [];
  const open = stop.threads.filter(({ id }) => isOpen(threadId(id), id === stop.thread) && !stop.stacks[id]);
  const wants = open.map(({ id }): Want => ({ kind: 'stack', stop: stop.stop, thread: id }));
  const tasksOpen = [...stop.threads.map(({ id }) => threadId(id)), NO_THREAD].some((of) =>
    isOpen(tasksId(of), false),
  );
  if (!stop.activity && tasksOpen) wants.push({ kind: 'activity', stop: stop.stop });
  return wants;
}
