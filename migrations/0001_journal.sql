-- The journal: everything that happens in a session, numbered. Written by one task (crate `journal`), read by many.
-- Times are milliseconds since the Unix epoch.

-- "BRKR": tells our files from other programs' SQLite files, which we refuse to touch.
PRAGMA application_id = 1112689490;

-- One row a session, live or ended. The number is for the other tables: a UUID there would cost 16 bytes a row and
-- once more in each index, a small integer costs one or two.
CREATE TABLE sessions (
    number         INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again after a deletion
    id             BLOB    NOT NULL UNIQUE,           -- the session's UUID, 16 bytes
    target_name    TEXT    NOT NULL,
    target_address TEXT    NOT NULL,
    can_restart    INTEGER NOT NULL,
    started_at     INTEGER NOT NULL,
    started_by     TEXT    NOT NULL,
    ended_at       INTEGER,                           -- null while live (or killed and not yet recovered)
    end_reason     TEXT,                              -- EndReason as on the wire
    last_seq       INTEGER NOT NULL DEFAULT 0,        -- counters, kept in the transaction that adds the rows,
    events         INTEGER NOT NULL DEFAULT 0,        -- so that a list of sessions reads nothing but this table
    stops          INTEGER NOT NULL DEFAULT 0,
    deleting       INTEGER NOT NULL DEFAULT 0         -- being deleted, a piece at a time; hidden already
) STRICT;

-- One row an event. A rowid table with a unique index: measured against WITHOUT ROWID and against one packed integer
-- key (200,000 rows of 300 B, every 20th of 3 kB): 224,000 rows/s written against 141,000 and 188,000, 500 rows read in
-- 0.53, 0.51 and 0.46 ms, 121, 113 and 119 MiB. Bodies are large, and WITHOUT ROWID keeps them in its inner pages.
CREATE TABLE events (
    id      INTEGER PRIMARY KEY,
    session INTEGER NOT NULL REFERENCES sessions (number),
    seq     INTEGER NOT NULL, -- from 1; a hole is filled by a `gap` row at its first number
    at      INTEGER NOT NULL,
    by      BLOB,             -- participant's UUID; null: the program or the server
    kind    TEXT    NOT NULL, -- the body's "type"
    stop    INTEGER,          -- the stop that it belongs to
    body    TEXT    NOT NULL, -- the event as JSON
    UNIQUE (session, seq)
) STRICT;

-- What the list of a recording's stops is made of: a few rows a stop, found without touching the bodies between them.
CREATE INDEX events_of_stops ON events (session, seq)
    WHERE kind IN ('attached', 'ended', 'lost', 'restarting', 'resumed', 'stack', 'stopped');

-- The fold's state after an event, so that a moment is one keyframe and a few hundred events. A cache: can be deleted.
CREATE TABLE keyframes (
    session  INTEGER NOT NULL REFERENCES sessions (number),
    seq      INTEGER NOT NULL,
    snapshot BLOB    NOT NULL, -- Snapshot as JSON, zstd
    PRIMARY KEY (session, seq)
) STRICT;

-- The shared docs, as the Yjs updates that made them, in order.
CREATE TABLE doc_updates (
    id      INTEGER PRIMARY KEY,
    session INTEGER NOT NULL REFERENCES sessions (number),
    doc     TEXT    NOT NULL, -- DocName as in URLs
    by      BLOB,             -- participant who sent it (16 bytes): its Yjs client ids are theirs; NULL: the server
    body    BLOB    NOT NULL  -- Yjs update, v1 encoding
) STRICT;
CREATE INDEX doc_updates_of ON doc_updates (session, doc, id);

-- Source texts, once each, however many sessions captured them.
CREATE TABLE sources (
    hash TEXT PRIMARY KEY, -- lower-case hex SHA-256 of the text
    body BLOB NOT NULL     -- UTF-8 text, zstd
) STRICT;

-- Which session captured which text: who may read it, and when nobody needs it any more.
CREATE TABLE session_sources (
    session INTEGER NOT NULL REFERENCES sessions (number),
    hash    TEXT    NOT NULL REFERENCES sources (hash),
    PRIMARY KEY (session, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_of_source ON session_sources (hash);
