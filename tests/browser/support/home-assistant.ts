/**
 * A real Home Assistant on loopback, onboarded: an owner, and Bob, who is no administrator. With the custom integration
 * in its configuration folder. Spoken to the way a person's browser would.
 */
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import WebSocket from 'ws';
import { freePort } from './port';
import { Process, ROOT, until } from './process';

export const PASSWORD = 'correct horse battery';
const START_MS = 60_000;
const ANSWER_MS = 20_000;

type Json = Record<string, unknown>;

export class HomeAssistant {
  ownerToken = '';
  bobToken = '';

  private constructor(
    readonly process: Process,
    readonly url: string,
  ) {}

  static async start(folder: string, onStart: (process: Process) => void): Promise<HomeAssistant> {
    const port = await freePort();
    const configuration = {
      homeassistant: { name: 'Home', latitude: 0, longitude: 0, elevation: 0, unit_system: 'metric', time_zone: 'UTC' },
      http: { server_host: '127.0.0.1', server_port: port },
      api: {},
      config: {},
      frontend: {},
      logger: { default: 'warning' },
    };
    // JSON is YAML.
    writeFileSync(join(folder, 'configuration.yaml'), JSON.stringify(configuration));
    const integration = join(ROOT, 'home-assistant/custom_components/breakroom');
    cpSync(integration, join(folder, 'custom_components/breakroom'), { recursive: true });
    const hass = join(ROOT, 'target/venvs/home-assistant/bin/hass');
    const process = new Process('Home Assistant', hass, ['--config', folder, '--skip-pip']);
    onStart(process);
    const house = new HomeAssistant(process, `http://127.0.0.1:${port}`);
    await until(
      'Home Assistant answers',
      async () => {
        if (!process.isRunning) throw new Error(process.log());
        return (await fetch(`${house.url}/manifest.json`)).ok || null;
      },
      START_MS,
    );
    await house.#onboard();
    await until(
      'Home Assistant runs',
      async () => ((await house.call({ type: 'get_config' })) as Json)['state'] === 'RUNNING' || null,
      START_MS,
    );
    return house;
  }

  /** One WebSocket command; gives its result. */
  async call(command: Json, token = this.ownerToken): Promise<unknown> {
    const socket = new WebSocket(`${this.url.replace('http', 'ws')}/api/websocket`);
    const answers: Json[] = [];
    try {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no answer to ${JSON.stringify(command)}`)), ANSWER_MS);
        socket.on('error', reject);
        socket.on('close', () => reject(new Error('Home Assistant closed the connection')));
        socket.on('message', (data) => {
          const message = JSON.parse(String(data)) as Json;
          if (message['type'] === 'auth_required') socket.send(JSON.stringify({ type: 'auth', access_token: token }));
          else if (message['type'] === 'auth_ok') socket.send(JSON.stringify({ ...command, id: 1 }));
          else {
            answers.push(message);
            clearTimeout(timer);
            resolve();
          }
        });
      });
    } finally {
      socket.close();
    }
    const [answer] = answers;
    if (answer?.['success'] !== true) throw new Error(`${JSON.stringify(command)}: ${JSON.stringify(answer)}`);
    return answer['result'];
  }

  /** Sets the integration up for a target of a Breakroom, as its dialogs do; gives the config entry's id. */
  async setUpBreakroom(url: string, target: string): Promise<string> {
    const path = '/api/config/config_entries/flow';
    const first = await this.#post(path, { handler: 'breakroom', show_advanced_options: false }, this.ownerToken);
    const flow = `${path}/${String(first['flow_id'])}`;
    const second = await this.#post(flow, { url }, this.ownerToken);
    if (second['step_id'] !== 'target') throw new Error(`the server was refused: ${JSON.stringify(second)}`);
    const done = await this.#post(flow, { target, this_home_assistant: false }, this.ownerToken);
    if (done['type'] !== 'create_entry') throw new Error(JSON.stringify(done));
    return (done['result'] as { entry_id: string }).entry_id;
  }

  async #onboard(): Promise<void> {
    const client = { client_id: `${this.url}/` };
    const owner = { ...client, name: 'Owner', username: 'owner', password: PASSWORD, language: 'en' };
    const made = await this.#post('/api/onboarding/users', owner);
    const access = await this.#redeem(String(made['auth_code']));
    for (const [step, body] of [
      ['core_config', {}],
      ['analytics', {}],
      ['integration', { ...client, redirect_uri: client.client_id }],
    ] as const) {
      // Without internet `core_config` answers 500, and is done all the same.
      await this.#send(`/api/onboarding/${step}`, body, access);
    }
    this.ownerToken = await this.#longLived(access);
    const user = (await this.call({ type: 'config/auth/create', name: 'Bob', group_ids: ['system-users'] })) as { user: Json };
    const login = { user_id: user.user['id'], username: 'bob', password: PASSWORD };
    await this.call({ type: 'config/auth_provider/homeassistant/create', ...login });
    const flow = await this.#post('/auth/login_flow', { ...client, handler: ['homeassistant', null], redirect_uri: client.client_id });
    const signedIn = await this.#post(`/auth/login_flow/${String(flow['flow_id'])}`, { ...client, username: 'bob', password: PASSWORD });
    this.bobToken = await this.#longLived(await this.#redeem(String(signedIn['result'])));
  }

  async #longLived(token: string): Promise<string> {
    return String(await this.call({ type: 'auth/long_lived_access_token', client_name: 'Breakroom', lifespan: 1 }, token));
  }

  async #redeem(code: string): Promise<string> {
    const form = new URLSearchParams({ grant_type: 'authorization_code', code, client_id: `${this.url}/` });
    const answer = await fetch(`${this.url}/auth/token`, { method: 'POST', body: form });
    return ((await answer.json()) as { access_token: string }).access_token;
  }

  async #post(path: string, body: Json, token?: string): Promise<Json> {
    const answer = await this.#send(path, body, token);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as Json;
  }

  #send(path: string, body: Json, token?: string): Promise<Response> {
    return fetch(this.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  }
}
