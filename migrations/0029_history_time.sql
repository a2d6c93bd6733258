-- likeness: change=expand
-- How long what profiles were is kept: the longest time of the servers, not that of the last one (docs/decisions/profile-history.md).

SET LOCAL lock_timeout = '5s';

-- The time that counts.
ALTER TABLE profile_history ADD COLUMN IF NOT EXISTS kept_seconds double precision;

-- What servers have said, and when one said so last.
CREATE TABLE IF NOT EXISTS profile_history_times (
    seconds double precision PRIMARY KEY,
    said_at timestamptz NOT NULL
);
