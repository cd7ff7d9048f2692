-- Events that belong to no job: settings, pins, looks, alerts, retention. Ids go on where they were.
CREATE TABLE events_of_all (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- NULL = of no job.
    job TEXT REFERENCES jobs (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL
) STRICT;
INSERT INTO events_of_all SELECT id, job, at, kind FROM events;
INSERT INTO sqlite_sequence (name, seq)
    SELECT 'events_of_all', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'events_of_all');
UPDATE sqlite_sequence SET seq = coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)
    WHERE name = 'events_of_all';
DROP TABLE events;
ALTER TABLE events_of_all RENAME TO events;
CREATE INDEX events_by_job ON events (job, id);
