/** How the modules of a QR code are drawn. */

/** Light modules around it: without them scanners don't find it (ISO/IEC 18004, 6.3.8). */
export const QUIET = 4;

/** The dark modules as a path, a rectangle for each run in a row. */
export function modulesPath(modules: readonly (readonly boolean[])[]): string {
  let path = '';
  modules.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) {
      if (!row[x]) continue;
      const start = x;
      while (row[x + 1]) x++;
      path += `M${start + QUIET} ${y + QUIET}h${x - start + 1}v1H${start + QUIET}z`;
    }
  });
  return path;
}
