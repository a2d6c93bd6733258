-- likeness: change=expand
-- The changes of profiles, for those who follow them (docs/decisions/change-feed.md). Triggers write them, so that no way to write is
-- without: daemons of the previous release, bulk loads and operators too.

SET LOCAL lock_timeout = '5s';

CREATE SEQUENCE IF NOT EXISTS profile_feed_number;

-- A row for each change, in its transaction, with nothing of the profile but its id.
CREATE TABLE IF NOT EXISTS profile_feed (
    -- Drawn while the profile is locked: of one profile in the order of the commits. Of several profiles in no such order; readers
    -- tell by transactions and snapshots what they have seen.
    number bigint PRIMARY KEY DEFAULT nextval('profile_feed_number'),
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
    -- Without a foreign key: a row outlives its profile.
    profile_id uuid NOT NULL,
    -- likeness.v1.ProfileEventKind.
    kind smallint NOT NULL,
    -- That the change made; the last one of a profile that is removed.
    revision bigint NOT NULL,
    -- Fields of likeness.v1.Profile; none where they are not known.
    changed_paths text[] NOT NULL,
    -- Of a live profile that is removed, and of a deletion whose profile was removed since: the masks, in their revisions, that showed
    -- the profile until then. NULL for all other changes.
    seen_by text[],
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
-- No plan depends on them, and statistics would keep ids of profiles that are erased.
ALTER TABLE profile_feed ALTER COLUMN profile_id SET STATISTICS 0, ALTER COLUMN seen_by SET STATISTICS 0;
CREATE INDEX IF NOT EXISTS profile_feed_transaction_idx ON profile_feed (transaction, number);
-- Of deletions it is said later by whom the profile was seen.
CREATE INDEX IF NOT EXISTS profile_feed_deleted_idx ON profile_feed (profile_id) WHERE kind = 4;

-- What is not kept any more: changes of transactions that the snapshot shows. One row.
CREATE TABLE IF NOT EXISTS profile_feed_floor (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    snapshot pg_snapshot,
    -- The last transaction of what was there then, or had been.
    last xid8 NOT NULL DEFAULT '0',
    -- When that was the present one.
    taken_at timestamptz,
    -- Of the server whose transactions these are: rows that were restored from a dump are of others.
    system_identifier bigint NOT NULL DEFAULT (pg_control_system()).system_identifier,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO profile_feed_floor DEFAULT VALUES ON CONFLICT DO NOTHING;

-- Which transactions had ended when, now and then: the next floors.
CREATE TABLE IF NOT EXISTS profile_feed_times (
    taken_at timestamptz PRIMARY KEY DEFAULT clock_timestamp(),
    snapshot pg_snapshot NOT NULL DEFAULT pg_current_snapshot(),
    last xid8 NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE OR REPLACE FUNCTION profiles_were_created() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO profile_feed (profile_id, kind, revision, changed_paths)
    SELECT c.id, 2, c.revision, '{}' FROM created c;
    RETURN NULL;
END $$;

-- The writer says which fields it changes, in the statement that changes them: likeness.changed_paths.
CREATE OR REPLACE FUNCTION profile_was_changed() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.is_active = OLD.is_active THEN
        INSERT INTO profile_feed (profile_id, kind, revision, changed_paths) VALUES (
            NEW.id, 3, NEW.revision, coalesce(nullif(current_setting('likeness.changed_paths', true), '')::text[], '{}'));
    ELSE
        INSERT INTO profile_feed (profile_id, kind, revision, changed_paths)
        VALUES (NEW.id, CASE WHEN NEW.is_active THEN 5 ELSE 4 END, NEW.revision, '{delete_time}');
    END IF;
    RETURN NULL;
END $$;

-- Those who remove say whether it is for their age, and by whom a live one was seen: likeness.removal, likeness.seen_by.
CREATE OR REPLACE FUNCTION profiles_were_taken_out() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO profile_feed (profile_id, kind, revision, changed_paths, seen_by)
    SELECT r.id, CASE WHEN current_setting('likeness.removal', true) = 'purge' THEN 7 ELSE 6 END, r.revision, '{}',
        CASE WHEN r.is_active THEN coalesce(nullif(current_setting('likeness.seen_by', true), '')::text[], '{}') END
    FROM removed r ORDER BY r.id;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER profiles_feed_created AFTER INSERT ON profiles
    REFERENCING NEW TABLE AS created FOR EACH STATEMENT EXECUTE FUNCTION profiles_were_created();
CREATE OR REPLACE TRIGGER profiles_feed_changed AFTER UPDATE ON profiles
    FOR EACH ROW WHEN (OLD.revision IS DISTINCT FROM NEW.revision OR OLD.is_active IS DISTINCT FROM NEW.is_active)
    EXECUTE FUNCTION profile_was_changed();
CREATE OR REPLACE TRIGGER profiles_feed_removed AFTER DELETE ON profiles
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION profiles_were_taken_out();
