import { describe, expect, it } from 'vitest';
import { command, use, type Context } from './commands';
import { fold } from './fold';
import type { Role, Snapshot } from './protocol';
import { context, room } from './testing';

const PAUSED = room({ name: 'stopped' }, 'collaborator');
const at = (code: string, role: Role, snapshot: Snapshot = PAUSED): Context => ({
  ...context(snapshot, role),
  selected: () => code,
});
const of = (id: string, here: Context): ReturnType<typeof use> => use(command(id), here);

describe('what is selected', () => {
  it('is needed, and no longer than an expression', () => {
    for (const id of ['watch_selection', 'evaluate_selection', 'copy_selection'])
      expect(of(id, at('', 'host'))).toEqual({
        name: 'refuse',
        why: 'Select something in the source first.',
      });
    for (const id of ['watch_selection', 'evaluate_selection'])
      expect(of(id, at('x'.repeat(10_001), 'watcher'))).toMatchObject({ name: 'refuse' });
    expect(of('copy_selection', at('x'.repeat(10_001), 'watcher'))).toEqual({ name: 'run' });
  });

  it('is watched by who sets breakpoints if it is only read, else by who runs code; others propose it', () => {
    expect(of('watch_selection', at('lamp', 'collaborator'))).toEqual({ name: 'run' });
    expect(of('watch_selection', at('lamp.level', 'host'))).toEqual({ name: 'run' });
    expect(of('watch_selection', at('lamp.level', 'collaborator'))).toEqual({
      name: 'propose',
      action: { kind: 'command', command: { command: 'watch_add', expression: 'lamp.level' } },
      why: 'More than a plain name is code, which a host has to agree to.',
    });
    expect(of('watch_selection', at('lamp', 'watcher'))).toMatchObject({
      name: 'propose',
      why: 'Watchers propose watches.',
    });
  });

  it('is evaluated in the frame by who runs code, and by everybody while it is only read; others propose it', () => {
    const wire = { command: 'evaluate', stop: 1, frame: 1, expression: 'lamp.level' };
    expect(of('evaluate_selection', at('lamp.level', 'host'))).toEqual({ name: 'run' });
    expect(of('evaluate_selection', at('lamp', 'watcher'))).toEqual({ name: 'run' });
    expect(of('evaluate_selection', at('lamp.level', 'watcher'))).toMatchObject({
      name: 'propose',
      action: { kind: 'command', command: wire },
    });
    // Drives, but nobody let them run code.
    expect(of('evaluate_selection', at('lamp.level', 'collaborator'))).toMatchObject({
      name: 'propose',
      why: 'A host has to let you run code first.',
    });
    const granted = fold(PAUSED, {
      seq: PAUSED.seq + 1,
      at: 1,
      by: 'host',
      event: { type: 'code_right', participant: 'collaborator', granted: true },
    });
    expect(of('evaluate_selection', at('lamp.level', 'collaborator', granted))).toEqual({ name: 'run' });
    const runs = room({ name: 'running', pausing: false }, null);
    expect(of('evaluate_selection', at('lamp', 'watcher', runs))).toMatchObject({
      name: 'propose',
      action: { command: { command: 'evaluate', expression: 'lamp' } },
    });
    const lost = room({ name: 'lost', message: 'the network broke' }, null);
    expect(of('evaluate_selection', at('lamp', 'watcher', lost))).toEqual({
      name: 'refuse',
      why: 'The debugger is not attached at this moment.',
    });
  });
});
