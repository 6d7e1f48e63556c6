//! Coming and going: `initialize`, `attach`, `configurationDone`, `disconnect`, and whose request is whose.

use super::dap::{Ask, Client, Request};
use super::{Alarm, Effect, Facade, Life, What, words};
use breakroom_protocol::fold::Phase;
use breakroom_protocol::{AttachOptions, Command, ExceptionFilters, Role};
use serde_json::{Value, json};
use std::time::Duration;

/// How long `attach` waits for the room.
const JOIN_WITHIN: Duration = Duration::from_secs(15);

impl Facade {
    pub(super) fn request(&mut self, request: Request) {
        if let Life::Wired = self.life {
            return self.wire_request(request);
        }
        let ask = Ask::of(&request);
        let arguments = request.arguments;
        match (request.command.as_str(), &self.life) {
            ("initialize", _) => self.initialize(ask, &arguments),
            ("disconnect", _) => self.disconnect(ask),
            (_, Life::Over(why)) => {
                let why = why.clone();
                self.fail(ask, &why);
            }
            ("attach" | "launch", Life::Fresh) => self.attach(ask, &arguments),
            ("attach" | "launch", _) => self.fail(ask, "This editor has joined already."),
            (_, Life::Fresh | Life::Joining(_) | Life::Starting(_)) => self.fail(ask, words::NOT_ATTACHED),
            ("configurationDone", Life::Configuring(_)) => self.configured(ask),
            ("configurationDone", _) => self.succeed(ask, Value::Null),
            ("setBreakpoints", _) => self.set_breakpoints(ask, &arguments),
            ("setFunctionBreakpoints", _) => self.set_function_breakpoints(ask, &arguments),
            ("setExceptionBreakpoints", _) => self.set_exception_breakpoints(ask, &arguments),
            ("threads", _) => self.threads(ask),
            ("stackTrace", _) => self.stack_trace(ask, &arguments),
            ("scopes", _) => self.scopes(ask, &arguments),
            ("variables", _) => self.variables(ask, &arguments),
            ("source", _) => self.source(ask, &arguments),
            ("evaluate", _) => self.evaluate(ask, &arguments),
            ("setVariable", _) => self.set_variable(ask, &arguments),
            ("setExpression", _) => self.set_expression(ask, &arguments),
            ("completions", _) => self.completions(ask, &arguments),
            ("exceptionInfo", _) => self.exception_info(ask),
            ("gotoTargets", _) => self.goto_targets(ask, &arguments),
            ("goto", _) => self.goto(ask, &arguments),
            ("stepInTargets", _) => self.step_in_targets(ask, &arguments),
            ("continue" | "next" | "stepIn" | "stepOut", _) => self.resume(ask, &arguments),
            ("pause", _) => self.pause(ask),
            ("terminate", _) => self.terminate(ask),
            (command, _) => {
                let sentence = format!("`{command}` isn't possible in a shared session.");
                self.fail_quietly(ask, &sentence);
            }
        }
    }

    fn initialize(&mut self, ask: Ask, arguments: &Value) {
        self.client = Client::of(arguments);
        self.told_code = self.may_run_code();
        let (sets, ends) = (self.me.role >= Role::Collaborator, self.may_end());
        let mut body = json!({
            "supportsConfigurationDoneRequest": true,
            "supportsConditionalBreakpoints": sets,
            "supportsHitConditionalBreakpoints": sets,
            "supportsLogPoints": sets,
            "supportsFunctionBreakpoints": sets,
            "supportsGotoTargetsRequest": sets,
            "supportsStepInTargetsRequest": sets,
            "supportsExceptionInfoRequest": true,
            "supportsValueFormattingOptions": true,
            // Names that were captured are shown and completed without running anything, and what else is plain is
            // let through by the server.
            "supportsEvaluateForHovers": true,
            "supportsClipboardContext": true,
            "supportsCompletionsRequest": true,
            "supportsTerminateRequest": ends,
            "supportTerminateDebuggee": false,
            "supportsDelayedStackTraceLoading": false,
            "exceptionBreakpointFilters": if sets { exception_filters(self.room.exception_filters) } else { json!([]) },
        });
        add_code(&mut body, self.told_code);
        self.succeed(ask, body);
    }

    /// What the editor may offer follows what its person may do.
    pub(super) fn tell_capabilities(&mut self) {
        let may = self.may_run_code();
        if self.is_configured() && may != self.told_code {
            self.told_code = may;
            let mut capabilities = json!({});
            add_code(&mut capabilities, may);
            self.event("capabilities", json!({ "capabilities": capabilities }));
        }
    }

    pub(super) fn attach(&mut self, ask: Ask, arguments: &Value) {
        let pairs = arguments.get("pathMappings").and_then(Value::as_array).into_iter().flatten();
        for pair in pairs {
            let side = |key: &str| pair.get(key).and_then(Value::as_str);
            if let (Some(local), Some(remote)) = (side("localRoot"), side("remoteRoot")) {
                self.config.map.add(local, remote);
            }
        }
        self.options = AttachOptions::chosen(arguments);
        if let Err(sentence) = self.of_family(arguments) {
            return self.fail(ask, sentence);
        }
        self.life = Life::Joining(ask);
        self.begin_guessing(arguments);
        if self.connected {
            self.joined();
        } else {
            self.set_alarm(Alarm::Join, JOIN_WITHIN);
        }
    }

    /// Both sides are there, and it is known where the files are, if that can be found out.
    pub(super) fn joined(&mut self) {
        if self.guess.is_busy() {
            return;
        }
        match std::mem::replace(&mut self.life, Life::Fresh) {
            Life::Joining(ask) => {
                self.life = Life::Configuring(ask);
                self.event("initialized", json!({}));
            }
            other => self.life = other,
        }
    }

    pub(super) fn join_is_late(&mut self) {
        match std::mem::replace(&mut self.life, Life::Fresh) {
            Life::Joining(ask) => self.fail(ask, "Breakroom does not answer: is its server running?"),
            other => self.life = other,
        }
    }

    fn configured(&mut self, ask: Ask) {
        self.succeed(ask, Value::Null);
        let Life::Configuring(attach) = std::mem::replace(&mut self.life, Life::Configured) else { return };
        if self.room.phase != Phase::Starting {
            return self.has_attached(attach);
        }
        if self.me.role < Role::Host {
            self.life = Life::Fresh;
            return self.fail(attach, "The session has not started yet: a host starts it.");
        }
        let options = std::mem::take(&mut self.options);
        self.life = Life::Starting(attach);
        self.command(None, Command::Start { options }, What::Start);
    }

    /// The session's first attach, or that there is none.
    pub(super) fn started(&mut self, outcome: Result<(), &str>) {
        match (std::mem::replace(&mut self.life, Life::Fresh), outcome) {
            (Life::Starting(attach), Ok(())) => {
                self.life = Life::Configured;
                self.has_attached(attach);
            }
            (Life::Starting(attach), Err(sentence)) => self.fail(attach, sentence),
            (other, _) => self.life = other,
        }
    }

    fn has_attached(&mut self, attach: Ask) {
        self.succeed(attach, Value::Null);
        self.greet();
        self.tell_capabilities();
        self.tell_breakpoints();
        self.offer_children();
        self.catch_up();
    }

    fn greet(&mut self) {
        for line in std::mem::take(&mut self.unsaid) {
            self.say(&line);
        }
        if let Some(process) = self.family.process() {
            let name = self.room.processes.get(&process).map_or("a child process", |child| &child.name);
            return self.say(&format!("this is {name}; its stops are shown here."));
        }
        let target = self.room.session.as_ref().map_or("the session", |session| &session.target.name);
        let role = words::role(self.me.role);
        let wheel = match self.room.driver {
            Some(who) if who == self.me.id => "you drive".to_owned(),
            Some(who) => format!("{} drives", self.name(who)),
            None => "nobody drives".to_owned(),
        };
        let line = format!(
            "you are in {target} as {role}; {wheel}. Here in the console: /wheel to drive, /release, /say TEXT. \
             The room: {}",
            self.config.page
        );
        self.say(&line);
    }

    pub(super) fn disconnect(&mut self, ask: Ask) {
        self.end_all("The editor is leaving.");
        self.succeed(ask, Value::Null);
        self.life = Life::Over("The editor has left.".to_owned());
        self.out.push(Effect::Close);
    }

    fn may_end(&self) -> bool {
        self.config.host_ends && self.me.role == Role::Host
    }

    pub(super) fn terminate(&mut self, ask: Ask) {
        if self.may_end() {
            return self.command(Some(ask), Command::End, What::End);
        }
        let sentence = if self.me.role == Role::Host {
            "An editor doesn't end the session for everybody: disconnect, end it in the room, or start \
             `breakroom join` with --host-ends."
        } else {
            "Only a host ends the session: disconnect instead, the others go on."
        };
        self.fail(ask, sentence);
    }

    /// The filters are everybody's: what an editor sends while it comes in is its own habit, not a wish, unless it is the
    /// one that starts the session.
    fn set_exception_breakpoints(&mut self, ask: Ask, arguments: &Value) {
        let listed = |key: &str| arguments.get(key).and_then(Value::as_array).into_iter().flatten();
        if listed("filterOptions").chain(listed("exceptionOptions")).next().is_some() {
            return self
                .fail(ask, "Only whole exception filters can be set here, without conditions or paths.");
        }
        let on = |name: &str| listed("filters").any(|filter| filter == name);
        let filters = ExceptionFilters {
            raised: on("raised"),
            uncaught: on("uncaught"),
            user_unhandled: on("userUnhandled"),
        };
        let habit = matches!(self.life, Life::Configuring(_)) && self.room.phase != Phase::Starting;
        if habit || filters == self.room.exception_filters {
            return self.succeed(ask, Value::Null);
        }
        self.command(Some(ask), Command::ExceptionFilters { filters }, What::Exceptions);
    }

    /// After a welcome, and when the editor begins to listen: what it believes is made right.
    pub(super) fn catch_up(&mut self) {
        if !self.is_configured() {
            return;
        }
        if let Phase::Ended { message, .. } = &self.room.phase {
            let message = message.clone();
            return self.over(&message);
        }
        match self.stop().map(|view| view.stop) {
            Some(stop) if self.shown == super::Shown::Stopped(stop) => {}
            Some(_) => {
                self.tell_running();
                self.tell_stopped(false);
            }
            None => self.tell_running(),
        }
    }
}

/// DAP's `exceptionBreakpointFilters`: debugpy's own, checked as they are in the room.
fn exception_filters(now: ExceptionFilters) -> Value {
    let ExceptionFilters { raised, uncaught, user_unhandled } = now;
    let all = [
        ("raised", "Raised Exceptions", raised),
        ("uncaught", "Uncaught Exceptions", uncaught),
        ("userUnhandled", "User Uncaught Exceptions", user_unhandled),
    ];
    all.into_iter()
        .map(|(filter, label, on)| json!({ "filter": filter, "label": label, "default": on }))
        .collect()
}

fn add_code(capabilities: &mut Value, may: bool) {
    for key in ["supportsSetVariable", "supportsSetExpression"] {
        capabilities[key] = may.into();
    }
}
