-- Which runs were told in a report, and what goes along with a mail. What was over before is not told again.
ALTER TABLE runs ADD COLUMN reported INTEGER NOT NULL DEFAULT 0;
UPDATE runs SET reported = 1 WHERE state NOT IN ('queued', 'running');
CREATE INDEX runs_to_report ON runs (seq) WHERE reported = 0;

-- Gone once its mail was sent.
CREATE TABLE outbox_attachments (
    letter INTEGER NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    bytes BLOB NOT NULL
) STRICT;
CREATE INDEX outbox_attachments_by_letter ON outbox_attachments (letter);
