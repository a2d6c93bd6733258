-- likeness: change=expand
-- What every write of a profile runs, in PL/pgSQL: plans are kept for the session, where SQL functions are planned with every call.

SET LOCAL lock_timeout = '5s';

-- All words of a profile. A tsvector holds at most a megabyte: of a profile with more different words than that the shortest
-- are kept.
CREATE OR REPLACE FUNCTION profile_lexemes(profile uuid) RETURNS tsvector
    LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
    lexemes text[];
    bytes bigint;
BEGIN
    SELECT array_agg(found.lexeme), sum(octet_length(found.lexeme) + 4) INTO lexemes, bytes FROM (
        SELECT unnest(tsvector_to_array(p.search)) AS lexeme FROM profiles p WHERE p.id = profile
        UNION ALL SELECT unnest(tsvector_to_array(e.search)) FROM experiences e WHERE e.profile_id = profile
        UNION ALL SELECT unnest(tsvector_to_array(s.search)) FROM skills s WHERE s.profile_id = profile
    ) AS found;
    IF bytes > 1000000 THEN
        SELECT array_agg(fitting.lexeme) INTO lexemes FROM (
            SELECT d.lexeme, sum(octet_length(d.lexeme) + 4) OVER (ORDER BY octet_length(d.lexeme), d.lexeme) AS bytes
            FROM (SELECT DISTINCT u.lexeme FROM unnest(lexemes) AS u (lexeme)) AS d
        ) AS fitting
        WHERE fitting.bytes <= 1000000;
    END IF;
    RETURN array_to_tsvector(coalesce(lexemes, '{}'));
END $$;

-- Writes the words of profiles that a transaction has written and holds.
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
END $$;

-- Every writer calls this last, of the versions before this one too: it keeps all that is made from profiles true.
CREATE OR REPLACE FUNCTION add_completion_terms(profile_ids uuid[]) RETURNS void
    LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    INSERT INTO completion_terms (kind, folded, text)
    SELECT f.kind, f.folded, min(f.text)
    FROM (
        SELECT c.kind, fold_term(c.text) AS folded, c.text
        FROM completion_texts c
        WHERE c.profile_id = ANY (profile_ids) AND c.text <> '' AND length(c.text) <= 100
        OFFSET 0
    ) AS f
    WHERE NOT EXISTS (SELECT FROM completion_terms t WHERE t.kind = f.kind AND t.folded = f.folded COLLATE "C")
    GROUP BY f.kind, f.folded
    ORDER BY f.kind, f.folded
    ON CONFLICT (kind, folded) DO NOTHING;
    PERFORM write_profile_words(profile_ids);
END $$;

-- Puts sections of one profile in the outbox of every space.
CREATE OR REPLACE FUNCTION enqueue_sections(changed_profile uuid, section_ids uuid[], kinds smallint[]) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO embedding_outbox AS o (space, section_id, kind, profile_id, ticket)
    SELECT s.name, changed.section_id, changed.kind, changed_profile, nextval('embedding_outbox_ticket')
    FROM embedding_spaces s CROSS JOIN unnest(section_ids, kinds) AS changed (section_id, kind)
    ORDER BY s.name, changed.section_id, changed.kind
    ON CONFLICT (space, section_id, kind) DO UPDATE SET
        ticket = EXCLUDED.ticket, attempts = 0, available_at = now(), last_error = NULL, updated_at = now();
END $$;

-- Words whose cut form is a stop word ("Anning" is cut to "an", "Downing" to "down") get a figure after them, which keeps the
-- stemmer from cutting. Expects a text of fold_forms.
--
-- Few texts have such a word. They are told by PostgreSQL's own configuration, which drops stop words before it cuts: a stop word
-- that it leaves is another word's cut form.
CREATE OR REPLACE FUNCTION public.keep_words(folded text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    kept text := folded;
    word text;
BEGIN
    -- All stop words of that configuration.
    IF NOT to_tsvector('pg_catalog.english', public.split_words(folded)) @@ (
            'i | me | my | myself | we | our | ours | ourselves | you | your | yours | yourself | yourselves | he | him | his '
            '| himself | she | her | hers | herself | it | its | itself | they | them | their | theirs | themselves | what | '
            'which | who | whom | this | that | these | those | am | is | are | was | were | be | been | being | have | has | '
            'had | having | do | does | did | doing | a | an | the | and | but | if | or | because | as | until | while | of '
            '| at | by | for | with | about | against | between | into | through | during | before | after | above | below | '
            'to | from | up | down | in | out | on | off | over | under | again | further | then | once | here | there | when '
            '| where | why | how | all | any | both | each | few | more | most | other | some | such | no | nor | not | only '
            '| own | same | so | than | too | very | s | t | can | will | just | don | should | now')::tsquery
    THEN
        RETURN folded;
    END IF;
    FOR word IN
        SELECT w.word FROM (
            SELECT DISTINCT lower(f.found[1]) AS word
            FROM regexp_matches(folded, '\m([a-z]{2,9}(?:s|ed|ing|ings|ly|e|y))\M', 'gi') AS f (found)
        ) AS w
        WHERE ts_lexize('pg_catalog.english_stem', w.word) <> '{}'
            AND ts_lexize('pg_catalog.english_stem', (ts_lexize('public.likeness_stem', w.word))[1]) = '{}'
    LOOP
        kept := regexp_replace(kept, '\m(' || word || ')\M', '\10', 'gi');
    END LOOP;
    RETURN kept;
END $$;
