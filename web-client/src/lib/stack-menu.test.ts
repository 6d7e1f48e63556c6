import { expect, it } from 'vitest';
import { stackText } from './stack-menu';

const porch = { function: 'tick', path: '/app/porch.py', line: 39 };
const main = { function: '<module>', path: '/app/porch.py', line: 85 };
const none = { function: 'made', path: null, line: 1 };

it('is as Python writes it, the innermost last, with the source that is known', () => {
  const lines: Record<number, string> = { 39: '        idle = now - self.last_motion', 85: '' };
  expect(stackText([porch, none, main], 0, (_, line) => lines[line] ?? null)).toBe(
    [
      'Stack (most recent call last):',
      '  File "/app/porch.py", line 85, in <module>',
      '  File "<unknown>", line 1, in made',
      '  File "/app/porch.py", line 39, in tick',
      '    idle = now - self.last_motion',
      '',
    ].join('\n'),
  );
});

it('says how many frames are missing', () => {
  expect(stackText([porch], 3, () => null)).toContain(
    '  [3 more outer frames]\n  File "/app/porch.py", line 39',
  );
});
