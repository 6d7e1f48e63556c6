/**
 * A scripted stand-in for the server, for looking at the pages while designing: `node dev/mock.mjs [PORT]`.
 * It serves `dist/`, answers the API with a small story, and syncs no docs. Never shipped, and no test leans on it.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';

const port = Number(process.argv[2] ?? 7799);
const dist = fileURLToPath(new URL('../dist', import.meta.url));
const ID = '0197a1b2-0000-7000-8000-00000000000a';
const OLD = '0197a1b2-0000-7000-8000-00000000000b';
const PATH = '/srv/home/porch.py';
const SOURCE = `"""Porch light: on at motion, off after a while."""

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
const now = Date.now();
const person = (n, name, role, kind) => ({
  id: `0197a1b2-0000-7000-8000-0000000001${n}0`,
  name,
  role,
  kind,
  may_write_notes: role !== 'watcher',
});
const [ana, bo, cleo] = [
  person(1, 'Ana', 'host', 'home_assistant'),
  person(2, 'Bo Lindqvist', 'collaborator', 'guest'),
  person(3, 'Cleo', 'watcher', 'guest'),
];
const me = { host: ana, collaborator: bo, watcher: cleo }[process.env.ROLE ?? 'host'];
const target = { name: 'porch', address: '127.0.0.1:5678', can_restart: true };
const info = { id: ID, target, started_at: now - 600_000, started_by: 'Ana' };
const row = (id, ended) => ({
  ...info,
  id,
  started_at: ended ? now - 86_400_000 : info.started_at,
  ended_at: ended ? now - 86_000_000 : null,
  end_reason: ended ? 'ended_by_host' : null,
  stops: 3,
  events: story(3).length,
});

const variable = (name, value, type, variables = null) => ({
  name,
  value,
  type,
  variables,
  evaluate_name: name,
});

function stopEvents(stop, line, name) {
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

const ACTIVITY = {
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

function tablePage({ start, count, sort = null, descending = false }) {
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

function story(stops) {
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

const empty = {
  seq: 0,
  session: null,
  phase: { name: 'starting' },
  people: {},
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
const stops = () => {
  const events = story(3);
  const found = events.filter(({ event }) => event.type === 'stopped');
  return found.map(({ seq, at, event }, i) => ({
    stop: event.stop,
    seq,
    at,
    reason: event.reason,
    function: 'handle_motion',
    path: PATH,
    line: i === 0 ? 28 : 28 + i,
    last_seq: i + 1 < found.length ? found[i + 1].seq - 2 : events.length,
  }));
};
const error = (status, code, message) => ({ status, body: { error: { code, message } } });
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const CSP =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self' ws: wss:";
let signedIn = process.env.SIGNED_OUT === undefined;

function answer(method, path, query, body) {
  const my = { participant: me, session: null, expires_at: now + 3_600_000 };
  if (path === '/api/server')
    return {
      body: {
        name: 'breakroom',
        version: '0.1.0',
        protocol: 1,
        home_assistant: process.env.NO_HA
          ? null
          : { url: 'http://homeassistant.local:8123', reachable: process.env.HA_DOWN ? false : true },
      },
    };
  if (path === '/api/auth/token')
    return error(
      401,
      'token_refused',
      'Home Assistant refused this token. Create a new one in your profile and paste it whole.',
    );
  if (path === '/api/auth/invite') {
    if (body.secret === 'expired')
      return error(410, 'invite_expired', 'The invite expired yesterday. Ask the host for a new one.');
    signedIn = true;
    return { body: { ...my, session: ID } };
  }
  if (!signedIn) return error(401, 'ticket_missing', 'Sign in first.');
  if (path === '/api/me') return { body: my };
  if (path === '/api/targets')
    return {
      body: [
        { ...target, debugger: 'attached', how_to_start: '', live_session: ID },
        {
          ...target,
          name: 'home-assistant',
          address: '127.0.0.1:5679',
          debugger: 'inactive',
          how_to_start:
            'Call the action `debugpy.start` in Home Assistant (Developer tools, Actions), then try again.',
          live_session: null,
        },
      ],
    };
  if (path === '/api/sessions' && method === 'POST')
    return error(
      409,
      'debugger_not_active',
      'Nothing listens at 127.0.0.1:5679. Call the action debugpy.start in Home Assistant (Developer tools, Actions), then try again.',
    );
  if (path === '/api/sessions') return { body: [row(ID, false), row(OLD, true)] };
  if (path.endsWith('/stops')) return { body: stops() };
  if (path.endsWith('/moment'))
    return { body: { snapshot: empty, events: story(3).slice(0, Number(query.get('at'))) } };
  if (path.endsWith('/invites') && method === 'GET')
    return {
      body: [
        {
          id: ana.id,
          session: ID,
          role: 'collaborator',
          notes: true,
          expires_at: now + 7_200_000,
          uses: 3,
          used: 1,
          revoked: false,
        },
      ],
    };
  if (path.endsWith('/invites'))
    return { body: { invite: {}, url: `http://127.0.0.1:${port}/join#invite=h7Jk2lmQ9` } };
  if (path.includes('/sources/')) return { text: SOURCE };
  const session = /^\/api\/sessions\/([^/]+)$/.exec(path);
  if (session)
    return [ID, OLD].includes(session[1])
      ? { body: row(session[1], session[1] === OLD) }
      : error(404, 'session_not_found', 'There is no such session, or it is not for you.');
  return error(404, 'not_found', 'No such thing.');
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://x');
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  if (url.pathname.startsWith('/api/')) {
    const {
      status = 200,
      body,
      text,
    } = answer(
      request.method,
      url.pathname,
      url.searchParams,
      chunks.length ? JSON.parse(Buffer.concat(chunks)) : {},
    );
    response.writeHead(status, { 'content-type': text ? 'text/plain; charset=utf-8' : 'application/json' });
    return response.end(text ?? JSON.stringify(body));
  }
  const file = extname(url.pathname) ? url.pathname : '/index.html';
  try {
    const data = await readFile(join(dist, file));
    response.writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'content-security-policy': CSP,
    });
    response.end(data);
  } catch {
    response.writeHead(404).end();
  }
});

const sockets = new WebSocketServer({ noServer: true });
server.on('upgrade', (request, socket, head) => {
  if (!request.url.includes('/live')) return socket.destroy();
  sockets.handleUpgrade(request, socket, head, (ws) => {
    let events = story(1);
    const say = (message) => ws.send(JSON.stringify(message));
    const tell = (...list) => {
      for (const event of list) {
        const envelope = { seq: events.length + 1, at: Date.now(), by: me.id, event };
        events = [...events, envelope];
        say({ type: 'event', ...envelope });
      }
    };
    say({
      type: 'welcome',
      protocol: 1,
      you: { participant: me, session: null, expires_at: now + 3_600_000 },
      snapshot: empty,
      seq: 0,
    });
    for (const envelope of events) say({ type: 'event', ...envelope });
    let stop = 1;
    ws.on('message', (data) => {
      const { id, command, ...rest } = JSON.parse(data);
      if (command === 'next') {
        say({ type: 'reply', id });
        tell({ type: 'resumed', stop, how: 'next' });
        stop += 1;
        tell(...stopEvents(stop, 27 + (stop % 4), 'handle_motion'));
      } else if (command === 'continue') {
        say({ type: 'reply', id });
        tell({ type: 'resumed', stop, how: 'continue' });
      } else if (command === 'activity') {
        tell({ type: 'activity', stop, ...ACTIVITY });
        say({ type: 'reply', id });
      } else if (command === 'page') {
        const { variables, start, count } = rest;
        const total = 1_000_000;
        const items = Array.from({ length: Math.min(count, total - start) }, (_, i) =>
          variable(`[${start + i}]`, String((start + i) ** 2), 'int'),
        );
        tell({ type: 'page', stop, variables, start, total, items });
        say({ type: 'reply', id });
      } else if (command === 'table') {
        tell({ type: 'table', stop, variables: rest.variables, table: tablePage(rest) });
        say({ type: 'reply', id });
      } else if (command === 'text') {
        const { variables, name, start, count } = rest;
        const total = 100_000;
        const line = 'lorem ipsum dolor sit amet, consectetur\n';
        const text = line.repeat(3_000).slice(start, Math.min(start + count, total));
        tell({ type: 'text', stop, variables, name, start, total, text });
        say({ type: 'reply', id });
      } else if (command === 'complete') {
        const items = ['history', 'name', 'on', 'switch'].map((label) => ({
          label,
          text: null,
          kind: label === 'switch' ? 'method' : 'property',
          start: rest.column,
          length: 0,
        }));
        say({ type: 'reply', id, result: { kind: 'completions', items } });
      } else if (command === 'step_in_targets') {
        const items = [
          { id: 1, label: 'light.switch(True)' },
          { id: 2, label: 'remaining(event["at"], 5)' },
        ];
        say({ type: 'reply', id, result: { kind: 'step_in_targets', items } });
      } else if (command === 'propose') {
        tell({ type: 'proposal_made', proposal: { id: 100 + id, by: me.id, action: rest.action } });
        say({ type: 'reply', id });
      } else if (/^proposal_/.test(command)) {
        const how = { run: 'run', decline: 'declined', withdraw: 'withdrawn' }[command.slice(9)];
        tell({ type: 'proposal_ended', proposal: rest.proposal, how, message: null, outcome: null });
        say({ type: 'reply', id });
      } else if (command === 'watch_add') {
        tell({ type: 'watch_set', watch: { id, expression: rest.expression, author: me.id } });
        say({ type: 'reply', id });
      } else if (command === 'watch_remove') {
        tell({ type: 'watch_removed', watch: rest.watch });
        say({ type: 'reply', id });
      } else if (command === 'mute_all') {
        tell({ type: 'muted', all: rest.muted, participants: [] });
        say({ type: 'reply', id });
      } else if (command === 'rearm') {
        tell({ type: 'breakpoint_rearmed', id: rest.entry });
        say({ type: 'reply', id });
      } else if (command === 'set_variable') {
        const message = "NameError: name 'nowhere' is not defined";
        say({ type: 'reply', id, error: { code: 'debuggee_error', message } });
      } else if (command === 'variables') {
        tell({
          type: 'variables',
          stop,
          variables: rest.variables,
          truncated: rest.variables === 7,
          items: Array.from({ length: rest.variables === 7 ? 100 : 300 }, (_, i) =>
            variable(`[${i}]`, String(i * i), 'int'),
          ),
        });
        say({ type: 'reply', id });
      } else if (command === 'source')
        say({
          type: 'reply',
          id,
          error: { code: 'path_not_of_program', message: 'This file is no part of the program.' },
        });
      else if (command === 'wheel_grant') {
        tell({ type: 'wheel', driver: rest.to, reason: 'granted' });
        say({ type: 'reply', id });
      } else if (command === 'wheel_take') {
        tell({ type: 'wheel', driver: me.id, reason: 'taken' });
        say({ type: 'reply', id });
      } else if (command === 'chat') {
        tell({ type: 'chat', text: rest.text });
        say({ type: 'reply', id });
      } else say({ type: 'reply', id });
    });
  });
});
server.listen(port, '127.0.0.1', () =>
  console.log(`http://127.0.0.1:${port}/s/${ID}\nhttp://127.0.0.1:${port}/r/${OLD}`),
);
