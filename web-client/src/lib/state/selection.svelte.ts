/**
 * What one person looks at: thread, frame, file and line. Local to the page; a stop moves it only while `follow` is on.
 * Focus is never moved by it.
 *
 * Invariant: while somebody is followed, only where they look moves it; the first move of one's own ends that.
 */
import { gone, jumped, NOWHERE, type Place, type Trail } from '../places';
import type { Look, Range } from '../presence';
import type { Frame, FrameId, ParticipantId, Snapshot, StopId, StopView, ThreadId } from '../protocol';

/** A place to bring into view; a new object each time, so that the same place can be shown again. */
export interface Reveal {
  path: string;
  line: number;
  /** The first line to be in view, if the place is in view then; absent: the place is in the middle. */
  top?: number | null;
}

/** So many files are remembered. */
const RECENT = 50;

/** The innermost frame that has a source. */
const inSource = (frames: readonly Frame[]): Frame | undefined =>
  frames.find((frame) => frame.path !== null) ?? frames[0];

export class Selection {
  thread = $state<ThreadId | null>(null);
  frame = $state<FrameId | null>(null);
  path = $state<string | null>(null);
  /** The cursor's line in `path`. */
  line = $state<number | null>(null);
  /** The first line of `path` in view. */
  top = $state<number | null>(null);
  range = $state.raw<Range | null>(null);
  reveal = $state.raw<Reveal | null>(null);
  /** The places that one was in by jumps and stops, not by following somebody. */
  trail = $state.raw<Trail>(NOWHERE);
  /** How often the person went somewhere by themselves. */
  moves = $state(0);
  /** Whether stops bring their place into view. */
  follow = $state(true);
  /** The file that something is being typed in: while it is shown, stops don't take it away. */
  held = $state<string | null>(null);
  /** Who is followed. */
  leader = $state<ParticipantId | null>(null);
  /** Open nodes of the variables tree, by names, so that a tree stays open across steps. */
  expanded = $state.raw<ReadonlySet<string>>(new Set());
  /** Files that were shown, the last one first. */
  recent: readonly string[] = [];
  #stop: StopId | null = null;
  /** The stop's place was shown, or its stack isn't there yet. */
  #placed = false;
  /** The thread that was chosen last, until its stack is there. */
  #chosen: ThreadId | null = null;
  /** A link led to a line: the stop that is there already doesn't lead away from it. */
  #linked = false;
  /** It was asked for the stop's place. */
  #asked = false;

  /** Called when the snapshot changed. */
  sync(snapshot: Snapshot): void {
    const { stop } = snapshot;
    if (!stop) {
      if (this.#stop !== null) [this.thread, this.frame, this.#stop] = [null, null, null];
      if (snapshot.session !== null) this.#linked = false;
      return;
    }
    if (stop.stop !== this.#stop) {
      this.#stop = stop.stop;
      this.#placed = false;
      this.thread = stop.thread;
      this.#chosen = this.frame = null;
    }
    this.#choose(stop);
    const frames = this.#placed ? undefined : stop.stacks[stop.thread]?.frames;
    if (!frames) return;
    this.#placed = true;
    const linked = this.#linked;
    const held = this.held !== null && this.held === this.path && !this.#asked;
    this.#asked = false;
    this.#linked = false;
    if (this.frame !== null) return;
    const shown = inSource(frames);
    this.frame = frames[0]?.id ?? null;
    if (this.follow && shown && this.leader === null && !held && !linked) this.#show(shown);
  }

  /** Its top frame, once its stack is there: until then everything stays as it is. */
  selectThread(thread: ThreadId, { stop }: Snapshot): void {
    this.leader = null;
    this.#chosen = thread;
    this.#choose(stop);
  }

  selectFrame(thread: ThreadId, frame: Frame): void {
    this.#chosen = this.leader = null;
    this.thread = thread;
    this.frame = frame.id;
    this.moves++;
    this.#show(frame);
  }

  /** Shows a line of a file. */
  go(path: string, line: number): void {
    this.#chosen = this.leader = null;
    this.moves++;
    this.#jump({ path, line });
  }

  /** The same because the page's address says so. */
  goByLink(path: string, line: number): void {
    this.go(path, line);
    this.#linked = !this.#placed;
  }

  /** Back (-1) or forward (1) to where one was; gives where that is. */
  walk(by: 1 | -1): Place | null {
    const trail = gone(this.trail, this.#here, by);
    const to = trail?.places[trail.at];
    if (!trail || !to) return null;
    this.#chosen = this.leader = null;
    this.trail = trail;
    this.moves++;
    this.#reveal({ ...to });
    return to;
  }

  /** Where the editor's cursor is; `own`: the person put it there, rather than the page. */
  cursor(line: number, range: Range | null, own: boolean): void {
    if (own) this.leader = null;
    this.line = line;
    this.range = range;
  }

  /** The first line in view; `own`: the person scrolled there. */
  scrolled(top: number, own: boolean): void {
    if (own) this.leader = null;
    this.top = top;
  }

  /** Looks where somebody else does. */
  mirror(look: Look, { stop }: Snapshot): void {
    this.#chosen = null;
    if (stop && look.stop === stop.stop && look.frame !== null && look.frame !== this.frame) {
      const thread = Object.keys(stop.stacks)
        .map(Number)
        .find((id) => stop.stacks[id]?.frames.some(({ id }) => id === look.frame));
      if (thread !== undefined) [this.thread, this.frame] = [thread, look.frame];
    }
    const { path, line, top } = look;
    if (path === null || line === null) return;
    const there = this.reveal;
    if (there?.path === path && there.line === line && there.top === top && this.path === path) return;
    this.#reveal({ path, line, top });
  }

  /** Back to where the program is paused, following again. */
  showStop(snapshot: Snapshot): void {
    this.leader = null;
    this.#asked = this.follow = true;
    this.#stop = null;
    this.sync(snapshot);
  }

  toggle(node: string, open: boolean): void {
    const next = new Set(this.expanded);
    if (open) next.add(node);
    else next.delete(node);
    this.expanded = next;
  }

  #choose(stop: StopView | null): void {
    const thread = this.#chosen;
    const frames = thread === null ? undefined : stop?.stacks[thread]?.frames;
    if (thread === null || !frames) return;
    this.#chosen = null;
    const [top] = frames;
    // One that runs no Python has nothing to show.
    if (!top) return;
    [this.thread, this.frame] = [thread, top.id];
    this.#show(inSource(frames)!);
  }

  #show(frame: Frame): void {
    if (frame.path !== null) this.#jump({ path: frame.path, line: frame.line });
  }

  #jump(to: Place): void {
    this.trail = jumped(this.trail, this.#here, to);
    this.#reveal(to);
  }

  get #here(): Place | null {
    const { path, line } = this;
    return path === null || line === null ? null : { path, line };
  }

  #reveal(to: Reveal): void {
    if (to.path !== this.path) {
      this.range = null;
      this.recent = [to.path, ...this.recent.filter((path) => path !== to.path)].slice(0, RECENT);
    }
    this.path = to.path;
    this.line = to.line;
    this.reveal = to;
  }
}
