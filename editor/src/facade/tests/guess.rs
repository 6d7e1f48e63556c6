//! Folders that are found out by the text of files.

use super::*;

fn unmapped(role: Role) -> Play {
    let mut play = Play::new(role);
    play.facade.config.map = PathMap::default();
    play
}

fn source() -> Event {
    Event::Source { path: APP.to_owned(), hash: SourceHash("h".into()), lines: 3 }
}

fn found() -> Option<Found> {
    Some(Found { local: "/home/ada/app".to_owned(), remote: "/usr/src/app".to_owned() })
}

fn search_in(effects: &[Effect]) -> Option<(u64, Option<String>)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Guess { guess, folder, .. } => Some((*guess, folder.clone())),
        _ => None,
    })
}

#[test]
fn the_editor_comes_in_when_it_is_known_where_the_files_are() {
    let mut play = unmapped(Role::Host);
    play.happens(None, source());
    play.welcome();
    let effects = play.asks("attach", json!({ "cwd": "/home/ada/app" }));
    let (guess, folder) = search_in(&effects).unwrap();
    assert_eq!(folder.as_deref(), Some("/home/ada/app"));
    assert_eq!(told(&effects), [""; 0], "the first list of breakpoints needs it");
    let effects = play.facade.handle(Input::Guessed { guess, found: found() });
    assert_eq!(told(&effects), ["initialized"]);
    let said = told(&play.asks("configurationDone", json!({})));
    assert!(said[2].contains("/home/ada/app here is /usr/src/app of the program"), "{said:?}");
    play.stops(1);
    let frame = body_of(&play.asks("stackTrace", json!({})))["stackFrames"][0].clone();
    assert_eq!(frame["source"]["path"], "/home/ada/app/app.py");
    assert!(frame["source"].get("sourceReference").is_none());
    assert_eq!(search_in(&play.happens(None, source())), None, "it is known");
}

#[test]
fn breakpoints_that_were_set_before_go_along() {
    let mut play = unmapped(Role::Host);
    play.welcome();
    for command in ["initialize", "attach", "configurationDone"] {
        play.asks(command, json!({ "supportsInvalidatedEvent": true }));
    }
    let list = json!({ "source": { "path": "/home/ada/app/app.py" }, "breakpoints": [{ "line": 3 }] });
    let asked = play.asks("setBreakpoints", list);
    let Some(Effect::Edit(Edit::Set(entry))) = asked.first() else { panic!("{asked:?}") };
    assert_eq!(entry.path, "/home/ada/app/app.py", "nobody knows better yet");
    let (ada, entry) = (play.ada.id, entry.clone());
    play.happens(Some(ada), Event::BreakpointSet { entry: entry.clone() });
    let id = entry.id.clone();
    let no = "It is no file of the program.".to_owned();
    let result = breakroom_protocol::BreakpointResult {
        id,
        verified: false,
        line: None,
        message: Some(no),
        failed: false,
    };
    play.happens(None, Event::BreakpointsResolved { results: vec![result] });
    play.stops(1);
    let (guess, _) = search_in(&play.happens(None, source())).unwrap();
    let effects = play.facade.handle(Input::Guessed { guess, found: found() });
    let moved = BreakpointEntry { path: APP.to_owned(), ..entry };
    assert!(effects.contains(&Effect::Edit(Edit::Set(moved.clone()))), "{effects:?}");
    assert!(told(&effects).contains(&"invalidated".to_owned()), "the stack has files now: {effects:?}");
    let effects = play.happens(Some(ada), Event::BreakpointSet { entry: moved.clone() });
    assert_eq!(told(&effects), [""; 0], "debugpy's word follows");
    let result = breakroom_protocol::BreakpointResult {
        id: moved.id,
        verified: true,
        line: Some(3),
        message: None,
        failed: false,
    };
    let effects = play.happens(None, Event::BreakpointsResolved { results: vec![result] });
    let changed = &sent(&effects)[0]["body"];
    assert_eq!((&changed["reason"], &changed["breakpoint"]["verified"]), (&json!("changed"), &json!(true)));
    assert_eq!(changed["breakpoint"]["source"]["path"], "/home/ada/app/app.py");
}

#[test]
fn a_persons_own_map_wins_and_a_failed_search_is_no_end() {
    let mut play = Play::new(Role::Host);
    play.happens(None, Event::Source { path: "/opt/x.py".into(), hash: SourceHash("h".into()), lines: 3 });
    play.welcome();
    let effects = play.asks("attach", json!({}));
    assert_eq!((search_in(&effects), told(&effects)), (None, vec!["initialized".to_owned()]));

    let mut play = unmapped(Role::Host);
    play.happens(None, source());
    play.happens(None, Event::Source { path: "/opt/x.py".into(), hash: SourceHash("h".into()), lines: 3 });
    play.welcome();
    let (first, _) = search_in(&play.asks("attach", json!({}))).unwrap();
    let effects = play.facade.handle(Input::Guessed { guess: first, found: None });
    let (second, _) = search_in(&effects).unwrap();
    assert_eq!(told(&play.facade.handle(Input::Guessed { guess: first, found: None })), [""; 0], "used up");
    assert_eq!(told(&play.facade.handle(Input::Guessed { guess: second, found: None })), ["initialized"]);
    // Losing the room in between answers `attach` all the same.
    let mut play = unmapped(Role::Host);
    play.happens(None, source());
    play.welcome();
    play.asks("attach", json!({}));
    assert!(
        told(&play.facade.handle(Input::Room(FromRoom::Gone("gone".into())))).contains(&"-attach".to_owned())
    );
}
