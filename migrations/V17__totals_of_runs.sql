-- Runs that are no longer remembered, by plan and result, so that the numbers of all runs never go back.
CREATE TABLE forgotten_runs (
    plan TEXT NOT NULL,
    state TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (plan, state)
) STRICT;
CREATE TRIGGER runs_forgotten AFTER DELETE ON runs WHEN OLD.ended_at IS NOT NULL
BEGIN
    INSERT INTO forgotten_runs (plan, state, count) VALUES (OLD.plan, OLD.state, 1)
        ON CONFLICT (plan, state) DO UPDATE SET count = count + 1;
END;
