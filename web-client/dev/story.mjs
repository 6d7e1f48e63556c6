/** What the mock tells: a porch light whose minutes are taken for seconds, three people, and one of everything there is. */
import { createHash } from 'node:crypto';

export const ID = '0197a1b2-0000-7000-8000-00000000000a';
export const OLD = '0197a1b2-0000-7000-8000-00000000000b';
export const PATH = '/srv/home/porch.py';
export const SOURCE = `"""Porch light: on at motion, off after a while."""

import threading
import time


class Light:
    def __init__(self, name: str) -> None:
        self.name = name
        self.on = False
        self.history: list[tuple[float, bool]] = []

    def switch(self, on: bool) -> None:
        self.on = on
        self.history.append((time.time(), on))
        print(f"{self.name} is {'on' if on else 'off'}")


def remaining(started: float, minutes: int) -> float:
    # Seconds until the light goes off.
    return started + minutes - time.time()


def handle_motion(light: Light, events: list[dict]) -> None:
    for event in events:
        if event["kind"] == "motion":
            light.switch(True)
            left = remaining(event["at"], 5)
            if left < 0:
                light.switch(False)


def main() -> None:
    porch = Light("porch")
    while True:
        handle_motion(porch, [{"kind": "motion", "at": time.time()}])
        time.sleep(2)


if __name__ == "__main__":
    threading.Thread(target=main, name="motion").start()
`;
const HASH = createHash('sha256').update(SOURCE).digest('hex');
export const now = Date.now();
const person = (n, name, role, kind) => ({
  id: `0197a1b2-0000-7000-8000-0000000001${n}0`,
  name,
  role,
  kind,
  may_write_notes: role !== 'watcher',
});
export const [ana, bo, cleo] = [
  person(1, 'Ana', 'host', 'home_assistant'),
  person(2, 'Bo Lindqvist', 'collaborator', 'guest'),
  person(3, 'Cleo', 'watcher', 'guest'),
];
export const me = { host: ana, collaborator: bo, watcher: cleo }[process.env.ROLE ?? 'host'];
export const target = { name: 'porch', address: '127.0.0.1:5678', can_restart: true };
const info = { id: ID, target, started_at: now - 600_000, started_by: 'Ana' };
export const row = (id, ended) => ({
  ...info,
  id,
  started_at: ended ? now - 86_400_000 : info.started_at,
  ended_at: ended ? now - 86_000_000 : null,
  end_reason: ended ? 'ended_by_host' : null,
  stops: 3,
  events: story(3).length,
});

export const variable = (name, value, type, variables = null) => ({
  name,
  value,
  type,
  variables,
  evaluate_name: name,
});

export function stopEvents(stop, line, name) {
  return [
    {
      type: 'stopped',
      stop,
      reason: stop === 1 ? 'breakpoint' : 'step',
      description: null,
      text: null,
      thread: 2,
      process: 0,
    },
    {
      type: 'threads',
      stop,
      threads: [
        { id: 1, name: 'MainThread' },
        { id: 2, name: 'motion' },
      ],
    },
    {
      type: 'stack',
      stop,
      thread: 2,
      total: 3,
      frames: [
        { id: 1, name, path: PATH, line, column: 1, subtle: false },
        { id: 2, name: 'main', path: PATH, line: 36, column: 1, subtle: false },
        { id: 3, name: 'run', path: '/usr/lib/python3.11/threading.py', line: 982, column: 1, subtle: true },
      ],
    },
    ...(stop === 1 ? [{ type: 'hit', stop, entries: ['b1'] }] : []),
    { type: 'source', path: PATH, hash: HASH, lines: SOURCE.split('\n').length },
    {
      type: 'scopes',
      stop,
      frame: 1,
      scopes: [
        { name: 'Locals', variables: 1, expensive: false },
        { name: 'Globals', variables: 2, expensive: true },
      ],
    },
    {
      type: 'variables',
      stop,
      variables: 1,
      truncated: false,
      items: [
        variable('event', "{'kind': 'motion', 'at': 1789891200.25}", 'dict', 3),
        variable('events', "[{'kind': 'motion', 'at': 1789891200.25}]", 'list', 4),
        variable('left', String(4.98 - stop), 'float'),
        variable('light', '<__main__.Light object at 0x7f5ad1b2c050>', 'Light', 5),
        variable('minutes', '5', 'int'),
        variable('page', "'<!doctype html><title>porch</title><body>lorem ipsum …", 'str'),
        variable('readings', '[0, 1, 4, 9, 16, 25, 36, 49, …]', 'list', 7),
        variable('table', '       room     sensor  temperature  humidity', 'DataFrame', 8),
      ],
    },
    {
      type: 'variables',
      stop,
      variables: 5,
      truncated: false,
      items: [
        variable('history', '[]', 'list', 6),
        variable('name', "'porch'", 'str'),
        variable('on', 'True', 'bool'),
      ],
    },
    {
      type: 'watch_value',
      stop,
      watch: 1,
      outcome: { value: variable('left', (4.98 - stop).toFixed(2), 'float') },
    },
    {
      type: 'watch_value',
      stop,
      watch: 2,
      outcome: { value: variable('light', '<__main__.Light object at 0x7f5ad1b2c050>', 'Light', 5) },
    },
    { type: 'watch_value', stop, watch: 3, outcome: { error: 'IndexError: list index out of range' } },
  ];
}

const WATCHES = [
  [1, 'left', ana.id],
  [2, 'light', bo.id],
  [3, 'light.history[-1]', ana.id],
];
const PROPOSED = [
  {
    id: 1,
    by: bo.id,
    action: { kind: 'command', command: { command: 'evaluate', stop: 1, frame: 1, expression: 'left' } },
  },
  { id: 2, by: cleo.id, action: { kind: 'command', command: { command: 'continue', stop: 1 } } },
  { id: 3, by: cleo.id, action: { kind: 'command', command: { command: 'next', stop: 1 } } },
  {
    id: 4,
    by: bo.id,
    action: {
      kind: 'breakpoint',
      draft: {
        path: PATH,
        line: 30,
        function: null,
        condition: 'left < 0 and event["kind"] == "motion"',
        hit_condition: '>= 3',
        log_message: null,
        snap: false,
      },
    },
  },
];

function snap(id) {
  const at = (name, line) => ({ function: name, path: PATH, line });
  const value = (name, text, type) => ({ name, value: text, type });
  return {
    id,
    entry: 'b6',
    process: 0,
    thread: 'motion',
    skipped: id === 3 ? 12 : 0,
    frames: [
      {
        place: at('switch', 15),
        locals: [value('on', id % 2 ? 'True' : 'False', 'bool'), value('self', '<Light porch>', 'Light')],
      },
      { place: at('handle_motion', 27), locals: [value('event', "{'kind': 'motion'}", 'dict')] },
      { place: at('main', 36), locals: [] },
    ],
  };
}

export const ACTIVITY = {
  threads: [
    { id: 1, held: false, place: { function: 'join', path: '/usr/lib/python3.11/threading.py', line: 1112 } },
    { id: 2, held: true, place: { function: 'handle_motion', path: PATH, line: 28 } },
  ],
  tasks: [
    {
      name: 'Task-1',
      coroutine: 'serve',
      state: 'waiting',
      waits_for: '<Future pending cb=[Task.__wakeup()]>',
      stack: [
        { function: 'serve', path: PATH, line: 34 },
        { function: 'wait_for', path: '/usr/lib/python3.11/asyncio/tasks.py', line: 476 },
      ],
      thread: 1,
    },
    { name: 'poll-sensor', coroutine: 'poll', state: 'ready', waits_for: null, stack: [], thread: 1 },
  ],
  total_tasks: 2,
};

export function tablePage({ start, count, sort = null, descending = false }) {
  const total = 1_234;
  const columns = ['room', 'sensor', 'temperature', 'humidity', 'battery', 'seen'];
  const order = Array.from({ length: total }, (_, i) => (descending ? total - 1 - i : i));
  const shown = order.slice(start, start + count);
  return {
    start,
    total,
    columns,
    total_columns: 24,
    index: shown.map(String),
    rows: shown.map((i) => [
      ['porch', 'kitchen', 'attic'][i % 3],
      `sensor_${i}`,
      (18 + (i % 70) / 10).toFixed(1),
      String(40 + (i % 20)),
      `${100 - (i % 90)}`,
      `2026-03-0${1 + (i % 9)} 12:00:00`,
    ]),
    sort,
    descending,
  };
}

export function story(stops) {
  const entry = (id, line, author, rest = {}) => ({
    id,
    path: PATH,
    line,
    function: null,
    condition: null,
    hitCondition: null,
    logMessage: null,
    snap: false,
    enabled: true,
    author,
    ...rest,
  });
  const events = [
    { type: 'session_started', session: info },
    { type: 'joined', participant: ana },
    { type: 'wheel', driver: ana.id, reason: 'taken' },
    { type: 'attached', python: '3.11.2', debugpy: '1.8.22', pid: 4242 },
    { type: 'joined', participant: bo },
    { type: 'joined', participant: cleo },
    { type: 'breakpoint_set', entry: entry('b1', 28, ana.id) },
    { type: 'breakpoint_set', entry: entry('b2', 14, bo.id, { condition: 'on and self.name == "porch"' }) },
    { type: 'breakpoint_set', entry: entry('b3', 22, bo.id, { logMessage: 'left: {started}' }) },
    { type: 'breakpoint_set', entry: entry('b4', 37, ana.id, { enabled: false }) },
    { type: 'breakpoint_set', entry: entry('b5', 12, ana.id) },
    { type: 'breakpoint_set', entry: entry('b6', 15, bo.id, { snap: true, condition: 'on' }) },
    { type: 'breakpoint_set', entry: entry('b7', 26, bo.id) },
    { type: 'breakpoint_set', entry: entry('b8', 0, ana.id, { path: '', function: 'remaining' }) },
    { type: 'breakpoint_disarmed', id: 'b7', per_second: 214.3 },
    ...WATCHES.map(([id, expression, author]) => ({ type: 'watch_set', watch: { id, expression, author } })),
    {
      type: 'breakpoints_resolved',
      results: [
        { id: 'b1', verified: true, line: 28, message: null },
        { id: 'b2', verified: true, line: 14, message: null },
        { id: 'b3', verified: true, line: 22, message: null },
        { id: 'b5', verified: false, line: null, message: 'No executable code on this line.' },
        { id: 'b6', verified: true, line: 15, message: null },
        { id: 'b7', verified: true, line: 26, message: null },
        { id: 'b8', verified: true, line: null, message: null },
      ],
    },
    { type: 'output', category: 'stdout', text: 'porch is on\n', process: 0 },
    { type: 'output', category: 'stderr', text: 'WARNING: sensor porch_motion answered late\n', process: 0 },
    ...stopEvents(1, 28, 'handle_motion'),
    {
      type: 'note_set',
      note: {
        id: 'n1',
        path: PATH,
        line: 22,
        author: bo.id,
        stop: 1,
        text: 'minutes are added as seconds here:\nthat is why the light goes off at once',
      },
    },
    { type: 'chat', text: 'Look at line 22, is that minutes or seconds?' },
    { type: 'wheel_requested', participant: bo.id },
    ...[1, 2, 3].map((id) => ({ type: 'snap', snap: snap(id) })),
    ...PROPOSED.map((proposal) => ({ type: 'proposal_made', proposal })),
    {
      type: 'proposal_ended',
      proposal: 1,
      how: 'run',
      message: null,
      outcome: { value: variable('', '4.61', 'float') },
    },
    { type: 'proposal_ended', proposal: 2, how: 'declined', message: null, outcome: null },
    ...(process.env.BUSY
      ? [
          {
            type: 'busy',
            busy: {
              by: bo.id,
              what: 'while True: pass',
              since: now - 12_000,
              state: 'interrupting',
              message: 'Others keep reading what was captured.',
            },
          },
        ]
      : []),
    ...(process.env.DRIFT ? [{ type: 'source_drift', path: PATH, drifted: true }] : []),
    ...(process.env.MUTED ? [{ type: 'muted', all: true, participants: [bo.id] }] : []),
    { type: 'hand', participant: cleo.id, raised: true },
    {
      type: 'evaluated',
      stop: 1,
      frame: 1,
      context: 'repl',
      expression: 'event["at"] + 5 - time.time()',
      outcome: { value: variable('', '4.61', 'float') },
    },
    {
      type: 'evaluated',
      stop: 1,
      frame: 1,
      context: 'repl',
      expression: 'light.nme',
      outcome: { error: "AttributeError: 'Light' object has no attribute 'nme'" },
    },
  ];
  for (let stop = 2; stop <= stops; stop++) {
    events.push(
      { type: 'resumed', stop: stop - 1, how: 'next' },
      ...stopEvents(stop, 27 + stop, 'handle_motion'),
    );
    events.push({ type: 'output', category: 'stdout', text: 'porch is off\n', process: 0 });
  }
  const authors = { chat: bo.id, evaluated: ana.id, proposal_ended: ana.id };
  return events.map((event, i) => ({
    seq: i + 1,
    at: now - 500_000 + i * 1000,
    by: authors[event.type] ?? null,
    event,
  }));
}

export const empty = {
  seq: 0,
  session: null,
  phase: { name: 'starting' },
  choice: {},
  people: {},
  barred: [],
  driver: null,
  wheel_requests: [],
  last_stop: 0,
  stop: null,
  breakpoints: {},
  notes: {},
  sources: {},
  output: [],
  chat: [],
  evaluations: [],
  watches: {},
  proposals: {},
  muted_all: false,
  muted: [],
  snaps: [],
  busy: null,
  processes: {},
  exception_filters: { raised: false, uncaught: true, user_unhandled: false },
  gaps: [],
};
