-- likeness: change=expand
-- How long what profiles were is kept: the longest time of the servers, not that of the last one (docs/decisions/profile-history.md).

SET LOCAL lock_timeout = '5s';

ALTER TABLE profile_history
    ADD COLUMN IF NOT EXISTS kept_seconds double precision,
    -- When a server has said so.
    ADD COLUMN IF NOT EXISTS kept_seconds_at timestamptz;
