-- likeness: change=expand
-- An index of trigrams answers "=" as well (pg_trgm 1.6), and the planner takes it for cheaper than the primary key. It is not: 9 ms for
-- each text against 0.01. So texts are looked up by BETWEEN, which it does not answer, or by the primary key through ON CONFLICT.

SET LOCAL lock_timeout = '5s';

-- Keeps true what is made from profiles that a transaction has written and holds: completions, words, and what views show.
-- Completions are added in one order, so that writers who add the same texts wait for each other in no ring; texts that are there
-- already are only looked at, as a conflict is found before anything is written.
CREATE OR REPLACE FUNCTION profiles_written(profile_ids uuid[]) RETURNS void
    LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    INSERT INTO completion_terms (kind, folded, text)
    SELECT f.kind, f.folded, min(f.text)
    FROM (
        SELECT d.kind, fold_term(d.text) AS folded, d.text
        FROM (
            SELECT DISTINCT c.kind, c.text
            FROM completion_texts c
            WHERE c.profile_id = ANY (profile_ids) AND c.text <> '' AND length(c.text) <= 100
        ) AS d
        OFFSET 0
    ) AS f
    GROUP BY f.kind, f.folded
    ORDER BY f.kind, f.folded
    ON CONFLICT (kind, folded) DO NOTHING;
    PERFORM write_profile_words(profile_ids);
END $$;

-- Writes the texts of what a view shows of some profiles, and counts them. Expects one writer of a view at a time. Parameters are those
-- of project_profiles.
CREATE OR REPLACE FUNCTION project_texts(
    view uuid, profile_ids uuid[], owners uuid[], section_kinds smallint[], contents text[]
) RETURNS void
    -- However small the tables were when it was planned.
    LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    changed_kinds smallint[];
    changed_terms text[];
BEGIN
    WITH found AS MATERIALIZED (
        SELECT f.profile_id, f.kind, fold_term(f.text) AS folded, f.text
        FROM (
            SELECT s.profile_id, t.kind, btrim(t.text) AS text
            FROM unnest(owners, section_kinds, contents) AS s (profile_id, section_kind, content)
                CROSS JOIN LATERAL (
                    SELECT 1::smallint AS kind, s.content::jsonb ->> 'display_name' AS text WHERE s.section_kind = 1
                    UNION ALL SELECT 5::smallint, s.content::jsonb ->> 'location' WHERE s.section_kind = 1
                    UNION ALL SELECT 2::smallint, s.content::jsonb ->> 'title' WHERE s.section_kind = 2
                    UNION ALL SELECT 3::smallint, s.content::jsonb ->> 'organization' WHERE s.section_kind = 2
                    UNION ALL SELECT 4::smallint, s.content::jsonb ->> 'name' WHERE s.section_kind = 3
                ) AS t
        ) AS f
        WHERE f.text <> '' AND length(f.text) <= 100
    ), shown AS MATERIALIZED (
        -- Of several spellings of one text the first.
        SELECT o.profile_id, array_agg(o.kind ORDER BY o.kind, o.text) AS kinds, array_agg(o.text ORDER BY o.kind, o.text) AS texts,
            min(o.folded) FILTER (WHERE o.kind = 1) AS name
        FROM (
            SELECT f.profile_id, f.kind, f.folded, min(f.text COLLATE "C") AS text
            FROM found f WHERE f.folded <> '' GROUP BY f.profile_id, f.kind, f.folded
        ) AS o
        GROUP BY o.profile_id
    ), differing AS MATERIALIZED (
        SELECT p.profile_id, v.kinds AS known_kinds, v.texts AS known_texts, s.kinds, s.texts, s.name
        FROM unnest(profile_ids) AS p (profile_id)
            LEFT JOIN view_texts v ON v.view_id = view AND v.profile_id = p.profile_id
            LEFT JOIN shown s ON s.profile_id = p.profile_id
        WHERE (v.kinds, v.texts) IS DISTINCT FROM (s.kinds, s.texts)
    ), dropped AS (
        DELETE FROM view_texts v USING differing d
        WHERE v.view_id = view AND v.profile_id = d.profile_id AND d.texts IS NULL
    ), written AS (
        INSERT INTO view_texts AS v (view_id, profile_id, kinds, texts, name)
        SELECT view, d.profile_id, d.kinds, d.texts, d.name FROM differing d WHERE d.texts IS NOT NULL
        ON CONFLICT (view_id, profile_id) DO UPDATE SET
            kinds = EXCLUDED.kinds, texts = EXCLUDED.texts, name = EXCLUDED.name, updated_at = now()
    ), counted AS (
        INSERT INTO view_spellings AS s (view_id, kind, folded, text, profile_count)
        SELECT view, c.kind, fold_term(c.text), c.text, sum(c.delta)
        FROM (
            SELECT t.kind, t.text, 1 AS delta FROM differing d, unnest(d.kinds, d.texts) AS t (kind, text)
            UNION ALL
            SELECT t.kind, t.text, -1 FROM differing d, unnest(d.known_kinds, d.known_texts) AS t (kind, text)
        ) AS c
        GROUP BY c.kind, c.text HAVING sum(c.delta) <> 0
        ON CONFLICT (view_id, kind, folded, text) DO UPDATE SET
            profile_count = s.profile_count + EXCLUDED.profile_count, updated_at = now()
        RETURNING s.kind, s.folded
    )
    SELECT array_agg(c.kind), array_agg(c.folded) INTO changed_kinds, changed_terms
    FROM (SELECT DISTINCT n.kind, n.folded FROM counted n) AS c;
    IF changed_kinds IS NULL THEN RETURN; END IF;

    DELETE FROM view_spellings s USING unnest(changed_kinds, changed_terms) AS c (kind, folded)
    WHERE s.view_id = view AND s.kind = c.kind AND s.folded = c.folded AND s.profile_count <= 0;
    DELETE FROM view_terms t USING unnest(changed_kinds, changed_terms) AS c (kind, folded)
    WHERE t.view_id = view AND t.kind = c.kind AND t.folded BETWEEN c.folded AND c.folded AND NOT EXISTS (
        SELECT FROM view_spellings s WHERE s.view_id = view AND s.kind = c.kind AND s.folded = c.folded COLLATE "C");
    INSERT INTO view_terms AS t (view_id, kind, folded, text, profile_count)
    SELECT view, c.kind, c.folded, n.text, n.profile_count
    FROM unnest(changed_kinds, changed_terms) AS c (kind, folded) CROSS JOIN LATERAL (
        SELECT (array_agg(s.text ORDER BY s.profile_count DESC, s.text))[1] AS text, sum(s.profile_count) AS profile_count
        FROM view_spellings s WHERE s.view_id = view AND s.kind = c.kind AND s.folded = c.folded COLLATE "C"
    ) AS n
    WHERE n.text IS NOT NULL
    ON CONFLICT (view_id, kind, folded) DO UPDATE SET
        text = EXCLUDED.text, profile_count = EXCLUDED.profile_count, updated_at = now()
    WHERE (t.text, t.profile_count) IS DISTINCT FROM (EXCLUDED.text, EXCLUDED.profile_count);
END $$;

-- Removes profiles and what is made from them; returns which there were. What other servers or watchers have yet to see (that they
-- are gone) is left, with nothing of them but their ids: clear_erasures.
CREATE OR REPLACE FUNCTION erase_profiles(profile_ids uuid[], backup_time interval) RETURNS uuid[]
    -- However small the tables were when it was planned, and whatever BETWEEN is taken to match.
    LANGUAGE plpgsql SET enable_seqscan = off AS $$
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
    WHERE t.kind = e.kind AND t.folded BETWEEN (e.folded COLLATE "C") AND (e.folded COLLATE "C")
        AND NOT has_completion_text(t.kind, t.folded);

    -- What masks show of them. Whoever projects a view holds its row.
    FOR view IN SELECT v.id FROM view_projections v ORDER BY v.id FOR UPDATE LOOP
        PERFORM project_profiles(view, erased, '{}', '{}', '{}', '{}');
    END LOOP;

    INSERT INTO erasures (profile_id, backups_expire_at) SELECT e.id, now() + backup_time FROM unnest(erased) AS e (id)
    ON CONFLICT (profile_id) DO UPDATE SET
        backups_expire_at = EXCLUDED.backups_expire_at, cleared_at = NULL, created_at = now(), updated_at = now();
    RETURN erased;
END $$;
