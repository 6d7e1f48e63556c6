-- What a session's list entry says, up to its newest event.
--
-- The counters in `sessions` cover the events up to `last_seq`. They are brought up to date with each keyframe and each larger
-- batch, not with each event: that would write a third page for every step that somebody waits for. The few hundred
-- events behind are found by the indexes.
CREATE VIEW sessions_so_far AS
SELECT number, id, target_name, target_address, can_restart, started_at, started_by, ended_at, end_reason, deleting,
    max(last_seq, coalesce((SELECT max(seq) FROM events WHERE session = number), 0)) AS last_seq,
    events + (SELECT count(*) FROM events WHERE session = number AND seq > last_seq) AS events,
    stops + (SELECT count(*) FROM events WHERE session = number AND seq > last_seq AND kind = 'stopped'
        AND kind IN ('attached', 'ended', 'lost', 'restarting', 'resumed', 'stack', 'stopped')) AS stops
FROM sessions;
