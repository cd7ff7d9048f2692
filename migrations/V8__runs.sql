-- Runs of plans: a turn, or a part of one, with a job for each source, each copy and retention. What a plan did
-- before becomes a run of one job each. Times are Unix milliseconds.
CREATE TABLE runs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    plan TEXT NOT NULL,
    -- hand, schedule or catch_up.
    wanted_by TEXT NOT NULL,
    -- The turn of the plan; NULL when somebody started it by hand.
    slot INTEGER,
    state TEXT NOT NULL,
    queued_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER
) STRICT;
CREATE INDEX runs_by_plan ON runs (plan, seq);

ALTER TABLE jobs ADD COLUMN run TEXT;
CREATE INDEX jobs_by_run ON jobs (run) WHERE run IS NOT NULL;

INSERT INTO runs (id, plan, wanted_by, state, queued_at, started_at, ended_at)
    SELECT id, coalesce(json_extract(wanted, '$.plan'), 'nights'),
           CASE by_schedule WHEN 1 THEN 'schedule' ELSE 'hand' END, state, queued_at, started_at, ended_at
    FROM jobs
    WHERE json_extract(wanted, '$.order') IN ('run_plan', 'run_nights')
    ORDER BY seq;
UPDATE jobs SET run = id WHERE id IN (SELECT id FROM runs);
