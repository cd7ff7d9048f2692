-- When a snapshot of each host went well last. Jobs are forgotten after a while, and drives may be away.
-- Times are Unix milliseconds.
CREATE TABLE host_successes (
    host TEXT PRIMARY KEY,
    -- From when its silence is counted: its last success, or when it was first known, or when its plan went on.
    -- NULL = from the next look with a clock that is believed.
    counted_from INTEGER,
    -- NULL = none yet.
    succeeded_at INTEGER
) STRICT;
