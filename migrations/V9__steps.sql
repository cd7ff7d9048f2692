-- The steps of each job, with their times and warnings. Those of earlier jobs are told by their events.
-- Times are Unix milliseconds.
CREATE TABLE steps (
    id INTEGER PRIMARY KEY,
    job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    stage TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    state TEXT NOT NULL,
    -- JSON, an array of texts.
    warnings TEXT NOT NULL DEFAULT '[]'
) STRICT;
CREATE INDEX steps_by_job ON steps (job, id);

WITH begun AS (
    SELECT id, job, at, json_extract(kind, '$.stage') AS stage,
           lead(id) OVER own AS next_id, lead(at) OVER own AS next_at
    FROM events WHERE json_extract(kind, '$.event') = 'stage'
    WINDOW own AS (PARTITION BY job ORDER BY id)
), warned AS (
    SELECT begun.*, (
        SELECT json_group_array(json_extract(said.kind, '$.text') ORDER BY said.id) FROM events AS said
        WHERE said.job = begun.job AND said.id > begun.id AND said.id < coalesce(begun.next_id, said.id + 1)
          AND json_extract(said.kind, '$.event') = 'warning'
    ) AS warnings FROM begun
)
INSERT INTO steps (job, stage, started_at, ended_at, state, warnings)
    SELECT warned.job, warned.stage, warned.at, coalesce(warned.next_at, jobs.ended_at),
           CASE WHEN warned.next_id IS NULL AND jobs.state NOT IN ('success', 'warning') THEN jobs.state
                WHEN warned.warnings = '[]' THEN 'success' ELSE 'warning' END,
           warned.warnings
    FROM warned JOIN jobs ON jobs.id = warned.job ORDER BY warned.id;
