-- What is known of nights: frozen once they are saved and verified, and remembered after they were
-- deleted, so that they are not copied again. Times are Unix milliseconds.
CREATE TABLE nights (
    source TEXT NOT NULL,
    -- YYYY-MM-DD of the evening.
    night TEXT NOT NULL,
    camera_dir TEXT NOT NULL DEFAULT '',
    images INTEGER,
    rated INTEGER,
    avg_stars REAL,
    moon_pct REAL,
    class TEXT,
    reason TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL,
    files INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    pinned INTEGER NOT NULL DEFAULT 0,
    -- Id of the drive.
    drive TEXT,
    verified_at INTEGER,
    deleted_at INTEGER,
    PRIMARY KEY (source, night)
) STRICT;

CREATE TABLE alerts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    message TEXT NOT NULL
) STRICT;

-- When a schedule last had its turn.
CREATE TABLE turns (
    plan TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    paused INTEGER NOT NULL DEFAULT 0
) STRICT;
