import { describe, expect, it } from 'vitest';
import { foldAll } from './fold';
import { hoverValue } from './hover';
import type { Outcome, Snapshot, Variable } from './protocol';
import type { LiveSession } from './state/live-session.svelte';
import { Selection } from './state/selection.svelte';
import { envelopes, room } from './testing';

const PATH = '/app/porch.py';
const variable = (name: string, value: string, variables: number | null = null): Variable => ({
  name,
  value,
  type: 'x',
  variables,
  evaluate_name: name,
});

/** `lamp` is captured with its `level`; `far` is captured, and nothing in it. */
function captured(): Snapshot {
  const before = room({ name: 'stopped' }, null);
  return foldAll(
    before,
    envelopes(
      before.seq + 1,
      { type: 'scopes', stop: 1, frame: 1, scopes: [{ name: 'Locals', variables: 2, expensive: false }] },
      {
        type: 'variables',
        stop: 1,
        variables: 2,
        items: [variable('lamp', '<lamp>', 3), variable('far', '<far>', 4)],
        truncated: false,
      },
      { type: 'variables', stop: 1, variables: 3, items: [variable('level', '7')], truncated: false },
    ),
  );
}

function at(
  line: string,
  word: string,
  path = PATH,
  room: Partial<LiveSession> = {},
): { shown: string | null; asked: string[] } {
  const snapshot = captured();
  const selection = new Selection();
  selection.sync(snapshot);
  const asked: string[] = [];
  const peek = (_stop: number, _frame: number, expression: string): Promise<Outcome> => {
    asked.push(expression);
    return Promise.resolve({ value: variable(expression, 'read') });
  };
  const session = { snapshot, mode: 'live', over: null, peek, ...room } as unknown as LiveSession;
  const found = hoverValue(session, selection, path, line, line.indexOf(word));
  return { shown: found?.expression ?? null, asked };
}

describe('what a name’s value is asked for', () => {
  it('is nothing where it was captured, however deep', () => {
    expect(at('if lamp.level > 3:', 'lamp')).toEqual({ shown: 'lamp', asked: [] });
    expect(at('if lamp.level > 3:', 'level')).toEqual({ shown: 'lamp.level', asked: [] });
  });

  it('is a plain name, which is read; an attribute is code, and never asked for', () => {
    expect(at('if other > 3:', 'other')).toEqual({ shown: 'other', asked: ['other'] });
    expect(at('if far.away > 3:', 'away')).toEqual({ shown: null, asked: [] });
    expect(at('if lamp.level.real > 3:', 'real')).toEqual({ shown: null, asked: [] });
  });

  it('is nothing in another file, whose names mean something else', () => {
    expect(at('if lamp > other:', 'lamp', '/app/other.py')).toEqual({ shown: null, asked: [] });
    expect(at('if lamp > other:', 'other', '/app/other.py')).toEqual({ shown: null, asked: [] });
  });

  it('is nothing where nobody can answer: what was captured is known there, too', () => {
    const snapshot = captured();
    const over = { over: 'The session has ended.' };
    const recording = { mode: 'recording' } as unknown as Partial<LiveSession>;
    const runs = {
      snapshot: { ...snapshot, phase: { name: 'running', pausing: false } },
    } as Partial<LiveSession>;
    for (const room of [over, recording, runs]) {
      expect(at('if lamp > other:', 'lamp', PATH, room)).toEqual({ shown: 'lamp', asked: [] });
      expect(at('if lamp > other:', 'other', PATH, room)).toEqual({ shown: null, asked: [] });
    }
  });
});
