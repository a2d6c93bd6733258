-- likeness: change=expand
-- What profiles were before each write, and who wrote (docs/decisions/profile-history.md).

SET LOCAL lock_timeout = '5s';

-- A row for each write of a profile, in the transaction of the write. What a profile was in a revision is in the row of the next one.
CREATE TABLE IF NOT EXISTS profile_revisions (
    profile_id uuid NOT NULL CONSTRAINT profile_revisions_profile_id_fkey REFERENCES profiles ON DELETE CASCADE,
    -- The one that the write made.
    revision bigint NOT NULL,
    -- The verified name of the caller, and the method that it called; empty and BulkLoad for what no call has written.
    caller text NOT NULL,
    method text NOT NULL,
    -- Fields of likeness.v1.Profile; none for a creation.
    changed_paths text[] NOT NULL,
    -- likeness.v1.Profile, encoded, as it was before; NULL for a creation.
    previous bytea,
    -- While the profile was locked: in the order of the revisions.
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (profile_id, revision)
);
-- What is old is cleared away.
CREATE INDEX IF NOT EXISTS profile_revisions_created_at_idx ON profile_revisions (created_at);

-- No plan depends on them, and statistics would keep values of profiles.
ALTER TABLE profile_revisions ALTER COLUMN previous SET STATISTICS 0, ALTER COLUMN profile_id SET STATISTICS 0;

-- Since when every write has had its row: one row, NULL while no history is kept.
CREATE TABLE IF NOT EXISTS profile_history (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    kept_since timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO profile_history DEFAULT VALUES ON CONFLICT DO NOTHING;
