/**
 * A terminal's colours: what an escape sequence makes of the pen, and how that looks here. Pure.
 * Source of the codes: ECMA-48 (SGR), and xterm's 256 and direct colours.
 */

/** How a stretch of text looks. Equal ones are the same object. */
export interface Look {
  /** Classes of the style sheet. */
  readonly classes: string;
  /** Colours that have no class. */
  readonly style: string;
}

export const PLAIN: Look = { classes: '', style: '' };

/** A colour's name, or as CSS has it; null is the terminal's own. */
type Color = string | null;

/** What text is written with from here on. */
export interface Pen {
  readonly front: Color;
  readonly back: Color;
  /** Names of decorations, in order. */
  readonly decorations: readonly string[];
}

export const NEW_PEN: Pen = { front: null, back: null, decorations: [] };

const HUES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];
const ON: Record<number, string> = {
  1: 'bold',
  2: 'dim',
  3: 'italic',
  4: 'underline',
  7: 'reverse',
  9: 'strikethrough',
  21: 'underline',
  53: 'overline',
};
const OFF: Record<number, readonly string[]> = {
  22: ['bold', 'dim'],
  23: ['italic'],
  24: ['underline'],
  27: ['reverse'],
  29: ['strikethrough'],
  55: ['overline'],
};

/** The pen after a sequence `ESC [ parameters m`. */
export function turned(pen: Pen, parameters: string): Pen {
  let { front, back, decorations } = pen;
  const codes = parameters.split(';');
  for (let i = 0; i < codes.length; i++) {
    const [first = '', ...rest] = codes[i]!.split(':');
    const code = Number(first);
    if (code === 0) ({ front, back, decorations } = NEW_PEN);
    else if (code === 38 || code === 48) {
      // Written with colons it is one parameter; with semicolons it takes those that follow.
      const own = rest.length > 0;
      const more = own ? rest : codes.slice(i + 1, i + 5);
      const direct = more[0] === '2';
      if (!own) i += direct ? 4 : 2;
      // With colons a colour space may stand before the shades.
      const color = direct ? shades(own ? more.slice(-3) : more.slice(1)) : indexed(Number(more[1]));
      if (code === 38) front = color;
      else back = color;
    } else if (code === 39) front = null;
    else if (code === 49) back = null;
    else if (code >= 30 && code <= 37) front = HUES[code - 30]!;
    else if (code >= 40 && code <= 47) back = HUES[code - 40]!;
    else if (code >= 90 && code <= 97) front = indexed(code - 82);
    else if (code >= 100 && code <= 107) back = indexed(code - 92);
    else if (code === 4 && rest[0] === '0') decorations = decorations.filter((one) => one !== 'underline');
    else if (OFF[code]) decorations = decorations.filter((one) => !OFF[code]!.includes(one));
    else if (ON[code] && !decorations.includes(ON[code])) decorations = [...decorations, ON[code]];
  }
  return { front, back, decorations };
}

/** Bright ones aren't told apart: on our surfaces the terminal's shades could not be read. */
function indexed(index: number): Color {
  if (!(index >= 0 && index < 256)) return null;
  if (index === 8) return 'gray';
  if (index < 16) return HUES[index % 8]!;
  // xterm's table: 16 to 231 are a cube of six shades each, then grays.
  const gray = (index - 232) * 10 + 8;
  if (index >= 232) return `rgb(${gray} ${gray} ${gray})`;
  const cube = index - 16;
  const six = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6];
  return `rgb(${six.map((shade) => (shade === 0 ? 0 : shade * 40 + 55)).join(' ')})`;
}

function shades(three: readonly string[]): Color {
  const numbers = three.map((one) => Math.min(255, Number(one) || 0));
  return numbers.length === 3 ? `rgb(${numbers.join(' ')})` : null;
}

/** No program has more looks at a time. */
const LOOKS = 4_000;
const looks = new Map<string, Look>();

export function lookOf({ front, back, decorations }: Pen): Look {
  if (front === null && back === null && decorations.length === 0) return PLAIN;
  const key = `${front} ${back} ${decorations.join()}`;
  let look = looks.get(key);
  if (!look) {
    if (looks.size >= LOOKS) looks.clear();
    looks.set(key, (look = made(front, back, decorations)));
  }
  return look;
}

function made(front: Color, back: Color, decorations: readonly string[]): Look {
  const reverse = decorations.includes('reverse');
  if (reverse) [front, back] = [back, front];
  const classes = decorations.filter((one) => one !== 'reverse').map((one) => `ansi-${one}`);
  if (reverse && !(front && back)) classes.push('ansi-reverse');
  const styles: string[] = [];
  const paint = (color: Color, kind: 'fg' | 'bg'): void => {
    if (color === null) return;
    const direct = color.startsWith('rgb');
    classes.push(direct ? `ansi-${kind}` : `ansi-${kind}-${color}`);
    if (direct) styles.push(`--ansi-${kind}:${color}`);
  };
  paint(front, 'fg');
  paint(back, 'bg');
  return { classes: classes.join(' '), style: styles.join(';') };
}
