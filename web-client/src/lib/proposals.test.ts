import { describe, expect, it } from 'vitest';
import {
  decides,
  endWord,
  forYou,
  hasProposed,
  openProposals,
  pastProposals,
  sentenceOf,
  whyNotRun,
} from './proposals';
import { foldAll } from './fold';
import type { Command, Event, ProposalEnd, Proposed, Role, Snapshot } from './protocol';
import { envelopes, participant, room } from './testing';

const proposed = (command: Command): Proposed => ({ kind: 'command', command });
const STEP = proposed({ command: 'next', stop: 1 });
const CODE = proposed({ command: 'evaluate', stop: 1, frame: 1, expression: 'light.on' });
const draft = {
  path: '/app/porch.py',
  line: 42,
  function: null,
  condition: 'left < 0',
  hit_condition: '>= 3',
  log_message: null,
  snap: false,
};

function after(...events: Event[]): Snapshot {
  const before = room({ name: 'stopped' }, 'collaborator');
  return foldAll(before, envelopes(before.seq + 1, ...events));
}
const made = (id: number, by: string, action: Proposed): Event => ({
  type: 'proposal_made',
  proposal: { id, by, action },
});
const ended = (proposal: number, how: ProposalEnd): Event => ({
  type: 'proposal_ended',
  proposal,
  how,
  message: null,
  outcome: null,
});

describe('a proposal', () => {
  it.each<[Proposed, string]>([
    [STEP, 'step over'],
    [CODE, 'evaluate light.on'],
    [
      proposed({ command: 'goto', stop: 1, path: '/app/porch.py', line: 7 }),
      'make porch.py:7 the next line to run',
    ],
    [proposed({ command: 'set_variable', stop: 1, variables: 3, name: 'left', value: '0' }), 'set left to 0'],
    [proposed({ command: 'watch_add', expression: 'len(events)' }), 'watch len(events)'],
    [{ kind: 'breakpoint', draft }, 'set a breakpoint at porch.py:42 if left < 0, hit count >= 3'],
    [
      { kind: 'breakpoint', draft: { ...draft, hit_condition: null, snap: true } },
      'set a snap point at porch.py:42 if left < 0',
    ],
    [
      {
        kind: 'breakpoint',
        draft: { ...draft, condition: null, hit_condition: null, log_message: 'on {left}' },
      },
      'print on {left} at porch.py:42',
    ],
    [
      { kind: 'breakpoint', draft: { ...draft, condition: null, hit_condition: null, function: 'tick' } },
      'set a breakpoint when a call enters tick()',
    ],
    [
      { kind: 'breakpoint', draft, instead_of: 'b1' },
      'make the breakpoint at porch.py:42 stop if left < 0, hit count >= 3',
    ],
    [
      { kind: 'breakpoint', draft: { ...draft, condition: null, hit_condition: null }, instead_of: 'b1' },
      'make the breakpoint at porch.py:42 stop every time',
    ],
    [
      { kind: 'breakpoint', draft: { ...draft, hit_condition: null, snap: true }, instead_of: 'b1' },
      'make the breakpoint at porch.py:42 a snap point if left < 0',
    ],
    [
      {
        kind: 'breakpoint',
        draft: { ...draft, condition: null, hit_condition: null, function: 'tick', log_message: 'on {left}' },
        instead_of: 'b1',
      },
      'make the breakpoint at tick() print on {left}',
    ],
  ])('is said in plain words', (action, words) => expect(sentenceOf(action, null)).toBe(words));

  it.each<[Role, Proposed, boolean]>([
    ['host', STEP, true],
    ['host', CODE, true],
    // They drive.
    ['collaborator', STEP, true],
    ['collaborator', CODE, false],
    ['collaborator', proposed({ command: 'watch_add', expression: 'left' }), true],
    ['collaborator', proposed({ command: 'watch_add', expression: 'len(events)' }), false],
    ['collaborator', { kind: 'breakpoint', draft }, false],
    ['collaborator', { kind: 'breakpoint', draft: { ...draft, condition: null } }, true],
    ['watcher', STEP, false],
  ])('of a %s’s to decide', (role, action, may) => {
    const proposal = { by: 'watcher', action };
    expect(decides(room({ name: 'stopped' }, 'collaborator'), participant(role, role), proposal)).toBe(may);
  });

  it.each<[author: string, may: boolean]>([
    ['collaborator', true],
    ['watcher', true],
    ['host', false],
  ])('that changes a breakpoint of the %s is the driver’s to decide: %s', (author, may) => {
    const { hit_condition, log_message, ...rest } = { ...draft, condition: null };
    const entry = { ...rest, id: 'b1', hitCondition: hit_condition, logMessage: log_message };
    const snapshot = after({ type: 'breakpoint_set', entry: { ...entry, enabled: true, author } });
    const action: Proposed = { kind: 'breakpoint', draft: { ...draft, condition: null }, instead_of: 'b1' };
    const you = participant('collaborator', 'collaborator');
    expect(decides(snapshot, you, { by: 'watcher', action })).toBe(may);
    expect(decides(snapshot, participant('host', 'host'), { by: 'watcher', action })).toBe(true);
    expect(sentenceOf(action, snapshot)).toBe(
      `make the breakpoint of ${author} at porch.py:42 stop, hit count >= 3; until now: stop, hit count >= 3`,
    );
    expect(sentenceOf(action, after())).toBe('set a breakpoint at porch.py:42, hit count >= 3');
    // Gone meanwhile, it is a new one.
    expect(decides(after(), you, { by: 'watcher', action })).toBe(true);
  });

  it('that changes a watch says which, while it is there', () => {
    const watch = { id: 3, expression: 'left', author: 'host' };
    const change = proposed({ command: 'watch_add', expression: 'left * 2', instead_of: 3 });
    expect(sentenceOf(change, after({ type: 'watch_set', watch }))).toBe('change the watch left to left * 2');
    expect(sentenceOf(change, after())).toBe('change a watch to left * 2');
    const none = { command: 'watch_add', expression: 'left', instead_of: null } as unknown as Command;
    expect(sentenceOf(proposed(none), after())).toBe('watch left');
  });

  it('of a step is run by who drives, or by a host if nobody does', () => {
    const host = participant('host', 'host');
    expect(whyNotRun(room({ name: 'stopped' }, 'collaborator'), host, STEP)).toMatch(/^collaborator drives/);
    expect(whyNotRun(room({ name: 'stopped' }, 'collaborator'), host, CODE)).toBeNull();
    expect(whyNotRun(room({ name: 'stopped' }, null), host, STEP)).toBeNull();
    expect(whyNotRun(room({ name: 'stopped' }, 'host'), host, STEP)).toBeNull();
  });

  it('is open until it ended, and then the newest is first', () => {
    const snapshot = after(made(1, 'watcher', STEP), made(2, 'watcher', CODE), made(3, 'watcher', CODE));
    expect(openProposals(snapshot).map(({ proposal }) => proposal.id)).toEqual([1, 2, 3]);
    expect(forYou(snapshot, participant('collaborator', 'collaborator'))).toHaveLength(1);
    const later = foldAll(snapshot, envelopes(snapshot.seq + 1, ended(1, 'run'), ended(3, 'declined')));
    expect(openProposals(later).map(({ proposal }) => proposal.id)).toEqual([2]);
    expect(pastProposals(later).map(({ proposal, end }) => [proposal.id, endWord(end!.how)])).toEqual([
      [3, 'declined'],
      [1, 'done'],
    ]);
  });

  it('is made once, whatever the server fills in', () => {
    const filled = {
      kind: 'command',
      command: { ...(CODE as { command: object }).command, context: 'repl' },
    } as Proposed;
    const snapshot = after(made(1, 'watcher', filled));
    const watcher = participant('watcher', 'watcher');
    expect(hasProposed(snapshot, watcher, CODE)).toBe(true);
    expect(hasProposed(snapshot, watcher, STEP)).toBe(false);
    expect(hasProposed(snapshot, participant('host', 'host'), CODE)).toBe(false);
  });
});
