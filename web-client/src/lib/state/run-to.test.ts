import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../protocol';
import { room } from '../testing';
import { RunTo } from './run-to';

const ENTRY = { path: '/app/porch.py', line: 44, enabled: true, author: 'host' };

function going() {
  const done: string[] = [];
  let id = '';
  const run = new RunTo({
    set: (made) => (id = made),
    remove: (gone) => done.push(gone === id ? 'removed' : 'removed another'),
    resume: (stop) => Promise.resolve(done.push(`resumed ${stop}`)),
    trouble: (message) => done.push(message),
  });
  run.start(1, ENTRY);
  const at = (verified: boolean | null, message: string | null = null): Snapshot => {
    const entry = {
      ...ENTRY,
      id,
      function: null,
      snap: false,
      condition: null,
      hitCondition: null,
      logMessage: null,
    };
    const state = {
      entry,
      verified,
      actual_line: null,
      message,
      failed: false,
      disarmed: null,
      snaps: 0,
      passed: 0,
    };
    return { ...room({ name: 'stopped' }, 'host'), breakpoints: { [id]: state } };
  };
  return { run, done, at };
}

describe('run to here', () => {
  it('continues once when the line is confirmed, and takes its breakpoint away at the next stop', () => {
    const { run, done, at } = going();
    run.sync(at(null));
    expect(done).toEqual([]);
    run.sync(at(true));
    run.sync(at(true));
    expect(done).toEqual(['resumed 1']);
    run.sync({ ...at(true), phase: { name: 'running', pausing: false } });
    const next = at(true);
    run.sync({ ...next, stop: { ...next.stop!, stop: 2 } });
    expect(done).toEqual(['resumed 1', 'removed']);
  });

  it('says why a line cannot be reached, and does not move', () => {
    const { run, done, at } = going();
    run.sync(at(false, 'No code there.'));
    expect(done).toEqual(['No code there.', 'removed']);
  });

  it('leaves nothing behind when the session ends', () => {
    const { run, done, at } = going();
    run.sync({ ...at(null), phase: { name: 'ended', reason: 'ended_by_host', message: '' } });
    expect(done).toEqual(['removed']);
  });
});
