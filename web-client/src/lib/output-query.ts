/** What of the output is shown, and what is looked for in it. In: what people type. Out: what that means for a row. Pure. */
import type { Row } from './output-lines';
import type { ProcessId } from './protocol';

export const STREAMS = ['all', 'stdout', 'stderr', 'debugger'] as const;

/** A line is shown if it has the text, in whatever case. */
export interface Filter {
  stream: (typeof STREAMS)[number];
  /** Null: of every process. */
  process: ProcessId | null;
  text: string;
}

export const EVERYTHING: Filter = { stream: 'all', process: null, text: '' };

export interface Query {
  text: string;
  /** Whether capitals matter. */
  cased: boolean;
  regex: boolean;
}

export interface Mark {
  from: number;
  to: number;
}

/** Longest time for one row: a pattern that takes longer is given up. */
export const ROW_MS = 250;
/** In one row; more are not told apart. */
const MARKS = 1_000;

/** Whether a row is shown; null: every one is. */
export function shows({ stream, process, text }: Filter): ((row: Row) => boolean) | null {
  const wanted = text.trim();
  if (stream === 'all' && process === null && wanted === '') return null;
  const pattern = wanted === '' ? null : new RegExp(escaped(wanted), 'iu');
  return (row) => {
    // What we say of the output itself is shown with all of it.
    if (row.category === 'notice') return wanted === '';
    if (stream !== 'all' && streamOf(row.category) !== stream) return false;
    if (process !== null && row.process !== process) return false;
    return pattern === null || pattern.test(row.text);
  };
}

const streamOf = (category: Row['category']): Filter['stream'] =>
  category === 'stdout' || category === 'stderr' ? category : 'debugger';

/** Where in a text it is found, in order; or why it can't be looked for. Null: nothing is looked for. */
export type Finder = ((text: string) => Mark[]) | { trouble: string } | null;

export function finder({ text, cased, regex }: Query): Finder {
  if (text === '') return null;
  const trouble = regex ? regexTrouble(text) : null;
  if (trouble !== null) return { trouble };
  const pattern = new RegExp(regex ? text : escaped(text), `g${cased ? '' : 'i'}${regex ? '' : 'u'}`);
  return (row) => {
    const marks: Mark[] = [];
    for (const found of row.matchAll(pattern)) {
      if (found[0] === '') continue;
      marks.push({ from: found.index, to: found.index + found[0].length });
      if (marks.length >= MARKS) break;
    }
    return marks;
  };
}

/** Why a text is none that is looked for as a regular expression, which is what it is with these flags. */
export function regexTrouble(text: string, flags = ''): string | null {
  try {
    new RegExp(text, flags);
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : '';
    return `This is no regular expression: ${why.replace(/^\/.*\/[a-z]*: /s, '')}.`;
  }
  return REPEATS_REPEATS.test(text)
    ? 'A repeated group must not itself repeat something, as this can take for ever.'
    : null;
}

/** `(a+)+` and the like, which take time that doubles with each character. */
const REPEATS_REPEATS = /\((?:[^()\\]|\\.)*(?:[+*]|\{\d+,\d*\})(?:[^()\\]|\\.)*\)(?:[+*]|\{\d+,)/;

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
