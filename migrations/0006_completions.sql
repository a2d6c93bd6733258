-- What can be suggested to somebody who types: the texts that people have, once each.

SET LOCAL lock_timeout = '5s';

-- How texts are compared: without case and accents, the first 100 characters.
-- unaccent is only STABLE, because its dictionary could be replaced; an index demands that it is not.
CREATE OR REPLACE FUNCTION public.fold_term(term text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN left(lower(public.unaccent('public.unaccent'::regdictionary, btrim(term))), 100);

CREATE TABLE IF NOT EXISTS completion_terms (
    -- likeness.v1.SuggestionKind.
    kind smallint NOT NULL CONSTRAINT completion_terms_kind_check CHECK (kind BETWEEN 1 AND 5),
    -- "C": a prefix is a range.
    folded text COLLATE "C" NOT NULL,
    text text NOT NULL,
    -- Live profiles that have it, when last counted; 0 until then.
    profile_count bigint NOT NULL DEFAULT 0,
    -- When it was first found that no live profile has it.
    unused_since timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT completion_terms_pkey PRIMARY KEY (kind, folded)
);

-- One and two characters begin so many texts that only the most frequent are looked at.
CREATE INDEX IF NOT EXISTS completion_terms_first_idx
    ON completion_terms (kind, "left"(folded, 1), profile_count DESC, folded);
CREATE INDEX IF NOT EXISTS completion_terms_second_idx
    ON completion_terms (kind, "left"(folded, 2), profile_count DESC, folded);
-- Later words.
CREATE INDEX IF NOT EXISTS completion_terms_words_idx
    ON completion_terms USING gin (to_tsvector('pg_catalog.simple', folded));
-- Similar spellings.
CREATE INDEX IF NOT EXISTS completion_terms_spelling_idx ON completion_terms USING gin (folded gin_trgm_ops);

-- Whether any live profile has a text.
CREATE INDEX IF NOT EXISTS profiles_folded_name_idx ON profiles ((fold_term(display_name) COLLATE "C")) WHERE is_active;
CREATE INDEX IF NOT EXISTS profiles_folded_location_idx ON profiles ((fold_term(location) COLLATE "C")) WHERE is_active;
CREATE INDEX IF NOT EXISTS experiences_folded_title_idx ON experiences ((fold_term(title) COLLATE "C"));
CREATE INDEX IF NOT EXISTS experiences_folded_organization_idx ON experiences ((fold_term(organization) COLLATE "C"));
CREATE INDEX IF NOT EXISTS skills_folded_name_idx ON skills ((fold_term(name) COLLATE "C"));

-- Every text that a live profile has, as often as it has it.
CREATE OR REPLACE VIEW completion_texts AS
    SELECT 1::smallint AS kind, p.id AS profile_id, btrim(p.display_name) AS text FROM profiles p WHERE p.is_active
    UNION ALL
    SELECT 5, p.id, btrim(p.location) FROM profiles p WHERE p.is_active
    UNION ALL
    SELECT 2, p.id, btrim(e.title) FROM profiles p JOIN experiences e ON e.profile_id = p.id WHERE p.is_active
    UNION ALL
    SELECT 3, p.id, btrim(e.organization) FROM profiles p JOIN experiences e ON e.profile_id = p.id WHERE p.is_active
    UNION ALL
    SELECT 4, p.id, btrim(s.name) FROM profiles p JOIN skills s ON s.profile_id = p.id WHERE p.is_active;

-- Adds the texts of profiles that a transaction has written. In one order, so that writers who add the same texts wait
-- for each other in no ring; texts that are there already are only looked at.
CREATE OR REPLACE FUNCTION add_completion_terms(profile_ids uuid[]) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
        INSERT INTO completion_terms (kind, folded, text)
        SELECT c.kind, fold_term(c.text), min(c.text)
        FROM completion_texts c
        WHERE c.profile_id = ANY (profile_ids) AND c.text <> '' AND length(c.text) <= 100
        GROUP BY c.kind, fold_term(c.text)
        ORDER BY c.kind, fold_term(c.text)
        ON CONFLICT (kind, folded) DO NOTHING;
    END;

-- Counts anew, and drops what nobody has had for a day. A text that a transaction is just using again may be dropped
-- once in a blue moon; the next count brings it back.
CREATE OR REPLACE FUNCTION count_completion_terms() RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
        WITH counted AS MATERIALIZED (
            SELECT c.kind, fold_term(c.text) COLLATE "C" AS folded, mode() WITHIN GROUP (ORDER BY c.text) AS text,
                count(DISTINCT c.profile_id) AS profile_count
            FROM completion_texts c WHERE c.text <> '' AND length(c.text) <= 100
            GROUP BY c.kind, 2
        ), unused AS (
            UPDATE completion_terms t SET profile_count = 0, unused_since = now(), updated_at = now()
            WHERE t.unused_since IS NULL
                AND NOT EXISTS (SELECT FROM counted c WHERE c.kind = t.kind AND c.folded = t.folded)
        ), dropped AS (
            DELETE FROM completion_terms t
            WHERE t.unused_since < now() - interval '1 day'
                AND NOT EXISTS (SELECT FROM counted c WHERE c.kind = t.kind AND c.folded = t.folded)
        )
        INSERT INTO completion_terms AS t (kind, folded, text, profile_count)
        SELECT c.kind, c.folded, c.text, c.profile_count FROM counted c ORDER BY c.kind, c.folded
        ON CONFLICT (kind, folded) DO UPDATE SET
            text = EXCLUDED.text, profile_count = EXCLUDED.profile_count, unused_since = NULL, updated_at = now()
        WHERE (t.text, t.profile_count, t.unused_since) IS DISTINCT FROM (EXCLUDED.text, EXCLUDED.profile_count, NULL);
    END;

SELECT count_completion_terms();
