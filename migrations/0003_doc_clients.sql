-- Whose Yjs client ids are, where a shared doc was written as a whole: such a row of doc_updates has no `by`. Otherwise
-- an id belongs to who sent the first update that uses it.
CREATE TABLE doc_clients (
    session     INTEGER NOT NULL REFERENCES sessions (number),
    client      INTEGER NOT NULL, -- Yjs client id, 32 bits
    participant BLOB    NOT NULL, -- 16 bytes
    PRIMARY KEY (session, client)
) STRICT, WITHOUT ROWID;
