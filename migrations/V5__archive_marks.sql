-- What owners and plans say of archives, apart from what is known of their bytes: a file that was
-- copied or read again is still pinned.
CREATE TABLE archive_marks (
    name TEXT PRIMARY KEY,
    pinned INTEGER NOT NULL DEFAULT 0,
    note TEXT NOT NULL DEFAULT '',
    -- The plan that made it; counts only while the file is the one that the plan made.
    plan TEXT,
    fingerprint TEXT
) STRICT;
