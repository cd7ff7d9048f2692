-- An archive is known by the place where it lies and by its name: copies of one archive lie on several
-- destinations, and two cameras may give two archives the same name. All that was known so far lies in the
-- backups folder.
CREATE TABLE archives_by_destination (
    destination TEXT NOT NULL,
    name TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    metadata TEXT,
    verified_at INTEGER,
    sha256 TEXT,
    origin TEXT NOT NULL DEFAULT '"elsewhere"',
    PRIMARY KEY (destination, name)
) STRICT;
INSERT INTO archives_by_destination
    SELECT 'backups', name, fingerprint, state, reason, metadata, verified_at, sha256, origin FROM archives;
DROP TABLE archives;
ALTER TABLE archives_by_destination RENAME TO archives;

CREATE TABLE marks_by_destination (
    destination TEXT NOT NULL,
    name TEXT NOT NULL,
    pinned INTEGER NOT NULL DEFAULT 0,
    note TEXT NOT NULL DEFAULT '',
    -- The plan that made it; counts only while the file is the one that the plan made.
    plan TEXT,
    fingerprint TEXT,
    PRIMARY KEY (destination, name)
) STRICT;
INSERT INTO marks_by_destination SELECT 'backups', name, pinned, note, plan, fingerprint FROM archive_marks;
DROP TABLE archive_marks;
ALTER TABLE marks_by_destination RENAME TO archive_marks;
