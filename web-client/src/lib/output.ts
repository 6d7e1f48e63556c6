/**
 * What a program printed, as it is shown: in its colours, with the places that its tracebacks name.
 * In: what the snapshot keeps. Out: blocks of one stream each. Pure.
 */
import { createAnsiSequenceParser, type Color, type ParseToken } from 'ansi-sequence-parser';
import type { JournalSeq, OutputCategory, OutputLine, ProcessId } from './protocol';

/** A stretch of text that looks alike. */
export interface Span {
  text: string;
  /** Classes of the style sheet. */
  classes: string;
  /** Colours that have no class. */
  style: string;
}

export interface Part {
  /** Where this text points to. */
  place: { path: string; line: number } | null;
  spans: Span[];
}

export interface Block {
  seq: JournalSeq;
  category: OutputCategory;
  process: ProcessId;
  parts: Part[];
}

export const STREAMS = ['all', 'stdout', 'stderr', 'debugger'] as const;

/** What is looked for; a line is shown if it has the text, in whatever case. */
export interface Filter {
  stream: (typeof STREAMS)[number];
  text: string;
}

export const EVERYTHING: Filter = { stream: 'all', text: '' };

type Raw = Omit<Block, 'parts'> & { text: string };

/** A block takes no more after so many characters: what is out of view is not laid out, block by block. */
const BLOCK = 8_000;
/** As Python writes it; `<string>` and the like are no files. */
const PLACE = /File "((?:\/|[A-Za-z]:[\\/])[^"\n]*)", line (\d+)/g;
// eslint-disable-next-line no-control-regex -- escape sequences are what is looked for
const NOT_COLORS = /\x1b\](?:[^\x07\x1b]|\x1b(?!\\))*(?:\x07|\x1b\\)|\x1b\[[0-?]*[ -/]*[@-ln-~]/g;
/** A line that was begun again, as progress bars do. */
const BEGUN_AGAIN = /[^\n]*\r(?=[^\r\n])/g;

/** Blocks of what was printed and is looked for, oldest first. */
export function blocks(lines: readonly OutputLine[], filter: Filter = EVERYTHING): Block[] {
  const wanted = filter.text.trim().toLowerCase();
  const styles = new Map<string, ReturnType<typeof createAnsiSequenceParser>>();
  const stream = lines.filter(
    ({ category }) => filter.stream === 'all' || filter.stream === streamOf(category),
  );
  const all = merged(stream).map(({ text: raw, ...block }) => {
    const text = raw.replace(NOT_COLORS, '').replace(/\r+\n/g, '\n').replace(BEGUN_AGAIN, '');
    // A colour stays until it is changed, in its own stream.
    const key = `${block.process} ${block.category}`;
    let parser = styles.get(key);
    if (!parser && text.includes('\x1b')) styles.set(key, (parser = createAnsiSequenceParser()));
    const spans = parser ? parser.parse(text).map(span) : [{ text, classes: '', style: '' }];
    return { ...block, parts: parts(wanted ? linesWith(wanted, spans) : spans) };
  });
  return wanted ? all.filter((block) => block.parts.length > 0) : all;
}

const streamOf = (category: OutputCategory): Filter['stream'] =>
  category === 'stdout' || category === 'stderr' ? category : 'debugger';

/** Parts of one stream that belong together: debugpy sends a line and its newline apart. */
function merged(lines: readonly OutputLine[]): Raw[] {
  const out: Raw[] = [];
  for (const line of lines) {
    const last = out.at(-1);
    if (last?.category === line.category && last.process === line.process && last.text.length < BLOCK)
      last.text += line.text;
    else out.push({ ...line });
  }
  return out;
}

function span({ value, foreground, background, decorations }: ParseToken): Span {
  const reverse = decorations.has('reverse');
  const [front, back] = reverse ? [background, foreground] : [foreground, background];
  const classes = [...decorations].filter((one) => one !== 'reverse').map((one) => `ansi-${one}`);
  if (reverse && !(front && back)) classes.push('ansi-reverse');
  const styles: string[] = [];
  const paint = (color: Color | null, kind: 'fg' | 'bg'): void => {
    if (!color) return;
    const name = hue(color);
    classes.push(name === null ? `ansi-${kind}` : `ansi-${kind}-${name}`);
    if (name === null) styles.push(`--ansi-${kind}:${rgb(color)}`);
  };
  paint(front, 'fg');
  paint(back, 'bg');
  return { text: value, classes: classes.join(' '), style: styles.join(';') };
}

const HUES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];

/** Which of the named ones. Bright ones aren't told apart: on our surfaces the terminal's shades could not be read. */
function hue(color: Color): string | null {
  if (color.type === 'named')
    return color.name === 'brightBlack' ? 'gray' : color.name.replace(/^bright/, '').toLowerCase();
  if (color.type === 'rgb' || color.index >= 16) return null;
  return color.index === 8 ? 'gray' : (HUES[color.index % 8] ?? null);
}

/** Source of the table: xterm's 256 colours; 16 to 231 are a cube of six shades each, then grays. */
function rgb(color: Color): string {
  if (color.type === 'rgb') return `rgb(${color.rgb.join(' ')})`;
  const index = color.type === 'table' ? color.index : 0;
  const gray = (index - 232) * 10 + 8;
  if (index >= 232) return `rgb(${gray} ${gray} ${gray})`;
  const cube = index - 16;
  const shades = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6];
  return `rgb(${shades.map((shade) => (shade === 0 ? 0 : shade * 40 + 55)).join(' ')})`;
}

/** Cuts out what names a place, whatever colours it has. */
function parts(spans: Span[]): Part[] {
  const text = textOf(spans);
  const out: Part[] = [];
  let [at, rest] = [0, spans];
  const upTo = (end: number, place: Part['place']): void => {
    const [taken, left] = cut(rest, end - at);
    if (taken.length > 0) out.push({ place, spans: taken });
    [at, rest] = [end, left];
  };
  for (const found of text.matchAll(PLACE)) {
    upTo(found.index, null);
    upTo(found.index + found[0].length, { path: found[1] ?? '', line: Number(found[2]) });
  }
  upTo(text.length, null);
  return out;
}

function linesWith(wanted: string, spans: Span[]): Span[] {
  const kept: Span[] = [];
  let rest = spans;
  for (const line of textOf(spans).split(/(?<=\n)/)) {
    const [here, left] = cut(rest, line.length);
    if (line.toLowerCase().includes(wanted)) kept.push(...here);
    rest = left;
  }
  return kept;
}

const textOf = (spans: Span[]): string => spans.map((one) => one.text).join('');

function cut(spans: Span[], length: number): [Span[], Span[]] {
  const before: Span[] = [];
  const after: Span[] = [];
  for (const one of spans) {
    const here = Math.max(0, Math.min(length, one.text.length));
    if (here > 0) before.push({ ...one, text: one.text.slice(0, here) });
    if (here < one.text.length) after.push({ ...one, text: one.text.slice(here) });
    length -= one.text.length;
  }
  return [before, after];
}
