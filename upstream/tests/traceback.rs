//! What real debugpy says of an evaluation that raises, under each Python of this machine.
#![allow(clippy::unwrap_used, reason = "a test that can't go on panics")]

mod common;

use breakroom_protocol::upstream::AskError;
use breakroom_test_support::debuggee::Options;
use breakroom_test_support::venv::debugpy_pythons;
use common::{Client, setup};

const RAISING: &str = r#"class Lamp:
    @property
    def bright(self):
        try:
            return {}["level"]
        except KeyError:
            raise ValueError("no level\nsays the lamp")
def f(lamp):
    return lamp
f(Lamp())
"#;

#[tokio::test]
async fn what_an_evaluation_raises_is_told_without_the_debugger() {
    for python in debugpy_pythons() {
        let debuggee = Options::text(RAISING).python(python).wait_for_client().start().await;
        let mut client = Client::attach(&debuggee, setup(&debuggee, &[9])).await;
        let (_, thread) = client.stop().await;
        let frames = client.stack(thread).await;
        let mut told = async |expression: &str| {
            let Err(AskError::Refused(why)) = client.evaluate(Some(&frames[0]), expression).await else {
                panic!("{expression} was evaluated");
            };
            assert!(!why.contains("pydev") && !why.contains("debugpy"), "{expression}: {why}");
            why
        };
        assert_eq!(told("number * 1.5").await, "NameError: name 'number' is not defined");
        assert_eq!(told("lamp.n").await, "AttributeError: 'Lamp' object has no attribute 'n'");
        for wrong in ["x =", "1 +", "n?", "%timeit 1"] {
            let why = told(wrong).await;
            let lines: Vec<&str> = why.lines().collect();
            assert!(lines[0].trim() == wrong, "{why}");
            assert!(lines.last().unwrap().starts_with("SyntaxError: "), "{why}");
        }
        assert!(told("a = 1\nb = c").await.contains("line 2"));
        assert!(told("a = 1\nb =").await.contains("line 2"));
        let chained = told("lamp.bright").await;
        assert!(chained.ends_with("ValueError: no level\nsays the lamp"), "{chained}");
        assert_eq!(chained.matches("in bright").count(), 2, "{chained}");
        assert!(!chained.contains("<string>"), "{chained}");
    }
}
