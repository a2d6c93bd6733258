-- likeness: change=expand
-- Profiles that are removed for good (docs/decisions/profile-identity.md). A service does it, and operators who delete rows of
-- profiles get the same of all that other servers have in memory.

SET LOCAL lock_timeout = '5s';

-- What was erased. A row goes when no backup holds the profile any more.
CREATE TABLE IF NOT EXISTS erasures (
    profile_id uuid PRIMARY KEY,
    backups_expire_at timestamptz NOT NULL,
    -- When what had to be left for others to see was cleared away.
    cleared_at timestamptz,
    -- When it was erased.
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS erasures_created_at_idx ON erasures (created_at);
CREATE INDEX IF NOT EXISTS erasures_backups_expire_at_idx ON erasures (backups_expire_at);

CREATE INDEX IF NOT EXISTS profiles_deleted_at_idx ON profiles (deleted_at) WHERE NOT is_active;

-- Of the answers to repeatable writes whose they are. Daemons of the previous release leave it empty.
ALTER TABLE request_ids ADD COLUMN IF NOT EXISTS subject_id uuid;
CREATE INDEX IF NOT EXISTS request_ids_subject_id_idx ON request_ids (subject_id);

-- The planner's statistics of a table that has become empty stay as they were; of what no plan depends on there are none then.
ALTER TABLE request_ids ALTER COLUMN answer SET STATISTICS 0, ALTER COLUMN subject_id SET STATISTICS 0;
ALTER TABLE result_sets ALTER COLUMN answer SET STATISTICS 0;
ALTER TABLE result_set_hits ALTER COLUMN profile_ids SET STATISTICS 0, ALTER COLUMN section_ids SET STATISTICS 0,
    ALTER COLUMN vector_section_ids SET STATISTICS 0, ALTER COLUMN text_section_ids SET STATISTICS 0;

-- A row outlives its profile, without words, until every index in memory has seen that.
ALTER TABLE profile_words DROP CONSTRAINT IF EXISTS profile_words_profile_id_fkey;

CREATE OR REPLACE FUNCTION profiles_were_removed() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    UPDATE profile_words w SET words = '', is_active = false, changed = pg_current_xact_id(), updated_at = now()
    WHERE w.profile_id IN (SELECT r.id FROM removed r);
    PERFORM note_profile_changes(ARRAY(SELECT r.id FROM removed r));
    RETURN NULL;
END $$;

-- Whether any live profile has a text.
CREATE OR REPLACE FUNCTION has_completion_text(wanted_kind smallint, wanted text) RETURNS boolean
    LANGUAGE plpgsql STABLE STRICT SET enable_seqscan = off AS $$
BEGIN
    RETURN CASE wanted_kind
        WHEN 1 THEN EXISTS (
            SELECT FROM profiles p WHERE p.is_active AND fold_term(p.display_name) COLLATE "C" = wanted)
        WHEN 2 THEN EXISTS (
            SELECT FROM experiences e JOIN profiles p ON p.id = e.profile_id
            WHERE p.is_active AND fold_term(e.title) COLLATE "C" = wanted)
        WHEN 3 THEN EXISTS (
            SELECT FROM experiences e JOIN profiles p ON p.id = e.profile_id
            WHERE p.is_active AND fold_term(e.organization) COLLATE "C" = wanted)
        WHEN 4 THEN EXISTS (
            SELECT FROM skills s JOIN profiles p ON p.id = s.profile_id
            WHERE p.is_active AND fold_term(s.name) COLLATE "C" = wanted)
        ELSE EXISTS (
            SELECT FROM profiles p WHERE p.is_active AND fold_term(p.location) COLLATE "C" = wanted)
        END;
END $$;

-- Removes profiles and what is made from them; returns which there were. What other servers or watchers have yet to see (that they
-- are gone) is left, with nothing of them but their ids: clear_erasures.
CREATE OR REPLACE FUNCTION erase_profiles(profile_ids uuid[], backup_time interval) RETURNS uuid[]
    LANGUAGE plpgsql AS $$
DECLARE
    erased uuid[];
    text_kinds smallint[];
    texts text[];
    view uuid;
BEGIN
    SELECT array_agg(l.id) INTO erased FROM (
        SELECT p.id FROM profiles p WHERE p.id = ANY (profile_ids) ORDER BY p.id FOR UPDATE
    ) AS l;
    IF erased IS NULL THEN RETURN '{}'; END IF;

    SELECT array_agg(f.kind), array_agg(f.folded) INTO text_kinds, texts FROM (
        SELECT DISTINCT t.kind, fold_term(t.text) AS folded FROM (
            SELECT 1::smallint AS kind, p.display_name AS text FROM profiles p WHERE p.id = ANY (erased)
            UNION ALL SELECT 5::smallint, p.location FROM profiles p WHERE p.id = ANY (erased)
            UNION ALL SELECT 2::smallint, e.title FROM experiences e WHERE e.profile_id = ANY (erased)
            UNION ALL SELECT 3::smallint, e.organization FROM experiences e WHERE e.profile_id = ANY (erased)
            UNION ALL SELECT 4::smallint, s.name FROM skills s WHERE s.profile_id = ANY (erased)
        ) AS t
    ) AS f;

    -- Rankings of searches that found one of them, and what those counted. They live for minutes: all from before the last of
    -- them was deleted, or a little after.
    DELETE FROM result_sets r WHERE r.created_at <= (
        SELECT max(coalesce(p.deleted_at, now())) + interval '1 hour' FROM profiles p WHERE p.id = ANY (erased));
    -- Answers that are kept for callers who repeat a write.
    DELETE FROM request_ids r WHERE r.subject_id = ANY (erased) OR r.subject_id IS NULL AND EXISTS (
        SELECT FROM unnest(erased) AS e (id) WHERE position(convert_to(e.id::text, 'UTF8') IN r.answer) > 0);

    -- Before the profiles, whose removal would take them out one by one.
    DELETE FROM embedding_outbox o WHERE o.profile_id = ANY (erased);
    DELETE FROM profiles p WHERE p.id = ANY (erased);
    DELETE FROM long_sections l WHERE l.profile_id = ANY (erased);

    DELETE FROM completion_terms t USING unnest(text_kinds, texts) AS e (kind, folded)
    WHERE t.kind = e.kind AND t.folded = e.folded COLLATE "C" AND NOT has_completion_text(t.kind, t.folded);

    -- What masks show of them. Whoever projects a view holds its row.
    FOR view IN SELECT v.id FROM view_projections v ORDER BY v.id FOR UPDATE LOOP
        PERFORM project_profiles(view, erased, '{}', '{}', '{}', '{}');
    END LOOP;

    INSERT INTO erasures (profile_id, backups_expire_at) SELECT e.id, now() + backup_time FROM unnest(erased) AS e (id)
    ON CONFLICT (profile_id) DO UPDATE SET
        backups_expire_at = EXCLUDED.backups_expire_at, cleared_at = NULL, created_at = now(), updated_at = now();
    RETURN erased;
END $$;

-- Clears away what was left of profiles that were erased some time ago, and what a call that was under way then has written of
-- them since; returns of how many. Any server may do so.
CREATE OR REPLACE FUNCTION clear_erasures(age interval, most integer) RETURNS integer
    LANGUAGE plpgsql AS $$
DECLARE
    cleared uuid[];
    view uuid;
BEGIN
    SELECT array_agg(c.profile_id) INTO cleared FROM (
        SELECT e.profile_id FROM erasures e WHERE e.cleared_at IS NULL AND e.created_at <= now() - age
        ORDER BY e.created_at LIMIT most FOR UPDATE SKIP LOCKED
    ) AS c;
    IF cleared IS NULL THEN RETURN 0; END IF;

    DELETE FROM result_sets r USING result_set_hits h WHERE h.set_id = r.id AND h.profile_ids && cleared;
    DELETE FROM request_ids r WHERE r.subject_id = ANY (cleared);
    DELETE FROM long_sections l WHERE l.profile_id = ANY (cleared);
    DELETE FROM profile_words w WHERE w.profile_id = ANY (cleared);
    DELETE FROM profile_changes c WHERE c.profile_id = ANY (cleared);
    FOR view IN SELECT v.id FROM view_projections v ORDER BY v.id FOR UPDATE LOOP
        DELETE FROM view_words w WHERE w.view_id = view AND w.profile_id = ANY (cleared);
    END LOOP;

    DELETE FROM saved_search_changes c WHERE c.profile_id = ANY (cleared);
    PERFORM FROM saved_searches s WHERE s.id IN (
        SELECT m.search_id FROM saved_search_matches m WHERE m.profile_id = ANY (cleared)
        UNION SELECT e.search_id FROM saved_search_events e WHERE e.profile_id = ANY (cleared))
    ORDER BY s.id FOR NO KEY UPDATE;
    WITH gone AS (
        DELETE FROM saved_search_matches m WHERE m.profile_id = ANY (cleared) RETURNING m.search_id
    )
    UPDATE saved_searches s SET match_count = s.match_count - g.count
    FROM (SELECT o.search_id, count(*)::integer AS count FROM gone o GROUP BY o.search_id) AS g WHERE s.id = g.search_id;
    -- Those that are kept have no gaps: whoever has yet to see older ones begins anew.
    DELETE FROM saved_search_events e USING (
        SELECT o.search_id, max(o.number) AS number FROM saved_search_events o
        WHERE o.profile_id = ANY (cleared) GROUP BY o.search_id
    ) AS g
    WHERE e.search_id = g.search_id AND e.number <= g.number;

    UPDATE erasures e SET cleared_at = now(), updated_at = now() WHERE e.profile_id = ANY (cleared);
    RETURN cardinality(cleared);
END $$;

-- As before; but a text that nobody has is dropped at once where it was there before the last erasure: it may be what an erased
-- profile had earlier.
CREATE OR REPLACE FUNCTION count_completion_terms() RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
        WITH counted AS MATERIALIZED (
            SELECT c.kind, fold_term(c.text) COLLATE "C" AS folded, mode() WITHIN GROUP (ORDER BY c.text) AS text,
                count(DISTINCT c.profile_id) AS profile_count
            FROM completion_texts c WHERE c.text <> '' AND length(c.text) <= 100
            GROUP BY c.kind, 2
        ), erased AS MATERIALIZED (
            SELECT coalesce(max(e.created_at), '-infinity') AS last_at FROM erasures e
        ), unused AS (
            UPDATE completion_terms t SET profile_count = 0, unused_since = now(), updated_at = now()
            WHERE t.unused_since IS NULL AND t.created_at > (SELECT last_at FROM erased)
                AND NOT EXISTS (SELECT FROM counted c WHERE c.kind = t.kind AND c.folded = t.folded)
        ), dropped AS (
            DELETE FROM completion_terms t
            WHERE (t.unused_since < now() - interval '1 day' OR t.created_at <= (SELECT last_at FROM erased))
                AND NOT EXISTS (SELECT FROM counted c WHERE c.kind = t.kind AND c.folded = t.folded)
        )
        INSERT INTO completion_terms AS t (kind, folded, text, profile_count)
        SELECT c.kind, c.folded, c.text, c.profile_count FROM counted c ORDER BY c.kind, c.folded
        ON CONFLICT (kind, folded) DO UPDATE SET
            text = EXCLUDED.text, profile_count = EXCLUDED.profile_count, unused_since = NULL, updated_at = now()
        WHERE (t.text, t.profile_count, t.unused_since) IS DISTINCT FROM (EXCLUDED.text, EXCLUDED.profile_count, NULL);
    END;
