/**
 * Browsers of three engines, started for a test. Nothing is installed here: what is missing is said, with how to get it.
 *
 * WebKit is Debian's WebKitGTK in its own small browser: the engine of Safari, but not Safari, and not an iPhone's.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Process, until } from '../support/process';
import type { World } from '../support/world';
import { BiDi } from './bidi';
import { Classic } from './classic';
import type { Wire } from './wire';

export const ENGINES = ['chromium', 'firefox', 'webkit'] as const;
export type Engine = (typeof ENGINES)[number];

interface Part {
  /** Where it may be; the environment's comes first. */
  paths: string[];
  debian: string;
}

const at = (variable: string, ...paths: string[]): string[] => [process.env[variable], ...paths].filter((path) => path !== undefined);
const PARTS = {
  chromium: { paths: at('CHROMIUM', '/usr/bin/chromium'), debian: 'chromium' },
  chromedriver: { paths: at('CHROMEDRIVER', '/usr/bin/chromedriver'), debian: 'chromium-driver' },
  firefox: { paths: at('FIREFOX', '/usr/bin/firefox-esr', '/usr/bin/firefox'), debian: 'firefox-esr' },
  webkitDriver: { paths: at('WEBKIT_DRIVER', '/usr/bin/WebKitWebDriver'), debian: 'webkit2gtk-driver' },
  miniBrowser: {
    paths: at('MINI_BROWSER', ...['x86_64', 'aarch64'].map((cpu) => `/usr/lib/${cpu}-linux-gnu/webkit2gtk-4.1/MiniBrowser`)),
    debian: 'webkit2gtk-driver',
  },
  // MiniBrowser has no headless mode.
  screen: { paths: ['/usr/bin/Xvfb'], debian: 'xvfb' },
} satisfies Record<string, Part>;
type PartName = keyof typeof PARTS;

const NEEDS: Record<Engine, readonly PartName[]> = {
  chromium: ['chromium', 'chromedriver'],
  firefox: ['firefox', 'chromium'],
  webkit: ['webkitDriver', 'miniBrowser', 'screen', 'chromium'],
};

const find = (name: PartName): string | undefined => PARTS[name].paths.find((path) => existsSync(path));
const path = (name: PartName): string => find(name)!;

/** Why an engine can't be run here, and what to do; null if it can. The other people in a test have Chromium. */
export function missing(engine: Engine): string | null {
  const packages = [...new Set(NEEDS[engine].filter((name) => !find(name)).map((name) => PARTS[name].debian))];
  return packages.length === 0 ? null : `${engine} can't be run here. On Debian, as root: apt-get install ${packages.join(' ')}`;
}

export interface Looks {
  dark?: boolean;
  /** Fingers, no mouse. */
  touch?: boolean;
}

/** A browser of an engine, which ends with the test. */
export async function browser(world: World, engine: Engine, looks: Looks = {}): Promise<Wire> {
  const why = missing(engine);
  if (why) throw new Error(why);
  const wire = await START[engine](world, looks);
  world.atEnd(() => wire.end());
  // Chromium's emulated phone has its size already.
  if (!looks.touch) await wire.resize(1280, 800);
  else if (engine !== 'chromium') await wire.resize(390, 844);
  return wire;
}

const START: Record<Engine, (world: World, looks: Looks) => Promise<Wire>> = { chromium, firefox, webkit };

/** Starts a driver that listens at a port of its own. */
async function driver(world: World, name: string, command: string, env: Record<string, string> = {}): Promise<string> {
  const port = await freePort();
  world.owns(new Process(name, command, [`--port=${port}`], { env }));
  const url = `http://127.0.0.1:${port}`;
  await until(`${name} is ready`, async () => ((await fetch(`${url}/status`)).ok ? true : null));
  return url;
}

async function chromium(world: World, { dark, touch }: Looks): Promise<Wire> {
  const url = await driver(world, 'chromedriver', path('chromedriver'));
  const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--window-size=1280,800'];
  if (dark) args.push('--blink-settings=preferredColorScheme=0');
  const phone = { deviceMetrics: { width: 390, height: 844, pixelRatio: 1, touch: true, mobile: true } };
  const options = { binary: path('chromium'), args, ...(touch ? { mobileEmulation: phone } : {}) };
  return Classic.start(url, { browserName: 'chrome', 'goog:chromeOptions': options });
}

async function firefox(world: World, { dark, touch }: Looks): Promise<Wire> {
  const profile = world.folder();
  const prefs = {
    // Without a screen its window is never the active one.
    'focusmanager.testmode': true,
    'layout.css.prefers-color-scheme.content-override': dark ? 0 : 1,
    // Bits: coarse 1, fine 2, hovers 4.
    'ui.primaryPointerCapabilities': touch ? 1 : 6,
    'ui.allPointerCapabilities': touch ? 1 : 6,
    'dom.w3c_touch_events.enabled': touch ? 1 : 0,
    'intl.accept_languages': 'en-GB',
  };
  const lines = Object.entries(prefs).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`);
  writeFileSync(join(profile, 'user.js'), lines.join('\n'));
  const args = ['--headless', '--no-remote', '--remote-debugging-port=0', '--profile', profile];
  const child = new Process('Firefox', path('firefox'), args, { env: { HOME: profile } });
  world.owns(child);
  const [, url] = await child.line(/WebDriver BiDi listening on (ws:\S+)/);
  return BiDi.start(url!);
}

/** MiniBrowser's own bar would make its window wider than a phone. */
const SMALL = '* { min-width: 0; padding: 0; margin: 0 } headerbar, entry, button { font-size: 4px; -gtk-icon-size: 8px }';

/** Its driver makes no clicks of touches: a phone's page is used by a mouse there. */
async function webkit(world: World, { dark }: Looks): Promise<Wire> {
  const home = world.folder();
  mkdirSync(join(home, 'gtk-3.0'));
  writeFileSync(join(home, 'gtk-3.0/gtk.css'), SMALL);
  const screen = new Process('Xvfb', path('screen'), ['-displayfd', '1', '-screen', '0', '1600x1200x24', '-nolisten', 'tcp']);
  world.owns(screen);
  const [display] = await screen.line(/^\d+$/);
  const env = { DISPLAY: `:${display}`, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home, XDG_CACHE_HOME: home, LANG: 'en_GB.UTF-8' };
  const url = await driver(world, 'WebKitWebDriver', path('webkitDriver'), env);
  const args = ['--automation', '--enable-write-console-messages-to-stdout=true', ...(dark ? ['--dark-mode'] : [])];
  return Classic.start(url, { browserName: 'MiniBrowser', 'webkitgtk:browserOptions': { binary: path('miniBrowser'), args } });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
