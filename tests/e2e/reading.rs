//! What people read: captured unasked, fetched once, never of an older stop, and only the program's own files.

use crate::support::Server;
use crate::support::program::{TICK_LINE, TICKING};
use breakroom_protocol::fold::Phase;
use breakroom_protocol::message::ReplyResult;
use breakroom_protocol::room::DocName;
use breakroom_protocol::{Command, ErrorCode, FrameId, Module, Outcome, StopId, ThreadId, VariablesId};
use breakroom_test_support::debuggee::Debuggee;

/// Line 9 is in a function with something of everything.
const RICH: &str = r#"import time


def work(number):
    short = "a" * 10
    long = "b" * 10_000
    many = list(range(2_000))
    deep = {"one": {"two": {"three": {"four": number}}}}
    return short, long, many, deep


while True:
    work(1)
    time.sleep(0.02)
"#;

#[tokio::test]
async fn the_top_frame_is_there_unasked_and_expansions_are_fetched_once() {
    let debuggee = Debuggee::start(RICH).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let bob = server.guest_inside("Bob").await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    let breakpoints = ada.opens(DocName::Breakpoints).await;
    breakpoints.sets("b1", debuggee.script_path(), 9, &[]).await;
    let stop = eve.sees_stop_at("app.py", 9).await;
    let script = debuggee.script_path().to_str().unwrap();
    let now = eve
        .sees("threads and source too", |now| {
            now.stop.as_ref().is_some_and(|stop| !stop.threads.is_empty()) && now.sources.contains_key(script)
        })
        .await;
    let view = now.stop.unwrap();
    let frames = &view.stacks[&view.thread].frames;
    // Below it are the launcher's own frames.
    let names: Vec<_> = frames.iter().map(|frame| frame.name.as_str()).take(2).collect();
    assert_eq!(names, ["work", "<module>"]);
    assert_eq!((frames[1].line, frames[1].path.as_deref()), (13, Some(script)));
    assert_eq!(eve.local("number").unwrap().value, "1");

    // Long values are cut, and say so.
    let long = eve.local("long").unwrap();
    assert!(
        long.value.ends_with('…') && long.value.chars().count() == 4_097,
        "{}",
        long.value.chars().count()
    );
    assert_eq!(eve.local("short").unwrap().value, "'aaaaaaaaaa'");

    // The first level was captured unasked; the next is fetched once for who asks, and everybody gets it.
    let deep = eve.local("deep").unwrap().variables.unwrap();
    let first =
        eve.wait("one level below", |heard| heard.now.stop.as_ref()?.variables.get(&deep).cloned()).await;
    let one = first.items.iter().find(|item| item.name.contains("one")).unwrap().variables.unwrap();
    let fetched = |count: &crate::support::Person| {
        count.look(|heard| {
            heard
                .events
                .iter()
                .filter(|envelope| {
                    matches!(&envelope.event, breakroom_protocol::Event::Variables { variables, .. } if *variables == one)
                })
                .count()
        })
    };
    assert_eq!(fetched(&eve), 0);
    let ask = || Command::Variables { stop, variables: one };
    let (a, b, c) = tokio::join!(ada.sends(ask()), bob.sends(ask()), eve.sends(ask()));
    a.done();
    b.done();
    c.done();
    bob.sends(ask()).await.done();
    assert_eq!((fetched(&ada), fetched(&bob), fetched(&eve)), (1, 1, 1));

    // Another frame's scopes by a watcher; the caller's locals.
    eve.sends(Command::Scopes { stop, frame: frames[1].id }).await.done();
    assert!(eve.up_to_date().await.stop.unwrap().scopes.contains_key(&frames[1].id));

    // A late joiner sees all of it at once.
    let late = ada.brings_watcher(&server, "Late").await;
    late.sees_the_same_as(&ada).await;
    assert_eq!(late.local("number").unwrap().value, "1");

    // What is no part of this stop.
    let unknown = VariablesId(9_999);
    eve.sends(Command::Variables { stop, variables: unknown })
        .await
        .expect_refused(ErrorCode::NoSuchVariables);
    eve.sends(Command::Variables { stop, variables: VariablesId(0) })
        .await
        .expect_refused(ErrorCode::NoSuchVariables);
    eve.sends(Command::Scopes { stop, frame: FrameId(77) }).await.expect_refused(ErrorCode::NoSuchFrame);
    // Of an older stop: refused, though debugpy may know the number again.
    ada.step_over().await.done();
    eve.sees("the next stop", |now| now.last_stop.0 == 2 && now.phase == Phase::Stopped).await;
    eve.sends(ask()).await.expect_refused(ErrorCode::StaleStop);
    eve.sends(Command::Scopes { stop, frame: FrameId(1) }).await.expect_refused(ErrorCode::StaleStop);
    eve.sends(Command::Stack { stop, thread: view.thread, frames: None })
        .await
        .expect_refused(ErrorCode::StaleStop);
    let now = StopId(2);
    let code = eve
        .sends(Command::Stack { stop: now, thread: ThreadId(424_242), frames: None })
        .await
        .0
        .unwrap_err()
        .code;
    assert!(matches!(code, ErrorCode::NoSuchThread | ErrorCode::DebuggeeError), "{code}");
}

#[tokio::test]
async fn only_the_programs_own_files_are_read() {
    let debuggee = Debuggee::start(TICKING).await;
    let secret = debuggee.folder().join("secret.txt");
    std::fs::write(&secret, "the house alarm's code").unwrap();
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    let script = debuggee.script_path().to_str().unwrap().to_owned();
    let read = async |path: &str| eve.sends(Command::Source { path: path.to_owned() }).await;
    let proof = debuggee.folder().join("proof");
    let folder = debuggee.script_path().parent().unwrap().to_str().unwrap().to_owned();
    let breaking_out = format!("/x').read() or open('{}', 'w').write('", proof.display());
    for path in [
        "/etc/passwd".to_owned(),
        format!("{folder}/secret.txt"),
        format!("{folder}/../../etc/passwd"),
        format!("{script}/../secret.txt"),
        "../../etc/passwd".to_owned(),
        "app.py".to_owned(),
        String::new(),
        "/proc/self/environ".to_owned(),
        "/dev/zero".to_owned(),
        "/".to_owned(),
        "/no\0where".to_owned(),
        breaking_out.clone(),
        breaking_out.replace('\'', "\""),
        format!("/x\\'); open('{}', 'w') #", proof.display()),
        format!("/x\n__import__('os').mkdir('{}')\n", proof.display()),
        format!("/x\r\n'''\nopen('{}', 'w')\n'''", proof.display()),
        format!("/{{open('{}', 'w')}}%s", proof.display()),
        "/\u{2028}'\u{1f600}".to_owned(),
        format!("/{}", "x".repeat(5_000)),
    ] {
        read(&path).await.expect_refused(ErrorCode::PathNotOfProgram);
    }
    assert!(!proof.exists(), "nothing of a path runs");
    assert!(eve.up_to_date().await.sources.is_empty());

    read(&script).await.done();
    let source = eve.now().sources[&script].clone();
    let text = eve.get(&eve.in_session(&format!("/sources/{}", source.hash))).await;
    assert_eq!(text.text, TICKING);
    assert!(text.header("cache-control").contains("private"));
    assert_eq!(source.lines as usize, TICKING.lines().count());
    // A module that is loaded, while the program runs.
    let code = "__import__('json').__file__";
    ada.evaluates(code).await.done();
    let module = ada
        .sees_event("the module's file", |event| match event {
            breakroom_protocol::Event::Evaluated { outcome: Outcome::Value(value), .. } => {
                Some(value.value.clone())
            }
            _ => None,
        })
        .await;
    read(module.trim_matches('\'')).await.done();
    for hash in ["", "..", "%2e%2e%2fsecret", &"0".repeat(64), "x'; DROP TABLE sources; --"] {
        let path = eve.in_session(&format!("/sources/{hash}"));
        assert_eq!(eve.get(&path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_watcher_lists_the_modules_while_the_program_runs_and_at_a_stop() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    // A module that runs code when it is asked for anything, one without a file, one whose file says nothing, one whose file is
    // nowhere; and the program itself as `python -m debugpy app.py` runs it, in another folder by now.
    let tricky = "import sys, types; M = type('M', (types.ModuleType,), {'__getattr__': lambda s, n: 1 / 0}); \
        sys.modules['tricky'] = M('tricky'); sys.modules['odd'] = types.ModuleType('odd'); \
        sys.modules['odd'].__file__ = 5; sys.modules['made'] = types.ModuleType('made'); \
        sys.modules['made'].__file__ = '/app/\u{e9}tage \"1\".py'; sys.modules['lost'] = types.ModuleType('lost'); \
        sys.modules['lost'].__file__ = 'nowhere/lost.py'; sys.modules['__main__'].__file__ = 'app.py'; \
        __import__('os').chdir('/')";
    ada.evaluates(&format!("exec({tricky:?})")).await.done();
    let list = async || match eve.asks(Command::Modules).await {
        Some(ReplyResult::Modules { items }) => items,
        other => panic!("{other:?}"),
    };
    let running = list().await;
    let has = |path: &str| running.iter().find(|module| module.path == path).cloned();
    let main = has(debuggee.script_path().to_str().unwrap()).expect("the program itself");
    assert_eq!((main.name.as_str(), main.library), ("__main__", false));
    assert_eq!(has("/app/étage \"1\".py").map(|module| module.name).as_deref(), Some("made"));
    let json = running.iter().find(|module| module.name == "json").expect("what it has imported");
    assert!(json.library && json.path.ends_with("__init__.py"), "{json:?}");
    let first_library = running.iter().position(|module| module.library).unwrap();
    assert!(running[first_library..].iter().all(|module| module.library), "the program's come first");
    assert!(running.iter().all(|module| !["odd", "tricky", "lost"].contains(&module.name.as_str())));
    // What is listed can be read.
    eve.sends(Command::Source { path: json.path.clone() }).await.done();

    let breakpoints = ada.opens(DocName::Breakpoints).await;
    breakpoints.sets("b1", debuggee.script_path(), TICK_LINE, &[]).await;
    ada.sees_stop_at("app.py", TICK_LINE).await;
    // Of others, what is ours in the program may have loaded some.
    let own = |all: &[Module]| all.iter().filter(|module| !module.library).cloned().collect::<Vec<_>>();
    assert_eq!(own(&list().await), own(&running));
}

#[tokio::test]
async fn what_is_evaluated_is_everybodys_and_bad_code_harms_nobody() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let bob = server.guest_inside("Bob").await;
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), TICK_LINE, &[]).await;
    let stop = ada.sees_stop_at("app.py", TICK_LINE).await;
    let last = async || {
        bob.sees("as many evaluations", |now| now.evaluations.len() == ada.now().evaluations.len()).await;
        bob.now().evaluations.last().unwrap().outcome.clone()
    };
    ada.evaluates("count + 1000").await.done();
    let Outcome::Value(value) = last().await else { panic!("a value") };
    assert_eq!(value.type_name, "int");
    for bad in ["1 / 0", "nonsense nonsense", "(", "\0", "raise ValueError('no')"] {
        ada.evaluates(bad).await.done();
        let outcome = last().await;
        assert!(matches!(outcome, Outcome::Error(_)), "{bad}: {outcome:?}");
    }
    ada.evaluates("").await.expect_refused(ErrorCode::BadMessage);
    ada.evaluates(&"1+".repeat(6_000)).await.expect_refused(ErrorCode::TooLarge);
    ada.sends(Command::Evaluate {
        stop: None,
        frame: Some(FrameId(1)),
        expression: "1".into(),
        context: Default::default(),
    })
    .await
    .expect_refused(ErrorCode::BadMessage);
    ada.sends(Command::Evaluate {
        stop: Some(stop),
        frame: Some(FrameId(99)),
        expression: "1".into(),
        context: Default::default(),
    })
    .await
    .expect_refused(ErrorCode::NoSuchFrame);
    ada.evaluates("'x' * 5_000_000").await.done();
    let Outcome::Value(value) = last().await else { panic!("a value") };
    assert!(value.value.ends_with('…'));
    ada.step_over().await.done();
    bob.sees_stop_at("app.py", TICK_LINE + 1).await;
}
