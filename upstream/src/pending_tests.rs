use super::*;
use breakroom_protocol::ids::ThreadId;
use proptest::prelude::*;
use std::collections::HashMap;

const PATIENCE: Duration = Duration::from_secs(10);
const THREAD: ThreadId = ThreadId(1);

fn pending() -> (Pending, Instant) {
    (Pending::new(Timeouts { answer: PATIENCE, ..Timeouts::default() }, false), Instant::now())
}

fn read(pending: &mut Pending, now: Instant, ask: u64, urgency: Urgency) {
    pending.ask(now, AskId(ask), Request::Threads, urgency).unwrap();
}

fn ends(pending: &mut Pending) -> Vec<(u64, Outcome)> {
    std::iter::from_fn(|| pending.pop_ended()).map(|(ask, outcome)| (ask.0, outcome)).collect()
}

#[test]
fn control_goes_at_once_and_a_browse_waits_for_everything() {
    let (mut pending, now) = pending();
    for ask in 0..6 {
        read(&mut pending, now, ask, Urgency::Capture);
    }
    read(&mut pending, now, 6, Urgency::Browse);
    pending.ask(now, AskId(7), Request::Pause(THREAD), Urgency::Control).unwrap();
    assert_eq!(pending.next(Instant::now(), 1), Some(&Request::Pause(THREAD)));
    for seq in 2..6 {
        assert!(pending.next(Instant::now(), seq).is_some(), "capture {seq}");
    }
    assert_eq!(pending.next(Instant::now(), 6), None, "the window is full");
    pending.ask(now, AskId(8), Request::Next(THREAD), Urgency::Control).unwrap();
    assert_eq!(pending.next(Instant::now(), 6), Some(&Request::Next(THREAD)));
    for (answered, seq) in [(2, 7), (3, 8)] {
        assert!(pending.answered(answered, true).is_some());
        assert!(pending.next(Instant::now(), seq).is_some());
    }
    for seq in [1, 4, 5, 6, 7] {
        assert!(pending.answered(seq, true).is_some());
        assert_eq!(pending.next(Instant::now(), 9), None, "the browse waits for everything else");
    }
    assert!(pending.answered(8, true).is_some());
    assert!(pending.next(Instant::now(), 9).is_some());
    read(&mut pending, now, 9, Urgency::Browse);
    assert_eq!(pending.next(Instant::now(), 10), None, "one browse at a time");
}

#[test]
fn who_leaves_waits_for_what_is_in_flight_for_a_while_and_nothing_goes_behind_it() {
    let leave = || {
        let arguments = serde_json::json!({ "terminateDebuggee": false });
        Request::Wire(breakroom_protocol::wire::WireRequest::new("disconnect", arguments).unwrap())
    };
    let settle = Timeouts::default().settle;
    let begun = || {
        let (mut pending, now) = pending();
        read(&mut pending, now, 1, Urgency::Capture);
        assert!(pending.next(now, 1).is_some());
        pending.ask(now, AskId(2), leave(), Urgency::Control).unwrap();
        pending.ask(now, AskId(3), Request::Pause(THREAD), Urgency::Control).unwrap();
        read(&mut pending, now, 4, Urgency::Capture);
        assert_eq!(pending.next(now, 2), None, "something is in flight");
        assert_eq!(pending.next_deadline(), Some(now + settle));
        (pending, now)
    };
    // It is answered, …
    let (mut pending, now) = begun();
    pending.answered(1, true);
    pending.ask(now, AskId(5), leave(), Urgency::Control).unwrap();
    assert_eq!(pending.next(now, 2), Some(&leave()));
    assert_eq!(pending.next(now, 3), None, "it leaves");
    assert_eq!(pending.next_deadline(), Some(now + PATIENCE), "nothing is to be done before");
    // … which may have failed: then it doesn't.
    pending.answered(2, false);
    assert_eq!(pending.next(now, 3), Some(&Request::Pause(THREAD)));
    assert_eq!(pending.next(now, 4), None, "that is in flight");
    pending.answered(3, true);
    assert_eq!(pending.next(now, 4), Some(&leave()));
    let (mut pending, now) = begun();
    pending.answered(1, true);
    assert!(pending.next(now, 2).is_some());
    pending.answered(2, true);
    assert_eq!(pending.next(now, 3), None, "it has left");

    // It isn't, though something was said, which is no answer.
    let (mut pending, now) = begun();
    pending.heard(now + settle / 2);
    assert_eq!(pending.next(now + settle, 2), Some(&leave()));
    assert_eq!(pending.next(now + settle, 3), None);

    // As long as answers come, more may.
    let (mut pending, now) = self::pending();
    for ask in [1, 2] {
        read(&mut pending, now, ask, Urgency::Capture);
        assert!(pending.next(now, ask as i64).is_some());
    }
    pending.ask(now, AskId(3), leave(), Urgency::Control).unwrap();
    pending.heard(now + settle / 2);
    pending.answered(1, true);
    assert_eq!(pending.next(now + settle, 3), None);
    assert_eq!(pending.next(now + settle / 2 + settle, 3), Some(&leave()));

    // But not for ever.
    let (mut pending, now) = self::pending();
    for ask in 1..=4 {
        read(&mut pending, now, ask, Urgency::Capture);
        assert!(pending.next(now, ask as i64).is_some());
    }
    pending.ask(now, AskId(9), leave(), Urgency::Control).unwrap();
    let nearly = now + settle * 4 - Duration::from_millis(1);
    for (seq, at) in [(1, now + settle * 2), (2, nearly)] {
        pending.heard(at);
        pending.answered(seq, true);
    }
    assert_eq!(pending.next_deadline(), Some(now + settle * 4));
    assert_eq!(pending.next(nearly, 9), None);
    assert_eq!(pending.next(now + settle * 4, 9), Some(&leave()));

    // What attaching asked counts.
    let (mut pending, now) = self::pending();
    pending.prepares(true);
    pending.ask(now, AskId(1), leave(), Urgency::Control).unwrap();
    assert_eq!(pending.next(now, 1), None);
    pending.prepares(false);
    assert_eq!(pending.next(now, 1), Some(&leave()));
}

#[test]
fn a_persons_code_is_slow_then_overdue_then_stuck_and_what_waits_behind_it_is_not_to_blame() {
    let (timeouts, now) = (Timeouts::default(), Instant::now());
    let mut pending = Pending::new(timeouts, false);
    let frame = Some(breakroom_protocol::upstream::UpstreamFrame(1));
    let evaluate = Request::Evaluate { frame, expression: "x".into() };
    pending.ask(now, AskId(1), evaluate, Urgency::Capture).unwrap();
    assert!(pending.next(now, 1).is_some());
    pending.ask(now, AskId(2), Request::Next(THREAD), Urgency::Control).unwrap();
    assert!(pending.next(now, 2).is_some());
    let at = |seconds| now + Duration::from_secs(seconds);
    let late = |pending: &mut Pending, seconds| {
        let told = pending.late(at(seconds)).into_iter();
        told.map(|(ask, _, late)| (ask.0, late)).collect::<Vec<_>>()
    };
    assert!(late(&mut pending, 0).is_empty());
    assert_eq!(pending.next_late(), Some(now + timeouts.slow));
    assert_eq!(late(&mut pending, 1), [(1, Late::Slow), (2, Late::Slow)]);
    assert!(late(&mut pending, 1).is_empty(), "each is told once");
    assert_eq!(late(&mut pending, 20), [(1, Late::Overdue)]);
    pending.heard(at(24));
    assert!(late(&mut pending, 25).is_empty(), "output flows: its answer may be behind that");
    assert_eq!(late(&mut pending, 29), [(1, Late::Stuck)]);
    assert!(late(&mut pending, 300).is_empty());
    assert!(pending.answered(1, true).is_some());
    assert_eq!(late(&mut pending, 300), [(2, Late::Stuck)], "now debugpy itself says nothing");
}

#[test]
fn continue_is_never_sent_while_nothing_is_paused() {
    let (mut pending, now) = pending();
    let go = |pending: &mut Pending, ask| {
        pending.ask(now, AskId(ask), Request::Continue(THREAD), Urgency::Control).unwrap();
    };
    go(&mut pending, 1);
    assert_eq!(pending.next(Instant::now(), 1), None);
    pending.stopped();
    go(&mut pending, 2);
    go(&mut pending, 3);
    assert!(pending.next(Instant::now(), 1).is_some());
    assert_eq!(pending.next(Instant::now(), 2), None, "the second of two quick ones");
    let refused: Vec<_> = ends(&mut pending).into_iter().map(|(ask, _)| ask).collect();
    assert_eq!(refused, [1, 3]);
    // It failed: the program is paused as before.
    assert!(pending.answered(1, false).is_some());
    go(&mut pending, 4);
    assert!(pending.next(Instant::now(), 2).is_some());
}

#[test]
fn a_step_makes_the_program_run_too() {
    let (mut pending, now) = pending();
    pending.stopped();
    pending.ask(now, AskId(1), Request::Next(THREAD), Urgency::Control).unwrap();
    pending.ask(now, AskId(2), Request::Continue(THREAD), Urgency::Control).unwrap();
    assert_eq!(pending.next(Instant::now(), 1), Some(&Request::Next(THREAD)));
    assert_eq!(pending.next(Instant::now(), 2), None);
    pending.stopped();
    pending.ask(now, AskId(3), Request::Continue(THREAD), Urgency::Control).unwrap();
    assert!(pending.next(Instant::now(), 2).is_some());
}

#[test]
fn a_late_answer_is_ignored_and_its_place_is_kept_for_a_while() {
    let (mut pending, now) = pending();
    read(&mut pending, now, 1, Urgency::Browse);
    assert!(pending.next(Instant::now(), 1).is_some());
    let late = now + PATIENCE;
    read(&mut pending, late, 2, Urgency::Browse);
    pending.expire(late);
    assert_eq!(ends(&mut pending), [(1, Err(AskError::TimedOut("threads")))]);
    assert_eq!(pending.next(Instant::now(), 2), None, "the adapter is still busy with the first");
    assert!(pending.answered(1, true).is_none(), "nobody waits for it any more");
    assert!(pending.next(Instant::now(), 2).is_some());

    // If it is never answered, reading goes on all the same.
    let later = late + PATIENCE;
    pending.expire(later);
    read(&mut pending, later, 3, Urgency::Browse);
    assert_eq!(pending.next(Instant::now(), 3), None);
    assert_eq!(pending.next_deadline(), Some(later + PATIENCE));
    pending.expire(later + PATIENCE / 2);
    pending.expire(later + PATIENCE);
    read(&mut pending, later + PATIENCE, 4, Urgency::Browse);
    assert!(pending.next(Instant::now(), 3).is_some());
}

#[test]
fn a_resume_drops_what_waits_but_not_control() {
    let (mut pending, now) = pending();
    for ask in 0..6 {
        read(&mut pending, now, ask, Urgency::Capture);
    }
    assert!(pending.next(Instant::now(), 1).is_some());
    read(&mut pending, now, 6, Urgency::Browse);
    pending.ask(now, AskId(7), Request::Pause(THREAD), Urgency::Control).unwrap();
    pending.drop_queued();
    let dropped = ends(&mut pending);
    assert_eq!(dropped.iter().map(|(ask, _)| *ask).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    assert!(dropped.iter().all(|(_, outcome)| *outcome == Err(AskError::Dropped)));
    assert!(pending.next(Instant::now(), 2).is_some());
}

#[test]
fn each_limit_refuses_and_leaves_room_for_what_is_more_urgent() {
    let (mut pending, now) = pending();
    for (first, urgency) in [(2000, Urgency::Browse), (3000, Urgency::Capture)] {
        for ask in first..first + READS_LIMIT as u64 {
            read(&mut pending, now, ask, urgency);
        }
        let refused = pending.ask(now, AskId(999), Request::Threads, urgency);
        assert!(matches!(refused, Err(AskError::Refused(_))));
    }
    for ask in 0..CONTROL_LIMIT as u64 {
        pending.ask(now, AskId(1000 + ask), Request::Pause(THREAD), Urgency::Control).unwrap();
    }
    let refused = pending.ask(now, AskId(9999), Request::Pause(THREAD), Urgency::Control);
    assert!(matches!(refused, Err(AskError::Refused(_))));
}

#[derive(Debug, Clone)]
enum Act {
    Ask(u8),
    Send,
    Answer(usize, bool),
    Drop,
    Stop,
    Pass(u64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0..5_u8).prop_map(Act::Ask),
        4 => Just(Act::Send),
        3 => (0..8_usize, any::<bool>()).prop_map(|(which, succeeded)| Act::Answer(which, succeeded)),
        1 => Just(Act::Drop),
        1 => Just(Act::Stop),
        1 => (0..15_u64).prop_map(Act::Pass),
    ]
}

proptest! {
    /// Whatever happens, each accepted ask ends exactly once, and none after the close.
    #[test]
    fn every_ask_ends_once(acts in proptest::collection::vec(act(), 0..200)) {
        let (mut pending, mut now) = pending();
        let (mut asked, mut seq, mut flying) = (0, 0, Vec::new());
        let mut ended: HashMap<u64, u32> = HashMap::new();
        for act in acts {
            match act {
                Act::Ask(kind) => {
                    let (request, urgency) = match kind {
                        0 => (Request::Continue(THREAD), Urgency::Control),
                        1 => (Request::Next(THREAD), Urgency::Control),
                        2 => (Request::Pause(THREAD), Urgency::Control),
                        3 => (Request::Threads, Urgency::Capture),
                        _ => (Request::Threads, Urgency::Browse),
                    };
                    if pending.ask(now, AskId(asked), request, urgency).is_ok() {
                        asked += 1;
                    }
                }
                Act::Send => {
                    if pending.next(Instant::now(), seq).is_some() {
                        flying.push(seq);
                        seq += 1;
                    }
                }
                Act::Answer(which, succeeded) if which < flying.len() => {
                    if let Some((ask, _)) = pending.answered(flying.remove(which), succeeded) {
                        *ended.entry(ask.0).or_default() += 1;
                    }
                }
                Act::Answer(..) => {}
                Act::Drop => pending.drop_queued(),
                Act::Stop => pending.stopped(),
                Act::Pass(seconds) => {
                    now += Duration::from_secs(seconds);
                    pending.expire(now);
                }
            }
        }
        pending.close();
        for (ask, _) in ends(&mut pending) {
            *ended.entry(ask).or_default() += 1;
        }
        prop_assert_eq!(ended.len() as u64, asked);
        prop_assert!(ended.values().all(|count| *count == 1));
        prop_assert_eq!(pending.ask(now, AskId(0), Request::Threads, Urgency::Control), Err(AskError::Gone));
    }
}

#[test]
fn a_long_silence_is_knocked_into_once_and_only_when_nothing_is_asked() {
    let (timeouts, now) = (Timeouts::default(), Instant::now());
    let mut pending = Pending::new(timeouts, false);
    pending.heard(now);
    let at = |seconds| now + Duration::from_secs(seconds);
    assert_eq!(pending.next_knock(), Some(at(10)));
    assert!(!pending.knock(at(9)));
    assert!(pending.knock(at(10)));
    assert!(!pending.knock(at(15)), "once in a silence");
    assert_eq!(pending.next_knock(), Some(at(20)));
    pending.heard(at(16));
    assert!(!pending.is_silent(at(25)), "there it was");
    read(&mut pending, at(16), 1, Urgency::Capture);
    assert!(!pending.knock(at(16)), "debugpy spoke just now");
    assert!(pending.next(at(17), 1).is_some());
    assert_eq!(pending.next_knock(), None, "that it is late is told");
    assert!(!pending.knock(at(30)));
    assert!(pending.answered(1, true).is_some());
    pending.heard(at(31));
    assert!(pending.knock(at(41)));
    assert!(!pending.is_silent(at(50)));
    assert!(pending.is_silent(at(51)));
    assert_eq!(pending.silence(at(51)), Duration::from_secs(20));
    pending.heard(at(52));
    read(&mut pending, at(54), 2, Urgency::Capture);
    assert!(pending.knock(at(54)), "before it is sent");
    pending.heard(at(55));
    assert!(pending.next(at(55), 2).is_some());
    assert!(pending.answered(2, true).is_some());
    pending.stopped();
    pending.ask(at(57), AskId(3), Request::Next(ThreadId(1)), Urgency::Control).unwrap();
    assert!(!pending.knock(at(57)), "a step does not wait for it");
}
