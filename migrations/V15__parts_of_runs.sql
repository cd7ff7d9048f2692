-- From where to where a job works, and the exit status of the program that it is.
ALTER TABLE jobs ADD COLUMN dir_from TEXT;
ALTER TABLE jobs ADD COLUMN dir_to TEXT;
ALTER TABLE jobs ADD COLUMN exit_code INTEGER;

-- Each part of a run that was done, as reports and spreadsheets read it: eleven columns, times in Unix seconds.
CREATE VIEW task_run AS
SELECT
    runs.plan AS id_task,
    runs.started_at / 1000.0 AS dt_task_start,
    runs.ended_at / 1000.0 AS dt_task_end,
    runs.state IN ('success', 'warning') AS success_task,
    CASE json_extract(jobs.wanted, '$.order')
        WHEN 'prune_plan' THEN 'retention' WHEN 'sync_plan' THEN 'sync' ELSE 'backup'
    END AS id_step,
    jobs.started_at / 1000.0 AS dt_step_start,
    jobs.ended_at / 1000.0 AS dt_step_end,
    jobs.state IN ('success', 'warning') AS success_step,
    jobs.dir_from,
    jobs.dir_to,
    printf(
        '%02d:%02d:%02d',
        (jobs.ended_at - jobs.started_at) / 3600000,
        (jobs.ended_at - jobs.started_at) / 60000 % 60,
        (jobs.ended_at - jobs.started_at) / 1000 % 60
    ) AS time_elapsed
FROM jobs JOIN runs ON runs.id = jobs.run
WHERE json_extract(jobs.wanted, '$.order') IN ('run_plan', 'run_nights', 'prune_plan', 'sync_plan')
    AND jobs.started_at IS NOT NULL AND jobs.ended_at IS NOT NULL AND jobs.state <> 'skipped'
ORDER BY jobs.seq;
