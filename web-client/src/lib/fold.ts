/**
 * The fold: journal events into the state that people see.
 *
 * In: events in order. Out: a new `Snapshot`; the old one is never changed, and unchanged parts are shared, so that
 * components can compare by identity.
 * Invariant: equal to `protocol/src/fold.rs`; vectors that Rust writes hold the two together. So: no clock, no
 * randomness, nothing that isn't in the events.
 */
import {
  LIMITS,
  type BreakpointState,
  type EntryId,
  type Envelope,
  type JournalSeq,
  type Part,
  type ParticipantId,
  type Person,
  type Snapshot,
  type StopId,
  type StopView,
  type VariablesId,
  type VariablesView,
} from './protocol';

/** The state before the first event. */
export function emptySnapshot(): Snapshot {
  return {
    seq: 0,
    session: null,
    phase: { name: 'starting' },
    choice: {},
    people: {},
    barred: [],
    driver: null,
    wheel_requests: [],
    last_stop: 0,
    stop: null,
    breakpoints: {},
    notes: {},
    replies: {},
    sources: {},
    output: [],
    chat: [],
    evaluations: [],
    watches: {},
    proposals: {},
    muted_all: false,
    muted: [],
    snaps: [],
    busy: null,
    processes: {},
    exception_filters: { raised: false, uncaught: true, user_unhandled: false },
    gaps: [],
  };
}

/** Folds one event in. Events that name things the snapshot doesn't know change nothing but `seq`. */
export function fold(snapshot: Snapshot, envelope: Envelope): Snapshot {
  return { ...snapshot, seq: envelope.seq, ...changes(snapshot, envelope) };
}

/** Folds many. Bursts of output are appended at once, as each append copies the list. */
export function foldAll(snapshot: Snapshot, envelopes: readonly Envelope[]): Snapshot {
  let state = snapshot;
  for (let i = 0; i < envelopes.length; i++) {
    const envelope = envelopes[i]!;
    if (envelope.event.type !== 'output') {
      state = fold(state, envelope);
      continue;
    }
    const output = [...state.output];
    let seq = state.seq;
    for (; i < envelopes.length; i++) {
      const { event, seq: at } = envelopes[i]!;
      if (event.type !== 'output') break;
      output.push({ seq: at, category: event.category, text: event.text, process: event.process });
      seq = at;
    }
    i--;
    state = { ...state, seq, output: output.slice(-LIMITS.outputKept) };
  }
  return state;
}

function changes(s: Snapshot, envelope: Envelope): Partial<Snapshot> {
  const { event } = envelope;
  switch (event.type) {
    case 'session_started':
      return { session: event.session };
    case 'attached':
      return {
        phase: { name: 'running', pausing: false },
        choice: event.choice ?? {},
        stop: null,
        processes: {},
      };
    case 'lost':
      return { phase: { name: 'lost', message: event.message }, breakpoints: unresolved(s), processes: {} };
    case 'restarting':
      return { phase: { name: 'restarting' }, breakpoints: unresolved(s), processes: {} };
    case 'ended':
      return {
        phase: { name: 'ended', reason: event.reason, message: event.message },
        driver: null,
        busy: null,
        wheel_requests: [],
        processes: {},
      };
    case 'joined': {
      const { participant } = event;
      const code = s.people[participant.id]?.code ?? false;
      return { people: { ...s.people, [participant.id]: { participant, present: true, hand: false, code } } };
    }
    case 'left':
      return {
        ...person(s, event.participant, { present: false, hand: false }),
        wheel_requests: without(s.wheel_requests, event.participant),
        // Nobody behind it: what they came by ended, and they may come in anew.
        ...(event.reason === 'removed' && envelope.by !== null && !s.barred.includes(event.participant)
          ? { barred: [...s.barred, event.participant] }
          : {}),
      };
    case 'code_right':
      return person(s, event.participant, { code: event.granted });
    case 'wheel_requested':
      if (s.wheel_requests.includes(event.participant)) return {};
      return { wheel_requests: [...s.wheel_requests, event.participant] };
    case 'wheel_request_dropped':
      return { wheel_requests: without(s.wheel_requests, event.participant) };
    case 'wheel':
      return { driver: event.driver, wheel_requests: without(s.wheel_requests, event.driver) };
    case 'pause_requested':
      return s.phase.name === 'running' ? { phase: { name: 'running', pausing: true } } : {};
    case 'resumed':
      return { phase: { name: 'running', pausing: false } };
    case 'stopped':
      return {
        phase: { name: 'stopped' },
        last_stop: event.stop,
        stop: {
          stop: event.stop,
          at: envelope.at,
          reason: event.reason,
          description: event.description,
          text: event.text,
          thread: event.thread,
          process: event.process,
          hit: [],
          threads: [],
          stacks: {},
          scopes: {},
          variables: {},
          tables: {},
          activity: null,
        },
      };
    case 'process':
      return { processes: { ...s.processes, [event.process.id]: event.process } };
    case 'process_ended':
      return { processes: omit(s.processes, String(event.process)) };
    case 'hit':
      return at(s, event.stop, () => ({ hit: event.entries }));
    case 'threads':
      return at(s, event.stop, () => ({ threads: event.threads }));
    case 'stack': {
      return at(s, event.stop, (view) => {
        const before = view.stacks[event.thread]?.frames.slice(0, event.start ?? 0) ?? [];
        const stack = { frames: [...before, ...event.frames], total: event.total };
        return { stacks: { ...view.stacks, [event.thread]: stack } };
      });
    }
    case 'scopes':
      return at(s, event.stop, (view) => ({ scopes: { ...view.scopes, [event.frame]: event.scopes } }));
    case 'variables': {
      const { items, truncated } = event;
      const page = { items, truncated, total: null, pages: [], texts: [] };
      return at(s, event.stop, (view) => ({ variables: { ...view.variables, [event.variables]: page } }));
    }
    case 'page': {
      const { start, total, items } = event;
      return inSet(s, event.stop, event.variables, ({ pages }) => ({
        total,
        pages: [...pages.filter((page) => page.start !== start), { start, items }].slice(-LIMITS.pagesKept),
      }));
    }
    case 'text': {
      const { name, start, total, text } = event;
      return inSet(s, event.stop, event.variables, ({ texts }) => ({
        texts: [...texts.filter((piece) => piece.name !== name), { name, start, total, text }].slice(
          -LIMITS.textsKept,
        ),
      }));
    }
    case 'table':
      return at(s, event.stop, (view) => ({ tables: { ...view.tables, [event.variables]: event.table } }));
    case 'activity': {
      const { threads, tasks, total_tasks } = event;
      return at(s, event.stop, () => ({ activity: { threads, tasks, total_tasks } }));
    }
    case 'dropped':
      return at(s, event.stop, (view) => event.parts.reduce(dropPart, view));
    case 'busy':
      return { busy: event.busy };
    case 'expression_set':
      return {};
    // They are here once they have joined.
    case 'admitted':
      return {};
    case 'watch_set':
      return { watches: { ...s.watches, [event.watch.id]: { watch: event.watch, values: [] } } };
    case 'watch_removed':
      return { watches: omit(s.watches, String(event.watch)) };
    case 'watch_value': {
      const { stop, outcome } = event;
      const view = s.watches[event.watch];
      if (!view) return {};
      const values = [...view.values.filter((sample) => sample.stop !== stop), { stop, outcome }];
      const watch = { ...view, values: values.slice(-LIMITS.watchValuesKept) };
      return { watches: { ...s.watches, [event.watch]: watch } };
    }
    case 'proposal_made': {
      const view = { proposal: event.proposal, at: envelope.at, end: null };
      const all = Object.entries({ ...s.proposals, [event.proposal.id]: view });
      all.sort(([a], [b]) => Number(a) - Number(b));
      return { proposals: Object.fromEntries(all.slice(-LIMITS.proposalsKept)) };
    }
    case 'proposal_ended': {
      const view = s.proposals[event.proposal];
      if (!view) return {};
      const { how, message, outcome } = event;
      const end = { how, by: envelope.by, message, outcome };
      return { proposals: { ...s.proposals, [event.proposal]: { ...view, end } } };
    }
    case 'muted':
      return { muted_all: event.all, muted: event.participants };
    case 'breakpoint_disarmed':
      return breakpoint(s, event.id, { disarmed: event.per_second });
    case 'breakpoint_rearmed':
      return breakpoint(s, event.id, { disarmed: null });
    case 'snap': {
      const { snap } = event;
      const count = s.breakpoints[snap.entry]?.snaps ?? 0;
      const view = { seq: envelope.seq, at: envelope.at, snap };
      return {
        ...breakpoint(s, snap.entry, { snaps: count + 1, passed: 0 }),
        snaps: [...s.snaps, view].slice(-LIMITS.snapsKept),
      };
    }
    case 'snaps_passed':
      return breakpoint(s, event.entry, { passed: (s.breakpoints[event.entry]?.passed ?? 0) + event.count });
    case 'source_drift': {
      const source = s.sources[event.path];
      return source ? { sources: { ...s.sources, [event.path]: { ...source, drifted: event.drifted } } } : {};
    }
    case 'evaluated': {
      if (event.context !== 'repl') return {};
      const { expression, outcome, stop } = event;
      const printed = printedSince(s, event.since);
      const evaluation = { seq: envelope.seq, by: envelope.by, stop, expression, outcome, ...printed };
      return { evaluations: [...s.evaluations, evaluation].slice(-LIMITS.evaluationsKept) };
    }
    case 'variable_set':
      return at(s, event.stop, (view) => {
        const page = view.variables[event.variables];
        const index = page?.items.findIndex((item) => item.name === event.item.name) ?? -1;
        if (!page || index < 0) return {};
        const items = page.items.with(index, event.item);
        return { variables: { ...view.variables, [event.variables]: { ...page, items } } };
      });
    case 'output': {
      const line = { seq: envelope.seq, category: event.category, text: event.text, process: event.process };
      return { output: [...s.output, line].slice(-LIMITS.outputKept) };
    }
    case 'source': {
      const source = { hash: event.hash, lines: event.lines, drifted: false };
      return { sources: { ...s.sources, [event.path]: source } };
    }
    case 'breakpoint_set': {
      const before = s.breakpoints[event.entry.id];
      const state = {
        entry: event.entry,
        verified: null,
        actual_line: null,
        message: null,
        failed: false,
        disarmed: before?.disarmed ?? null,
        snaps: before?.snaps ?? 0,
        passed: event.entry.snap ? (before?.passed ?? 0) : 0,
      };
      return { breakpoints: { ...s.breakpoints, [event.entry.id]: state } };
    }
    case 'breakpoint_removed':
      return { breakpoints: omit(s.breakpoints, event.id) };
    case 'exception_filters':
      return { exception_filters: event.filters };
    case 'breakpoints_resolved': {
      const breakpoints = { ...s.breakpoints };
      for (const { id, verified, line, message, failed } of event.results) {
        const state = breakpoints[id];
        if (state) breakpoints[id] = { ...state, verified, actual_line: line, message, failed };
      }
      return { breakpoints };
    }
    case 'note_set':
      return { notes: { ...s.notes, [event.note.id]: event.note } };
    case 'note_removed':
      if (!s.notes[event.id]) return {};
      return {
        notes: omit(s.notes, event.id),
        replies: Object.fromEntries(Object.entries(s.replies).filter(([, one]) => one.note !== event.id)),
      };
    case 'reply_set':
      if (!s.notes[event.reply.note]) return {};
      return { replies: { ...s.replies, [event.reply.id]: event.reply } };
    case 'reply_removed':
      return { replies: omit(s.replies, event.id) };
    case 'chat': {
      const line = { seq: envelope.seq, at: envelope.at, by: envelope.by, text: event.text };
      return { chat: [...s.chat, line].slice(-LIMITS.chatKept) };
    }
    case 'hand':
      return person(s, event.participant, { hand: event.raised });
    case 'gap':
      return { gaps: [...s.gaps, { from: envelope.seq, to: event.to, reason: event.reason }], seq: event.to };
    default:
      event satisfies never;
      // A newer server's event: what it means is unknown, its number isn't.
      return {};
  }
}

function at(s: Snapshot, stop: StopId, change: (view: StopView) => Partial<StopView>): Partial<Snapshot> {
  return s.stop?.stop === stop ? { stop: { ...s.stop, ...change(s.stop) } } : {};
}

function inSet(
  s: Snapshot,
  stop: StopId,
  set: VariablesId,
  change: (view: VariablesView) => Partial<VariablesView>,
): Partial<Snapshot> {
  return at(s, stop, ({ variables }) => {
    const view = variables[set];
    return view ? { variables: { ...variables, [set]: { ...view, ...change(view) } } } : {};
  });
}

function dropPart(view: StopView, part: Part): StopView {
  const { tables, variables } = view;
  const set = part.variables;
  if (part.kind === 'table') return { ...view, tables: omit(tables, String(set)) };
  if (part.kind === 'set') return { ...view, variables: omit(variables, String(set)) };
  const known = variables[set];
  if (!known) return view;
  const rest =
    part.kind === 'page'
      ? { pages: known.pages.filter(({ start }) => start !== part.start) }
      : { texts: known.texts.filter(({ name }) => name !== part.name) };
  return { ...view, variables: { ...variables, [set]: { ...known, ...rest } } };
}

function breakpoint(s: Snapshot, id: EntryId, change: Partial<BreakpointState>): Partial<Snapshot> {
  const old = s.breakpoints[id];
  return old ? { breakpoints: { ...s.breakpoints, [id]: { ...old, ...change } } } : {};
}

function person(s: Snapshot, id: ParticipantId, change: Partial<Person>): Partial<Snapshot> {
  const old = s.people[id];
  return old ? { people: { ...s.people, [id]: { ...old, ...change } } } : {};
}

function without(list: ParticipantId[], id: ParticipantId | null): ParticipantId[] {
  return list.includes(id!) ? list.filter((one) => one !== id) : list;
}

function omit<T>(record: Record<string, T>, key: string): Record<string, T> {
  const { [key]: _gone, ...rest } = record;
  return rest;
}

function unresolved(s: Snapshot): Record<string, BreakpointState> {
  const entries = Object.entries(s.breakpoints);
  return Object.fromEntries(
    entries.map(([id, state]) => [id, { ...state, verified: null, actual_line: null, message: null }]),
  );
}

/** What was printed from an event on, as much as is kept of it. */
function printedSince({ output }: Snapshot, since: JournalSeq | undefined): { printed?: string } {
  const most = LIMITS.printedKept + 1;
  let text = '';
  for (const { seq, category, text: piece } of since === undefined ? [] : output) {
    if (seq >= since! && (category === 'stdout' || category === 'stderr')) text += piece;
    // A letter is two of these at most.
    if (text.length > 2 * most) break;
  }
  return text === '' ? {} : { printed: [...text].slice(0, most).join('') };
}
