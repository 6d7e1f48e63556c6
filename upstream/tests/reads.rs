//! Reading plain names in real debuggees: what is found is right, and nothing of the program runs.

#![allow(clippy::unwrap_used)] // Helpers of tests, too.

mod common;

use breakroom_protocol::PlainRead;
use breakroom_protocol::upstream::{Answer, AskError, Request, UpstreamFrame, UpstreamVariable, Urgency};
use breakroom_test_support::debuggee::Debuggee;
use breakroom_test_support::venv::debugpy_python;
use common::{Client, setup};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::io::Write;
use std::process::{Command, Stdio};

/// Whatever of it runs by itself leaves its name in `RAN`.
const TRAPS: &str = r#"import builtins
import sys

class Ran(list):
    armed = False
    def append(self, what):
        if self.armed:
            list.append(self, what)
        return self.armed

RAN = Ran()

class Trap:
    def __getitem__(self, key): RAN.append("getitem"); return 1
    def __len__(self): RAN.append("len"); return 1
    def __iter__(self): RAN.append("iter"); return iter(())
    def __getattr__(self, name): RAN.append("getattr"); raise AttributeError(name)
    def __bool__(self): RAN.append("bool"); return True
    def __index__(self): RAN.append("index"); return 0
    def __repr__(self): return "<a trap>"

class TrapKey:
    """Its hash is that of a key that is looked for, so a dict would ask it whether it is equal."""
    def __init__(self, like): self.like = like
    def __hash__(self): return hash(self.like)
    def __eq__(self, other): return RAN.append("eq")
    def __repr__(self): return "<a trap key>"

class TrapList(list):
    def __getitem__(self, key): RAN.append("list getitem"); return 1

class TrapDict(dict):
    def __getitem__(self, key): RAN.append("dict getitem"); return 1
    def __missing__(self, key): RAN.append("missing"); return 1
    def items(self): RAN.append("items"); return ()

class Meta(type):
    def __getattribute__(self, name): RAN.append("meta " + name); return type.__getattribute__(self, name)
    def __eq__(self, other): return RAN.append("meta eq")
    def __hash__(self): RAN.append("meta hash"); return 0

class Meant(metaclass=Meta):
    def __repr__(self): return "<meant>"

class Names(dict):
    def __getitem__(self, key):
        if key == "absent": RAN.append("names")
        return dict.__getitem__(self, key)

class Prepared(type):
    @classmethod
    def __prepare__(cls, name, bases): return Names()

world = {"global": [10, 20]}

def work():
    levels = [1, 2, {"porch": (3.5, "x"), -7: "minus", "": "empty", "a\nb": "two lines", "größe": 1}]
    mixed = {TrapKey("first"): "wrong", TrapKey(1): "wrong", "first": "right", 1: "one", True and 2: "two"}
    numbers = {True: "yes", 2.0: "two"}
    trapped = [Trap(), TrapList([1]), TrapDict(a=1), {"in": Trap()}]
    keyed = {Meant: "wrong", "k": "v"}
    meant = Meant()
    text, raw, steps, nothing, fi = "häuser", b"ab", range(0, 100, 5), None, "ligature"
    of_names = {TrapKey("levels"): 1}
    __import__ = type = dict = getattr = Trap()
    RAN.armed = True
    print("in work")

def hook(*args, _import=builtins.__import__):
    # What reads, and only that, has `space` among its globals.
    if "space" in args[1]:
        RAN.append("import " + args[0])
    return _import(*args)

builtins.__import__ = hook
work()

class Body(metaclass=Prepared):
    inside = 1
    print("in body")
"#;

/// The line of the traps that has this text.
fn line_with(text: &str) -> u32 {
    let at = TRAPS.lines().position(|line| line.contains(text)).unwrap();
    u32::try_from(at).unwrap() + 1
}

async fn read(client: &mut Client, frame: UpstreamFrame, text: &str) -> Result<UpstreamVariable, AskError> {
    let read = PlainRead::parse(text).unwrap_or_else(|| panic!("{text:?} is a plain name"));
    let held = client.ask(Request::Read { frame, read }, Urgency::Browse).await?;
    let Answer::Held(held) = held else { panic!("{held:?}") };
    let shown = client.ask(Request::Variables(held), Urgency::Browse).await?;
    let Answer::Variables(mut shown) = shown else { panic!("{shown:?}") };
    assert_eq!(shown.len(), 1, "{shown:?}");
    Ok(shown.remove(0))
}

#[tokio::test]
async fn names_are_read_and_nothing_of_the_program_runs() {
    let debuggee = Debuggee::start_waiting(TRAPS).await;
    let lines = [line_with("in work"), line_with("in body")];
    let mut client = Client::attach(&debuggee, setup(&debuggee, &lines)).await;
    let (_, thread) = client.stop().await;
    let top = client.stack(thread).await.remove(0);
    let frame = top.id;

    // A stop's locals are told right behind it, with what makes up their values; and installing what reads may have come after
    // the program's hook.
    client.locals(&top).await;
    client.evaluate(None, "RAN.clear()").await.unwrap();
    for (text, value, kind) in [
        ("levels[0]", "1", "int"),
        ("levels[-1]['porch'][0]", "3.5", "float"),
        ("levels[2][\"porch\"][-1]", "'x'", "str"),
        ("levels[2][-7]", "'minus'", "str"),
        ("levels[2]['']", "'empty'", "str"),
        (r"levels[2]['a\nb']", "'two lines'", "str"),
        ("levels[2]['größe']", "1", "int"),
        ("mixed['first']", "'right'", "str"),
        ("mixed[1]", "'one'", "str"),
        ("mixed[2]", "'two'", "str"),
        ("numbers[1]", "'yes'", "str"),
        ("numbers[2]", "'two'", "str"),
        ("keyed['k']", "'v'", "str"),
        ("text[1]", "'ä'", "str"),
        ("raw[0]", "97", "int"),
        ("steps[3]", "15", "int"),
        ("nothing", "None", "NoneType"),
        ("world['global'][1]", "20", "int"),
        ("__name__", "'__main__'", "str"),
        ("True", "True", "bool"),
        ("ﬁ", "'ligature'", "str"),
        ("trapped[0]", "<a trap>", "Trap"),
        ("trapped[3]['in']", "<a trap>", "Trap"),
        ("type", "<a trap>", "Trap"),
    ] {
        let found = read(&mut client, frame, text).await.unwrap_or_else(|error| panic!("{text}: {error:?}"));
        assert_eq!((found.value.as_str(), found.type_name.as_str()), (value, kind), "{text}");
    }
    // It can be looked into as any value.
    let levels = read(&mut client, frame, "levels").await.unwrap();
    assert_eq!(levels.evaluate_name.as_deref(), Some("levels"));
    let items = client.ask(Request::Variables(levels.reference.unwrap()), Urgency::Browse).await.unwrap();
    let Answer::Variables(items) = items else { panic!("{items:?}") };
    assert!(items.iter().any(|item| item.name == "1" && item.value == "2"), "{items:?}");

    for (text, error) in [
        ("absent", "NameError: name 'absent' is not defined"),
        ("levels[9]", "IndexError: list index out of range"),
        ("levels['x']", "TypeError: list indices must be integers or slices, not str"),
        ("levels[2]['x']", "KeyError: 'x'"),
        ("levels[2][7]", "KeyError: 7"),
        ("levels[0][0]", "TypeError: 'int' object is not subscriptable"),
        ("nothing['x']", "TypeError: 'NoneType' object is not subscriptable"),
        ("levels[999999999999999999]", "IndexError: list index out of range"),
    ] {
        assert_eq!(read(&mut client, frame, text).await, Err(AskError::Refused(error.to_owned())), "{text}");
    }
    for (text, kind) in [
        ("trapped[0][0]", "Trap"),
        ("trapped[1][0]", "TrapList"),
        ("trapped[2]['a']", "TrapDict"),
        ("trapped[3]['in']['a']", "Trap"),
        ("meant[0]", "Meant"),
        ("work['x']", "function"),
        ("Meant['x']", "Meta"),
    ] {
        let refused = read(&mut client, frame, text).await;
        let expected = format!("Reading an item of a {kind} runs code of its own");
        assert_eq!(refused, Err(AskError::RunsCode(expected)), "{text}");
    }
    let caller = client.stack(thread).await[1].id;
    assert!(matches!(read(&mut client, caller, "levels").await, Err(AskError::Refused(_))));
    assert_eq!(read(&mut client, caller, "world['global'][0]").await.unwrap().value, "10");
    assert_eq!(client.evaluate(None, "RAN").await.unwrap().value, "[]");

    client.control(Request::Continue(thread)).await;
    let (_, thread) = client.stop().await;
    // The frame is gone, and its number finds nothing.
    assert!(matches!(read(&mut client, frame, "levels").await, Err(AskError::Refused(_))));
    // The body of this class keeps its names in a mapping of its own.
    let body = client.stack(thread).await[0].id;
    let refused = read(&mut client, body, "inside").await;
    assert!(matches!(&refused, Err(AskError::RunsCode(why)) if why.contains("Names")), "{refused:?}");
    assert!(matches!(read(&mut client, body, "absent").await, Err(AskError::RunsCode(_))));
    assert_eq!(client.evaluate(None, "RAN").await.unwrap().value, "[]");
    client.control(Request::Continue(thread)).await;
}

/// Python itself says what a text is: all that is taken for a plain name is a name, or literal subscripts of one.
#[test]
fn what_is_taken_for_a_plain_name_is_one_in_python_too() {
    const JUDGE: &str = r#"
import ast, json, sys
def parts(node):
    if type(node) is ast.Name:
        return [node.id]
    if type(node) is ast.Constant and type(node.value) in (bool, type(None)):
        return [str(node.value)]
    assert type(node) is ast.Subscript, ast.dump(node)
    key = node.slice
    if type(key) is ast.UnaryOp and type(key.op) is ast.USub and type(key.operand.value) is int:
        return parts(node.value) + [-key.operand.value]
    assert type(key) is ast.Constant and type(key.value) in (int, str), ast.dump(node)
    return parts(node.value) + [key.value]
def judge(text):
    text = text.strip()
    # A letter that is newer than this Python.
    if not text.split("[")[0].isidentifier():
        return [None]
    return parts(ast.parse(text, mode="eval").body)
print(json.dumps([judge(text) for text in json.load(sys.stdin)]))
"#;
    let piece = prop_oneof![
        6 => "[a-zéßx_0-9]{1,3}", 3 => r"\[-?[0-9]{1,3}\]", 3 => r#"\['[^'\\\r\n\x00]{0,4}'\]"#,
        3 => r#"\["(\\[nrt'"\\]|\\x[0-9a-f]{2}|\\u[0-9a-c][0-9a-f]{3}|[a-z])*"\]"#,
        1 => r#"[ '"\[\]\\.(),:=nfrbu{}@#;*+-]{1,2}"#, 1 => r"\PC"
    ];
    let texts = proptest::collection::vec(piece, 1..5).prop_map(|pieces| pieces.concat());
    let mut runner = TestRunner::deterministic();
    let mut taken = Vec::new();
    for _ in 0..6_000 {
        let text = texts.new_tree(&mut runner).unwrap().current();
        if let Some(read) = PlainRead::parse(&text) {
            taken.push((text, read));
        }
    }
    assert!(taken.len() > 600, "too few to say anything: {}", taken.len());
    let mut python = Command::new(debugpy_python())
        .args(["-W", "ignore", "-c", JUDGE])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let texts: Vec<&String> = taken.iter().map(|(text, _)| text).collect();
    let mut input = python.stdin.take().unwrap();
    input.write_all(&serde_json::to_vec(&texts).unwrap()).unwrap();
    drop(input);
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "Python takes one of them for something else");
    let judged: Vec<Vec<serde_json::Value>> = serde_json::from_slice(&output.stdout).unwrap();
    for ((text, read), judged) in taken.iter().zip(judged) {
        if judged[0].is_null() && !read.name.is_ascii() {
            continue;
        }
        let keys: Vec<serde_json::Value> = read
            .keys
            .iter()
            .map(|key| match key {
                breakroom_protocol::plain::Key::Index(index) => (*index).into(),
                breakroom_protocol::plain::Key::Text(text) => text.as_str().into(),
            })
            .collect();
        assert_eq!(judged[1..], keys, "{text:?}");
        // Python's own normal form of the name; the debuggee's is asked to make the same of ours.
        if read.name.is_ascii() {
            assert_eq!(judged[0], read.name.as_str(), "{text:?}");
        }
    }
}
