/**
 * Which keys a command has: the person's own, else the preset's, else the table's.
 *
 * Invariant: in a mode a combination belongs to one command. What somebody gave by hand is theirs before a preset's,
 * and a preset's before the table's; the loser goes without that key.
 */
import { COMMANDS, type Command } from './commands';
import { canonical, MAC, shown } from './keys';
import { preset, PRESETS, type PresetName } from './presets';

export interface KeySettings {
  preset: PresetName;
  /** Per command, in place of the preset's; none at all is a choice, too. */
  own: Readonly<Record<string, readonly string[]>>;
}

export const DEFAULT: KeySettings = { preset: 'vscode', own: {} };

/** The keys of every command, by id; the first is the one to show. */
export type Keymap = ReadonlyMap<string, readonly string[]>;

/** What a command would have without the person's own. */
function givenKeys(command: Command, name: PresetName, mac: boolean): readonly string[] {
  const keys = preset(name).keys[command.id] ?? command.keys;
  return 'mac' in keys ? (mac ? keys.mac : keys.others) : keys;
}

const meets = (a: Command, b: Command): boolean => a.modes.some((mode) => b.modes.includes(mode));

const LAYERS = ['own', 'preset', 'table'] as const;

export function keymap(settings: KeySettings, mac = MAC): Keymap {
  const has = preset(settings.preset).keys;
  const layerOf = ({ id }: Command): (typeof LAYERS)[number] =>
    Object.hasOwn(settings.own, id) ? 'own' : Object.hasOwn(has, id) ? 'preset' : 'table';
  const found = new Map<string, string[]>();
  const held: { keys: string; by: Command }[] = [];
  for (const layer of LAYERS) {
    for (const command of COMMANDS) {
      if (layerOf(command) !== layer) continue;
      const wanted = settings.own[command.id] ?? givenKeys(command, settings.preset, mac);
      const keys = [...new Set(wanted.map((one) => canonical(one, mac)))].filter((one) => one !== null);
      const free = keys.filter((one) => !held.some(({ keys, by }) => keys === one && meets(by, command)));
      held.push(...free.map((keys) => ({ keys, by: command })));
      found.set(command.id, free);
    }
  }
  return found;
}

/** What one would try first of a preset, in a line. */
export function presetHint(name: PresetName, mac = MAC): string {
  const map = keymap({ preset: name, own: {} }, mac);
  const first = (id: string): string => shown(map.get(id)![0]!, mac);
  return `${first('continue')} continues, ${first('next')} steps over, ${first('step_in')} into, ${first('step_out')} out`;
}

/** Who has a combination where another command would want it. */
export function holders(map: Keymap, command: Command, combination: string): Command[] {
  return COMMANDS.filter(
    (other) => other !== command && meets(other, command) && map.get(other.id)?.includes(combination),
  );
}

/** Changed settings, and what that means for other commands, as sentences. */
export interface Change {
  settings: KeySettings;
  notes: string[];
}

/** Gives a command a combination, in place of `old` or as a further one. Who had it loses it. */
export function give(
  settings: KeySettings,
  command: Command,
  combination: string,
  old: string | null,
  mac = MAC,
): Change {
  const map = keymap(settings, mac);
  const before = map.get(command.id) ?? [];
  const others = before.filter((one) => one !== combination || one === old);
  // Another tab may have taken the old one meanwhile.
  const place = old === null ? -1 : others.indexOf(old);
  const at = place < 0 ? others.length : place;
  const keys = [...others.slice(0, at), combination, ...others.slice(at + 1)];
  const own: Record<string, readonly string[]> = { ...settings.own, [command.id]: keys };
  const notes = holders(map, command, combination).map((other) => {
    const left = (map.get(other.id) ?? []).filter((one) => one !== combination);
    own[other.id] = left;
    return `${shown(combination, mac)} is taken from ${named(other)}, which ${left.length > 0 ? `now has ${list(left, mac)}` : 'has no key now'}.`;
  });
  return { settings: { ...settings, own }, notes };
}

/** Takes a key from a command. */
export function take(settings: KeySettings, command: Command, combination: string, mac = MAC): Change {
  const keys = (keymap(settings, mac).get(command.id) ?? []).filter((one) => one !== combination);
  return { settings: { ...settings, own: { ...settings.own, [command.id]: keys } }, notes: [] };
}

/** Back to the preset's. What others were given of it meanwhile stays theirs, and that is said. */
export function reset(settings: KeySettings, command: Command, mac = MAC): Change {
  const own = Object.fromEntries(Object.entries(settings.own).filter(([id]) => id !== command.id));
  const after = { ...settings, own };
  const map = keymap(after, mac);
  const notes = givenKeys(command, settings.preset, mac)
    .map((one) => canonical(one, mac))
    .filter((one) => one !== null && !map.get(command.id)?.includes(one))
    .flatMap((one) =>
      holders(map, command, one!).map((other) => `${shown(one!, mac)} stays with ${named(other)}.`),
    );
  return { settings: after, notes };
}

/** A label within a sentence. */
const named = ({ label }: Command): string => `“${label.replace(/ …$/, '')}”`;
const list = (keys: readonly string[], mac: boolean): string =>
  keys.map((one) => shown(one, mac)).join(' and ');

/** As it is kept. */
export function serialize({ preset, own }: KeySettings): string {
  return JSON.stringify({ preset, own });
}

/** What was kept, as far as it can be read; `broken` if that is not all. Ids that aren't known here are kept: a later
 * version may know them. */
export function parse(text: string | null, mac = MAC): { settings: KeySettings; broken: boolean } {
  if (text === null) return { settings: DEFAULT, broken: false };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { settings: DEFAULT, broken: true };
  }
  if (!isRecord(value)) return { settings: DEFAULT, broken: true };
  const known = PRESETS.find(({ name }) => name === value.preset);
  let broken = !known;
  const own: [id: string, keys: string[]][] = [];
  if (isRecord(value.own)) {
    for (const [id, keys] of Object.entries(value.own)) {
      const read = Array.isArray(keys)
        ? keys.filter((one): one is string => typeof one === 'string' && canonical(one, mac) !== null)
        : null;
      broken ||= read === null || read.length < (keys as unknown[]).length;
      // A list of which nothing can be read isn't the wish to have none.
      if (read && (read.length > 0 || (keys as unknown[]).length === 0)) own.push([id, read]);
    }
  } else broken = true;
  return { settings: { preset: known?.name ?? DEFAULT.preset, own: Object.fromEntries(own) }, broken };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
