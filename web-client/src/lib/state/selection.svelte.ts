/**
 * What one person looks at: thread, frame, file and line. Local to the page; a stop moves it only while `follow` is on.
 * Focus is never moved by it.
 */
import type { Frame, FrameId, Snapshot, StopId, ThreadId } from '../protocol';

/** A place to bring into view; a new object each time, so that the same place can be shown again. */
export interface Reveal {
  path: string;
  line: number;
}

export class Selection {
  thread = $state<ThreadId | null>(null);
  frame = $state<FrameId | null>(null);
  path = $state<string | null>(null);
  /** The cursor's line in `path`. */
  line = $state<number | null>(null);
  reveal = $state.raw<Reveal | null>(null);
  /** Whether stops bring their place into view. */
  follow = $state(true);
  /** Open nodes of the variables tree, by names, so that a tree stays open across steps. */
  expanded = $state.raw<ReadonlySet<string>>(new Set());
  #stop: StopId | null = null;
  /** The stop's place was shown, or its stack isn't there yet. */
  #placed = false;

  /** Called when the snapshot changed. */
  sync(snapshot: Snapshot): void {
    const { stop } = snapshot;
    if (!stop) {
      if (this.#stop !== null) [this.thread, this.frame, this.#stop] = [null, null, null];
      return;
    }
    if (stop.stop !== this.#stop) {
      this.#stop = stop.stop;
      this.#placed = false;
      this.thread = stop.thread;
      this.frame = null;
    }
    const frames = this.#placed ? undefined : stop.stacks[stop.thread]?.frames;
    if (!frames) return;
    this.#placed = true;
    if (this.frame !== null) return;
    const shown = frames.find((frame) => frame.path !== null) ?? frames[0];
    this.frame = frames[0]?.id ?? null;
    if (this.follow && shown) this.#show(shown);
  }

  selectThread(thread: ThreadId): void {
    this.thread = thread;
  }

  selectFrame(thread: ThreadId, frame: Frame): void {
    this.thread = thread;
    this.frame = frame.id;
    this.#show(frame);
  }

  /** Shows a line of a file. */
  go(path: string, line: number): void {
    this.path = path;
    this.line = line;
    this.reveal = { path, line };
  }

  cursor(line: number): void {
    this.line = line;
  }

  /** Back to where the program is paused, following again. */
  showStop(snapshot: Snapshot): void {
    this.follow = true;
    this.#stop = null;
    this.sync(snapshot);
  }

  toggle(node: string, open: boolean): void {
    const next = new Set(this.expanded);
    if (open) next.add(node);
    else next.delete(node);
    this.expanded = next;
  }

  #show(frame: Frame): void {
    if (frame.path !== null) this.go(frame.path, frame.line);
  }
}
