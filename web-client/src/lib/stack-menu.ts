/** What is done with a row of the call stack: copied as Python writes it, or opened. */
import type { MenuItem } from './menu';
import type { CodePlace, StopView, ThreadId } from './protocol';
import type { StackItem } from './stack-tree';
import type { Desk } from './state/desk.svelte';
import type { Room } from './state/room';

/** Its source, if it is known here. */
type LineOf = (path: string, line: number) => string | null;

/** Frames as Python's own tracebacks have them, the innermost last; `more`: so many outer ones aren't known here. */
export function stackText(innermostFirst: readonly CodePlace[], more: number, lineOf: LineOf): string {
  const frames = innermostFirst.toReversed().map(({ path, line, function: name }) => {
    const text = path === null ? '' : (lineOf(path, line)?.trim() ?? '');
    return `  File "${path ?? '<unknown>'}", line ${line}, in ${name}${text === '' ? '' : `\n    ${text}`}`;
  });
  const missing = more > 0 ? [`  [${more} more outer frames]`] : [];
  return ['Stack (most recent call last):', ...missing, ...frames, ''].join('\n');
}

function linesOf({ sources, snapshot }: Room): LineOf {
  const texts = new Map<string, string[]>();
  return (path, line) => {
    const source = sources.get(snapshot, path);
    if (source.name !== 'text') return null;
    if (!texts.has(path)) texts.set(path, source.text.split('\n'));
    return texts.get(path)![line - 1] ?? null;
  };
}

function ofThread(stop: StopView | null, thread: ThreadId): { frames: CodePlace[]; more: number } | null {
  const stack = stop?.stacks[thread];
  if (!stack || stack.frames.length === 0) return null;
  const frames = stack.frames.map(({ name, path, line }) => ({ function: name, path, line }));
  return { frames, more: Math.max(0, stack.total - frames.length) };
}

/** Its menu; empty where there is nothing to do. */
export function stackItems(desk: Desk, item: StackItem): MenuItem[] {
  const { snapshot } = desk.room;
  const stack =
    item.kind === 'frame'
      ? ofThread(snapshot.stop, item.thread)
      : item.kind === 'thread'
        ? ofThread(snapshot.stop, item.thread.id)
        : item.kind === 'task'
          ? { frames: item.task.stack.toReversed(), more: 0 }
          : null;
  const at = item.kind === 'frame' ? item.frame : item.kind === 'await' ? item.at : null;
  const items: MenuItem[] = [];
  if (item.kind === 'frame' || item.kind === 'thread' || item.kind === 'task') {
    const text = (): string => stackText(stack!.frames, stack!.more, linesOf(desk.room));
    const why = stack && stack.frames.length > 0 ? null : 'Its stack is not there. Open it first.';
    items.push({ label: 'Copy stack', why, run: () => desk.copy(text(), 'The stack') });
  }
  if (at) {
    const { path, line } = at;
    const why = path === null ? 'It is code without a file.' : null;
    const where = `${path}:${line}`;
    items.push({ label: 'Copy file and line', why, run: () => desk.copy(where, where) });
    items.push({ label: 'Open at line', why, run: () => desk.goToSource(path!, line) });
  }
  return items;
}
