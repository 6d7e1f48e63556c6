/**
 * Where the calls are that can be stepped into: debugpy tells their text only, and tells those of the lines that follow, too. Pure.
 */
import type { StepInTarget } from './protocol';

export interface CallAt extends StepInTarget {
  /** Its line where it isn't that of the pause; null there, and where it isn't found. */
  line: number | null;
}

/** The calls of the line that is paused at first; `text`: of the file, if it is known. */
export function callsAt(targets: readonly StepInTarget[], text: string | null, paused: number): CallAt[] {
  if (text === null) return targets.map((one) => ({ ...one, line: null }));
  const lines = text.split('\n').slice(paused - 1);
  const rest = lines.join('\n');
  const lineAt = (at: number): number => paused + rest.slice(0, at).split('\n').length - 1;
  // They come in the order of the text, but for calls within calls.
  let [behind, last] = [0, paused];
  const calls = targets.map((target): CallAt => {
    const [, call = target.label] = /^(.*) \(call \d+\)$/s.exec(target.label) ?? [];
    let at = rest.indexOf(call, behind);
    if (at < 0) at = rest.indexOf(call);
    if (at >= 0) {
      last = lineAt(at);
      behind = rest.length - lines.slice(last - paused).join('\n').length;
    }
    return { ...target, line: at < 0 || last === paused ? null : last };
  });
  return [...calls.filter(({ line }) => line === null), ...calls.filter(({ line }) => line !== null)];
}
