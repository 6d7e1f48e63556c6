/**
 * What is sent to a browser, whatever its engine. Two protocols of the W3C carry it: WebDriver, and WebDriver BiDi. Their
 * actions (keys, mouse, fingers, wheel) are the same.
 */

/** One thing that a device does, as both protocols spell it. */
export type Act =
  | { type: 'keyDown' | 'keyUp'; value: string }
  | { type: 'pointerDown' | 'pointerUp'; button: number }
  | { type: 'pointerMove'; x: number; y: number; duration?: number }
  | { type: 'scroll'; x: number; y: number; deltaX: number; deltaY: number }
  | { type: 'pause'; duration: number };

/** What one device does, in order. */
export interface Device {
  type: 'key' | 'pointer' | 'wheel';
  id: string;
  parameters?: { pointerType: 'mouse' | 'touch' };
  actions: Act[];
}

export interface Wire {
  /** As the browser calls itself. */
  readonly version: string;
  open(url: string): Promise<void>;
  /** Runs a function's text in the page, with arguments that JSON can carry; gives what it returns, as JSON. */
  evaluate(text: string, args: readonly unknown[]): Promise<unknown>;
  perform(devices: readonly Device[]): Promise<void>;
  /** Of the page's own area. */
  resize(width: number, height: number): Promise<void>;
  /** A PNG. */
  screenshot(): Promise<Buffer>;
  end(): Promise<void>;
}

/** Functions are sent as their text, so that there is one way for both protocols: JSON in, JSON out. */
export const packed = (text: string, args: readonly unknown[]): string =>
  `return JSON.stringify((${text})(...${JSON.stringify(args)})) ?? 'null'`;

const NAMED: Readonly<Record<string, string>> = {
  Backspace: '\uE003',
  Tab: '\uE004',
  Enter: '\uE007',
  Shift: '\uE008',
  Control: '\uE009',
  Alt: '\uE00A',
  Escape: '\uE00C',
  Space: ' ',
  PageUp: '\uE00E',
  PageDown: '\uE00F',
  End: '\uE010',
  Home: '\uE011',
  ArrowLeft: '\uE012',
  ArrowUp: '\uE013',
  ArrowRight: '\uE014',
  ArrowDown: '\uE015',
  Delete: '\uE017',
  ...Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`F${i + 1}`, String.fromCharCode(0xe031 + i)])),
};

/** A combination, such as `Control+Shift+P`, as a keyboard's actions. */
export function keys(combination: string): Act[] {
  const values = combination.split('+').map((name) => NAMED[name] ?? name);
  const down = values.map((value): Act => ({ type: 'keyDown', value }));
  return [...down, ...values.reverse().map((value): Act => ({ type: 'keyUp', value }))];
}

/** A text, letter by letter. */
export function letters(text: string): Act[] {
  return [...text].flatMap((letter): Act[] => {
    const value = letter === '\n' ? NAMED['Enter']! : letter;
    return [
      { type: 'keyDown', value },
      { type: 'keyUp', value },
    ];
  });
}
