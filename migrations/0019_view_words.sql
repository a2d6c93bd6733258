-- likeness: change=expand
-- What searches through masks look at in place of profiles: the words of what each mask shows
-- (docs/decisions/views-in-search.md).

SET LOCAL lock_timeout = '5s';

-- A view that is searched through, one mask or several that hold together, as it was made from their revisions: a changed mask is
-- another one. Made with the first search through it.
CREATE TABLE IF NOT EXISTS view_projections (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- The mask that binds most first.
    mask_ids uuid[] NOT NULL,
    mask_revisions bigint[] NOT NULL,
    -- What numbers of transactions are compared within: those of another server mean nothing here.
    system_identifier bigint NOT NULL DEFAULT (pg_control_system()).system_identifier,
    -- Before the first reading of all profiles began; NULL until every write that does not know of this row has ended.
    base pg_snapshot,
    -- How far that reading is: profiles up to this id.
    read_to uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    -- All that this shows is projected. NULL until the first reading is complete.
    snapshot pg_snapshot,
    used_at timestamptz NOT NULL DEFAULT now(),
    -- Since then it is not searched through any more, and is cleared away.
    dropped_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX IF NOT EXISTS view_projections_masks_key ON view_projections (mask_ids, mask_revisions)
    WHERE dropped_at IS NULL;

-- As profile_words, of what a view shows.
CREATE TABLE IF NOT EXISTS view_words (
    view_id uuid NOT NULL REFERENCES view_projections,
    -- Without a foreign key: a row outlives its profile until it is known to be gone.
    profile_id uuid NOT NULL,
    -- Without positions; NULL when the profile is no longer shown.
    words tsvector,
    changed xid8 NOT NULL DEFAULT pg_current_xact_id(),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (view_id, profile_id)
);
ALTER TABLE view_words ALTER COLUMN words SET STORAGE EXTERNAL;
ALTER TABLE view_words SET (toast_tuple_target = 8160);
CREATE INDEX IF NOT EXISTS view_words_changed_idx ON view_words (view_id, changed);

-- As the columns `search` of profiles (kind 1), experiences (2) and skills (3), of what a view shows.
CREATE TABLE IF NOT EXISTS view_sections (
    view_id uuid NOT NULL REFERENCES view_projections,
    profile_id uuid NOT NULL,
    kind smallint NOT NULL,
    section_id uuid NOT NULL,
    words tsvector NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (view_id, profile_id, kind, section_id)
);
CREATE INDEX IF NOT EXISTS view_sections_words_idx ON view_sections USING gin (words);

-- The last write of each profile that has been written since there is a view to keep up.
CREATE TABLE IF NOT EXISTS profile_changes (
    profile_id uuid PRIMARY KEY,
    changed xid8 NOT NULL DEFAULT pg_current_xact_id(),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS profile_changes_changed_idx ON profile_changes (changed);

-- Called by every write of profiles, which holds them.
CREATE OR REPLACE FUNCTION note_profile_changes(profile_ids uuid[]) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM view_projections) THEN RETURN; END IF;
    INSERT INTO profile_changes (profile_id)
    SELECT DISTINCT c.profile_id FROM unnest(profile_ids) AS c (profile_id) ORDER BY c.profile_id
    ON CONFLICT (profile_id) DO UPDATE SET changed = pg_current_xact_id(), updated_at = now();
END $$;

-- Words as profile_words keeps them. A tsvector holds at most a megabyte: of more different words than that the shortest are kept.
CREATE OR REPLACE FUNCTION words_that_fit(lexemes text[]) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    fitting text[] := lexemes;
BEGIN
    IF (SELECT sum(octet_length(u.lexeme) + 4) > 1000000 FROM unnest(lexemes) AS u (lexeme)) THEN
        SELECT array_agg(f.lexeme) INTO fitting FROM (
            SELECT d.lexeme, sum(octet_length(d.lexeme) + 4) OVER (ORDER BY octet_length(d.lexeme), d.lexeme) AS bytes
            FROM (SELECT DISTINCT u.lexeme FROM unnest(lexemes) AS u (lexeme)) AS d
        ) AS f
        WHERE f.bytes <= 1000000;
    END IF;
    RETURN array_to_tsvector(coalesce(fitting, '{}'));
END $$;

-- Writes what a view shows of some profiles: their sections as rows of profiles, experiences and skills in JSON, read as those
-- are. A profile without a section is not shown. What is as before is not written.
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
END $$;

-- As before, and the views are told: a write that leaves the words alone can still show more or less.
CREATE OR REPLACE FUNCTION write_profile_words(profile_ids uuid[]) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO profile_words AS w (profile_id, words, is_active, reading)
    -- A profile that was there before keeps its reading: a write changes some of its sections.
    SELECT p.id, profile_lexemes(p.id), p.is_active, CASE WHEN p.created_at >= now() THEN 2 ELSE 1 END
    FROM profiles p WHERE p.id = ANY (profile_ids) ORDER BY p.id
    ON CONFLICT (profile_id) DO UPDATE SET
        words = EXCLUDED.words, is_active = EXCLUDED.is_active,
        changed = pg_current_xact_id(), updated_at = now()
    WHERE (w.words, w.is_active) IS DISTINCT FROM (EXCLUDED.words, EXCLUDED.is_active);
    PERFORM note_profile_changes(profile_ids);
END $$;

CREATE OR REPLACE FUNCTION profile_activity_changed() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    UPDATE profile_words
    SET is_active = NEW.is_active, changed = pg_current_xact_id(), updated_at = now()
    WHERE profile_id = NEW.id;
    PERFORM note_profile_changes(ARRAY[NEW.id]);
    RETURN NULL;
END $$;

-- No call deletes rows of profiles; operators do.
CREATE OR REPLACE FUNCTION profiles_were_removed() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_profile_changes(ARRAY(SELECT r.id FROM removed r));
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER profiles_removed AFTER DELETE ON profiles
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION profiles_were_removed();
