/** The real binary, as `serve` and as `share`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Process, ROOT } from './process';

/** Benchmarks name the release. */
const BINARY = process.env['BREAKROOM_BINARY'] ?? join(ROOT, 'target/debug/breakroom');

export interface Share {
  process: Process;
  url: string;
  hostUrl: string;
  inviteUrl: string;
  session: string;
}

export interface Serve {
  process: Process;
  url: string;
  /** Works once. */
  hostUrl: string | null;
}

export async function share(folder: string, address: string, more: readonly string[] = []): Promise<Share> {
  const args = ['share', address, '--json', '--data', join(folder, 'data'), ...more];
  const process = new Process('breakroom share', BINARY, args);
  const [line] = await process.line(/^\{.*"host_url".*\}$/);
  const links = JSON.parse(line) as { host_url: string; invite_url: string; session: string };
  return {
    process,
    url: new URL(links.host_url).origin,
    hostUrl: links.host_url,
    inviteUrl: links.invite_url,
    session: links.session,
  };
}

export interface ServeOptions {
  targets: readonly { name: string; address: string; howToStart?: string; restart?: readonly string[] }[];
  homeAssistant?: string;
  hostLink?: boolean;
  listen?: string;
  /** After so long an evaluation is interrupted; absent: as the server has it. */
  evaluationSeconds?: number;
}

export async function serve(folder: string, options: ServeOptions): Promise<Serve> {
  const { targets, homeAssistant, hostLink = false, listen = '127.0.0.1:0', evaluationSeconds } = options;
  const text = (value: string): string => JSON.stringify(value);
  const config = [
    `listen = ${text(listen)}`,
    `data = ${text(join(folder, 'data'))}`,
    // Everybody in the tests has one address.
    '[limits]\nattempts_per_minute = 100',
    ...(evaluationSeconds === undefined ? [] : [`evaluation_s = ${evaluationSeconds}`]),
    ...(homeAssistant ? [`[home_assistant]\nurl = ${text(homeAssistant)}`] : []),
    ...targets.flatMap(({ name, address, howToStart, restart }) => [
      `[[targets]]\nname = ${text(name)}\naddress = ${text(address)}`,
      ...(howToStart ? [`how_to_start = ${text(howToStart)}`] : []),
      ...(restart ? [`[targets.restart]\ncommand = ${JSON.stringify(restart)}`] : []),
    ]),
  ];
  const file = join(folder, 'breakroom.toml');
  writeFileSync(file, config.join('\n'));
  const process = new Process('breakroom serve', BINARY, ['serve', '--config', file, ...(hostLink ? ['--host-link'] : [])]);
  const [, url] = await process.line(/serves (http:\S+)/);
  const hostUrl = hostLink ? (await process.line(/Come in as host.* (http:\S+)/))[1]! : null;
  return { process, url: url!, hostUrl };
}
