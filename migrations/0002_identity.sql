-- Who may come in: invites, host links, tickets. Written by the `identity` crate only.
--
-- Times are milliseconds since the Unix epoch; ids are UUIDs as text. Secrets and tokens are never stored:
-- an invite and a host link are kept as the SHA-256 of their secret, a Home Assistant token not at all.
-- `session` has no foreign key: sessions belong to the journal, which does not know this file.

-- A link that lets guests into one session.
CREATE TABLE invites (
    id          TEXT    NOT NULL PRIMARY KEY,
    secret_hash BLOB    NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
    session     TEXT    NOT NULL,
    -- Never 'host': whoever holds the link can pass it on.
    role        TEXT    NOT NULL CHECK (role IN ('watcher', 'collaborator')),
    notes       INTEGER NOT NULL CHECK (notes IN (0, 1)),
    created_by  TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    uses        INTEGER NOT NULL CHECK (uses BETWEEN 1 AND 1000),
    -- Counted by `UPDATE … WHERE used < uses`; the check holds it whatever the code does.
    used        INTEGER NOT NULL DEFAULT 0 CHECK (used BETWEEN 0 AND uses),
    revoked_at  INTEGER
) STRICT;
CREATE INDEX invites_by_session ON invites (session, created_at);

-- A link that makes its first user a host, printed by the server on its own terminal.
CREATE TABLE host_links (
    secret_hash BLOB    NOT NULL PRIMARY KEY CHECK (length(secret_hash) = 32),
    -- The session it opens; NULL: all.
    session     TEXT,
    expires_at  INTEGER NOT NULL,
    used_at     INTEGER
) STRICT, WITHOUT ROWID;

-- What we signed, until it expires. A ticket without a row here is worth nothing, however well signed.
CREATE TABLE tickets (
    -- The JWT's `jti`.
    id          TEXT    NOT NULL PRIMARY KEY,
    participant TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    role        TEXT    NOT NULL CHECK (role IN ('watcher', 'collaborator', 'host')),
    kind        TEXT    NOT NULL CHECK (kind IN ('home_assistant', 'guest', 'host_link')),
    notes       INTEGER NOT NULL CHECK (notes IN (0, 1)),
    -- The only session it opens; NULL: all.
    session     TEXT,
    -- The invite it came by, so that revoking the invite revokes it.
    invite      TEXT REFERENCES invites (id) ON DELETE CASCADE,
    issued_at   INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    revoked_at  INTEGER,
    -- A guest without a session would be in every one.
    CHECK (kind <> 'guest' OR session IS NOT NULL)
) STRICT;
CREATE INDEX tickets_by_expiry ON tickets (expires_at);
CREATE INDEX tickets_by_invite ON tickets (invite) WHERE invite IS NOT NULL;
