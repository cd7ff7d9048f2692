-- Mails that are to be sent and that were sent, and which jobs came from the schedule.
-- Times are Unix milliseconds.
ALTER TABLE jobs ADD COLUMN by_schedule INTEGER NOT NULL DEFAULT 0;

CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- What it tells of; the same is told once.
    occasion TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    -- The same for every try, so that a mail that arrives twice is shown once.
    message_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- NULL once it was sent: what is over is not kept.
    body_text TEXT,
    body_html TEXT,
    queued_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    -- NULL = sent or given up.
    next_at INTEGER,
    sent_at INTEGER,
    -- Why the last try failed.
    error TEXT
) STRICT;
CREATE INDEX outbox_by_turn ON outbox (next_at);
