-- Jobs and what happened in them, what is known of archives, and sizes as last seen.
-- Times are Unix milliseconds.
CREATE TABLE jobs (
    -- The order in which they came in, whatever the clock said.
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    wanted TEXT NOT NULL,
    state TEXT NOT NULL,
    stages TEXT NOT NULL DEFAULT '[]',
    stage INTEGER,
    queued_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    result TEXT,
    failure TEXT,
    -- The process that runs it or will run it; NULL = whoever has the lane.
    runner TEXT,
    cancel_asked INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX jobs_by_state ON jobs (state, seq);

-- AUTOINCREMENT: an id is never used again, a browser may ask for what came after it.
CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_job ON events (job, id);

CREATE TABLE archives (
    name TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    metadata TEXT,
    verified_at INTEGER,
    sha256 TEXT
) STRICT;

CREATE TABLE scans (
    key TEXT PRIMARY KEY,
    files INTEGER NOT NULL,
    raw_bytes INTEGER NOT NULL,
    packed_bytes INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
