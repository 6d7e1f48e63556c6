-- The sessions that a ticket for one session opened before: where one session follows another (`share --editor`), who was
-- in one is let into the next, and still sees the recordings of those before. Written by the `identity` crate only.
CREATE TABLE ticket_recordings (
    ticket  TEXT NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    session TEXT NOT NULL,
    PRIMARY KEY (ticket, session)
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_recordings_of ON ticket_recordings (session);
