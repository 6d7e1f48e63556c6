import { describe, expect, it } from 'vitest';
import { dottedAt, isPlain, maybeTable, toHex, toNumber } from './python';

describe('what is only read', () => {
  it.each(['left', ' left ', 'rooms["porch"]', "rooms['a'][0][-1]", 'größe'])('%s', (text) =>
    expect(isPlain(text)).toBe(true),
  );
  it.each([
    'light.on',
    'f()',
    'a + b',
    'a[b]',
    'a[f"{x}"]',
    'True if a else b',
    'lambda',
    '1',
    '',
    'a; b',
    'a[0:1]',
  ])('%s runs code, or is no name', (text) => expect(isPlain(text)).toBe(false));
});

describe('a name under the mouse', () => {
  const LINE = '    if self.light.on and rooms[0].name:';
  it('goes up to the word that is pointed at', () => {
    expect(dottedAt(LINE, LINE.indexOf('self') + 1)?.parts).toEqual(['self']);
    expect(dottedAt(LINE, LINE.indexOf('light') + 2)?.parts).toEqual(['self', 'light']);
    expect(dottedAt(LINE, LINE.indexOf('on '))).toMatchObject({
      parts: ['self', 'light', 'on'],
      from: 7,
      to: 20,
    });
  });
  it('is none in a keyword, beside a subscript, or in empty space', () => {
    expect(dottedAt(LINE, LINE.indexOf('if'))).toBeNull();
    expect(dottedAt(LINE, LINE.indexOf('name'))).toBeNull();
    expect(dottedAt(LINE, 1)).toBeNull();
  });
});

describe('numbers', () => {
  it('are shown in hexadecimal if they are whole', () => {
    expect(toHex('255', 'int')).toBe('0xff');
    expect(toHex('-16', 'int')).toBe('-0x10');
    expect(toHex('340282366920938463463374607431768211456', 'int')).toBe(
      '0x100000000000000000000000000000000',
    );
    expect(toHex('True', 'bool')).toBeNull();
    expect(toHex('2.5', 'float')).toBeNull();
  });
  it('are read from what Python shows', () => {
    expect([toNumber('2.5', 'float'), toNumber('-3', 'int'), toNumber('1e-05', 'float')]).toEqual([
      2.5, -3, 1e-5,
    ]);
    expect(toNumber('True', 'bool')).toBe(1);
    for (const text of ["'3'", '[1]', '', '-', '.', 'nan', 'None'])
      expect(toNumber(text, 'x'), text).toBeNull();
  });
});

it('offers a table for what looks like rows', () => {
  expect(maybeTable('DataFrame', '')).toBe(true);
  expect(maybeTable('list', "[{'a': 1}, …]")).toBe(true);
  expect(maybeTable('list', '[1, 2]')).toBe(false);
  expect(maybeTable('dict', '{}')).toBe(false);
});
