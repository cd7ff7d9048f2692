-- Alerts have a state and a subject. What was kept under that name so far are notices that are written once.
-- Times are Unix milliseconds.
ALTER TABLE alerts RENAME TO notices;
CREATE TABLE alerts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    -- What it is about: a plan, a destination, an archive; empty where there is only one.
    subject TEXT NOT NULL,
    since INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    -- open, acknowledged or resolved.
    state TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
-- One of a kind and a subject at a time.
CREATE UNIQUE INDEX alerts_unresolved ON alerts (kind, subject) WHERE state <> 'resolved';
