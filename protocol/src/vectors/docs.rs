//! What comes of the shared docs.

use super::{entry, person, started};
use crate::event::Event;
use crate::ids::{NoteId, StopId};
use crate::model::{BreakpointEntry, BreakpointResult, Note, Reply};

pub(super) fn breakpoints_and_notes() -> Vec<Event> {
    let note = |text: &str| Note {
        id: NoteId::from("n1"),
        path: "/app/porch.py".into(),
        line: 12,
        author: person(2).id,
        stop: Some(StopId(1)),
        at: Some(1_700_000_000_000),
        resolved: None,
        text: text.into(),
    };
    let reply = |id: &str, to: &str, text: &str| Event::ReplySet {
        reply: Reply {
            id: NoteId::from(id),
            note: NoteId::from(to),
            author: person(1).id,
            at: 1_700_000_000_500,
            text: text.into(),
        },
    };
    let results = vec![
        BreakpointResult { id: "a".into(), verified: true, line: Some(8), message: None, failed: false },
        BreakpointResult {
            id: "b".into(),
            verified: false,
            line: None,
            message: Some("no code there".into()),
            failed: true,
        },
        BreakpointResult { id: "unknown".into(), verified: true, line: None, message: None, failed: false },
    ];
    vec![
        started(),
        Event::BreakpointSet { entry: entry("a", 7) },
        Event::BreakpointSet { entry: entry("b", 9) },
        Event::BreakpointsResolved { results },
        Event::BreakpointSet { entry: BreakpointEntry { enabled: false, ..entry("b", 9) } },
        Event::BreakpointSet { entry: entry("c", 11) },
        Event::BreakpointRemoved { id: "c".into() },
        Event::NoteSet { note: note("th") },
        Event::NoteSet { note: note("the light stays on") },
        Event::NoteSet { note: Note { id: NoteId::from("n2"), at: None, ..note("second") } },
        reply("r1", "n1", ""),
        reply("r1", "n1", "since the postman came"),
        reply("r2", "n1", "withdrawn"),
        reply("r3", "n2", "goes with its note"),
        Event::ReplyRemoved { id: NoteId::from("r2") },
        Event::NoteSet { note: Note { resolved: Some(person(1).id), ..note("the light stays on") } },
        Event::NoteRemoved { id: NoteId::from("n2") },
        reply("r4", "n2", "too late"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Envelope;
    use crate::fold::Snapshot;
    use serde_json::json;

    /// Notes had no time, and nobody replied or resolved.
    #[test]
    fn notes_of_older_recordings_are_read() {
        let author = person(2).id;
        let note = json!({"id": "n", "path": "/app/porch.py", "line": 3, "author": author, "stop": null, "text": "old"});
        let event = json!({"seq": 1, "at": 5, "by": author, "event": {"type": "note_set", "note": note}});
        let mut keyframe = serde_json::to_value(Snapshot::default()).unwrap();
        keyframe.as_object_mut().unwrap().remove("replies");
        let mut snapshot: Snapshot = serde_json::from_value(keyframe).unwrap();
        snapshot.apply(&serde_json::from_value::<Envelope>(event).unwrap());
        let read = &snapshot.notes[&NoteId::from("n")];
        assert_eq!((read.at, read.resolved, read.text.as_str()), (None, None, "old"));
        assert!(snapshot.replies.is_empty());
    }
}
