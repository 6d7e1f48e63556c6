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
        BreakpointResult { id: "a".into(), verified: true, line: Some(8), message: None },
        BreakpointResult {
            id: "b".into(),
            verified: false,
            line: None,
            message: Some("no code there".into()),
        },
        BreakpointResult { id: "unknown".into(), verified: true, line: None, message: None },
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
