//! A session's side of an upstream connection, for tests.
#![allow(dead_code)] // Each test program uses its part of it.

use breakroom_protocol::ids::ThreadId;
use breakroom_protocol::model::OutputCategory;
use breakroom_protocol::upstream::{
    Answer, AskError, AskId, FromUpstream, Late, Request, SourceBreakpoint, UpstreamEvent, UpstreamFrameInfo,
    UpstreamVariable, Urgency,
};
use breakroom_test_support::debuggee::Debuggee;
use breakroom_upstream::{AttachConfig, Attached, Setup};
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// How long a test waits for anything.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A breakpoint without conditions.
pub fn at(line: u32) -> SourceBreakpoint {
    SourceBreakpoint { line, condition: None, hit_condition: None, log_message: None }
}

/// A setup with breakpoints in the debuggee's script.
pub fn setup(debuggee: &Debuggee, lines: &[u32]) -> Setup {
    let breakpoints = lines.iter().copied().map(at).collect();
    Setup { breakpoints: vec![(script(debuggee), breakpoints)], ..Setup::default() }
}

/// The script's path as a string.
pub fn script(debuggee: &Debuggee) -> String {
    debuggee.script_path().to_str().unwrap().to_owned()
}

/// Holds what came until it is waited for.
pub struct Client {
    pub attached: Attached,
    events: VecDeque<UpstreamEvent>,
    answers: HashMap<AskId, Result<Answer, AskError>>,
    pub late: Vec<(AskId, Late)>,
    pub closed: Option<String>,
    next_ask: u64,
}

impl Client {
    pub async fn attach(debuggee: &Debuggee, setup: Setup) -> Self {
        Self::with(&AttachConfig::new(debuggee.address()), setup).await
    }

    pub async fn with(config: &AttachConfig, setup: Setup) -> Self {
        let attached = breakroom_upstream::attach(config, setup).await.unwrap();
        let (events, answers) = (VecDeque::new(), HashMap::new());
        Self { attached, events, answers, late: Vec::new(), closed: None, next_ask: 1 }
    }

    /// Takes in one item.
    async fn step(&mut self) {
        let item = tokio::time::timeout(PATIENCE, self.attached.incoming.recv()).await;
        let item = item.unwrap_or_else(|_| panic!("nothing came; events so far: {:?}", self.events));
        assert!(self.closed.is_none(), "something came after the end: {item:?}");
        match item.expect("`Closed` comes before the channel ends") {
            FromUpstream::Event(event) => self.events.push_back(event),
            FromUpstream::Answer { ask, outcome } => {
                let twice = self.answers.insert(ask, outcome);
                assert_eq!(twice, None, "{ask:?} ended twice");
            }
            FromUpstream::Late { ask, late, .. } => self.late.push((ask, late)),
            other @ (FromUpstream::Wire(_) | FromUpstream::Prepared(_)) => {
                panic!("no editor attaches by this connection: {other:?}")
            }
            FromUpstream::Closed { message } => self.closed = Some(message),
        }
    }

    pub fn send(&mut self, request: Request, urgency: Urgency) -> AskId {
        let ask = AskId(self.next_ask);
        self.next_ask += 1;
        self.attached.handle.ask(ask, request, urgency).unwrap();
        ask
    }

    pub async fn answer(&mut self, ask: AskId) -> Result<Answer, AskError> {
        loop {
            if let Some(outcome) = self.answers.remove(&ask) {
                return outcome;
            }
            self.step().await;
        }
    }

    pub async fn ask(&mut self, request: Request, urgency: Urgency) -> Result<Answer, AskError> {
        let ask = self.send(request, urgency);
        self.answer(ask).await
    }

    pub async fn control(&mut self, request: Request) -> Answer {
        self.ask(request, Urgency::Control).await.unwrap()
    }

    /// Waits for the first event, held or new, for which `wanted` gives something; earlier ones are dropped.
    pub async fn event<T>(&mut self, mut wanted: impl FnMut(UpstreamEvent) -> Option<T>) -> T {
        loop {
            while let Some(event) = self.events.pop_front() {
                if let Some(found) = wanted(event) {
                    return found;
                }
            }
            self.step().await;
        }
    }

    /// The next stop's reason and thread.
    pub async fn stop(&mut self) -> (String, ThreadId) {
        self.event(|event| match event {
            UpstreamEvent::Stopped { reason, thread, .. } => Some((reason, thread)),
            _ => None,
        })
        .await
    }

    /// Waits until output of this category contains `part`; returns what came.
    pub async fn output(&mut self, wanted: OutputCategory, part: &str) -> String {
        let mut all = String::new();
        self.event(|event| match event {
            UpstreamEvent::Output { category, text } if category == wanted => {
                all.push_str(&text);
                all.contains(part).then(|| all.clone())
            }
            _ => None,
        })
        .await
    }

    /// Waits for the end; returns its sentence.
    pub async fn end(&mut self) -> String {
        while self.closed.is_none() {
            self.step().await;
        }
        assert!(self.attached.incoming.recv().await.is_none(), "`Closed` is the last");
        self.closed.clone().unwrap()
    }

    pub async fn stack(&mut self, thread: ThreadId) -> Vec<UpstreamFrameInfo> {
        match self.ask(Request::StackTrace { thread, start: 0, levels: 50 }, Urgency::Capture).await.unwrap()
        {
            Answer::Stack { frames, .. } => frames,
            other => panic!("{other:?}"),
        }
    }

    /// Line of the top frame.
    pub async fn line(&mut self, thread: ThreadId) -> u32 {
        self.stack(thread).await[0].line
    }

    pub async fn locals(&mut self, frame: &UpstreamFrameInfo) -> Vec<UpstreamVariable> {
        let scopes = match self.ask(Request::Scopes(frame.id), Urgency::Capture).await.unwrap() {
            Answer::Scopes(scopes) => scopes,
            other => panic!("{other:?}"),
        };
        match self.ask(Request::Variables(scopes[0].reference), Urgency::Capture).await.unwrap() {
            Answer::Variables(variables) => variables,
            other => panic!("{other:?}"),
        }
    }

    pub async fn evaluate(
        &mut self,
        frame: Option<&UpstreamFrameInfo>,
        expression: &str,
    ) -> Result<UpstreamVariable, AskError> {
        let request =
            Request::Evaluate { frame: frame.map(|frame| frame.id), expression: expression.to_owned() };
        self.ask(request, Urgency::Browse).await.map(|answer| match answer {
            Answer::Value(value) => value,
            other => panic!("{other:?}"),
        })
    }

    pub async fn detach(&mut self) -> String {
        let handle = self.attached.handle.clone();
        handle.detach().await;
        self.end().await
    }
}
