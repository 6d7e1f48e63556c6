/** The sample under real debugpy, on a port that nothing probes: the launcher says which one it got. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Process, ROOT } from './process';

/** `python -m debugpy --listen …`, but it prints its port. */
const LAUNCHER = `
import debugpy
_listen = debugpy.listen
def listen(*args, **kwargs):
    endpoint = _listen(*args, **kwargs)
    print("debugpy listens at", endpoint[1], flush=True)
    return endpoint
debugpy.listen = listen
from debugpy.server import cli
cli.main()
`;

export const PORCH = join(ROOT, 'sample/porch.py');

export interface PorchOptions {
  /** Seconds on the wall for one in the house. */
  tick?: number;
  waits?: boolean;
}

export class Debuggee {
  private constructor(
    readonly process: Process,
    readonly address: string,
  ) {}

  /** The porch. It runs at once, or when somebody has attached: only then what it logs is seen from the start. */
  static async porch(folder: string, { tick = 0.1, waits = false }: PorchOptions = {}): Promise<Debuggee> {
    const launcher = join(folder, 'launch_debuggee.py');
    writeFileSync(launcher, LAUNCHER);
    const python = join(ROOT, 'target/venvs/debugpy/bin/python');
    const args = ['-Xfrozen_modules=off', '-u', launcher, '--listen', '127.0.0.1:0', ...(waits ? ['--wait-for-client'] : []), PORCH, '--tick', String(tick)];
    const process = new Process('the porch', python, args, { env: { PYTHONDONTWRITEBYTECODE: '1' } });
    const [, port] = await process.line(/debugpy listens at (\d+)/);
    return new Debuggee(process, `127.0.0.1:${port}`);
  }
}

/** The number of the one line of the sample that has this text. */
export function porchLine(text: string): number {
  const lines = readFileSync(PORCH, 'utf8').split('\n');
  const found = lines.flatMap((line, i) => (line.includes(text) ? [i + 1] : []));
  if (found.length !== 1) throw new Error(`sample/porch.py has ${found.length} lines with ${text}`);
  return found[0]!;
}
