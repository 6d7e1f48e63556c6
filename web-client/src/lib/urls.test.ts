import { expect, it } from 'vitest';
import { worked } from './testing';
import { linked, urls } from './urls';

const found = (text: string): string[] => linked(text).filter((_, i) => i % 2 === 1);

it.each([
  ['see https://example.org/a?b=c#d now', ['https://example.org/a?b=c#d']],
  ['http://a.b, https://c.d.', ['http://a.b', 'https://c.d']],
  ['HTTPS://EXAMPLE.ORG', ['HTTPS://EXAMPLE.ORG']],
  ['Running on http://127.0.0.1:8000/ (Press CTRL+C to quit)', ['http://127.0.0.1:8000/']],
  ['(see http://a.b/c)', ['http://a.b/c']],
  ['http://a.b/Lamp_(light)', ['http://a.b/Lamp_(light)']],
  ['(http://a.b/Lamp_(light)).', ['http://a.b/Lamp_(light)']],
  ['[docs](https://a.b/x)', ['https://a.b/x']],
  ['http://[::1]:8000/x', ['http://[::1]:8000/x']],
  ['<http://a.b>, "http://c.d" and \'http://e.f\'', ['http://a.b', 'http://c.d', 'http://e.f']],
  ['git+https://a.b/c.git', ['https://a.b/c.git']],
  ['https://bücher.example/ä!?', ['https://bücher.example/ä']],
  // Not of the web, or no address.
  ['javascript:alert(1) data:text/html,x file:///etc/passwd ftp://a.b mailto:a@b.c', []],
  ['javascript:alert(1)//://x', []],
  ['http:// https://. http://) xhttp://a.b', []],
  // What turns the text around, or is not seen, ends it.
  ['https://a.b/\u202egro.elpmaxe', ['https://a.b/']],
  ['https://a.b/\u200bx', ['https://a.b/']],
  // Somebody's name is no host, and what looks like a slash or an s is none.
  ['https://bank.example@evil.example/x http://ann:secret@a.b', []],
  ['https://bank.example\u2215login@evil.example/x', []],
  ['https://bank.example\u2215login.evil.example/x', ['https://bank.example']],
  ['http\u017f://x/../../y', []],
  ['{"url":"https://a.b","mail":"x@y.z"} <https://c.d>,<ann@b.c>', ['https://a.b', 'https://c.d']],
  ['https://a.b/@ann?to=ben@c.d', ['https://a.b/@ann?to=ben@c.d']],
] as [string, string[]][])('%j links %j', (text, expected) => {
  expect(found(text)).toEqual(expected);
  expect(linked(text).join('')).toBe(text);
});

it.each([
  'http://a.b/' + ')'.repeat(100_000),
  'http://'.repeat(14_000),
  'http://a' + '.'.repeat(100_000),
  '://'.repeat(33_000),
  'http://a.b '.repeat(9_000),
  'http://a:'.repeat(11_000),
])('costs in proportion to its length (%#)', (text) => {
  // In proportion to the square it would be minutes.
  expect(worked(() => urls(text))).toBeLessThan(500);
});
