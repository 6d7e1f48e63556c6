use super::*;
use crate::translate::parse;

const THREAD: ThreadId = ThreadId(3);
const STACK: Request = Request::StackTrace { thread: THREAD, start: 0, levels: 200 };
const SCOPES: Request = Request::Scopes(UpstreamFrame(7));
const LOCALS: Request = Request::Variables(UpstreamReference(9));

fn read(told: &str) -> Option<Push> {
    parse::<Told>(told).and_then(Told::read)
}

fn stop() -> Push {
    read(
        r#"{"stop": {
            "stack": {"stackFrames": [{"id": 7, "name": "work", "line": 3}, {"id": 8, "name": "<module>"}], "totalFrames": 2},
            "scopes": {"scopes": [{"name": "Locals", "variablesReference": 9}, {"name": "Globals", "variablesReference": 10}]}
        }}"#,
    )
    .unwrap()
}

fn locals(reference: i64) -> Push {
    let told = format!(r#"{{"locals": {{"reference": {reference}, "body": {{"variables": []}}}}}}"#);
    read(&told).unwrap()
}

/// At a stop that was told.
fn stopped() -> Pushed {
    let mut pushed = Pushed::default();
    assert_eq!(pushed.told(stop()), None);
    assert_eq!(pushed.given(&STACK, 1), Given::No, "it has not stopped yet");
    assert_eq!(pushed.stopped(THREAD), None);
    pushed
}

const NONE: Given = Given::Now(Ok(Answer::Variables(Vec::new())));

#[test]
fn each_is_given_once_whichever_comes_first() {
    let mut pushed = stopped();
    assert!(
        matches!(pushed.given(&STACK, 1), Given::Now(Ok(Answer::Stack { frames, total: 2 })) if frames.len() == 2)
    );
    assert!(matches!(pushed.given(&SCOPES, 2), Given::Now(Ok(Answer::Scopes(scopes))) if scopes.len() == 2));
    assert_eq!(pushed.given(&LOCALS, 3), Given::Soon);
    assert_eq!(pushed.told(locals(4)), None, "those of another stop");
    assert_eq!(pushed.told(locals(9)), Some(Due::End(3, Ok(Answer::Variables(Vec::new())))));
    for request in [STACK, SCOPES, LOCALS] {
        assert_eq!(pushed.given(&request, 4), Given::No, "{request:?}");
    }

    let mut pushed = stopped();
    assert_eq!(pushed.told(locals(9)), None);
    assert_eq!(pushed.given(&LOCALS, 1), NONE);
    assert_eq!(pushed.given(&LOCALS, 2), Given::No);
}

#[test]
fn what_was_not_told_is_asked_for() {
    let mut pushed = stopped();
    for request in [
        Request::StackTrace { thread: ThreadId(4), start: 0, levels: 200 },
        Request::StackTrace { thread: THREAD, start: 1, levels: 200 },
        Request::StackTrace { thread: THREAD, start: 0, levels: 1 },
        Request::Scopes(UpstreamFrame(8)),
        Request::Variables(UpstreamReference(10)),
        Request::Threads,
    ] {
        assert_eq!(pushed.given(&request, 1), Given::No, "{request:?}");
    }
    // A stop without a word of its own.
    assert_eq!(pushed.stopped(THREAD), None);
    assert_eq!(pushed.given(&STACK, 2), Given::No);
    // None at all, and what is no stack.
    for stack in [r#"{"stackFrames": []}"#, r#"{"frames": 1}"#] {
        assert_eq!(read(&with_stack(stack)), None, "{stack}");
    }
}

#[test]
fn the_first_frames_of_a_deep_stack_are_the_answer_to_who_asks_for_as_many() {
    let part = r#"{"stackFrames": [{"id": 7, "name": "work"}, {"id": 8, "name": "deep"}], "totalFrames": 3}"#;
    for (levels, is_it) in [(1, false), (2, true), (3, false)] {
        let mut pushed = Pushed::default();
        pushed.told(read(&with_stack(part)).unwrap());
        pushed.stopped(THREAD);
        let given = pushed.given(&Request::StackTrace { thread: THREAD, start: 0, levels }, 1);
        let told = matches!(&given, Given::Now(Ok(Answer::Stack { frames, total: 3 })) if frames.len() == 2);
        assert_eq!(told, is_it, "{levels}: {given:?}");
        assert_eq!(given == Given::No, !is_it, "{levels}: {given:?}");
    }
}

fn with_stack(stack: &str) -> String {
    format!(
        r#"{{"stop": {{"stack": {stack}, "scopes": {{"scopes": [{{"name": "Locals", "variablesReference": 9}}]}}}}}}"#
    )
}

#[test]
fn what_is_no_longer_so_is_not_given() {
    let mut pushed = stopped();
    pushed.changed();
    assert_eq!(pushed.told(locals(9)), None);
    assert_eq!(pushed.given(&LOCALS, 1), Given::No, "code ran since");
    assert!(matches!(pushed.given(&STACK, 2), Given::Now(_)), "and that changes no stack");

    // Who asked before the code ran asks again when what was on its way has come: the code's own answer may be there already.
    let mut pushed = stopped();
    assert_eq!(pushed.given(&LOCALS, 4), Given::Soon);
    pushed.changed();
    pushed.changed();
    assert_eq!(pushed.given(&LOCALS, 5), Given::No);
    assert_eq!(pushed.told(locals(9)), Some(Due::Send(4)));
    assert_eq!(pushed.told(locals(9)), None);

    // Who waits as the program runs on hears so; at a further stop of the same pause, they ask.
    let mut pushed = stopped();
    assert_eq!(pushed.given(&LOCALS, 5), Given::Soon);
    pushed.changed();
    assert_eq!(pushed.resumed(), Some(5));
    assert_eq!(pushed.told(locals(9)), None);
    assert_eq!(pushed.given(&STACK, 6), Given::No);
    let mut pushed = stopped();
    assert_eq!(pushed.given(&LOCALS, 5), Given::Soon);
    assert_eq!(pushed.stopped(THREAD), Some(5));
}

#[test]
fn a_refusal_is_an_end_too() {
    let mut pushed = stopped();
    assert_eq!(pushed.given(&LOCALS, 1), Given::Soon);
    let refused = read(r#"{"locals": {"reference": 9, "refused": "it took too long"}}"#).unwrap();
    let outcome = Err(AskError::Refused("it took too long".to_owned()));
    assert_eq!(pushed.told(refused), Some(Due::End(1, outcome)));
    // What could not be made is asked for.
    let failed = || read(r#"{"locals": {"reference": 9}}"#).unwrap();
    let mut pushed = stopped();
    assert_eq!(pushed.given(&LOCALS, 1), Given::Soon);
    assert_eq!(pushed.told(failed()), Some(Due::Send(1)));
    let mut pushed = stopped();
    assert_eq!(pushed.told(failed()), None);
    assert_eq!(pushed.given(&LOCALS, 1), Given::No);
}
