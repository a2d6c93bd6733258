-- likeness: change=expand
-- What is suggested through masks: the texts of what each mask shows, with how many of the profiles that it shows have them. They are
-- kept with the view's projection, by its writers alone (docs/decisions/completions.md).

SET LOCAL lock_timeout = '5s';

-- No projection is made or continued meanwhile.
LOCK TABLE view_projections IN ACCESS EXCLUSIVE MODE;

-- What one profile adds: of each kind a text in one spelling. A row that has none is not there.
CREATE TABLE IF NOT EXISTS view_texts (
    view_id uuid NOT NULL REFERENCES view_projections ON DELETE CASCADE,
    profile_id uuid NOT NULL,
    -- likeness.v1.SuggestionKind, and beside each the text; ascending.
    kinds smallint[] NOT NULL,
    texts text[] NOT NULL,
    -- The name as it is compared.
    name text COLLATE "C",
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (view_id, profile_id)
);
CREATE INDEX IF NOT EXISTS view_texts_name_idx ON view_texts (view_id, name);

-- How many profiles write a text so.
CREATE TABLE IF NOT EXISTS view_spellings (
    view_id uuid NOT NULL REFERENCES view_projections ON DELETE CASCADE,
    kind smallint NOT NULL,
    folded text COLLATE "C" NOT NULL,
    text text COLLATE "C" NOT NULL,
    profile_count bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (view_id, kind, folded, text)
);

-- As completion_terms, of what a view shows: counted with every write, as most profiles write it.
CREATE TABLE IF NOT EXISTS view_terms (
    view_id uuid NOT NULL REFERENCES view_projections ON DELETE CASCADE,
    kind smallint NOT NULL,
    folded text COLLATE "C" NOT NULL,
    text text NOT NULL,
    profile_count bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (view_id, kind, folded)
);
CREATE INDEX IF NOT EXISTS view_terms_first_idx
    ON view_terms (view_id, kind, "left"(folded, 1), profile_count DESC, folded);
CREATE INDEX IF NOT EXISTS view_terms_second_idx
    ON view_terms (view_id, kind, "left"(folded, 2), profile_count DESC, folded);
CREATE INDEX IF NOT EXISTS view_terms_word_starts_idx ON view_terms USING gin (term_words(folded));
CREATE INDEX IF NOT EXISTS view_terms_spelling_idx ON view_terms USING gin (folded gin_trgm_ops);

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
    WHERE t.view_id = view AND t.kind = c.kind AND t.folded = c.folded AND NOT EXISTS (
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

-- Writes what a view shows of some profiles: their sections as rows of profiles, experiences and skills in JSON, read as those
-- are. A profile without a section is not shown. What is as before is not written. The previous
-- release calls it too.
CREATE OR REPLACE FUNCTION project_profiles(
    view uuid, profile_ids uuid[], owners uuid[], kinds smallint[], section_ids uuid[], contents text[]
) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM view_sections v
    WHERE v.view_id = view AND v.profile_id = ANY (profile_ids) AND NOT EXISTS (
        SELECT FROM unnest(owners, kinds, section_ids) AS s (profile_id, kind, section_id)
        WHERE s.profile_id = v.profile_id AND s.kind = v.kind AND s.section_id = v.section_id);
    INSERT INTO view_sections AS v (view_id, profile_id, kind, section_id, words)
    SELECT view, s.profile_id, s.kind, s.section_id, CASE s.kind
        WHEN 1 THEN profile_section_words(jsonb_populate_record(NULL::profiles, s.content::jsonb))
        WHEN 2 THEN experience_words(jsonb_populate_record(NULL::experiences, s.content::jsonb))
        ELSE skill_words(jsonb_populate_record(NULL::skills, s.content::jsonb)) END
    FROM unnest(owners, kinds, section_ids, contents) AS s (profile_id, kind, section_id, content)
    ORDER BY s.profile_id, s.kind, s.section_id
    ON CONFLICT (view_id, profile_id, kind, section_id) DO UPDATE SET words = EXCLUDED.words, updated_at = now()
    WHERE v.words IS DISTINCT FROM EXCLUDED.words;

    UPDATE view_words w SET words = NULL, changed = pg_current_xact_id(), updated_at = now()
    WHERE w.view_id = view AND w.profile_id = ANY (profile_ids) AND w.words IS NOT NULL AND w.profile_id <> ALL (owners);
    INSERT INTO view_words AS w (view_id, profile_id, words)
    SELECT view, o.profile_id, words_that_fit(ARRAY(
        SELECT unnest(tsvector_to_array(s.words)) FROM view_sections s
        WHERE s.view_id = view AND s.profile_id = o.profile_id))
    FROM (SELECT DISTINCT u.profile_id FROM unnest(owners) AS u (profile_id)) AS o
    ORDER BY o.profile_id
    ON CONFLICT (view_id, profile_id) DO UPDATE SET
        words = EXCLUDED.words, changed = pg_current_xact_id(), updated_at = now()
    WHERE w.words IS DISTINCT FROM EXCLUDED.words;
    PERFORM project_texts(view, profile_ids, owners, kinds, contents);
END $$;

-- Those that were made before have no texts.
UPDATE view_projections SET dropped_at = now(), updated_at = now() WHERE dropped_at IS NULL;
