import { describe, expect, it } from 'vitest';
import { claimOf, keptKeys } from './browser-keys';
import { COMMANDS, command, commandsFor } from './commands';
import { canonical } from './keys';
import { DEFAULT, give, keymap, parse, presetHint, reset, serialize, take, type KeySettings } from './keymap';
import { PRESETS, type PresetName } from './presets';

const of = (preset: PresetName, own: KeySettings['own'] = {}): KeySettings => ({ preset, own });
const keys = (settings: KeySettings, id: string, mac = false): readonly string[] =>
  keymap(settings, mac).get(id)!;
const SYSTEMS = [
  { mac: false, firefox: false },
  { mac: false, firefox: true },
  { mac: true, firefox: false },
  { mac: true, firefox: true },
];
const EVERY = PRESETS.flatMap(({ name }) => SYSTEMS.map((platform) => ({ name, ...platform })));

describe('presets', () => {
  it.each(EVERY)('$name, Mac: $mac, Firefox: $firefox: complete, and to be had', ({ name, ...platform }) => {
    const map = keymap(of(name), platform.mac);
    for (const one of COMMANDS) {
      const has = map.get(one.id)!;
      if (one.keys.length > 0) {
        const usable = has.filter((key) => ['free', 'taken'].includes(claimOf(key, platform).name));
        expect(usable, `${one.id} has ${has.join(', ')}`).not.toEqual([]);
      }
    }
    for (const mode of ['live', 'recording'] as const) {
      const all = commandsFor(mode).flatMap(({ id }) => map.get(id)!);
      expect(new Set(all).size).toBe(all.length);
    }
  });

  it('name commands that exist, and keys that can be read', () => {
    for (const one of PRESETS)
      for (const [id, has] of Object.entries(one.keys)) {
        const lists = 'mac' in has ? [has.mac, has.others] : [has];
        expect(command(id).id).toBe(id);
        for (const key of lists.flat()) expect(canonical(key, true), key).not.toBeNull();
      }
  });

  it('are what people bring along', () => {
    expect(keys(of('vscode'), 'continue')).toEqual(['F5', 'F8', 'Ctrl+\\']);
    expect(keys(of('jetbrains'), 'next')[0]).toBe('F8');
    expect(keys(of('jetbrains'), 'continue')[0]).toBe('F9');
    expect(keys(of('jetbrains'), 'breakpoint_toggle', true)[0]).toBe('Cmd+F8');
    expect(keys(of('chrome'), 'continue', true)).toEqual(['F8', 'Cmd+\\']);
    expect(keys(of('chrome'), 'breakpoint_toggle')).toEqual(['Ctrl+B']);
  });

  it('say what one would try first', () => {
    expect(presetHint('jetbrains', false)).toBe('F9 continues, F8 steps over, F7 into, Shift+F8 out');
    expect(presetHint('chrome', true)).toBe('F8 continues, F10 steps over, F11 into, ⇧F11 out');
  });

  it('take keys from the table', () => {
    expect(keys(of('vscode'), 'breakpoint_toggle')).toContain('F9');
    expect(keys(of('jetbrains'), 'breakpoint_toggle')).not.toContain('F9');
  });
});

describe('own keys', () => {
  const next = command('next');
  const resume = command('continue');

  it('replace one, or are further ones', () => {
    const { settings } = give(DEFAULT, next, 'Ctrl+J', 'F10', false);
    expect(keys(settings, 'next')).toEqual(['Ctrl+J', "Ctrl+'"]);
    expect(keys(give(settings, next, 'Alt+J', null, false).settings, 'next')).toEqual([
      'Ctrl+J',
      "Ctrl+'",
      'Alt+J',
    ]);
  });

  it('are taken from who had them, and that is said', () => {
    const { settings, notes } = give(DEFAULT, next, 'F5', 'F10', false);
    expect(notes).toEqual(['F5 is taken from “Continue”, which now has F8 and Ctrl+\\.']);
    expect(keys(settings, 'continue')).toEqual(['F8', 'Ctrl+\\']);
    expect(keys(settings, 'next')).toEqual(['F5', "Ctrl+'"]);
    expect(give(DEFAULT, next, 'Shift+F5', null, false).notes).toEqual([
      'Shift+F5 is taken from “End”, which has no key now.',
    ]);
  });

  it('are left to commands of another mode', () => {
    const { settings, notes } = give(DEFAULT, command('stop_next'), 'F5', null, false);
    expect(notes).toEqual([]);
    expect(keys(settings, 'continue')).toContain('F5');
    expect(keys(settings, 'stop_next')).toEqual(['F10', ']', 'F5']);
    // One that exists in both takes it from both.
    const both = give(settings, command('help'), 'F5', null, false);
    expect(both.notes).toHaveLength(2);
  });

  it('are further ones, too, where the one to replace has gone', () =>
    expect(keys(give(DEFAULT, next, 'Ctrl+J', 'F2', false).settings, 'next')).toEqual([
      'F10',
      "Ctrl+'",
      'Ctrl+J',
    ]));

  it('move a key that the command has already', () => {
    expect(keys(give(DEFAULT, next, "Ctrl+'", 'F10', false).settings, 'next')).toEqual(["Ctrl+'"]);
  });

  it('may be none', () => {
    const one = take(DEFAULT, next, 'F10', false).settings;
    expect(keys(one, 'next')).toEqual(["Ctrl+'"]);
    expect(keys(take(one, next, "Ctrl+'", false).settings, 'next')).toEqual([]);
  });

  it('hold through a change of the preset', () => {
    const { settings } = give(DEFAULT, next, 'F9', 'F10', false);
    const jetbrains = { ...settings, preset: 'jetbrains' as const };
    expect(keys(jetbrains, 'next')).toEqual(['F9', "Ctrl+'"]);
    expect(keys(jetbrains, 'continue')).toEqual(['Ctrl+\\']);
  });

  it('go back, but not at the cost of what others were given', () => {
    const given = give(DEFAULT, next, 'F5', 'F10', false).settings;
    const { settings, notes } = reset(given, resume, false);
    expect(keys(settings, 'continue')).toEqual(['F8', 'Ctrl+\\']);
    expect(notes).toEqual(['F5 stays with “Step over”.']);
    const back = reset(reset(given, next, false).settings, resume, false);
    expect(back).toEqual({ settings: DEFAULT, notes: [] });
  });
});

describe('what is kept', () => {
  it('comes back', () => {
    const { settings } = give(of('chrome'), command('next'), 'Ctrl+J', 'F10', false);
    expect(parse(serialize(settings), false)).toEqual({ settings, broken: false });
    expect(parse(null)).toEqual({ settings: DEFAULT, broken: false });
  });

  it.each(['', 'nonsense', '[]', 'null', '7', '{}', '{"preset":"emacs","own":[]}'])(
    'is %j: ignored',
    (text) => expect(parse(text)).toEqual({ settings: DEFAULT, broken: true }),
  );

  it('is read as far as it can be', () => {
    const own = {
      next: ['F7', 'Hyper+X', 9],
      step_in: 'F8',
      step_out: ['Nope'],
      of_a_later_version: ['F2'],
      end: [],
    };
    expect(parse(JSON.stringify({ preset: 'jetbrains', own }), false)).toEqual({
      settings: of('jetbrains', { next: ['F7'], of_a_later_version: ['F2'], end: [] }),
      broken: true,
    });
  });

  it('gives a combination to one command, even if it names two', () => {
    const settings = of('vscode', { step_in: ['F7'], next: ['F7', 'Mod+F7', 'Ctrl+F7'] });
    expect(keys(settings, 'next')).toEqual(['F7', 'Ctrl+F7']);
    expect(keys(settings, 'step_in')).toEqual([]);
  });

  it('is not led astray by names of objects', () => {
    const { settings } = parse('{"preset":"vscode","own":{"__proto__":["F7"],"constructor":["F8"]}}');
    expect(keymap(settings, false).size).toBe(COMMANDS.length);
  });
});

describe('whose a combination is', () => {
  const [others, firefox, mac] = SYSTEMS as [(typeof SYSTEMS)[0], (typeof SYSTEMS)[0], (typeof SYSTEMS)[0]];
  it.each([
    ['Ctrl+T', others, 'kept'],
    ['Cmd+T', mac, 'kept'],
    ['Ctrl+T', mac, 'free'],
    ['Cmd+P', others, 'kept'],
    ['Alt+F4', others, 'kept'],
    ['Ctrl+Shift+P', firefox, 'kept'],
    ['Ctrl+Shift+P', others, 'free'],
    ['Ctrl+Q', firefox, 'kept'],
    ['Ctrl+Q', others, 'free'],
    ['F5', others, 'taken'],
    ['F11', others, 'taken'],
    ['F11', mac, 'kept'],
    ['Ctrl+L', others, 'taken'],
    ['Shift+Enter', others, 'needed'],
    ['Ctrl+Enter', others, 'free'],
    ['Ctrl+C', others, 'needed'],
    ['ArrowUp', others, 'needed'],
    ['Alt+Shift+K', others, 'free'],
  ] as const)('%s %j: %s', (combination, platform, name) =>
    expect(claimOf(combination, platform).name).toBe(name),
  );

  it('lists what is kept', () => {
    for (const platform of SYSTEMS)
      for (const key of keptKeys(platform)) expect(claimOf(key, platform).name, key).toBe('kept');
  });
});
