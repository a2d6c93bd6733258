-- likeness: change=expand
-- The words of each profile, all of its sections together: what a search by words scores, and what servers build their index
-- of words from (docs/decisions/word-index.md).

SET LOCAL lock_timeout = '5s';

CREATE TABLE IF NOT EXISTS profile_words (
    profile_id uuid PRIMARY KEY REFERENCES profiles ON DELETE CASCADE,
    -- Without positions. As many as fit, see profile_lexemes.
    words tsvector NOT NULL,
    is_active boolean NOT NULL,
    -- The transaction that wrote this row: an index that was read under an older snapshot has not seen it.
    changed xid8 NOT NULL DEFAULT pg_current_xact_id(),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- Words are read one profile at a time, and often: kept in the row while they fit, uncompressed.
ALTER TABLE profile_words ALTER COLUMN words SET STORAGE EXTERNAL;
ALTER TABLE profile_words SET (toast_tuple_target = 8160);

CREATE INDEX IF NOT EXISTS profile_words_changed_idx ON profile_words (changed);

-- All words of a profile. A tsvector holds at most a megabyte: of a profile with more different words than that the shortest
-- are kept.
CREATE OR REPLACE FUNCTION profile_lexemes(profile uuid) RETURNS tsvector
    LANGUAGE sql STABLE STRICT
    BEGIN ATOMIC
        SELECT coalesce(array_to_tsvector(array_agg(fitting.lexeme)), ''::tsvector)
        FROM (
            SELECT found.lexeme,
                sum(octet_length(found.lexeme) + 4) OVER (ORDER BY octet_length(found.lexeme), found.lexeme) AS bytes
            FROM (
                SELECT w.lexeme FROM profiles p, unnest(p.search) AS w WHERE p.id = profile
                UNION SELECT w.lexeme FROM experiences e, unnest(e.search) AS w WHERE e.profile_id = profile
                UNION SELECT w.lexeme FROM skills s, unnest(s.search) AS w WHERE s.profile_id = profile
            ) AS found
        ) AS fitting
        WHERE fitting.bytes <= 1000000;
    END;

-- Writes the words of profiles that a transaction has written and holds.
CREATE OR REPLACE FUNCTION write_profile_words(profile_ids uuid[]) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
        INSERT INTO profile_words AS w (profile_id, words, is_active)
        SELECT p.id, profile_lexemes(p.id), p.is_active FROM profiles p WHERE p.id = ANY (profile_ids) ORDER BY p.id
        ON CONFLICT (profile_id) DO UPDATE SET
            words = EXCLUDED.words, is_active = EXCLUDED.is_active,
            changed = pg_current_xact_id(), updated_at = now()
        WHERE (w.words, w.is_active) IS DISTINCT FROM (EXCLUDED.words, EXCLUDED.is_active);
    END;

-- The same for profiles that have no words yet, written before there were any. What a writer has written meanwhile stands.
CREATE OR REPLACE FUNCTION fill_profile_words(profile_ids uuid[]) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
        INSERT INTO profile_words (profile_id, words, is_active)
        SELECT p.id, profile_lexemes(p.id), p.is_active FROM profiles p WHERE p.id = ANY (profile_ids) ORDER BY p.id
        ON CONFLICT (profile_id) DO NOTHING;
    END;

-- Every writer calls this last, of the versions before this one too: it keeps all that is made from profiles true.
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
        SELECT write_profile_words(profile_ids);
    END;

-- A deletion writes the profile's row alone.
CREATE OR REPLACE FUNCTION profile_activity_changed() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    UPDATE profile_words
    SET is_active = NEW.is_active, changed = pg_current_xact_id(), updated_at = now()
    WHERE profile_id = NEW.id;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER profiles_activity_changed AFTER UPDATE OF is_active ON profiles
    FOR EACH ROW WHEN (OLD.is_active IS DISTINCT FROM NEW.is_active) EXECUTE FUNCTION profile_activity_changed();
