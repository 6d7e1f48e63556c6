import { describe, expect, it } from 'vitest';
import { ariaKeys, canonical, isText, shown, spellings, type KeyLike } from './keys';

const press = (key: string, code = '', held: Partial<KeyLike> = {}): KeyLike => ({
  key,
  code,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  isComposing: false,
  ...held,
});
const CTRL = { ctrlKey: true };
const ALT = { altKey: true };
const SHIFT = { shiftKey: true };
const CMD = { metaKey: true };
const ALT_GR = { ...CTRL, ...ALT, getModifierState: (name: string) => name === 'AltGraph' };

describe('a key press', () => {
  it.each([
    ['F11', press('F11', 'F11'), ['F11']],
    ['with Shift', press('F11', 'F11', SHIFT), ['Shift+F11']],
    ['a letter', press('P', 'KeyP', { ...CTRL, ...SHIFT }), ['Ctrl+Shift+P']],
    ['caps lock', press('P', 'KeyP', CTRL), ['Ctrl+P']],
    ['Dvorak: where P is printed', press('p', 'KeyR', CTRL), ['Ctrl+P']],
    ['Russian', press('з', 'KeyP', CTRL), ['Ctrl+P']],
    ['Greek, with Shift', press('Π', 'KeyP', { ...CTRL, ...SHIFT }), ['Ctrl+Shift+P']],
    ['Arabic digits', press('١', 'Digit1', ALT), ['Alt+1']],
    ['French digits', press('&', 'Digit1', ALT), ['Alt+1', 'Alt+&']],
    ['French digits, with Shift', press('1', 'Digit1', { ...ALT, ...SHIFT }), ['Alt+Shift+1']],
    ['a sign', press('?', 'Slash', SHIFT), ['?']],
    ['a sign elsewhere', press('?', 'Minus', SHIFT), ['?']],
    ['the Russian question mark', press('?', 'Digit7', SHIFT), ['?']],
    ['a sign with Ctrl', press(';', 'Semicolon', CTRL), ['Ctrl+;']],
    [
      'a sign with Ctrl and Shift',
      press(':', 'Semicolon', { ...CTRL, ...SHIFT }),
      ['Ctrl+Shift+;', 'Ctrl+:'],
    ],
    ['the same in Germany', press(':', 'Period', { ...CTRL, ...SHIFT }), ['Ctrl+:']],
    ['ö, where ; is elsewhere', press('ö', 'Semicolon', CTRL), ['Ctrl+;']],
    ['a dead key', press('Dead', 'BracketLeft', CTRL), ['Ctrl+[']],
    ['plus', press('+', 'NumpadAdd', CTRL), ['Ctrl+Plus']],
    ['space', press(' ', 'Space', CTRL), ['Ctrl+Space']],
    ['AltGr writes', press('[', 'Digit8', ALT_GR), ['[']],
    ['AltGr with what no command has', press('µ', 'KeyM', ALT_GR), []],
    ['AltGr with what writes nothing', press('F5', 'F5', ALT_GR), []],
    ['Ctrl and Alt, really', press('b', 'KeyB', { ...CTRL, ...ALT }), ['Ctrl+Alt+B']],
    ['a lone modifier', press('Shift', 'ShiftLeft', SHIFT), []],
    ['an input method at work', press('F10', 'F10', { isComposing: true }), []],
    ['Safari, when one ends', press('Enter', 'Enter', { keyCode: 229 }), []],
    ['an input method that has the key', press('Process', 'KeyA'), []],
    ['a volume key', press('AudioVolumeUp', 'AudioVolumeUp'), []],
  ] as const)('%s', (_, event, expected) => expect(spellings(event, false)).toEqual(expected));

  it.each([
    ['Cmd', press('p', 'KeyP', CMD), ['Cmd+P']],
    ['Ctrl is another key', press('p', 'KeyP', CTRL), ['Ctrl+P']],
    ['Option with a digit', press('¡', 'Digit1', ALT), ['Alt+1']],
    ['Option with a letter', press('å', 'KeyA', ALT), ['Alt+A']],
    ['Option as a dead key', press('Dead', 'KeyE', ALT), ['Alt+E']],
    ['Option and Shift', press('Ó', 'KeyH', { ...ALT, ...SHIFT }), ['Alt+Shift+H']],
    ['Option as Firefox says it', press('¡', 'Digit1', { ...ALT, getModifierState: () => true }), ['Alt+1']],
    ['Option and Cmd', press('®', 'KeyR', { ...ALT, ...CMD }), ['Alt+Cmd+R']],
    ['Option with a function key', press('F9', 'F9', ALT), ['Alt+F9']],
  ] as const)('on a Mac: %s', (_, event, expected) => expect(spellings(event, true)).toEqual(expected));
});

describe('a combination', () => {
  it('has one spelling', () => {
    expect(canonical('Shift+Mod+p', false)).toBe('Ctrl+Shift+P');
    expect(canonical('Mod+Shift+P', true)).toBe('Shift+Cmd+P');
    expect(canonical('Mod+Ctrl+P', false), 'the same twice').toBeNull();
    for (const wrong of ['', '+', 'Ctrl+', 'Ctrl', 'Hyper+P', 'F25', 'Ctrl+Enterr', 'a b'])
      expect(canonical(wrong, false), wrong).toBeNull();
  });

  it('is shown as each system shows it', () => {
    expect(shown('Mod+Shift+P', false)).toBe('Ctrl+Shift+P');
    expect(shown('Mod+Shift+P', true)).toBe('⇧⌘P');
    expect(shown('Ctrl+Alt+B', true)).toBe('⌃⌥B');
    expect(shown('Alt+ArrowUp', false)).toBe('Alt+↑');
  });

  it('knows what could be typed', () => {
    expect(isText('?')).toBe(true);
    expect(isText('Shift+A')).toBe(true);
    expect(isText('F10')).toBe(false);
    expect(isText('Alt+1', false)).toBe(false);
    expect(isText('Alt+1', true), 'writes ¡').toBe(true);
    expect(isText('Mod+P', true)).toBe(false);
    expect(isText('Ctrl+ArrowLeft'), 'moves by a word').toBe(true);
  });

  it('is said the way ARIA wants', () => {
    expect(ariaKeys(['Mod+Shift+P', 'F1'], false)).toBe('Control+Shift+P F1');
    expect(ariaKeys(['Mod+Shift+P', 'Ctrl+;'], true)).toBe('Shift+Meta+P Control+;');
  });
});
