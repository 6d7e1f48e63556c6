import { describe, expect, it } from 'vitest';
import { ariaKeys, isText, matches, shown, type KeyLike } from './keys';

const press = (key: string, held: Partial<KeyLike> = {}): KeyLike => ({
  key,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...held,
});

describe('keys', () => {
  it.each([
    ['F11', press('F11'), true],
    ['F11', press('F11', { shiftKey: true }), false],
    ['Shift+F11', press('F11', { shiftKey: true }), true],
    ['?', press('?', { shiftKey: true }), true],
    ['?', press('?'), true],
    ['[', press('[', { altKey: true }), false],
    ['Mod+Shift+P', press('P', { ctrlKey: true, shiftKey: true }), true],
    ['Mod+P', press('p', { ctrlKey: true, shiftKey: true }), false],
  ] as const)('%s', (combination, event, expected) =>
    expect(matches(combination, event, false)).toBe(expected),
  );

  it('takes Cmd for Mod on a Mac', () => {
    expect(matches('Mod+P', press('p', { metaKey: true }), true)).toBe(true);
    expect(matches('Mod+P', press('p', { ctrlKey: true }), true)).toBe(false);
    expect(shown('Mod+P', true)).toBe('⌘+P');
  });

  it('knows what could be typed', () => {
    expect(isText('?')).toBe(true);
    expect(isText('F10')).toBe(false);
    expect(isText('Alt+1')).toBe(false);
  });

  it('says keys the way ARIA wants', () =>
    expect(ariaKeys(['Mod+Shift+P', 'F1'], false)).toBe('Control+Shift+P F1'));
});
