-- likeness: change=expand
-- Changes of profiles: a database that was set back to an earlier state, and profiles that were removed by TRUNCATE, are told apart from
-- what followers know (docs/decisions/change-feed.md).

SET LOCAL lock_timeout = '5s';

-- What names a change in one history of a database, and no change in another: its number, its transaction and its time.
CREATE OR REPLACE FUNCTION profile_feed_anchor(change profile_feed) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT change.number || '/' || change.transaction || '/' || extract(epoch FROM change.created_at)
$$;

-- Of the last change of transaction `last`; NULL where that is not known.
ALTER TABLE profile_feed_floor ADD COLUMN IF NOT EXISTS anchor text;
ALTER TABLE profile_feed_times ADD COLUMN IF NOT EXISTS anchor text;

-- Which profiles there were is not known any more: nothing that was made by now is kept, so that those who follow begin anew. Whatever
-- else is running may yet write changes.
CREATE OR REPLACE FUNCTION profiles_were_truncated() RETURNS trigger
    LANGUAGE plpgsql AS $$
DECLARE
    shown pg_snapshot := pg_current_snapshot();
    own bigint := pg_current_xact_id()::text::bigint;
    running bigint[];
BEGIN
    SELECT array_agg(r.number ORDER BY r.number) INTO running FROM (
        SELECT x.number::text::bigint FROM pg_snapshot_xip(shown) AS x (number)
        UNION SELECT * FROM generate_series(pg_snapshot_xmax(shown)::text::bigint, own - 1)
    ) AS r (number) WHERE r.number < own;
    UPDATE profile_feed_floor SET
        snapshot = concat(coalesce(running[1], own + 1), ':', own + 1, ':', array_to_string(running, ','))::pg_snapshot,
        last = own::text::xid8, anchor = concat('0/', own, '/', extract(epoch FROM clock_timestamp())),
        taken_at = clock_timestamp(), updated_at = now();
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER profiles_feed_truncated AFTER TRUNCATE ON profiles
    FOR EACH STATEMENT EXECUTE FUNCTION profiles_were_truncated();
