/**
 * A scripted stand-in for the server, for looking at the pages while designing: `node dev/mock.mjs [PORT]`.
 * It serves `dist/`, answers the API with a small story, and syncs no docs. Never shipped, and no test leans on it.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import {
  ACTIVITY,
  ID,
  OLD,
  PATH,
  SOURCE,
  ana,
  empty,
  me,
  now,
  row,
  stopEvents,
  story,
  tablePage,
  target,
  variable,
} from './story.mjs';

const port = Number(process.argv[2] ?? 7799);
const dist = fileURLToPath(new URL('../dist', import.meta.url));
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
