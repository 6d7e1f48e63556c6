// Generated from the protocol crate by `cargo xtask codegen`. Do not edit.

export const PROTOCOL_VERSION = 1;

export type SessionId = string;

export type ParticipantId = string;

export type InviteId = string;

export type TicketId = string;

export type JournalSeq = number;

export type ClientSeq = number;

export type StopId = number;

export type FrameId = number;

export type ProcessId = number;

export type VariablesId = number;

export type ThreadId = number;

export type EntryId = string;

export type NoteId = string;

export type SourceHash = string;

export type WatchId = number;

export type ProposalId = number;

export type SnapId = number;

export type GuestId = number;

export type Role = "watcher" | "collaborator" | "host";

export type ParticipantKind = "home_assistant" | "guest" | "host_link";

export type Participant = { 
/**
 * Who.
 */
id: ParticipantId, 
/**
 * Shown name, 1 to 40 characters, no control characters.
 */
name: string, 
/**
 * What they may do.
 */
role: Role, 
/**
 * How they came in.
 */
kind: ParticipantKind, 
/**
 * Whether they may write notes (always true for hosts and collaborators).
 */
may_write_notes: boolean, };

export type TargetInfo = { 
/**
 * Unique name from the configuration, or `HOST:PORT` under `breakroom share`.
 */
name: string, 
/**
 * debugpy's address, `HOST:PORT`.
 */
address: string, 
/**
 * Whether a restart action is configured.
 */
can_restart: boolean, };

export type SessionInfo = { 
/**
 * Which.
 */
id: SessionId, 
/**
 * What is debugged.
 */
target: TargetInfo, 
/**
 * When it started.
 */
started_at: number, 
/**
 * Who started it, as shown.
 */
started_by: string, };

export type Thread = { 
/**
 * DAP thread id.
 */
id: ThreadId, 
/**
 * Its name.
 */
name: string, };

export type Frame = { 
/**
 * Its id within the stop.
 */
id: FrameId, 
/**
 * Function name, as debugpy words it.
 */
name: string, 
/**
 * Absolute path on the target; `None` for frames without a file.
 */
path: string | null, 
/**
 * Line, from 1.
 */
line: number, 
/**
 * Column, from 1.
 */
column: number, 
/**
 * Library code or such, which debugpy asks to be shown subdued.
 */
subtle: boolean, };

export type Scope = { 
/**
 * As debugpy names it.
 */
name: string, 
/**
 * Its variables' id within the stop.
 */
variables: VariablesId, 
/**
 * Not captured unasked (Globals).
 */
expensive: boolean, };

export type Variable = { 
/**
 * As debugpy names it.
 */
name: string, 
/**
 * Shown value; cut at the capture limit (4,096 characters), then it ends in `…`.
 */
value: string, 
/**
 * Type name, empty if unknown.
 */
type: string, 
/**
 * Id of its children within the stop, if it has any.
 */
variables: VariablesId | null, 
/**
 * Expression that yields it, if debugpy knows one.
 */
evaluate_name: string | null, };

export type BreakpointEntry = { 
/**
 * Its key in the doc.
 */
id: EntryId, 
/**
 * Absolute path on the target; empty for one on a function.
 */
path: string, 
/**
 * Line, from 1; 0 for one on a function.
 */
line: number, 
/**
 * Stop when a function of this name is entered, wherever it is, instead of at a line.
 */
function: string | null, 
/**
 * Python expression: stop only if true.
 */
condition: string | null, 
/**
 * debugpy hit condition, such as `5`, `>= 3`, `% 10`.
 */
hitCondition: string | null, 
/**
 * Print this instead of stopping; `{expressions}` are evaluated.
 */
logMessage: string | null, 
/**
 * A snap point: capture stack and locals instead of stopping, and run on at once.
 */
snap: boolean, 
/**
 * A disabled entry stays in the list and is not sent to debugpy.
 */
enabled: boolean, 
/**
 * Who set it; said by the server, whatever a client wrote.
 */
author: ParticipantId, };

export type BreakpointResult = { 
/**
 * Which entry.
 */
id: EntryId, 
/**
 * Whether it can be hit.
 */
verified: boolean, 
/**
 * Where it really is, if debugpy moved it.
 */
line: number | null, 
/**
 * Why not, if it is not verified.
 */
message: string | null, 
/**
 * It is not a matter of where it is: what it has to count, compute or print is wrong, as `message` says.
 */
failed: boolean, };

export type Note = { 
/**
 * Its key in the doc.
 */
id: NoteId, 
/**
 * Absolute path on the target.
 */
path: string, 
/**
 * Line, from 1.
 */
line: number, 
/**
 * Who wrote it first; said by the server.
 */
author: ParticipantId, 
/**
 * The stop at which it was made, if any.
 */
stop: StopId | null, 
/**
 * When it was made; said by the server. `None`: by a server that didn't say it yet.
 */
at: number | null, 
/**
 * Who resolved its thread, if it is resolved; said by the server.
 */
resolved: ParticipantId | null, 
/**
 * Its text at this moment.
 */
text: string, };

export type Reply = { 
/**
 * Its key in the doc.
 */
id: NoteId, 
/**
 * The note that it answers.
 */
note: NoteId, 
/**
 * Who wrote it first; said by the server.
 */
author: ParticipantId, 
/**
 * When it was made; said by the server.
 */
at: number, 
/**
 * Its text at this moment.
 */
text: string, };

export type OutputCategory = "stdout" | "stderr" | "console" | "important";

export type ProcessInfo = { 
/**
 * Its number.
 */
id: ProcessId, 
/**
 * Whose child it is.
 */
parent: ProcessId, 
/**
 * Its process id on the target.
 */
pid: number | null, 
/**
 * debugpy's name for it, such as `Subprocess 4711`.
 */
name: string, 
/**
 * If it is paused while another stop is shown: its own stop's DAP reason. It is shown when that one has run on.
 */
waiting: string | null, };

export type ExceptionFilters = { 
/**
 * At each one where it is raised, handled or not; once a raise.
 */
raised: boolean, 
/**
 * At those that end the program or a thread.
 */
uncaught: boolean, 
/**
 * At those that leave the program's own code for a library's.
 */
user_unhandled: boolean, };

export type AttachChoice = { 
/**
 * Prefixes of paths: as the session has them, and as they are on the target. From an editor on the wire.
 */
path_mappings?: Array<[string, string]>, 
/**
 * Step and stop only in the program's own code.
 */
justMyCode?: boolean, 
/**
 * Breakpoints in Django's templates.
 */
django?: boolean, 
/**
 * Breakpoints in Jinja's templates (Flask's).
 */
jinja?: boolean, 
/**
 * Breakpoints in Pyramid's templates.
 */
pyramid?: boolean, 
/**
 * Show what a function returned when it is stepped out of, or over, at the next stop; shown unless this is `false`.
 */
showReturnValue?: boolean, 
/**
 * A step lets the other threads run too.
 */
steppingResumesAllThreads?: boolean, };

export type AttachOptions = { 
/**
 * Step and stop only in the program's own code.
 */
justMyCode?: boolean, 
/**
 * Breakpoints in Django's templates.
 */
django?: boolean, 
/**
 * Breakpoints in Jinja's templates (Flask's).
 */
jinja?: boolean, 
/**
 * Breakpoints in Pyramid's templates.
 */
pyramid?: boolean, 
/**
 * Show what a function returned when it is stepped out of, or over, at the next stop; shown unless this is `false`.
 */
showReturnValue?: boolean, 
/**
 * A step lets the other threads run too.
 */
steppingResumesAllThreads?: boolean, };

export type SourceInfo = { 
/**
 * Its hash: `GET /api/sessions/{id}/sources/{hash}` gives the text.
 */
hash: SourceHash, 
/**
 * Number of lines.
 */
lines: number, 
/**
 * Whether the file on the target differs by now from this text, which is what runs.
 */
drifted: boolean, };

export type ResumeKind = "continue" | "next" | "step_in" | "step_out" | "goto" | "unasked";

export type WheelReason = "taken" | "granted" | "released" | "driver_gone" | "driver_removed";

export type LeaveReason = "disconnected" | "removed";

export type EndReason = "ended_by_host" | "debuggee_exited" | "connection_lost" | "not_back_after_restart" | "server_stopped" | "server_killed";

export type Outcome = { "value": Variable } | { "error": string };

export type InviteInfo = { 
/**
 * Which.
 */
id: InviteId, 
/**
 * The session it opens.
 */
session: SessionId, 
/**
 * Role of who comes by it; never `host`.
 */
role: Role, 
/**
 * Whether a watcher who comes by it may write notes.
 */
notes: boolean, 
/**
 * Whether who comes by it waits until a host lets them in.
 */
asks: boolean, 
/**
 * The host who made it; `None`: the server itself, at `share`.
 */
made_by: ParticipantId | null, 
/**
 * When it stops working.
 */
expires_at: number, 
/**
 * How often it may be used in all.
 */
uses: number, 
/**
 * How often it was used.
 */
used: number, 
/**
 * Whether it was revoked.
 */
revoked: boolean, 
/**
 * Who came in by it and whose tickets are remembered still, in that order.
 */
came: Array<CameBy>, };

export type CameBy = { 
/**
 * Who.
 */
participant: ParticipantId, 
/**
 * As they call themselves.
 */
name: string, };

export type WaitingGuest = { 
/**
 * Which.
 */
id: GuestId, 
/**
 * As they call themselves.
 */
name: string, 
/**
 * What they would come in as.
 */
role: Role, 
/**
 * The invite that they came by.
 */
invite: InviteId, 
/**
 * Since when they wait.
 */
since: number, 
/**
 * When they are told that nobody decided.
 */
until: number, };

export type WaitEnd = "let_in" | "turned_away" | "left" | "invite_ended" | "nobody_decided";

export type WaitEnded = { 
/**
 * Which.
 */
id: GuestId, 
/**
 * As they call themselves.
 */
name: string, 
/**
 * How it ended.
 */
how: WaitEnd, 
/**
 * The host who decided.
 */
by: ParticipantId | null, };

export type Me = { 
/**
 * Who.
 */
participant: Participant, 
/**
 * The only session a guest's ticket opens; `None`: all.
 */
session: SessionId | null, 
/**
 * When the ticket ends.
 */
expires_at: number, };

export type StopInfo = { 
/**
 * Which.
 */
stop: StopId, 
/**
 * Journal number of its `stopped` event.
 */
seq: JournalSeq, 
/**
 * Journal number of the last event that belongs to it: the one before the next resume, loss or end.
 */
last_seq: JournalSeq, 
/**
 * When.
 */
at: number, 
/**
 * DAP stop reason.
 */
reason: string, 
/**
 * Top frame's function, if it was captured.
 */
function: string | null, 
/**
 * Top frame's path.
 */
path: string | null, 
/**
 * Top frame's line.
 */
line: number | null, };

export type SessionRow = { 
/**
 * When it ended; `None` while live.
 */
ended_at: number | null, 
/**
 * Why it ended.
 */
end_reason: EndReason | null, 
/**
 * Number of stops so far.
 */
stops: number, 
/**
 * Number of events so far; a gap is one.
 */
events: number, 
/**
 * The last event's number, or the last one of the gap that it tells of.
 */
last_seq: JournalSeq, 
/**
 * Which.
 */
id: SessionId, 
/**
 * What is debugged.
 */
target: TargetInfo, 
/**
 * When it started.
 */
started_at: number, 
/**
 * Who started it, as shown.
 */
started_by: string, };

export type CodePlace = { 
/**
 * Function's name.
 */
function: string, 
/**
 * Absolute path on the target; `None` for code without a file.
 */
path: string | null, 
/**
 * Line, from 1.
 */
line: number, };

export type Part = { "kind": "set", 
/**
 * Which.
 */
variables: VariablesId, } | { "kind": "page", 
/**
 * The container's set.
 */
variables: VariablesId, 
/**
 * Index of the first item.
 */
start: number, } | { "kind": "text", 
/**
 * The set that the text is in.
 */
variables: VariablesId, 
/**
 * Its name there.
 */
name: string, } | { "kind": "table", 
/**
 * The value's set.
 */
variables: VariablesId, };

export type ThreadActivity = { 
/**
 * Which.
 */
id: ThreadId, 
/**
 * Whether debugpy holds it; else it is in native code (a lock, a socket, a sleep) and is held when it returns.
 */
held: boolean, 
/**
 * Its innermost frame of the program.
 */
place: CodePlace | null, };

export type TaskState = "running" | "waiting" | "ready";

export type Task = { 
/**
 * `Task.get_name()`.
 */
name: string, 
/**
 * Its coroutine's qualified name.
 */
coroutine: string, 
/**
 * How far it is.
 */
state: TaskState, 
/**
 * What it waits for, in Python's words, cut at 200 characters.
 */
waits_for: string | null, 
/**
 * The awaits that led to where it waits, outermost first, at most 20.
 */
stack: Array<CodePlace>, 
/**
 * The thread that runs its loop, if one does.
 */
thread: ThreadId | null, };

export type TablePage = { 
/**
 * Index of the first row here.
 */
start: number, 
/**
 * Number of rows in all.
 */
total: number, 
/**
 * Names of the columns here.
 */
columns: Array<string>, 
/**
 * Number of columns in all.
 */
total_columns: number, 
/**
 * A label a row.
 */
index: Array<string>, 
/**
 * Cells by row, cut at 200 characters.
 */
rows: Array<Array<string>>, 
/**
 * Column that the rows are sorted by.
 */
sort: string | null, 
/**
 * Whether from large to small.
 */
descending: boolean, };

export type EvaluateContext = "repl" | "hover" | "watch" | "clipboard";

export type Completion = { 
/**
 * What is shown, and inserted if there is no `text`.
 */
label: string, 
/**
 * What is inserted.
 */
text: string | null, 
/**
 * DAP's `CompletionItemType`.
 */
kind: string | null, 
/**
 * Index of the first character that is replaced, from 0.
 */
start: number, 
/**
 * Number of characters that are replaced.
 */
length: number, };

export type Module = { 
/**
 * As in `sys.modules`.
 */
name: string, 
/**
 * Absolute path on the target.
 */
path: string, 
/**
 * It is of Python's library or an installed package.
 */
library: boolean, };

export type StepInTarget = { 
/**
 * Its number at this stop, for `step_in`.
 */
id: number, 
/**
 * What is called.
 */
label: string, };

export type Watch = { 
/**
 * Its number.
 */
id: WatchId, 
/**
 * Python.
 */
expression: string, 
/**
 * Who added it.
 */
author: ParticipantId, };

export type BreakpointDraft = { 
/**
 * Absolute path on the target; empty for one on a function.
 */
path: string, 
/**
 * Line, from 1; 0 for one on a function.
 */
line: number, 
/**
 * As in an entry.
 */
function: string | null, 
/**
 * As in an entry.
 */
condition: string | null, 
/**
 * As in an entry.
 */
hit_condition: string | null, 
/**
 * As in an entry.
 */
log_message: string | null, 
/**
 * As in an entry.
 */
snap: boolean, };

export type Proposal = { 
/**
 * Its number.
 */
id: ProposalId, 
/**
 * Who proposes.
 */
by: ParticipantId, 
/**
 * What.
 */
action: Proposed, };

export type ProposalEnd = "run" | "failed" | "declined" | "withdrawn" | "expired";

export type SnapFrame = { 
/**
 * Where.
 */
place: CodePlace, 
/**
 * Its locals by name; only of the innermost frames.
 */
locals: Array<SnapValue>, };

export type SnapValue = { 
/**
 * Its name.
 */
name: string, 
/**
 * Its text, cut at 1,000 characters.
 */
value: string, 
/**
 * Its type's name.
 */
type: string, };

export type Snap = { 
/**
 * Its number.
 */
id: SnapId, 
/**
 * Whose snap point.
 */
entry: EntryId, 
/**
 * Which process.
 */
process: ProcessId, 
/**
 * Which thread, by name.
 */
thread: string, 
/**
 * Innermost first, at most 20.
 */
frames: Array<SnapFrame>, 
/**
 * How often this entry was passed without a capture since its last one, as the rate was over its limit.
 */
skipped: number, };

export type Busy = { 
/**
 * Who asked for it.
 */
by: ParticipantId | null, 
/**
 * What: an expression, or a sentence.
 */
what: string, 
/**
 * Since when.
 */
since: number, 
/**
 * What is being done about it.
 */
state: BusyState, 
/**
 * Whether it is code that [`Command::Interrupt`](crate::Command::Interrupt) ends.
 */
interruptible?: boolean, 
/**
 * The same for people.
 */
message: string, };

export type BusyState = "waiting" | "interrupting" | "reconnecting";

export type CloseCode = "bad_message" | "ticket_ended" | "forged" | "no_session" | "too_slow" | "removed" | "session_ended" | "too_large" | "too_fast" | "going_down";

export type ErrorCode = "bad_message" | "too_large" | "too_fast" | "foreign_origin" | "foreign_host" | "not_allowed" | "propose_instead" | "not_driver" | "stale_stop" | "not_stopped" | "not_running" | "already_started" | "not_attached" | "no_such_thread" | "no_such_frame" | "no_such_variables" | "no_such_participant" | "no_such_breakpoint" | "no_such_request" | "no_such_proposal" | "no_such_watch" | "no_such_guest" | "path_not_of_program" | "source_unreadable" | "debuggee_error" | "debuggee_timeout" | "not_interruptible" | "debugger_not_active" | "debugger_busy" | "not_debugpy" | "debugger_silent" | "debugger_gone" | "session_already_live" | "session_not_found" | "session_ended" | "target_not_found" | "no_restart_action" | "restart_failed" | "ticket_missing" | "ticket_invalid" | "ticket_expired" | "ticket_revoked" | "token_malformed" | "token_expired" | "token_refused" | "home_assistant_unreachable" | "home_assistant_not_configured" | "too_many_attempts" | "invite_invalid" | "invite_expired" | "invite_used_up" | "invite_revoked" | "too_many_wait" | "not_waiting" | "turned_away" | "nobody_decided" | "host_link_invalid" | "name_invalid" | "out_of_range" | "journal_unavailable" | "not_found" | "internal";

export type ErrorBody = { 
/**
 * For programs.
 */
code: ErrorCode, 
/**
 * For people: what happened and what to do, one or two sentences.
 */
message: string, };

export type Event = { "type": "session_started", 
/**
 * What is debugged, since when, by whom.
 */
session: SessionInfo, } | { "type": "attached", 
/**
 * Interpreter's version, such as `3.11.7`.
 */
python: string | null, 
/**
 * debugpy's version.
 */
debugpy: string | null, 
/**
 * Process id on the target.
 */
pid: number | null, 
/**
 * How it was attached to.
 */
choice?: AttachChoice, } | { "type": "lost", 
/**
 * What broke, as a sentence.
 */
message: string, } | { "type": "restarting" } | { "type": "ended", 
/**
 * Why.
 */
reason: EndReason, 
/**
 * The same for people.
 */
message: string, } | { "type": "joined", 
/**
 * Who.
 */
participant: Participant, } | { "type": "left", 
/**
 * Who.
 */
participant: ParticipantId, 
/**
 * Why.
 */
reason: LeaveReason, } | { "type": "admitted", 
/**
 * Whom.
 */
participant: Participant, } | { "type": "code_right", 
/**
 * Who.
 */
participant: ParticipantId, 
/**
 * Whether they may.
 */
granted: boolean, } | { "type": "wheel_requested", 
/**
 * Who.
 */
participant: ParticipantId, } | { "type": "wheel_request_dropped", 
/**
 * Whose.
 */
participant: ParticipantId, } | { "type": "wheel", 
/**
 * The driver now.
 */
driver: ParticipantId | null, 
/**
 * Why it changed.
 */
reason: WheelReason, } | { "type": "pause_requested" } | { "type": "resumed", 
/**
 * The stop that it left.
 */
stop: StopId, 
/**
 * How.
 */
how: ResumeKind, } | { "type": "stopped", 
/**
 * Its number.
 */
stop: StopId, 
/**
 * DAP reason: `breakpoint`, `step`, `pause`, `exception`, `goto`, `function breakpoint` …
 */
reason: string, 
/**
 * DAP description, if any.
 */
description: string | null, 
/**
 * DAP text, if any (an exception's).
 */
text: string | null, 
/**
 * The thread that stopped.
 */
thread: ThreadId, 
/**
 * Its process; thread ids of two processes may be equal.
 */
process: ProcessId, } | { "type": "process", 
/**
 * Its state now.
 */
process: ProcessInfo, } | { "type": "process_ended", 
/**
 * Which.
 */
process: ProcessId, } | { "type": "hit", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * The entries on that line.
 */
entries: Array<EntryId>, } | { "type": "threads", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * All of them.
 */
threads: Array<Thread>, } | { "type": "stack", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * Which thread.
 */
thread: ThreadId, 
/**
 * How many frames before these were told already.
 */
start?: number, 
/**
 * Innermost first; may be fewer than `total`.
 */
frames: Array<Frame>, 
/**
 * Number of frames in all.
 */
total: number, } | { "type": "scopes", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * Which frame.
 */
frame: FrameId, 
/**
 * Its scopes.
 */
scopes: Array<Scope>, } | { "type": "variables", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * Which set.
 */
variables: VariablesId, 
/**
 * As debugpy gave them.
 */
items: Array<Variable>, 
/**
 * Whether some were left out (over 500 in one set).
 */
truncated: boolean, } | { "type": "page", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * Which set.
 */
variables: VariablesId, 
/**
 * Index of the first item.
 */
start: number, 
/**
 * Number of items in all.
 */
total: number, 
/**
 * The items, in the container's order.
 */
items: Array<Variable>, } | { "type": "text", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * The set that the value is in.
 */
variables: VariablesId, 
/**
 * Its name there.
 */
name: string, 
/**
 * Index of the first character (or byte).
 */
start: number, 
/**
 * Number of characters (or bytes) in all.
 */
total: number, 
/**
 * The piece; bytes as in a Python literal, without its quotes.
 */
text: string, } | { "type": "table", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * The value's set.
 */
variables: VariablesId, 
/**
 * The rows.
 */
table: TablePage, } | { "type": "activity", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * Of threads.
 */
threads: Array<ThreadActivity>, 
/**
 * Of tasks, at most 500.
 */
tasks: Array<Task>, 
/**
 * Number of tasks in all.
 */
total_tasks: number, } | { "type": "dropped", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * What.
 */
parts: Array<Part>, } | { "type": "busy", 
/**
 * With what; `None`: no longer.
 */
busy: Busy | null, } | { "type": "evaluated", 
/**
 * At which stop, if paused.
 */
stop: StopId | null, 
/**
 * In which frame; `None`: globally.
 */
frame: FrameId | null, 
/**
 * What.
 */
expression: string, 
/**
 * With what outcome.
 */
outcome: Outcome, 
/**
 * What for.
 */
context: EvaluateContext, 
/**
 * Events from this number on came while it ran; `None`: it was only read, or that is not known.
 */
since?: JournalSeq, } | { "type": "expression_set", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * In which frame.
 */
frame: FrameId, 
/**
 * What was set.
 */
expression: string, 
/**
 * Its value now.
 */
item: Variable, } | { "type": "watch_set", 
/**
 * Which.
 */
watch: Watch, } | { "type": "watch_removed", 
/**
 * Which.
 */
watch: WatchId, } | { "type": "watch_value", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * Which watch.
 */
watch: WatchId, 
/**
 * Its value, or why there is none.
 */
outcome: Outcome, } | { "type": "proposal_made", 
/**
 * What.
 */
proposal: Proposal, } | { "type": "proposal_ended", 
/**
 * Which.
 */
proposal: ProposalId, 
/**
 * How.
 */
how: ProposalEnd, 
/**
 * What came of it, as a sentence, if there is something to say.
 */
message: string | null, 
/**
 * What an evaluation gave.
 */
outcome: Outcome | null, } | { "type": "variable_set", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * Which set it is in.
 */
variables: VariablesId, 
/**
 * Its new state.
 */
item: Variable, } | { "type": "output", 
/**
 * Which stream.
 */
category: OutputCategory, 
/**
 * The text, with its newlines; at most 4 KiB an event, so that a snapshot of the newest ones
 * stays small.
 */
text: string, 
/**
 * Which process said it.
 */
process: ProcessId, } | { "type": "source", 
/**
 * Absolute path on the target.
 */
path: string, 
/**
 * Its text's hash.
 */
hash: SourceHash, 
/**
 * Number of lines.
 */
lines: number, } | { "type": "breakpoint_set", 
/**
 * Its state now.
 */
entry: BreakpointEntry, } | { "type": "breakpoint_removed", 
/**
 * Which.
 */
id: EntryId, } | { "type": "exception_filters", 
/**
 * All of them.
 */
filters: ExceptionFilters, } | { "type": "breakpoints_resolved", 
/**
 * One per enabled entry of the file.
 */
results: Array<BreakpointResult>, } | { "type": "muted", 
/**
 * Everybody's.
 */
all: boolean, 
/**
 * Theirs.
 */
participants: Array<ParticipantId>, } | { "type": "breakpoint_disarmed", 
/**
 * Which.
 */
id: EntryId, 
/**
 * How often a second it was reached.
 */
per_second: number, } | { "type": "breakpoint_rearmed", 
/**
 * Which.
 */
id: EntryId, } | { "type": "snap", 
/**
 * What.
 */
snap: Snap, } | { "type": "snaps_passed", 
/**
 * Which.
 */
entry: EntryId, 
/**
 * How often since its last capture, or since this was told last.
 */
count: number, } | { "type": "source_drift", 
/**
 * Absolute path on the target.
 */
path: string, 
/**
 * Whether.
 */
drifted: boolean, } | { "type": "note_set", 
/**
 * Its state now.
 */
note: Note, } | { "type": "note_removed", 
/**
 * Which.
 */
id: NoteId, } | { "type": "reply_set", 
/**
 * Its state now.
 */
reply: Reply, } | { "type": "reply_removed", 
/**
 * Which.
 */
id: NoteId, } | { "type": "chat", 
/**
 * At most 4,000 characters.
 */
text: string, } | { "type": "hand", 
/**
 * Whose.
 */
participant: ParticipantId, 
/**
 * Up or down.
 */
raised: boolean, } | { "type": "gap", 
/**
 * The last lost number.
 */
to: JournalSeq, 
/**
 * Why, as a sentence.
 */
reason: string, };

export type Envelope = { 
/**
 * Its number.
 */
seq: JournalSeq, 
/**
 * When the server decided it.
 */
at: number, 
/**
 * Who caused it; `None`: the program or the server.
 */
by: ParticipantId | null, 
/**
 * What happened.
 */
event: Event, };

export type Phase = { "name": "starting" } | { "name": "running", 
/**
 * A pause was asked for and hasn't happened yet.
 */
pausing: boolean, } | { "name": "stopped" } | { "name": "lost", 
/**
 * What broke.
 */
message: string, } | { "name": "restarting" } | { "name": "ended", 
/**
 * Why.
 */
reason: EndReason, 
/**
 * The same for people.
 */
message: string, };

export type Person = { 
/**
 * Who.
 */
participant: Participant, 
/**
 * Whether they have a connection.
 */
present: boolean, 
/**
 * Whether their hand is up.
 */
hand: boolean, 
/**
 * Whether a host lets them run code while driving.
 */
code: boolean, };

export type StackView = { 
/**
 * Innermost first.
 */
frames: Array<Frame>, 
/**
 * Number of frames in all.
 */
total: number, };

export type VariablesView = { 
/**
 * As debugpy gave them.
 */
items: Array<Variable>, 
/**
 * Whether some were left out.
 */
truncated: boolean, 
/**
 * Number of items in all, once a page was looked at.
 */
total: number | null, 
/**
 * The newest pages that were looked at.
 */
pages: Array<PageView>, 
/**
 * The newest pieces of long texts, one a name.
 */
texts: Array<TextView>, };

export type PageView = { 
/**
 * Index of the first item.
 */
start: number, 
/**
 * The items.
 */
items: Array<Variable>, };

export type TextView = { 
/**
 * The value's name in its set.
 */
name: string, 
/**
 * Index of the first character.
 */
start: number, 
/**
 * Number of characters in all.
 */
total: number, 
/**
 * The piece.
 */
text: string, };

export type ActivityView = { 
/**
 * Threads.
 */
threads: Array<ThreadActivity>, 
/**
 * Tasks.
 */
tasks: Array<Task>, 
/**
 * Number of tasks in all.
 */
total_tasks: number, };

export type WatchView = { 
/**
 * Which.
 */
watch: Watch, 
/**
 * Oldest first; at most one a stop.
 */
values: Array<WatchSample>, };

export type WatchSample = { 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * Its value, or why there was none.
 */
outcome: Outcome, };

export type ProposalView = { 
/**
 * What.
 */
proposal: Proposal, 
/**
 * When it was made.
 */
at: number, 
/**
 * How it ended; `None`: it is open.
 */
end: ProposalEndView | null, };

export type ProposalEndView = { 
/**
 * How.
 */
how: ProposalEnd, 
/**
 * Who decided.
 */
by: ParticipantId | null, 
/**
 * What came of it.
 */
message: string | null, 
/**
 * What an evaluation gave.
 */
outcome: Outcome | null, };

export type SnapView = { 
/**
 * Its journal number.
 */
seq: JournalSeq, 
/**
 * When.
 */
at: number, 
/**
 * What.
 */
snap: Snap, };

export type StopView = { 
/**
 * Its number.
 */
stop: StopId, 
/**
 * When.
 */
at: number, 
/**
 * DAP reason.
 */
reason: string, 
/**
 * DAP description.
 */
description: string | null, 
/**
 * DAP text.
 */
text: string | null, 
/**
 * The thread that stopped.
 */
thread: ThreadId, 
/**
 * Its process.
 */
process: ProcessId, 
/**
 * Entries that were hit.
 */
hit: Array<EntryId>, 
/**
 * Threads.
 */
threads: Array<Thread>, 
/**
 * Stacks by thread.
 */
stacks: { [key in ThreadId]: StackView }, 
/**
 * Scopes by frame.
 */
scopes: { [key in FrameId]: Array<Scope> }, 
/**
 * Variables by set.
 */
variables: { [key in VariablesId]: VariablesView }, 
/**
 * The last rows that were looked at of values that are tables, by set.
 */
tables: { [key in VariablesId]: TablePage }, 
/**
 * What threads and tasks do.
 */
activity: ActivityView | null, };

export type BreakpointState = { 
/**
 * As set.
 */
entry: BreakpointEntry, 
/**
 * `None`: debugpy has not answered yet (or the entry is disabled).
 */
verified: boolean | null, 
/**
 * Where it really is, if moved.
 */
actual_line: number | null, 
/**
 * Why it is not verified.
 */
message: string | null, 
/**
 * What it has to count, compute or print is wrong, as `message` says.
 */
failed: boolean, 
/**
 * If it was reached too often and was taken out: how often a second.
 */
disarmed: number | null, 
/**
 * How often it captured something, if it is a snap point.
 */
snaps: number, 
/**
 * How often it was passed without a capture since its last one, as far as is known.
 */
passed: number, };

export type OutputLine = { 
/**
 * Its journal number.
 */
seq: JournalSeq, 
/**
 * Which stream.
 */
category: OutputCategory, 
/**
 * Its text.
 */
text: string, 
/**
 * Which process said it.
 */
process: ProcessId, };

export type ChatLine = { 
/**
 * Its journal number.
 */
seq: JournalSeq, 
/**
 * When.
 */
at: number, 
/**
 * Who.
 */
by: ParticipantId | null, 
/**
 * What.
 */
text: string, };

export type Evaluation = { 
/**
 * Its journal number.
 */
seq: JournalSeq, 
/**
 * Who.
 */
by: ParticipantId | null, 
/**
 * At which stop.
 */
stop: StopId | null, 
/**
 * What.
 */
expression: string, 
/**
 * With what outcome.
 */
outcome: Outcome, 
/**
 * What its process, and those beside it, printed while it ran; not all of it, if that was much.
 */
printed?: string, };

export type GapInfo = { 
/**
 * First lost number.
 */
from: JournalSeq, 
/**
 * Last lost number.
 */
to: JournalSeq, 
/**
 * Why.
 */
reason: string, };

export type Snapshot = { 
/**
 * Number of the last event folded in; 0: none.
 */
seq: JournalSeq, 
/**
 * What is debugged; `None` only before the first event.
 */
session: SessionInfo | null, 
/**
 * Where in its life the session is.
 */
phase: Phase, 
/**
 * How debugpy was last attached to.
 */
choice: AttachChoice, 
/**
 * Everybody who was ever here.
 */
people: { [key in ParticipantId]: Person }, 
/**
 * Whom a host removed; they can't come in again.
 */
barred: Array<ParticipantId>, 
/**
 * Who drives.
 */
driver: ParticipantId | null, 
/**
 * Who asks for the wheel, first come first.
 */
wheel_requests: Array<ParticipantId>, 
/**
 * The last stop's number; 0: none yet.
 */
last_stop: StopId, 
/**
 * What was captured of the last stop. Stays while the program runs, until the next stop replaces it, so that
 * nobody's screen goes blank at a step; `phase` says whether it is current.
 */
stop: StopView | null, 
/**
 * Child processes that are attached now.
 */
processes: { [key in ProcessId]: ProcessInfo }, 
/**
 * Breakpoint entries by id.
 */
breakpoints: { [key in EntryId]: BreakpointState }, 
/**
 * At which exceptions the program stops.
 */
exception_filters: ExceptionFilters, 
/**
 * Notes by id.
 */
notes: { [key in NoteId]: Note }, 
/**
 * Replies to notes by id.
 */
replies: { [key in NoteId]: Reply }, 
/**
 * Captured texts by path.
 */
sources: { [key in string]: SourceInfo }, 
/**
 * The newest output.
 */
output: Array<OutputLine>, 
/**
 * The newest chat lines.
 */
chat: Array<ChatLine>, 
/**
 * The newest evaluations.
 */
evaluations: Array<Evaluation>, 
/**
 * Watches by number.
 */
watches: { [key in WatchId]: WatchView }, 
/**
 * The newest proposals by number.
 */
proposals: { [key in ProposalId]: ProposalView }, 
/**
 * Whether everybody's breakpoints are passed over.
 */
muted_all: boolean, 
/**
 * Whose breakpoints are passed over.
 */
muted: Array<ParticipantId>, 
/**
 * The newest captures of snap points.
 */
snaps: Array<SnapView>, 
/**
 * What debugpy is busy with for longer than a moment.
 */
busy: Busy | null, 
/**
 * Where the journal has holes.
 */
gaps: Array<GapInfo>, };

export type Command = { "command": "continue", 
/**
 * The stop it is meant for.
 */
stop: StopId, } | { "command": "next", 
/**
 * The stop it is meant for.
 */
stop: StopId, 
/**
 * The thread to step; absent: the one that stopped.
 */
thread?: ThreadId, } | { "command": "step_in", 
/**
 * The stop it is meant for.
 */
stop: StopId, 
/**
 * The thread to step; absent: the one that stopped.
 */
thread?: ThreadId, 
/**
 * Which call of the line, by its number from `step_in_targets`; absent: the first.
 */
target?: number, } | { "command": "step_out", 
/**
 * The stop it is meant for.
 */
stop: StopId, 
/**
 * The thread to step; absent: the one that stopped.
 */
thread?: ThreadId, } | { "command": "goto", 
/**
 * The stop it is meant for.
 */
stop: StopId, 
/**
 * The thread; absent: the one that stopped.
 */
thread?: ThreadId, 
/**
 * Absolute path on the target.
 */
path: string, 
/**
 * Line, from 1.
 */
line: number, } | { "command": "step_in_targets", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * Which frame.
 */
frame: FrameId, } | { "command": "pause", 
/**
 * The last stop the sender knows of (0: none), so that a late click doesn't pause again.
 */
after: StopId, } | { "command": "exception_filters", 
/**
 * All of them.
 */
filters: ExceptionFilters, } | { "command": "mute_mine", 
/**
 * Whether they are passed over.
 */
muted: boolean, } | { "command": "mute_all", 
/**
 * Whether they are passed over.
 */
muted: boolean, } | { "command": "rearm", 
/**
 * Which.
 */
entry: EntryId, } | { "command": "wheel_take" } | { "command": "wheel_request" } | { "command": "wheel_withdraw" } | { "command": "wheel_grant", 
/**
 * To whom.
 */
to: ParticipantId, } | { "command": "wheel_decline", 
/**
 * Whose.
 */
participant: ParticipantId, } | { "command": "wheel_release" } | { "command": "stack", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * Which thread.
 */
thread: ThreadId, 
/**
 * How many of its innermost frames, at most [`STACK_KEPT`](crate::fold::STACK_KEPT); absent: the first ones.
 */
frames?: number, } | { "command": "scopes", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * Which frame.
 */
frame: FrameId, } | { "command": "variables", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * Which set.
 */
variables: VariablesId, } | { "command": "page", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * Which set.
 */
variables: VariablesId, 
/**
 * Index of the first item.
 */
start: number, 
/**
 * How many, 1 to 500.
 */
count: number, } | { "command": "text", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * The set that the value is in.
 */
variables: VariablesId, 
/**
 * Its name there.
 */
name: string, 
/**
 * Index of the first character (or byte).
 */
start: number, 
/**
 * How many, 1 to 65,536.
 */
count: number, } | { "command": "table", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * The value's set.
 */
variables: VariablesId, 
/**
 * Index of the first row.
 */
start: number, 
/**
 * How many, 1 to 200.
 */
count: number, 
/**
 * Column to sort by.
 */
sort?: string, 
/**
 * From large to small.
 */
descending?: boolean, } | { "command": "activity", 
/**
 * Which stop.
 */
stop: StopId, } | { "command": "modules" } | { "command": "interrupt", 
/**
 * As in [`Busy`](crate::Busy), so that nothing else is interrupted.
 */
since: number, } | { "command": "evaluate", 
/**
 * Which stop; absent: the program may be running.
 */
stop?: StopId, 
/**
 * In which frame.
 */
frame?: FrameId, 
/**
 * Python, at most 10,000 characters.
 */
expression: string, 
/**
 * What for.
 */
context?: EvaluateContext, } | { "command": "complete", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * In which frame.
 */
frame: FrameId, 
/**
 * What is typed, at most 10,000 characters.
 */
text: string, 
/**
 * Where in it, in characters from 0.
 */
column: number, } | { "command": "set_variable", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * Which set it is in.
 */
variables: VariablesId, 
/**
 * Its name there.
 */
name: string, 
/**
 * A Python expression.
 */
value: string, } | { "command": "set_expression", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * In which frame.
 */
frame: FrameId, 
/**
 * What is set, such as `lamp.level` or `levels[3]`.
 */
expression: string, 
/**
 * A Python expression.
 */
value: string, } | { "command": "watch_add", 
/**
 * Python, at most 10,000 characters.
 */
expression: string, 
/**
 * Who added it, or a host: the watch that is to be this one from now on, in its place.
 */
instead_of?: WatchId, } | { "command": "watch_remove", 
/**
 * Which.
 */
watch: WatchId, } | { "command": "propose", 
/**
 * What.
 */
action: Proposed, } | { "command": "proposal_run", 
/**
 * Which.
 */
proposal: ProposalId, } | { "command": "proposal_decline", 
/**
 * Which.
 */
proposal: ProposalId, } | { "command": "proposal_withdraw", 
/**
 * Which.
 */
proposal: ProposalId, } | { "command": "source", 
/**
 * Absolute path on the target: of a frame, a loaded module, or under a source root.
 */
path: string, } | { "command": "chat", 
/**
 * 1 to 4,000 characters.
 */
text: string, } | { "command": "alive" } | { "command": "hand", 
/**
 * Up or down.
 */
raised: boolean, } | { "command": "grant_code", 
/**
 * Who.
 */
participant: ParticipantId, 
/**
 * Whether they may.
 */
granted: boolean, } | { "command": "remove", 
/**
 * Who.
 */
participant: ParticipantId, } | { "command": "admit", 
/**
 * Who.
 */
guest: GuestId, } | { "command": "turn_away", 
/**
 * Who.
 */
guest: GuestId, 
/**
 * A sentence for them, at most 200 characters.
 */
message?: string, } | { "command": "start", 
/**
 * How.
 */
options?: AttachOptions, } | { "command": "end" } | { "command": "restart" };

export type Proposed = { "kind": "command", 
/**
 * Which.
 */
command: Command, } | { "kind": "breakpoint", 
/**
 * As it would be.
 */
draft: BreakpointDraft, 
/**
 * The entry at that place that it is to be from now on, and its approver's; only a host decides about one that is
 * neither theirs nor the proposer's.
 */
instead_of?: EntryId, };

export type ClientMessage = { 
/**
 * The reply carries it.
 */
id: ClientSeq, } & ({ "command": "continue", 
/**
 * The stop it is meant for.
 */
stop: StopId, } | { "command": "next", 
/**
 * The stop it is meant for.
 */
stop: StopId, 
/**
 * The thread to step; absent: the one that stopped.
 */
thread?: ThreadId, } | { "command": "step_in", 
/**
 * The stop it is meant for.
 */
stop: StopId, 
/**
 * The thread to step; absent: the one that stopped.
 */
thread?: ThreadId, 
/**
 * Which call of the line, by its number from `step_in_targets`; absent: the first.
 */
target?: number, } | { "command": "step_out", 
/**
 * The stop it is meant for.
 */
stop: StopId, 
/**
 * The thread to step; absent: the one that stopped.
 */
thread?: ThreadId, } | { "command": "goto", 
/**
 * The stop it is meant for.
 */
stop: StopId, 
/**
 * The thread; absent: the one that stopped.
 */
thread?: ThreadId, 
/**
 * Absolute path on the target.
 */
path: string, 
/**
 * Line, from 1.
 */
line: number, } | { "command": "step_in_targets", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * Which frame.
 */
frame: FrameId, } | { "command": "pause", 
/**
 * The last stop the sender knows of (0: none), so that a late click doesn't pause again.
 */
after: StopId, } | { "command": "exception_filters", 
/**
 * All of them.
 */
filters: ExceptionFilters, } | { "command": "mute_mine", 
/**
 * Whether they are passed over.
 */
muted: boolean, } | { "command": "mute_all", 
/**
 * Whether they are passed over.
 */
muted: boolean, } | { "command": "rearm", 
/**
 * Which.
 */
entry: EntryId, } | { "command": "wheel_take" } | { "command": "wheel_request" } | { "command": "wheel_withdraw" } | { "command": "wheel_grant", 
/**
 * To whom.
 */
to: ParticipantId, } | { "command": "wheel_decline", 
/**
 * Whose.
 */
participant: ParticipantId, } | { "command": "wheel_release" } | { "command": "stack", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * Which thread.
 */
thread: ThreadId, 
/**
 * How many of its innermost frames, at most [`STACK_KEPT`](crate::fold::STACK_KEPT); absent: the first ones.
 */
frames?: number, } | { "command": "scopes", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * Which frame.
 */
frame: FrameId, } | { "command": "variables", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * Which set.
 */
variables: VariablesId, } | { "command": "page", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * Which set.
 */
variables: VariablesId, 
/**
 * Index of the first item.
 */
start: number, 
/**
 * How many, 1 to 500.
 */
count: number, } | { "command": "text", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * The set that the value is in.
 */
variables: VariablesId, 
/**
 * Its name there.
 */
name: string, 
/**
 * Index of the first character (or byte).
 */
start: number, 
/**
 * How many, 1 to 65,536.
 */
count: number, } | { "command": "table", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * The value's set.
 */
variables: VariablesId, 
/**
 * Index of the first row.
 */
start: number, 
/**
 * How many, 1 to 200.
 */
count: number, 
/**
 * Column to sort by.
 */
sort?: string, 
/**
 * From large to small.
 */
descending?: boolean, } | { "command": "activity", 
/**
 * Which stop.
 */
stop: StopId, } | { "command": "modules" } | { "command": "interrupt", 
/**
 * As in [`Busy`](crate::Busy), so that nothing else is interrupted.
 */
since: number, } | { "command": "evaluate", 
/**
 * Which stop; absent: the program may be running.
 */
stop?: StopId, 
/**
 * In which frame.
 */
frame?: FrameId, 
/**
 * Python, at most 10,000 characters.
 */
expression: string, 
/**
 * What for.
 */
context?: EvaluateContext, } | { "command": "complete", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * In which frame.
 */
frame: FrameId, 
/**
 * What is typed, at most 10,000 characters.
 */
text: string, 
/**
 * Where in it, in characters from 0.
 */
column: number, } | { "command": "set_variable", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * Which set it is in.
 */
variables: VariablesId, 
/**
 * Its name there.
 */
name: string, 
/**
 * A Python expression.
 */
value: string, } | { "command": "set_expression", 
/**
 * Which stop.
 */
stop: StopId, 
/**
 * In which frame.
 */
frame: FrameId, 
/**
 * What is set, such as `lamp.level` or `levels[3]`.
 */
expression: string, 
/**
 * A Python expression.
 */
value: string, } | { "command": "watch_add", 
/**
 * Python, at most 10,000 characters.
 */
expression: string, 
/**
 * Who added it, or a host: the watch that is to be this one from now on, in its place.
 */
instead_of?: WatchId, } | { "command": "watch_remove", 
/**
 * Which.
 */
watch: WatchId, } | { "command": "propose", 
/**
 * What.
 */
action: Proposed, } | { "command": "proposal_run", 
/**
 * Which.
 */
proposal: ProposalId, } | { "command": "proposal_decline", 
/**
 * Which.
 */
proposal: ProposalId, } | { "command": "proposal_withdraw", 
/**
 * Which.
 */
proposal: ProposalId, } | { "command": "source", 
/**
 * Absolute path on the target: of a frame, a loaded module, or under a source root.
 */
path: string, } | { "command": "chat", 
/**
 * 1 to 4,000 characters.
 */
text: string, } | { "command": "alive" } | { "command": "hand", 
/**
 * Up or down.
 */
raised: boolean, } | { "command": "grant_code", 
/**
 * Who.
 */
participant: ParticipantId, 
/**
 * Whether they may.
 */
granted: boolean, } | { "command": "remove", 
/**
 * Who.
 */
participant: ParticipantId, } | { "command": "admit", 
/**
 * Who.
 */
guest: GuestId, } | { "command": "turn_away", 
/**
 * Who.
 */
guest: GuestId, 
/**
 * A sentence for them, at most 200 characters.
 */
message?: string, } | { "command": "start", 
/**
 * How.
 */
options?: AttachOptions, } | { "command": "end" } | { "command": "restart" });

export type ReplyResult = { "kind": "completions", 
/**
 * Best first.
 */
items: Array<Completion>, } | { "kind": "modules", 
/**
 * The program's own first; at most 5,000.
 */
items: Array<Module>, } | { "kind": "step_in_targets", 
/**
 * In the order in which they are called.
 */
items: Array<StepInTarget>, };

export type ServerMessage = { "type": "welcome", 
/**
 * [`PROTOCOL_VERSION`].
 */
protocol: number, 
/**
 * Who you are here.
 */
you: Me, 
/**
 * The state up to `seq`; absent when `from` could be honoured: then the missed events follow.
 */
snapshot: Snapshot | null, 
/**
 * Number of the last event before the ones that follow.
 */
seq: JournalSeq, } | { "type": "event" } & Envelope | { "type": "reply", 
/**
 * The command's number.
 */
id: ClientSeq, 
/**
 * Absent: it was done, or is on its way as events.
 */
error?: ErrorBody, 
/**
 * What was asked for, where it is for nobody else.
 */
result?: ReplyResult, } | { "type": "alive" } | { "type": "recording", 
/**
 * Whether.
 */
ok: boolean, 
/**
 * If not: why, and what to do.
 */
message: string | null, } | { "type": "waiting", 
/**
 * All of them, the longest first.
 */
guests: Array<WaitingGuest>, 
/**
 * Who has just stopped waiting.
 */
ended?: WaitEnded, };

export type DocName = "breakpoints" | "notes";

export const CLOSE_CODES = {
  bad_message: 4400,
  ticket_ended: 4401,
  forged: 4403,
  no_session: 4404,
  too_slow: 4408,
  removed: 4409,
  session_ended: 4410,
  too_large: 4413,
  too_fast: 4429,
  going_down: 4503,
} as const;

export const LIMITS = {
  outputKept: 1000,
  chatKept: 200,
  evaluationsKept: 100,
  printedKept: 2000,
  snapsKept: 50,
  watchValuesKept: 50,
  proposalsKept: 100,
  stackKept: 5000,
  pagesKept: 100,
  textsKept: 20,
  noteText: 20000,
  replies: 200,
  expression: 10000,
} as const;
