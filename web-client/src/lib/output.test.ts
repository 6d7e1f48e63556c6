import { describe, expect, it } from 'vitest';
import { blocks, EVERYTHING, type Part } from './output';
import type { OutputCategory, OutputLine } from './protocol';

const line = (text: string, category: OutputCategory = 'stdout', process = 0): OutputLine => ({
  seq: 1,
  category,
  text,
  process,
});
const shown = (...lines: OutputLine[]): Part[] => blocks(lines).flatMap((block) => block.parts);
const words = (...lines: OutputLine[]): string =>
  shown(...lines)
    .flatMap((part) => part.spans.map((span) => span.text))
    .join('');

describe('what a program printed', () => {
  it('is gathered by stream and process', () => {
    const out = blocks([line('a'), line('\n'), line('b', 'stderr'), line('c', 'stderr', 1), line('d')]);
    expect(out.map(({ category, process, parts }) => [category, process, parts[0]?.spans[0]?.text])).toEqual([
      ['stdout', 0, 'a\n'],
      ['stderr', 0, 'b'],
      ['stderr', 1, 'c'],
      ['stdout', 0, 'd'],
    ]);
  });

  it('has its colours, which stay in their own stream until they are changed', () => {
    const [block, other, again] = blocks([
      line('plain \x1b[1;31mred'),
      line('not red', 'stderr'),
      line(' still\x1b[0m plain'),
    ]);
    expect(block?.parts[0]?.spans.map(({ text, classes }) => [text, classes])).toEqual([
      ['plain ', ''],
      ['red', 'ansi-bold ansi-fg-red'],
    ]);
    expect(other?.parts[0]?.spans).toEqual([{ text: 'not red', classes: '', style: '' }]);
    expect(again?.parts[0]?.spans.map(({ text, classes }) => [text, classes])).toEqual([
      [' still', 'ansi-bold ansi-fg-red'],
      [' plain', ''],
    ]);
  });

  it.each([
    ['\x1b[38;5;196mx', 'ansi-fg', '--ansi-fg:rgb(255 0 0)'],
    ['\x1b[38;5;244mx', 'ansi-fg', '--ansi-fg:rgb(128 128 128)'],
    ['\x1b[48;2;1;2;3mx', 'ansi-bg', '--ansi-bg:rgb(1 2 3)'],
    ['\x1b[38;5;9mx', 'ansi-fg-red', ''],
    ['\x1b[90mx', 'ansi-fg-gray', ''],
    ['\x1b[92mx', 'ansi-fg-green', ''],
    ['\x1b[7mx', 'ansi-reverse', ''],
    ['\x1b[7;31;42mx', 'ansi-fg-green ansi-bg-red', ''],
  ])('%j is %s %s', (text, classes, style) => {
    expect(shown(line(text))[0]?.spans).toEqual([{ text: 'x', classes, style }]);
  });

  it('is free of what only a terminal understands', () => {
    expect(words(line('\x1b]0;a title\x07a\x1b[2K\x1b[1Gb\x1b]8;;http://x\x1b\\c'))).toBe('abc');
    expect(words(line('10 %\r50 %\r100 %\r\nnext\r\n'))).toBe('100 %\nnext\n');
    expect(words(line('10 %\r'))).toBe('10 %\r');
  });

  it('links the places of a traceback, whatever colours they have', () => {
    const text = '  File \x1b[35m"/app/my porch.py"\x1b[0m, line \x1b[35m12\x1b[0m, in tick\n';
    expect(shown(line(text)).map(({ place, spans }) => [place, spans.map((span) => span.text)])).toEqual([
      [null, ['  ']],
      [{ path: '/app/my porch.py', line: 12 }, ['File ', '"/app/my porch.py"', ', line ', '12']],
      [null, [', in tick\n']],
    ]);
    expect(shown(line('File "C:\\porch.py", line 3'))[0]?.place).toEqual({ path: 'C:\\porch.py', line: 3 });
  });

  it('links nothing that is no file', () => {
    for (const text of ['File "<string>", line 1', 'File "porch.py", line 1', 'File "/a\nb", line 1'])
      expect(shown(line(text)).map((part) => part.place)).toEqual([null]);
  });

  it('is looked through by stream and by text, in its colours', () => {
    const lines = [
      line('\x1b[31mPorch on\nhall on\n'),
      line('porch?', 'stderr'),
      line('attached', 'console'),
    ];
    const found = (filter: Partial<typeof EVERYTHING>): string[] =>
      blocks(lines, { ...EVERYTHING, ...filter }).flatMap(({ parts }) =>
        parts.flatMap(({ spans }) => spans.map(({ text, classes }) => `${text}|${classes}`)),
      );
    expect(found({ text: ' porch ' })).toEqual(['Porch on\n|ansi-fg-red', 'porch?|']);
    expect(found({ text: 'hall' })).toEqual(['hall on\n|ansi-fg-red']);
    expect(found({ stream: 'stderr' })).toEqual(['porch?|']);
    expect(found({ stream: 'debugger' })).toEqual(['attached|']);
    expect(found({ stream: 'debugger', text: 'porch' })).toEqual([]);
  });
});
