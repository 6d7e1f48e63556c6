use super::*;
use breakroom_protocol::ParticipantId;

fn entry(id: &str, line: u32) -> BreakpointEntry {
    BreakpointEntry {
        id: id.into(),
        path: "/app/porch.py".into(),
        line,
        function: None,
        snap: false,
        condition: None,
        hit_condition: None,
        log_message: None,
        enabled: true,
        author: ParticipantId(uuid::Uuid::nil()),
    }
}

fn of(entries: Vec<BreakpointEntry>) -> (Breakpoints, Merged) {
    let mut all = Breakpoints::default();
    for entry in entries {
        all.set(entry);
    }
    let merged = all.merged("/app/porch.py");
    (all, merged)
}

#[test]
fn plain_entries_are_pydevds_own_and_others_decide_for_themselves() {
    let (mut all, merged) = of(vec![entry("a", 7), entry("b", 7)]);
    assert_eq!(merged.lines[0].condition, None);
    let touched = all.set(BreakpointEntry { condition: Some("x > 1 # why".into()), ..entry("b", 7) });
    let changed = all.take_changed(&touched);
    let [(_, Merged { lines, entries, .. })] = &changed[..] else { panic!("{changed:?}") };
    let expected = "__import__('pydevd')._breakroom('/app/porch.py:7', \
                    [('a', 0, None, None, None, None, False), ('b', 0, None, 'x > 1 # why', None, None, False)])";
    assert_eq!(lines[0].condition.as_deref(), Some(expected));
    assert_eq!(entries[0].len(), 2);
    assert_eq!(all.at("/app/porch.py", 7), At::Ask("/app/porch.py:7".into()));
    assert_eq!(all.at("/app/porch.py", 8), At::Nobodys);
}

#[test]
fn a_disabled_entry_is_not_sent_and_unchanged_lists_are_not_sent_again() {
    let (mut all, _) = of(vec![entry("a", 7)]);
    let paths = all.paths();
    assert_eq!(all.take_changed(&paths).len(), 1);
    assert!(all.take_changed(&paths).is_empty());
    let touched = all.set(entry("b", 7));
    assert!(
        all.take_changed(&touched).is_empty(),
        "a second plain entry on the line changes nothing for debugpy"
    );
    assert_eq!(all.at("/app/porch.py", 7), At::Known(vec!["a".into(), "b".into()]), "but both are hit");
    all.set(BreakpointEntry { enabled: false, ..entry("a", 7) });
    let touched = all.remove(&"b".into());
    let changed = all.take_changed(&touched);
    assert_eq!(changed.len(), 1);
    assert!(changed[0].1.is_empty());
}

#[test]
fn an_entry_that_moves_to_another_file_changes_both() {
    let (mut all, _) = of(vec![entry("a", 7)]);
    let touched = all.set(BreakpointEntry { path: "/app/other.py".into(), ..entry("a", 9) });
    assert_eq!(touched.len(), 2);
}

#[test]
fn answers_say_what_became_of_each_entry() {
    let (mut all, _) = of(vec![entry("a", 7), entry("b", 9)]);
    let changed = all.take_all();
    let answer = [
        UpstreamBreakpoint { id: Some(3), verified: true, line: Some(8), message: None },
        UpstreamBreakpoint { id: Some(4), verified: false, line: Some(9), message: Some("no code".into()) },
    ];
    let results = all.answered(MAIN, "/app/porch.py", &changed[0].1, &answer);
    assert_eq!(results[0].line, Some(8));
    assert!(!results[1].verified);
    let touched = all.set(entry("c", 7));
    assert!(all.take_changed(&touched).is_empty());
    let joined = all.news(["/app/porch.py"]);
    let c = joined.iter().find(|result| result.id == EntryId::from("c")).unwrap();
    assert_eq!((c.verified, c.line), (true, Some(8)), "it is where the other one on its line is");
    let later = UpstreamBreakpoint { id: Some(4), verified: true, line: Some(9), message: None };
    assert_eq!(all.changed_upstream(MAIN, &later)[0].id, EntryId::from("b"));
}

#[test]
fn what_is_muted_or_disarmed_is_not_sent_and_says_so() {
    let ada = ParticipantId(uuid::Uuid::from_u128(1));
    let (mut all, _) = of(vec![entry("a", 7), BreakpointEntry { author: ada, ..entry("b", 9) }]);
    let ids = |all: &Breakpoints| -> Vec<_> {
        all.merged("/app/porch.py").entries.concat().into_iter().map(|id| id.0).collect()
    };
    assert!(all.held_mut().mute(ada, true) && !all.held_mut().mute(ada, true), "only the first is news");
    assert_eq!(ids(&all), ["a"]);
    assert!(all.held_mut().disarm(&"a".into(), 0, 5_000));
    assert!(ids(&all).is_empty());
    all.take_all();
    let news = all.news(["/app/porch.py"]);
    let messages: Vec<_> = news.iter().map(|result| result.message.as_deref().unwrap()).collect();
    assert!(messages[0].contains("5000 times a second") && messages[1] == "Muted by who set it.", "{news:?}");
    assert!(all.news(["/app/porch.py"]).is_empty(), "said once");
    assert!(all.held_mut().rearm(&"a".into()));
    assert!(!all.held_mut().disarm(&"a".into(), 0, 5_000), "that was of its earlier turn");
    let condition = BreakpointEntry { condition: Some("x".into()), ..entry("a", 7) };
    all.set(condition);
    let sent = all.merged("/app/porch.py").lines[0].condition.clone().unwrap();
    assert!(sent.contains("('a', 1, None, 'x'"), "{sent}");
    assert!(all.held_mut().mute_all(true));
    assert!(ids(&all).is_empty());
}

#[test]
fn what_can_never_hold_is_not_sent_and_says_so() {
    let hits = |text: &str| BreakpointEntry { hit_condition: Some(text.into()), ..entry("a", 7) };
    let (mut all, merged) = of(vec![hits("abc"), entry("b", 9)]);
    assert_eq!(merged.lines.iter().map(|line| line.line).collect::<Vec<_>>(), [9]);
    all.take_all();
    let news = all.news(["/app/porch.py"]);
    assert!(matches!(&news[..], [a] if a.failed && !a.verified && a.message.is_some()), "{news:?}");
    all.set(hits("= 3"));
    assert_eq!(all.merged("/app/porch.py").lines.len(), 2);
}

#[test]
fn a_failure_is_news_once_until_what_failed_is_changed() {
    let when = |text: &str| BreakpointEntry { condition: Some(text.into()), ..entry("a", 7) };
    let (mut all, _) = of(vec![when("nosuch")]);
    let sent = all.take_all().remove(0).1;
    let said = [UpstreamBreakpoint { id: Some(1), verified: true, line: None, message: None }];
    assert!(all.answered(MAIN, "/app/porch.py", &sent, &said)[0].verified);
    assert!(all.held_mut().fail(&"a".into(), 0, "NameError: x") && !all.held_mut().fail(&"a".into(), 0, "y"));
    let news = all.news(["/app/porch.py"]);
    assert!(news[0].failed && news[0].message.as_ref().unwrap().contains("NameError: x"), "{news:?}");
    assert!(all.news(["/app/porch.py"]).is_empty(), "said once");
    // Moved, it is the same still.
    all.set(BreakpointEntry { line: 8, ..when("nosuch") });
    assert!(all.held().failure(&"a".into()).is_some());
    let touched = all.set(when("such"));
    assert!(!all.held_mut().fail(&"a".into(), 0, "NameError: x"), "that was of what it was before");
    let sent = all.take_changed(&touched).remove(0).1;
    assert!(sent.lines[0].condition.as_ref().unwrap().contains("('a', 1, None, 'such'"), "{sent:?}");
    let news = all.answered(MAIN, "/app/porch.py", &sent, &said);
    assert!(news[0].verified && !news[0].failed, "{news:?}");
    // In another program it may do well.
    assert!(all.held_mut().fail(&"a".into(), 1, "NameError: x"));
    all.take_all();
    assert!(all.held().failure(&"a".into()).is_none());
}

#[test]
fn functions_are_merged_by_the_name_that_pydevd_compares() {
    let on = |id: &str, name: &str| BreakpointEntry {
        path: String::new(),
        function: Some(name.into()),
        ..entry(id, 0)
    };
    let mut all = Breakpoints::default();
    all.set(on("a", "tick"));
    let touched = all.set(on("b", "tock"));
    let changed = all.take_changed(&touched);
    let names = |merged: &Merged| -> Vec<_> {
        merged.functions.iter().map(|it| (it.name.clone(), it.condition.is_some())).collect()
    };
    assert_eq!(names(&changed[0].1), [("tick".into(), false), ("tock".into(), false)]);
    assert_eq!(all.at_function("tick"), At::Known(vec!["a".into()]));
    let touched = all.set(on("c", "porch.Lamp.tick"));
    let changed = all.take_changed(&touched);
    assert_eq!(names(&changed[0].1), [("tick".into(), true), ("tock".into(), false)]);
    assert_eq!(all.at_function("tick"), At::Ask("tick()".into()));
    let asked = all.functions();
    assert_eq!(asked, ["porch.Lamp.tick", "tick", "tock"]);
    use FunctionFound::{Here, Nowhere, Suspends};
    let news = all.functions_found(MAIN, &asked, &[Nowhere, Here, Suspends]);
    let verified: Vec<_> = news.iter().map(|it| (it.id.0.as_str(), it.verified)).collect();
    assert_eq!(verified, [("a", true), ("c", false), ("b", false)]);
    assert!(all.awaits_functions());
    let news = all.functions_found(ProcessId(3), &asked[..1], &[Here]);
    assert!(matches!(&news[..], [one] if one.id == "c".into() && one.verified), "it is in a child: {news:?}");
    let news = all.process_gone(ProcessId(3));
    assert!(
        matches!(&news[..], [one] if one.id == "c".into() && !one.verified),
        "and gone with it: {news:?}"
    );
}

#[test]
fn what_only_a_child_has_counts() {
    let (mut all, _) = of(vec![entry("a", 7)]);
    let sent = all.take_all().remove(0).1;
    let said = |verified| [UpstreamBreakpoint { id: Some(1), verified, line: None, message: None }];
    let child = ProcessId(1);
    assert!(!all.answered(MAIN, "/app/porch.py", &sent, &said(false))[0].verified);
    assert!(all.answered(child, "/app/porch.py", &sent, &said(true))[0].verified);
    let later = UpstreamBreakpoint { message: Some("no".into()), ..said(false)[0].clone() };
    assert!(all.changed_upstream(MAIN, &later).is_empty(), "it is good in the child still");
    let after = all.process_gone(child);
    assert_eq!((after[0].verified, after[0].message.as_deref()), (false, Some("no")));
}
