/** What `tmux capture-pane -e` says, as HTML: text with colours, which is all that a picture needs. */

interface Style {
  colour?: string;
  ground?: string;
  bold: boolean;
  reverse: boolean;
}

const BASIC = ['#1b1d23', '#e06c75', '#98c379', '#d6b45f', '#61afef', '#c678dd', '#56b6c2', '#c8ccd4'];
const BRIGHT = ['#5c6370', '#ff7b85', '#b1dc8e', '#f0cf7a', '#7fc1ff', '#dc94f0', '#6fd0dc', '#ffffff'];

/** Colour number 0 to 255 of a terminal. */
function indexed(index: number): string {
  if (index < 8) return BASIC[index]!;
  if (index < 16) return BRIGHT[index - 8]!;
  if (index >= 232) return `rgb(${Array(3).fill(8 + (index - 232) * 10).join()})`;
  const level = (at: number): number => [0, 95, 135, 175, 215, 255][at]!;
  const cube = index - 16;
  return `rgb(${level(Math.floor(cube / 36))},${level(Math.floor(cube / 6) % 6)},${level(cube % 6)})`;
}

function apply(style: Style, codes: number[]): Style {
  let next = { ...style };
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at]!;
    if (code === 0) next = { bold: false, reverse: false };
    else if (code === 1) next.bold = true;
    else if (code === 7) next.reverse = true;
    else if (code === 22) next.bold = false;
    else if (code === 27) next.reverse = false;
    else if (code === 39) delete next.colour;
    else if (code === 49) delete next.ground;
    else if (code === 38 || code === 48) {
      const colour = codes[at + 1] === 2 ? `rgb(${codes.slice(at + 2, at + 5).join()})` : indexed(codes[at + 2] ?? 0);
      at += codes[at + 1] === 2 ? 4 : 2;
      if (code === 38) next.colour = colour;
      else next.ground = colour;
    } else if (code >= 30 && code < 38) next.colour = BASIC[code - 30]!;
    else if (code >= 40 && code < 48) next.ground = BASIC[code - 40]!;
    else if (code >= 90 && code < 98) next.colour = BRIGHT[code - 90]!;
  }
  return next;
}

const escape = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');

/** One block as large as the terminal. */
export function html(screen: string): string {
  let style: Style = { bold: false, reverse: false };
  const lines = screen.replace(/\n$/, '').split('\n').map((line) =>
    line
      .split(/(\x1b\[[0-9;:]*m)/)
      .map((part) => {
        const codes = /^\x1b\[([0-9;:]*)m$/.exec(part);
        if (codes !== null) {
          style = apply(style, codes[1]!.split(/[;:]/).map(Number));
          return '';
        }
        const [colour, ground] = [style.colour ?? '#d5d9e0', style.ground ?? '#1b1d23'];
        const [front, back] = style.reverse ? [ground, colour] : [colour, ground];
        return `<span style="color:${front};background:${back};${style.bold ? 'font-weight:bold' : ''}">${escape(part)}</span>`;
      })
      .join(''),
  );
  return `<pre style="margin:0;padding:8px;background:#1b1d23;font:13px/17.6px 'DejaVu Sans Mono',monospace;flex:none">${lines.join('\n')}</pre>`;
}
