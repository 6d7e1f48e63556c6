//! Several people's entries on one line: each does what it would do alone, and a stop says whose it was.

use crate::support::program::{TICK_LINE, TICKING};
use crate::support::{Person, Server, until};
use breakroom_protocol::fold::{Phase, StopView};
use breakroom_protocol::room::DocName;
use breakroom_protocol::{Command, EntryId, Event, ExceptionFilters, StopId};
use breakroom_test_support::debuggee::Debuggee;
use std::collections::BTreeMap;

/// What each stop so far was: the program's `count`, and whose entries were hit.
fn stops(ada: &Person) -> BTreeMap<StopId, (u64, Vec<EntryId>)> {
    let mut counts = BTreeMap::new();
    let mut hits = BTreeMap::new();
    for envelope in ada.events() {
        match envelope.event {
            Event::Hit { stop, entries } => {
                hits.insert(stop, entries);
            }
            Event::Variables { stop, items, .. } => {
                if let Some(count) = items.iter().find(|item| item.name == "count") {
                    counts.insert(stop, count.value.parse().unwrap());
                }
            }
            _ => {}
        }
    }
    counts.into_iter().filter_map(|(stop, count)| Some((stop, (count, hits.get(&stop)?.clone())))).collect()
}

/// Goes on until so many further stops are known as a whole.
async fn goes_through(ada: &Person, many: u32) -> Vec<(u64, Vec<EntryId>)> {
    let before = ada.now().last_stop.0;
    for number in before + 1..=before + many {
        if number > 1 {
            ada.continues().await.done();
        }
        ada.sees("a whole stop, and whose it was", |now| {
            let known = |stop: &StopView| !stop.hit.is_empty() && !stop.variables.is_empty();
            now.last_stop.0 == number
                && matches!(now.phase, Phase::Stopped)
                && now.stop.as_ref().is_some_and(known)
        })
        .await;
    }
    stops(ada).into_values().collect()
}

#[tokio::test]
async fn entries_on_one_line_each_count_and_hold_by_themselves() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let script = debuggee.script_path();
    let entries = ada.opens(DocName::Breakpoints).await;
    // Paused, so that all of them are there before the first is hit.
    ada.pauses().await.done();
    ada.sees("it is paused", |now| matches!(now.phase, Phase::Stopped)).await;
    entries.sets("never", script, TICK_LINE, &[("condition", "count < 0")]).await;
    entries.sets("fails", script, TICK_LINE, &[("condition", "nowhere > 1")]).await;
    entries.sets("log", script, TICK_LINE, &[("logMessage", "now {count}")]).await;
    entries.sets("seventh", script, TICK_LINE, &[("hitCondition", "%7")]).await;
    entries.sets("fives", script, TICK_LINE, &[("condition", "count % 5 == 0")]).await;
    entries
        .sets("third even", script, TICK_LINE, &[("condition", "count % 2 == 0"), ("hitCondition", "==3")])
        .await;

    ada.sees("all are set", |now| {
        now.breakpoints.len() == 6
            && now.breakpoints.values().all(|entry| entry.verified == Some(true) || entry.failed)
    })
    .await;
    let seen = goes_through(&ada, 8).await;
    assert_eq!(seen.len(), 8, "{seen:?}");
    let of = |id: &str| -> Vec<u64> {
        seen.iter().filter(|(_, hit)| hit.contains(&id.into())).map(|(count, _)| *count).collect()
    };
    for (count, hit) in &seen {
        assert_eq!(hit.contains(&"fives".into()), count % 5 == 0, "{seen:?}");
        assert!(
            !hit.contains(&"never".into()) && !hit.contains(&"fails".into()) && !hit.contains(&"log".into())
        );
    }
    let sevenths = of("seventh");
    assert!(sevenths.len() >= 2 && sevenths.windows(2).all(|pair| pair[1] - pair[0] == 7), "{seen:?}");
    assert_eq!(of("third even").len(), 1, "a count beside a condition is no `or`: {seen:?}");

    let (first, last) = (seen[0].0, seen[7].0);
    let output = ada.sees("the last count is logged", |now| {
        now.output.iter().any(|line| line.text.contains(&format!("now {last}\n")))
    });
    let output: String = output.await.output.into_iter().map(|line| line.text).collect();
    for count in first..=last {
        assert_eq!(
            output.matches(&format!("now {count}\n")).count(),
            1,
            "each passing is logged once: {count}"
        );
    }
    let failure = "app.py:20 failed: NameError: name 'nowhere' is not defined";
    assert_eq!(output.matches(failure).count(), 1, "it is said once: {output}");
}

#[tokio::test]
async fn what_fails_is_marked_for_everybody_once_until_it_is_changed() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let bob = server.guest_inside("Bob").await;
    let script = debuggee.script_path();
    let entries = ada.opens(DocName::Breakpoints).await;
    let failed = async |who: &Person, id: &str, why: &str| {
        let (key, why) = (EntryId::from(id), why.to_owned());
        who.sees(&format!("{id}: {why}"), move |now| {
            now.breakpoints.get(&key).is_some_and(|it| {
                it.failed
                    && it.verified == Some(false)
                    && it.message.as_ref().is_some_and(|said| said.contains(&why))
            })
        })
        .await;
    };
    // What could never hold does not wait until it is reached.
    for (id, field, text, why) in [
        ("hits", "hitCondition", "abc", "“abc” is no hit count"),
        ("never", "hitCondition", "% 0", "never holds"),
        ("open", "logMessage", "now {count +", "“{count +” in the message is not closed"),
        ("empty", "logMessage", "now {}", "nothing in it"),
        // What only Python knows fails when it is reached.
        ("name", "condition", "nosuch > 3", "NameError: name 'nosuch' is not defined"),
        ("part", "logMessage", "100% {count} {count +}", "SyntaxError: invalid syntax, in {count +}"),
    ] {
        entries.sets(id, script, TICK_LINE, &[(field, text)]).await;
        failed(&bob, id, why).await;
    }
    ada.up_to_date().await;
    let told = ada.count("breakpoints_resolved");
    let ticks = debuggee.printed().len();
    until("it is passed many times more", async || debuggee.printed().len() > ticks + 20).await;
    ada.up_to_date().await;
    assert_eq!(ada.count("breakpoints_resolved"), told, "no event for each passing");
    let output: String = ada.now().output.into_iter().map(|line| line.text).collect();
    assert_eq!(output.matches("NameError").count(), 1, "{output}");
    // Who comes later sees it.
    let eve = server.guest_inside("Eve").await;
    failed(&eve, "name", "NameError").await;

    // Changed, it is as good as new; and changed back, it fails anew.
    entries.sets("name", script, TICK_LINE, &[("condition", "count < 0")]).await;
    bob.sees("it holds", |now| {
        let it = &now.breakpoints[&EntryId::from("name")];
        !it.failed && it.verified == Some(true) && it.message.is_none()
    })
    .await;
    entries.sets("name", script, TICK_LINE, &[("condition", "nosuch > 3")]).await;
    failed(&bob, "name", "NameError").await;
    // A % is what it is, and so is what stands between double braces: a set.
    entries.sets("part", script, TICK_LINE, &[("logMessage", "100%s % {count} {{count}} }")]).await;
    bob.sees("it is printed", |now| {
        now.output
            .iter()
            .any(|line| line.text.starts_with("100%s % ") && line.text.trim_end().ends_with("} }"))
    })
    .await;
}

#[tokio::test]
async fn counts_go_on_when_the_list_changes_and_a_step_onto_the_line_is_nobodys_hit() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let script = debuggee.script_path();
    let entries = ada.opens(DocName::Breakpoints).await;
    entries.sets("tenth", script, TICK_LINE, &[("hitCondition", "%10")]).await;
    let first = goes_through(&ada, 1).await[0].0;
    // Another list for the file; pydevd's own counts would start anew.
    entries.sets("other", script, TICK_LINE + 2, &[("condition", "False")]).await;
    ada.sees("the new list is set", |now| {
        now.breakpoints.len() == 2 && now.breakpoints.values().all(|b| b.verified == Some(true))
    })
    .await;
    for _ in 0..4 {
        let stop = ada.stop();
        ada.step_over().await.done();
        ada.sees("the step is done", |now| now.last_stop > stop && matches!(now.phase, Phase::Stopped)).await;
        ada.sees("its stack", |now| now.stop.as_ref().is_some_and(|stop| !stop.scopes.is_empty())).await;
    }
    // Round the loop: on the line again by steps, where the entry does not hold.
    for _ in 0..8 {
        let top = ada.now().stop.unwrap().stacks.into_values().next().unwrap().frames[0].line;
        if top == TICK_LINE {
            break;
        }
        let stop = ada.stop();
        ada.step_over().await.done();
        ada.sees("a step more", |now| {
            now.last_stop > stop && now.stop.as_ref().is_some_and(|stop| !stop.scopes.is_empty())
        })
        .await;
    }
    ada.sees_stop_at("app.py", TICK_LINE).await;
    ada.continues().await.done();
    ada.sees("the tenth again, and its locals", |now| {
        let known = |stop: &StopView| !stop.hit.is_empty() && !stop.variables.is_empty();
        matches!(now.phase, Phase::Stopped) && now.stop.as_ref().is_some_and(known)
    })
    .await;
    let counts: Vec<u64> = stops(&ada).into_values().map(|(count, _)| count).collect();
    assert_eq!(counts, [first, first + 10], "only held stops are hits");
}

/// Raises through three frames and handles it, over and over.
const RAISING: &str = r#"import time

def inner(n):
    raise ValueError(n)

def middle(n):
    inner(n)

def outer(n):
    try:
        middle(n)
    except ValueError:
        pass

n = 0
while True:
    n += 1
    outer(n)
    print("handled", n, flush=True)
    time.sleep(0.02)
"#;
const RAISE_LINE: u32 = 4;

#[tokio::test]
async fn a_stop_says_what_was_raised_and_a_message_of_megabytes_is_cut() {
    let debuggee = Debuggee::start(
        "import time\nsize = 0\nwhile True:\n    size = 3_000_000 if size == 7 else 7\n    try:\n        \
         raise ValueError('x' * size)\n    except ValueError:\n        time.sleep(0.05)\n",
    )
    .await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let raised = ExceptionFilters { raised: true, ..ExceptionFilters::default() };
    ada.sends(Command::ExceptionFilters { filters: raised }).await.done();
    let (mut short, mut long) = (false, false);
    while !(short && long) {
        let stop = ada.sees_stop_at("app.py", 6).await;
        let view = ada.now().stop.unwrap();
        let message = view.description.unwrap();
        assert_eq!(view.text.as_deref(), Some("ValueError"));
        match message.len() {
            7 => short = message == "xxxxxxx",
            length => {
                assert!(length < 5_000 && message.ends_with('…'), "{length}");
                long = true;
            }
        }
        ada.continues().await.done();
        ada.sees("it ran on", |now| now.last_stop > stop || now.stop.is_none()).await;
    }
}

#[tokio::test]
async fn exception_filters_are_everybodys_and_a_raise_stops_once() {
    let debuggee = Debuggee::start(RAISING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let bob = server.guest_inside("Bob").await;
    let raised = ExceptionFilters { raised: true, ..ExceptionFilters::default() };
    bob.sends(Command::ExceptionFilters { filters: raised }).await.done();
    // Said again, it is no news.
    bob.sends(Command::ExceptionFilters { filters: raised }).await.done();
    let mut last = 0;
    for number in 1..=4 {
        let stop = ada.sees_stop_at("app.py", RAISE_LINE).await;
        assert_eq!(stop.0, number, "once a raise, not in each frame that it passes");
        let now = ada.sees("its locals", |now| {
            now.last_stop == stop && now.stop.as_ref().is_some_and(|stop| !stop.variables.is_empty())
        });
        let view = now.await.stop.unwrap();
        assert_eq!((view.reason.as_str(), view.text.as_deref()), ("exception", Some("ValueError")));
        let n: u64 = ada.local("n").unwrap().value.parse().unwrap();
        assert!(n > last);
        last = n;
        if number < 4 {
            ada.continues().await.done();
            ada.sees("it ran on", |now| now.last_stop > stop).await;
        }
    }
    assert_eq!((bob.up_to_date().await.exception_filters, bob.count("exception_filters")), (raised, 1));
    ada.sends(Command::ExceptionFilters { filters: ExceptionFilters::default() }).await.done();
    ada.continues().await.done();
    debuggee.wait_for_line(&format!("handled {}", last + 5)).await;
    assert!(matches!(ada.up_to_date().await.phase, Phase::Running { .. }));
}
