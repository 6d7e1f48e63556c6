//! Reading the program's source text, against real debugpy; paths from a client are hostile. And quoting for Python.

#![allow(clippy::unwrap_used)] // Helpers of tests, too.

mod common;

use breakroom_protocol::upstream::{Answer, AskError, AskId, Request, Urgency};
use breakroom_test_support::debuggee::Debuggee;
use breakroom_test_support::venv::debugpy_python;
use breakroom_upstream::{MAX_SOURCE, Setup, python_literal};
use common::{Client, script, setup};
use proptest::prelude::*;
use std::io::Write;
use std::process::{Command, Stdio};

const IDLE: &str =
    "import time\nimport json\nprint('ready', flush=True)\nwhile True:\n    time.sleep(0.01)\n";

struct Reader {
    client: Client,
    debuggee: Debuggee,
    root: tempfile::TempDir,
}

impl Reader {
    async fn start() -> Self {
        let debuggee = Debuggee::start(IDLE).await;
        let client = Client::attach(&debuggee, Setup::default()).await;
        // debugpy listens before the program's first line is run.
        debuggee.wait_for_nth_line("ready", 1).await;
        Self { client, debuggee, root: tempfile::tempdir().unwrap() }
    }

    /// Puts a file under the source root and returns its path.
    fn write(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.root.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    async fn read(&mut self, path: &str) -> Result<String, AskError> {
        self.request(path, vec![self.root.path().to_str().unwrap().to_owned()], false).await
    }

    async fn request(
        &mut self,
        path: &str,
        roots: Vec<String>,
        named_by_frame: bool,
    ) -> Result<String, AskError> {
        let request = Request::ReadSource { path: path.to_owned(), roots, named_by_frame };
        match self.client.ask(request, Urgency::Browse).await? {
            Answer::Source { text } => Ok(text),
            other => panic!("{other:?}"),
        }
    }
}

fn unreadable(outcome: &Result<String, AskError>, part: &str) -> bool {
    matches!(outcome, Err(AskError::Unreadable(why)) if why.contains(part))
}

#[tokio::test]
async fn files_of_the_program_are_read_exactly() {
    let mut reader = Reader::start().await;
    let path = script(&reader.debuggee);
    // The main module's file is one of `sys.modules`.
    assert_eq!(reader.request(&path, Vec::new(), false).await.unwrap(), IDLE);
    let json = reader.client.evaluate(None, "json.__file__").await.unwrap().value;
    let json = json.trim_matches('\'').to_owned();
    let text = std::fs::read_to_string(&json).unwrap();
    assert_eq!(reader.request(&json, Vec::new(), false).await.unwrap(), text);
    // A frame may name a file that no module has.
    let stray = reader.write("stray.py", b"x = 1\n");
    assert_eq!(reader.request(&stray, Vec::new(), true).await.unwrap(), "x = 1\n");
    assert_eq!(reader.request(&stray, Vec::new(), false).await, Err(AskError::NotOfProgram));
    assert_eq!(reader.read(&stray).await.unwrap(), "x = 1\n");
}

#[tokio::test]
async fn it_works_while_paused_and_leaves_nothing_behind() {
    let debuggee = Debuggee::start_waiting(IDLE).await;
    let mut client = Client::attach(&debuggee, setup(&debuggee, &[5])).await;
    let (_, thread) = client.stop().await;
    let request = Request::ReadSource { path: script(&debuggee), roots: Vec::new(), named_by_frame: true };
    let answer = client.ask(request, Urgency::Capture).await.unwrap();
    assert_eq!(answer, Answer::Source { text: IDLE.to_owned() });
    let frames = client.stack(thread).await;
    let locals = client.locals(&frames[0]).await;
    assert!(
        locals.iter().all(|it| !["path", "roots", "answer", "limit"].contains(&it.name.as_str())),
        "{locals:?}"
    );
}

#[tokio::test]
async fn encodings_newlines_and_odd_names() {
    let mut reader = Reader::start().await;
    let cases: [(&str, &[u8], &str); 6] = [
        ("crlf.py", b"a = 1\r\nb = 2\rc", "a = 1\r\nb = 2\rc"),
        ("bom.py", b"\xef\xbb\xbfa = 1\n", "a = 1\n"),
        ("latin.py", b"# -*- coding: latin-1 -*-\n# \xe9\n", "# -*- coding: latin-1 -*-\n# é\n"),
        ("it's \"quoted\" \\ {x}\n.py", "# 😀 é \u{2028}\0\n".as_bytes(), "# 😀 é \u{2028}\0\n"),
        ("') or __import__('os').abort() #.py", b"x\n", "x\n"),
        ("empty.py", b"", ""),
    ];
    for (name, bytes, text) in cases {
        let path = reader.write(name, bytes);
        assert_eq!(reader.read(&path).await.as_deref(), Ok(text), "{name:?}");
    }
    let path = reader.write("broken.py", b"# \xff\xfe\n");
    assert!(unreadable(&reader.read(&path).await, "encoding"));
    let path = reader.write("unknown.py", b"# coding: klingon\n");
    assert!(unreadable(&reader.read(&path).await, "encoding"));
    let path = reader.write("surrogate.py", b"# coding: unicode_escape\n# \\ud800\n");
    assert!(unreadable(&reader.read(&path).await, "encoding"));
}

#[tokio::test]
async fn paths_out_of_the_program_are_refused() {
    let mut reader = Reader::start().await;
    let root = reader.root.path().to_str().unwrap().to_owned();
    let inside = reader.write("inside.py", b"ok\n");
    std::os::unix::fs::symlink("/etc/passwd", reader.root.path().join("out.py")).unwrap();
    std::os::unix::fs::symlink("/etc", reader.root.path().join("folder")).unwrap();
    std::os::unix::fs::symlink(&inside, reader.root.path().join("within.py")).unwrap();
    let up = "../".repeat(20);
    for path in [
        "/etc/passwd".to_owned(),
        format!("{root}/{up}etc/passwd"),
        format!("{root}/out.py"),
        format!("{root}/folder/passwd"),
        format!("{root}/{up}etc/no-such-file"),
        format!("{root}-beside/inside.py"),
        "/proc/self/root/etc/passwd".to_owned(),
        root.clone(),
    ] {
        assert_eq!(reader.read(&path).await, Err(AskError::NotOfProgram), "{path:?}");
    }
    // Roots that are relative or empty allow nothing.
    for odd in ["", ".", "tmp"] {
        assert_eq!(reader.request(&inside, vec![odd.to_owned()], false).await, Err(AskError::NotOfProgram));
    }
    assert_eq!(reader.read(&format!("{root}/within.py")).await.as_deref(), Ok("ok\n"));
    assert_eq!(reader.read(&format!("{root}/./sub/../inside.py")).await.as_deref(), Ok("ok\n"));
    // Refused here, without asking the program.
    for path in ["", "inside.py", "../etc/passwd", "<string>", "/a\0b", &"/x".repeat(4000)] {
        let request =
            Request::ReadSource { path: path.to_owned(), roots: vec![root.clone()], named_by_frame: true };
        let refused = reader.client.attached.handle.ask(AskId(7), request, Urgency::Browse);
        assert_eq!(refused, Err(AskError::NotOfProgram), "{path:?}");
    }
}

#[tokio::test]
async fn what_is_no_readable_text_says_why() {
    let mut reader = Reader::start().await;
    let root = reader.root.path().to_str().unwrap().to_owned();
    let missing = reader.read(&format!("{root}/missing.py")).await;
    assert!(unreadable(&missing, "No such file"), "{missing:?}");
    std::fs::create_dir(reader.root.path().join("folder.py")).unwrap();
    assert!(unreadable(&reader.read(&format!("{root}/folder.py")).await, "not a regular file"));
    // Opening a pipe would block the debugger's thread for ever.
    let pipe = format!("{root}/pipe.py");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert!(unreadable(&reader.read(&pipe).await, "not a regular file"));
    assert!(unreadable(&reader.request("/dev/zero", Vec::new(), true).await, "not a regular file"));
    let large = reader.write("large.py", &vec![b'#'; MAX_SOURCE + 1]);
    assert!(unreadable(&reader.read(&large).await, "larger than"));
}

/// Large text arrives whole; text whose response debugpy would never deliver is refused instead.
#[tokio::test]
async fn large_files() {
    let mut reader = Reader::start().await;
    let text = "# 0123456789 ü\n".repeat(MAX_SOURCE / 16);
    let path = reader.write("large.py", text.as_bytes());
    assert!(reader.read(&path).await.unwrap() == text);
    let mut bytes = b"# coding: latin-1\n".to_vec();
    bytes.resize(MAX_SOURCE, 0xe9);
    let path = reader.write("blown_up.py", &bytes);
    assert!(unreadable(&reader.read(&path).await, "too large to be sent"));
}

/// A Python that evaluates literals line by line and writes back their UTF-8 bytes in hex.
fn evaluate_literals(literals: &[String]) -> Vec<String> {
    let program = "import sys\nfor line in sys.stdin:\n    print(eval(line).encode().hex())\n";
    let mut child = Command::new(debugpy_python())
        .args(["-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = literals.join("\n") + "\n";
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn check_literals(texts: &[String]) {
    let literals: Vec<_> = texts.iter().map(|text| python_literal(text)).collect();
    for literal in &literals {
        assert!(literal.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{literal}");
    }
    let expected: Vec<String> =
        texts.iter().map(|text| text.bytes().map(|byte| format!("{byte:02x}")).collect()).collect();
    assert_eq!(evaluate_literals(&literals), expected);
}

#[test]
fn python_reads_every_character_back() {
    let all: String = (0..=0x10_ffff).filter_map(char::from_u32).collect();
    let chunks: Vec<String> =
        all.chars().collect::<Vec<_>>().chunks(4096).map(|chunk| chunk.iter().collect()).collect();
    check_literals(&chunks);
    assert_eq!(python_literal("a'\\\n\0é€😀"), r"'a\'\\\n\x00\xe9\u20ac\U0001f600'");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn python_reads_any_text_back(texts in proptest::collection::vec(".*|[\\\\'\"\n\r{}xuUN0-9]{0,20}", 1..60)) {
        check_literals(&texts);
    }
}
