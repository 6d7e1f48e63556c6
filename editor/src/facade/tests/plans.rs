//! Random plans: an editor that asks anything, a room in which anything happens.

use super::states::{REQUESTS, arguments};
use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Debug, Clone)]
enum Act {
    Ask(usize, i64),
    Stops,
    ChildStops,
    ChildsSession { there: bool },
    Answers(i64, bool),
    Runs { by_bob: bool },
    Drives { bob: bool },
    Replies { refused: bool },
    Lost,
    Welcome,
    Alarms,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0..REQUESTS.len(), 0_i64..30).prop_map(|(which, number)| Act::Ask(which, number)),
        2 => Just(Act::Stops),
        1 => Just(Act::ChildStops),
        1 => any::<bool>().prop_map(|there| Act::ChildsSession { there }),
        1 => (0_i64..40, any::<bool>()).prop_map(|(request, success)| Act::Answers(request, success)),
        2 => any::<bool>().prop_map(|by_bob| Act::Runs { by_bob }),
        1 => any::<bool>().prop_map(|bob| Act::Drives { bob }),
        2 => any::<bool>().prop_map(|refused| Act::Replies { refused }),
        1 => Just(Act::Lost),
        1 => Just(Act::Welcome),
        1 => Just(Act::Alarms),
    ]
}

/// What an editor believes, by what it is sent.
#[derive(Default)]
struct Editor {
    answers: BTreeMap<i64, usize>,
    configured: bool,
    stopped: bool,
    over: bool,
}

impl Editor {
    fn hears(&mut self, effects: &[Effect]) {
        for message in sent(effects) {
            if let Some(seq) = message["request_seq"].as_i64() {
                *self.answers.entry(seq).or_default() += 1;
                let resumes = ["continue", "next", "stepIn", "stepOut"];
                let command = message["command"].as_str().unwrap();
                if message["success"] == true && resumes.contains(&command) {
                    self.stopped = false;
                }
                self.configured |= message["success"] == true && command == "configurationDone";
            }
            match message["event"].as_str() {
                Some("stopped") => self.stopped = true,
                Some("continued") => self.stopped = false,
                Some("terminated") => {
                    assert!(!self.over, "told once");
                    self.over = true;
                }
                _ => {}
            }
        }
    }
}

proptest! {
    #[test]
    fn one_answer_each_and_the_editor_is_where_the_program_is(
        role in prop_oneof![Just(Role::Host), Just(Role::Collaborator), Just(Role::Watcher)],
        plan in proptest::collection::vec(act(), 1..80),
    ) {
        let (mut play, mut editor) = (Play::new(role), Editor::default());
        let (ada, bob) = (play.ada.id, play.bob.id);
        let (mut stop, mut connected, mut unanswered) = (0, false, Vec::new());
        let (mut asked, mut alarms) = (Vec::new(), Vec::new());
        let child = Play::child(1);
        play.unheard(Event::Process { process: child.clone() });
        let mut elsewhere = false;
        for act in plan {
            let stopped = play.room.phase == Phase::Stopped;
            let effects = match act {
                Act::Ask(which, number) if REQUESTS[which] != "disconnect" => {
                    let mut arguments = arguments();
                    (arguments["frameId"], arguments["variablesReference"]) = (number.into(), number.into());
                    let effects = play.asks(REQUESTS[which], arguments);
                    asked.push(play.sent);
                    effects
                }
                Act::Stops if connected && !stopped => {
                    stop += 1;
                    play.stops(stop)
                }
                Act::ChildStops if connected && !stopped => {
                    stop += 1;
                    play.happens(None, Play::stop_in(stop, child.id))
                }
                // The editor has attached for the child, or left that session.
                Act::ChildsSession { there } => {
                    elsewhere = there;
                    let shown = if there { [child.id].into() } else { [].into() };
                    play.facade.handle(Input::Siblings(Siblings { leads: true, shown }))
                }
                Act::Answers(request, success) => play.facade.handle(Input::Answer { request, success }),
                Act::Runs { by_bob } if connected && stopped => {
                    play.resumed(if by_bob { bob } else { ada }, stop, ResumeKind::Next)
                }
                // What happens while the connection is lost comes with the next welcome.
                Act::Stops if !stopped => {
                    stop += 1;
                    play.unheard(Play::stop_event(stop))
                }
                Act::Runs { .. } if stopped => {
                    play.unheard(Event::Resumed { stop: StopId(stop), how: ResumeKind::Next })
                }
                Act::Drives { bob: by_bob } if connected => play.drives(if by_bob { bob } else { ada }),
                Act::Replies { refused } if connected => {
                    let taken: Vec<Effect> = std::mem::take(&mut unanswered);
                    // Events come before the reply that they belong to: who is at a stop hasn't been let run.
                    let refused = refused || stopped;
                    play.replies(&taken, refused.then_some(ErrorCode::NotDriver))
                }
                Act::Lost if connected => {
                    connected = false;
                    unanswered.clear();
                    play.facade.handle(Input::Room(FromRoom::Lost("cut".into())))
                }
                Act::Welcome if !connected => {
                    connected = true;
                    play.welcome()
                }
                Act::Alarms => {
                    let due: Vec<u64> = std::mem::take(&mut alarms);
                    due.into_iter().flat_map(|alarm| play.facade.handle(Input::Alarm(alarm))).collect()
                }
                _ => Vec::new(),
            };
            for effect in &effects {
                if let Effect::Alarm { alarm, .. } = effect {
                    alarms.push(*alarm);
                }
            }
            editor.hears(&effects);
            let commands = effects.into_iter().filter(|effect| matches!(effect, Effect::Command { .. }));
            unanswered.extend(commands);
            let of_child = play.room.stop.as_ref().is_some_and(|view| view.process == child.id);
            let at_stop = play.room.phase == Phase::Stopped && !(of_child && elsewhere);
            if editor.configured && connected {
                prop_assert_eq!(editor.stopped, at_stop, "the editor is where the program is");
            }
            prop_assert!(editor.answers.values().all(|count| *count == 1));
        }
        let gone = play.facade.handle(Input::Room(FromRoom::Gone("It is over.".into())));
        editor.hears(&gone);
        for seq in asked {
            prop_assert_eq!(editor.answers.get(&seq), Some(&1), "request {} has one answer", seq);
        }
    }
}
