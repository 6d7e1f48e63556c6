/** What the console needs beside the server: what was typed before, and pasted code as Python wants it. Pure. */

/** Newest entries of the history that are kept. */
const KEPT = 200;
/** A text longer than this is folded. */
const LINES = 8;
const CHARS = 600;

/** What was evaluated before: older with each step back, and what is typed now behind all of it. */
export class History {
  #entries: string[];
  /** Steps back from what is typed now. */
  #back = 0;
  #draft = '';

  constructor(
    /** Null: nothing is kept beyond the page. */
    private readonly store: Pick<Storage, 'getItem' | 'setItem'> | null,
    private readonly key: string,
    /** If nothing is kept here. */
    otherwise: readonly string[] = [],
  ) {
    this.#entries = read(store?.getItem(key) ?? null) ?? [...otherwise];
  }

  add(text: string): void {
    this.#back = 0;
    this.#draft = '';
    if (this.#entries.at(-1) === text) return;
    this.#entries = [...this.#entries, text].slice(-KEPT);
    try {
      this.store?.setItem(this.key, JSON.stringify(this.#entries));
    } catch {
      // Full, or not allowed: then it lasts as long as the page.
    }
  }

  /** Older (`1`) or newer (`-1`); null if there is nothing further. */
  step(by: 1 | -1, typed: string): string | null {
    const to = this.#back + by;
    if (to < 0 || to > this.#entries.length) return null;
    if (this.#back === 0) this.#draft = typed;
    this.#back = to;
    return to === 0 ? this.#draft : this.#entries.at(-to)!;
  }

  /** Something was typed: it is the newest again. */
  typed(): void {
    this.#back = 0;
  }
}

function read(text: string | null): string[] | null {
  try {
    const list: unknown = JSON.parse(text ?? 'null');
    return Array.isArray(list) ? list.filter((one) => typeof one === 'string').slice(-KEPT) : null;
  } catch {
    return null;
  }
}

/** Code without empty lines around it and without the indentation that all of its lines have. */
export function dedented(text: string): string {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  const from = lines.findIndex((line) => line.trim() !== '');
  if (from < 0) return '';
  const to = lines.findLastIndex((line) => line.trim() !== '');
  const own = lines.slice(from, to + 1);
  const depths = own.filter((line) => line.trim() !== '').map((line) => /^[ \t]*/.exec(line)![0]);
  let common = depths[0]!;
  for (const depth of depths) while (!depth.startsWith(common)) common = common.slice(0, -1);
  return own
    .map((line) => line.slice(Math.min(common.length, line.length)))
    .join('\n')
    .trimEnd();
}

/** Whether there may be something to complete: a name, or a dot, is before the cursor. */
export const completes = (before: string): boolean =>
  /(?:^|[^\p{L}\p{N}_]|\.)[\p{L}_][\p{L}\p{N}_]*$|\.$/u.test(before);

/** Where in a traceback the exception itself begins, as a line; 0 in what is none. */
function exceptionAt(lines: readonly string[]): number {
  // One without frames has no header, and is known by what leads to it from another.
  const header = lines.findLastIndex((line) =>
    /^( {2}\+ Exception Group )?Traceback \(most|^(During handling of the above exception, another exception occurred|The above exception was the direct cause of the following exception):$/.test(
      line,
    ),
  );
  const group = lines[header]?.startsWith(' ');
  const at = lines.findIndex((line, i) => i > header && (group ? /^ {2}\| \S/ : /^\S/).test(line));
  return Math.max(0, at);
}

/** An error in a line: of a traceback, what was raised. */
export function raised(error: string): string {
  const lines = error.split('\n');
  return lines[exceptionAt(lines)]!.replace(/^ {2}\| /, '');
}

/** What is seen of a long text, with where there is more; null if it isn't long. */
export function folded(text: string, error = false): string | null {
  const lines = text.split('\n');
  if (lines.length <= LINES && text.length <= CHARS) return null;
  const from = (line: number): string => lines.slice(line, line + LINES).join('\n');
  // The end of a traceback says most, unless what was raised is long itself.
  const main = error ? exceptionAt(lines) : 0;
  const end = Math.min(main, Math.max(0, lines.length - LINES));
  const at = from(end).length > CHARS ? main : end;
  const all = at + LINES >= lines.length && from(at).length <= CHARS;
  return `${at > 0 ? '…\n' : ''}${from(at).slice(0, CHARS)}${all ? '' : ' …'}`;
}

/**
 * Whether what is before the cursor is completed unasked: a name of two letters, or what is in what a name, or an item of it, names.
 * Further attributes would be read for that, which may run code: somebody asks for those.
 */
export function offers(before: string): boolean {
  const name = String.raw`[\p{L}_][\p{L}\p{N}_]`;
  const end = String.raw`(?:^|[^\p{L}\p{N}_.'")\]])(?:${name}+|${name}*(?:\[[^\][]*\])*\.[\p{L}\p{N}_]*)$`;
  return new RegExp(end, 'u').test(before);
}
