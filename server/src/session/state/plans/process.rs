//! The model of one process as debugpy has it.

use breakroom_protocol::upstream::{
    Answer, AskError, AskId, FunctionFound, Request, UpstreamBreakpoint, UpstreamEvent, UpstreamFrame,
    UpstreamFrameInfo, UpstreamReference, UpstreamScope, UpstreamVariable,
};
use breakroom_protocol::{EntryId, StepInTarget, TablePage, ThreadId};
use breakroom_upstream::Setup;
use std::collections::{BTreeSet, VecDeque};

/// What debugpy has of one process.
#[derive(Debug, Default)]
pub struct Process {
    /// There may be a connection by which nobody has attached yet.
    pub attached: bool,
    /// DAP reason of its pause.
    pub paused: Option<String>,
    /// The same, while a `goto` decides whether it is left.
    pub leaving: Option<String>,
    /// debugpy's id of the top frame; its locals are ten times that.
    pub frame: i64,
    /// How often it paused.
    pub pauses: u32,
    /// Events that debugpy has sent and the session hasn't read.
    pub coming: VecDeque<UpstreamEvent>,
    pub asks: VecDeque<(AskId, Request)>,
    /// Lines and functions that have a breakpoint.
    pub lines: BTreeSet<u32>,
    pub functions: BTreeSet<String>,
}

impl Process {
    pub fn set_up(setup: &Setup) -> Self {
        let mut this = Self { attached: true, frame: 1, ..Self::default() };
        for (path, breakpoints) in &setup.breakpoints {
            this.take(&Request::SetBreakpoints { path: path.clone(), breakpoints: breakpoints.clone() });
        }
        this.take(&Request::SetFunctionBreakpoints { breakpoints: setup.functions.clone() });
        this
    }

    /// What it has from then on.
    pub fn take(&mut self, request: &Request) {
        match request {
            Request::SetBreakpoints { breakpoints, .. } => {
                self.lines = breakpoints.iter().map(|breakpoint| breakpoint.line).collect();
                assert_eq!(self.lines.len(), breakpoints.len(), "one a line");
            }
            Request::SetFunctionBreakpoints { breakpoints } => {
                self.functions = breakpoints.iter().map(|breakpoint| breakpoint.name.clone()).collect();
                assert_eq!(self.functions.len(), breakpoints.len(), "one a name");
            }
            _ => {}
        }
    }

    pub fn hit(&mut self, reason: &str) {
        if self.paused.is_none() {
            self.paused = Some(reason.to_owned());
            self.pauses += 1;
            let (reason, thread) = (reason.to_owned(), ThreadId(1));
            self.coming.push_back(UpstreamEvent::Stopped { reason, description: None, text: None, thread });
        }
    }

    /// What it says no to.
    pub fn refuses(&self, request: &Request) -> Option<AskError> {
        match request {
            Request::Read { read, .. } if read.name == "absent" => {
                Some(AskError::Refused("NameError: name 'absent' is not defined".into()))
            }
            Request::Read { read, .. } if read.name == "frame" => {
                Some(AskError::RunsCode("A DataFrame".into()))
            }
            Request::Evaluate { expression, .. }
                if expression.trim_end_matches(')').ends_with(['1', '3', '5', '7', '9']) =>
            {
                Some(AskError::Refused("ZeroDivisionError".into()))
            }
            _ => None,
        }
    }

    /// What debugpy says now: names and values tell of which frame and pause.
    pub fn answer(&self, request: &Request) -> Answer {
        let value = |name: &str, text: String, reference: i64| UpstreamVariable {
            name: name.into(),
            value: text,
            type_name: "int".into(),
            reference: (reference > 0).then_some(UpstreamReference(reference)),
            evaluate_name: None,
        };
        match request {
            Request::Threads => Answer::Threads(Vec::new()),
            Request::StackTrace { .. } => {
                let frame = |id| UpstreamFrameInfo {
                    id: UpstreamFrame(id),
                    name: format!("f{id}"),
                    path: Some("/app/a.py".into()),
                    line: 3,
                    column: 1,
                    subtle: false,
                };
                Answer::Stack { frames: vec![frame(self.frame), frame(9)], total: 2 }
            }
            Request::Scopes(UpstreamFrame(of)) => {
                let scope = |name: String, reference| UpstreamScope {
                    name,
                    reference: UpstreamReference(reference),
                    expensive: false,
                };
                Answer::Scopes(vec![
                    scope(format!("Locals of f{of}"), of * 10),
                    scope("Globals".into(), of * 10 + 1),
                ])
            }
            Request::Variables(reference) => {
                let text = format!("{} at pause {}", reference.0, self.pauses);
                Answer::Variables(vec![value("x", text, reference.0 + 100), value("y", "1".into(), 0)])
            }
            Request::Evaluate { .. }
            | Request::Copy { .. }
            | Request::Assign { .. }
            | Request::AssignExpression { .. } => Answer::Value(value("", "1".into(), 7)),
            Request::Page { .. } => Answer::Page { total: 9, items: vec![value("0", "1".into(), 70)] },
            Request::Text { .. } => Answer::Text { total: 1, text: "x".into() },
            Request::Table { start, sort, descending, .. } => Answer::Table(TablePage {
                start: *start,
                total: 1,
                columns: vec!["x".into()],
                total_columns: 1,
                index: vec!["0".into()],
                rows: vec![vec!["1".into()]],
                sort: sort.clone(),
                descending: *descending,
            }),
            Request::Activity => Answer::Activity { threads: Vec::new(), tasks: Vec::new(), total_tasks: 0 },
            Request::Adopt(_) => Answer::Adopted { held: true },
            Request::Complete { .. } => Answer::Completions(Vec::new()),
            Request::StepInTargets(_) => {
                Answer::StepInTargets(vec![StepInTarget { id: 0, label: "f()".into() }])
            }
            Request::GotoTargets { .. } => Answer::GotoTarget(Some(1)),
            Request::SetBreakpoints { breakpoints, .. } => {
                let one = |id| UpstreamBreakpoint { id: Some(id), verified: true, line: None, message: None };
                Answer::Breakpoints((0..breakpoints.len() as i64).map(one).collect())
            }
            Request::FindFunctions { names } => Answer::Functions(vec![FunctionFound::Here; names.len()]),
            Request::CheckSources { .. } => Answer::Differing(Vec::new()),
            Request::Read { .. } => Answer::Held(UpstreamReference(7_000)),
            Request::Matched { .. } => Answer::Matched(Vec::new()),
            Request::SnapsPassed => {
                Answer::SnapsPassed { counts: vec![(EntryId("1".into()), 2)], more: true }
            }
            Request::Modules => Answer::Modules(Vec::new()),
            Request::ReadSource { .. } => Answer::Source { text: "x = 1\n".into() },
            _ => Answer::Done,
        }
    }
}
