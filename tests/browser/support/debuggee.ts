/** The sample under real debugpy, on a port that nothing probes: debugpy says which one it got. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Process, ROOT } from './process';

/** Python runs this before all else: it makes debugpy say which port it got. */
const CUSTOMIZE = `
import debugpy
_listen = debugpy.listen
def listen(*args, **kwargs):
    endpoint = _listen(*args, **kwargs)
    print("debugpy listens at", endpoint[1], flush=True)
    return endpoint
debugpy.listen = listen
`;

/** The sample where it is in the repository. */
export const PORCH = join(ROOT, 'sample/porch.py');

export interface PorchOptions {
  /** Seconds on the wall for one in the house. */
  tick?: number;
  waits?: boolean;
  /** Where it lies; absent: where it is in the repository. */
  folder?: string;
}

export class Debuggee {
  private constructor(
    readonly process: Process,
    readonly address: string,
  ) {}

  /** The porch. It runs at once, or when somebody has attached: only then what it logs is seen from the start. */
  static async porch(scratch: string, { tick = 0.1, waits = false, folder }: PorchOptions = {}): Promise<Debuggee> {
    const script = folder === undefined ? PORCH : join(folder, 'porch.py');
    if (folder !== undefined) cpSync(join(ROOT, 'sample'), folder, { recursive: true });
    return Debuggee.start(scratch, [...(waits ? ['--wait-for-client'] : []), script, '--tick', String(tick)]);
  }

  /** A program of a test's own, `program.py`, which runs when somebody has attached. */
  static async program(scratch: string, source: string): Promise<Debuggee> {
    const script = join(scratch, 'program.py');
    writeFileSync(script, source);
    return Debuggee.start(scratch, ['--wait-for-client', script]);
  }

  private static async start(scratch: string, rest: string[]): Promise<Debuggee> {
    writeFileSync(join(scratch, 'sitecustomize.py'), CUSTOMIZE);
    const python = join(ROOT, 'target/venvs/debugpy/bin/python');
    const args = ['-Xfrozen_modules=off', '-u', '-m', 'debugpy', '--listen', '127.0.0.1:0', ...rest];
    const process = new Process('the program', python, args, { env: { PYTHONDONTWRITEBYTECODE: '1', PYTHONPATH: scratch } });
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
