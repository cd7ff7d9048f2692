-- Tokens of programs. Times are Unix milliseconds.
CREATE TABLE tokens (
    -- The part of a token that names it.
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    -- read, run or admin.
    rights TEXT NOT NULL,
    -- SHA-256 of the part that proves it, 64 hex digits.
    digest TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;
