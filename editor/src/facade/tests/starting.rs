//! An editor that is there before the session has started: it brings its settings and its breakpoints.

use super::*;
use breakroom_protocol::ExceptionFilters;

impl Play {
    /// Ada's editor between `initialized` and `configurationDone`, in a session that waits for somebody who starts it.
    pub(super) fn waiting(role: Role) -> Self {
        let mut play = Self::new(role);
        play.room.phase = Phase::Starting;
        play.welcome();
        play.asks("initialize", json!({}));
        let said = play.asks("attach", json!({ "justMyCode": false, "django": true, "logToFile": true }));
        assert_eq!(told(&said), ["initialized"]);
        play
    }
}

fn attached() -> Event {
    Event::Attached { python: None, debugpy: None, pid: None, choice: Default::default() }
}

#[test]
fn it_starts_the_session_once_it_is_configured() {
    let mut play = Play::waiting(Role::Host);
    let set = play.asks("setExceptionBreakpoints", json!({ "filters": ["raised"] }));
    let filters = ExceptionFilters { raised: true, uncaught: false, user_unhandled: false };
    assert_eq!(commands(&set)[0].1, Command::ExceptionFilters { filters }, "they are its wish now");
    play.replies(&set, None);
    let done = play.asks("configurationDone", json!({}));
    let options = AttachOptions { just_my_code: Some(false), django: Some(true), ..AttachOptions::default() };
    assert_eq!(commands(&done)[0].1, Command::Start { options });
    assert_eq!(told(&done), ["+configurationDone"], "attach is answered when the program is attached");
    let attached = play.happens(None, attached());
    assert_eq!(told(&attached)[0], "+attach");
    assert_eq!(told(&play.replies(&done, None)), [""; 0]);
}

#[test]
fn what_keeps_it_from_starting_is_said_and_it_may_try_again() {
    let mut play = Play::waiting(Role::Host);
    let done = play.asks("configurationDone", json!({}));
    let refused = play.replies(&done, Some(ErrorCode::DebuggerNotActive));
    assert_eq!(told(&refused), ["-attach"]);
    assert_eq!(sentence_of(&refused), "It is refused.");
    assert_eq!(told(&play.asks("attach", json!({}))), ["initialized"]);
    let done = play.asks("configurationDone", json!({}));
    // Somebody in a browser was faster.
    assert_eq!(told(&play.replies(&done, Some(ErrorCode::AlreadyStarted))), [""; 0]);
    assert_eq!(told(&play.happens(None, attached()))[0], "+attach");
}

#[test]
fn only_a_host_starts_it() {
    let mut play = Play::waiting(Role::Collaborator);
    let done = play.asks("configurationDone", json!({}));
    assert!(commands(&done).is_empty());
    assert_eq!(told(&done), ["+configurationDone", "-attach"]);
}
