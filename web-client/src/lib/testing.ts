/** Small builders for tests. */
import { breakpointViews } from './breakpoints';
import type { Context } from './commands';
import { emptySnapshot, foldAll } from './fold';
import { NOWHERE } from './places';
import type { Envelope, Event, Participant, Phase, Role, Snapshot } from './protocol';

export function participant(id: string, role: Role): Participant {
  return { id, name: id, role, kind: 'guest', may_write_notes: role !== 'watcher' };
}

export function envelopes(from: number, ...events: Event[]): Envelope[] {
  return events.map((event, i) => ({ seq: from + i, at: 1000 + from + i, by: null, event }));
}

export const stopEvent = (stop: number, thread = 1): Event => ({
  type: 'stopped',
  stop,
  reason: 'step',
  description: null,
  text: null,
  thread,
  process: 0,
});

export const stackEvent = (stop: number, line: number, thread = 1): Event => ({
  type: 'stack',
  stop,
  thread,
  total: 1,
  frames: [{ id: 1, name: 'main', path: '/app/porch.py', line, column: 1, subtle: false }],
});

/** A session with a host, a collaborator and a watcher, stopped once. */
export function room(phase: Phase, driver: string | null): Snapshot {
  const people = (['host', 'collaborator', 'watcher'] as const).map((role): Event => ({
    type: 'joined',
    participant: participant(role, role),
  }));
  const target = { name: 'porch', address: '127.0.0.1:5678', can_restart: true };
  const session = { id: 's', target, started_at: 1, started_by: 'host' };
  const all = envelopes(1, { type: 'session_started', session }, ...people, stopEvent(1), stackEvent(1, 42));
  return { ...foldAll(emptySnapshot(), all), phase, driver };
}

export function context(snapshot: Snapshot, role: Role, act: Partial<Context['act']> = {}): Context {
  const never = (): never => {
    throw new Error('not expected');
  };
  return {
    mode: 'live',
    connected: true,
    over: snapshot.phase.name === 'ended' ? 'The session has ended.' : null,
    snapshot,
    you: participant(role, role),
    at: { thread: 1, frame: 1, path: '/app/porch.py', line: 42 },
    selected: () => '',
    trail: NOWHERE,
    breakpoints: () => breakpointViews(snapshot, null),
    leader: null,
    busy: false,
    replay: null,
    act: {
      send: never,
      propose: never,
      draftBreakpoint: never,
      editBreakpoint: never,
      changeBreakpoints: never,
      runTo: never,
      lookAround: never,
      toggleHex: never,
      toggleBreakpoint: never,
      addNote: never,
      showNotes: never,
      open: never,
      ask: never,
      focus: never,
      showStop: never,
      resetLayout: never,
      point: never,
      follow: never,
      find: never,
      watch: never,
      evaluate: never,
      copySelection: never,
      showValue: never,
      walk: never,
      copyLineLink: never,
      toggleInlineValues: never,
      clear: never,
      step: never,
      copyMoment: never,
      ...act,
    },
  };
}

/** The same numbers each time. */
export function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

/** The processor's milliseconds that something takes: what else a machine is busy with doesn't count. */
export function worked(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
