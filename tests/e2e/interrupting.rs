//! Code of one thread is interrupted, while others read or run in another.

use crate::hanging::{stopped, working};
use crate::support::Person;
use breakroom_protocol::{Command, EvaluateContext, FrameId, Outcome, Snapshot, VariablesId};

/// The top frame of the thread that isn't shown.
async fn other_frame(person: &Person) -> (FrameId, VariablesId) {
    let view = person.sees("the threads", |now| has_threads(now, 2)).await.stop.unwrap();
    let stop = view.stop;
    let thread = view.threads.iter().map(|thread| thread.id).filter(|id| *id != view.thread);
    for thread in thread {
        person.sends(Command::Stack { stop, thread, frames: None }).await.done();
        let frames = person.up_to_date().await.stop.unwrap().stacks[&thread].frames.clone();
        if let Some(frame) = frames.iter().find(|frame| frame.name == "other") {
            person.sends(Command::Scopes { stop, frame: frame.id }).await.done();
            return (frame.id, person.up_to_date().await.stop.unwrap().scopes[&frame.id][0].variables);
        }
    }
    panic!("it is there: {:?}", person.now().stop)
}

fn has_threads(now: &Snapshot, count: usize) -> bool {
    now.stop.as_ref().is_some_and(|stop| stop.threads.len() >= count)
}

#[tokio::test]
async fn who_reads_another_thread_meanwhile_keeps_nothing_from_being_interrupted() {
    let (debuggee, server, ada) = working("thread", "evaluation_s = 500").await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    stopped(&debuggee, &ada).await;
    let stop = ada.stop();
    let (_, locals) = other_frame(&eve).await;
    let set_of = |variables: VariablesId| {
        let eve = &eve;
        async move {
            eve.sends(Command::Variables { stop, variables }).await.done();
            eve.up_to_date().await.stop.unwrap().variables[&variables].items.clone()
        }
    };
    let boxes = set_of(locals).await.into_iter().find(|item| item.name == "boxes").unwrap();
    let boxes: Vec<_> =
        set_of(boxes.variables.unwrap()).await.iter().filter_map(|one| one.variables).collect();
    assert!(boxes.len() >= 90, "{boxes:?}");
    let stubborn =
        r#"exec("n = 0\nwhile n < 4:\n try:\n  while True: pass\n except BaseException:\n  n += 1")"#;
    for expression in [stubborn, "while True: pass"] {
        let meanwhile = async {
            let busy = eve.sees("who is busy", |now| now.busy.is_some()).await.busy.unwrap();
            ada.sends(Command::Interrupt { since: busy.since }).await.done();
            if expression == stubborn {
                for variables in &boxes {
                    eve.sends(Command::Variables { stop, variables: *variables }).await.done();
                }
            }
        };
        tokio::join!(ada.evaluates(expression), meanwhile).0.done();
    }
    let last = eve.catches_up_with(&ada).await.evaluations.last().unwrap().clone();
    assert!(matches!(&last.outcome, Outcome::Error(said) if said.contains("it was interrupted")), "{last:?}");
}

#[tokio::test]
async fn what_runs_in_another_thread_is_not_interrupted_with_it() {
    let (debuggee, server, ada) = working("thread", "evaluation_s = 500").await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    stopped(&debuggee, &ada).await;
    let other = ada.second_tab().await;
    let evaluate = Command::Evaluate {
        stop: Some(ada.stop()),
        frame: Some(other_frame(&ada).await.0),
        expression: "[time.sleep(0.01) for _ in range(400)] and 'slept'".into(),
        context: EvaluateContext::Repl,
    };
    let second = async {
        debuggee.wait_for_line("begun").await;
        other.sends(evaluate).await
    };
    let meanwhile = async {
        let busy = eve.sees("who is busy", |now| now.busy.is_some()).await.busy.unwrap();
        assert!(busy.what.contains("while True: pass"), "{busy:?}");
        ada.sends(Command::Interrupt { since: busy.since }).await.done();
    };
    let first = r#"exec("print('begun', flush=True)\nwhile True: pass")"#;
    let both = tokio::join!(ada.evaluates(first), second, meanwhile);
    both.0.done();
    both.1.done();
    let ended = eve.catches_up_with(&ada).await.evaluations;
    let [Outcome::Error(first), Outcome::Value(second)] = [&ended[0].outcome, &ended[1].outcome] else {
        panic!("{ended:?}")
    };
    assert!(first.contains("it was interrupted") && second.value.contains("slept"), "{ended:?}");
}
