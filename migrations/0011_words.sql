-- likeness: change=expand
-- How words are read: signs that carry meaning, compound words, stop words, every way to write the same text, scripts
-- without spaces (docs/search.md, "How words are read"). What was stored before is read again in the background
-- (read_words_again); the version before goes on searching what this one writes.

SET LOCAL lock_timeout = '5s';

-- Like english_stem without its stop words: "IT", "The Who" and the country code "IN" are words.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_ts_dict WHERE dictname = 'likeness_stem' AND dictnamespace = 'public'::regnamespace) THEN
        CREATE TEXT SEARCH DICTIONARY public.likeness_stem (TEMPLATE = pg_catalog.snowball, Language = english);
    END IF;
    IF NOT EXISTS (SELECT FROM pg_ts_config WHERE cfgname = 'likeness_words' AND cfgnamespace = 'public'::regnamespace) THEN
        CREATE TEXT SEARCH CONFIGURATION public.likeness_words (COPY = pg_catalog.english);
    END IF;
END $$;

ALTER TEXT SEARCH CONFIGURATION public.likeness_words
    ALTER MAPPING FOR asciiword WITH public.likeness_stem;
ALTER TEXT SEARCH CONFIGURATION public.likeness_words
    ALTER MAPPING FOR word, numword WITH public.unaccent, public.likeness_stem;

-- The functions below are in PL/pgSQL where they call each other: SQL functions would be planned with every call.

-- One form for all the ways in which a text can be written: compatibility forms (Unicode's NFKC), no accents, no invisible
-- characters. Letters keep their case.
CREATE OR REPLACE FUNCTION public.fold_forms(whole text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    composed text;
BEGIN
    IF octet_length(whole) = length(whole) THEN RETURN whole; END IF;
    -- Hyphens, apostrophes and bullets; signs that would become letters of the word before (trade marks, degrees); soft hyphens,
    -- joiners, marks of direction, the Arabic tatweel.
    composed := public.unaccent('public.unaccent'::regdictionary, normalize(translate(
        -- Footnotes, which would become digits of the word before.
        regexp_replace(whole, E'([\u00B9\u00B2\u00B3\u2070-\u2079]+)', E' \\1', 'g'),
        E'\u2010\u2011\u2012\u2013\u2014\u2212\u2018\u2019\u02BC\u2022\u00B7\u2122\u2120\u00AE\u00A9\u2103\u2109'
            '\u00AD\u200B\u200C\u200D\u200E\u200F\u202A\u202B\u202C\u202D\u202E\u2060\u2066\u2067\u2068\u2069\uFEFF\u061C\u0640',
        '------''''''        '), NFKC));
    IF octet_length(composed) = length(composed) THEN RETURN composed; END IF;
    -- Accents, points and hamzas that stand on letters outside Latin.
    RETURN public.unaccent('public.unaccent'::regdictionary, normalize(
        regexp_replace(normalize(composed, NFKD),
            E'[\u0300-\u036F\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0610-\u061A\u064B-\u065F\u0670\u20D0-\u20F0]',
            '', 'g'), NFKC));
END $$;

-- A regular expression for a letter of a script that is written without spaces, or of Hangul, whose words carry endings, with
-- the signs on it: Thai, Lao, Myanmar, Khmer, Japanese, Chinese.
CREATE OR REPLACE FUNCTION public.dense_letter() RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN E'[\u0E00-\u0EFF\u1000-\u109F\u1780-\u17FF\u3005-\u3007\u3041-\u30FF\u3400-\u4DBF\u4E00-\u9FFF\uAC00-\uD7A3\uF900-\uFAFF\U00020000-\U0003FFFF]'
        '[\u0E31\u0E34-\u0E3A\u0E47-\u0E4E\u0EB1\u0EB4-\u0EBC\u0EC8-\u0ECD\u102B-\u103E\u17B4-\u17D3\u17DD\u3099\u309A]{0,8}';

CREATE OR REPLACE FUNCTION public.is_dense(whole text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN octet_length(whole) <> length(whole) AND whole ~ public.dense_letter();
END $$;

-- Separates what PostgreSQL's parser would read as one token (hosts, paths, numbers with a sign, tags, dense scripts): the
-- control character 4 stands where it shall not read on.
CREATE OR REPLACE FUNCTION public.split_words(whole text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    marked text := regexp_replace(whole, '([-./_@:''&<>~+\\])', E'\x04\\1\x04', 'g');
BEGIN
    IF NOT public.is_dense(whole) THEN RETURN marked; END IF;
    RETURN regexp_replace(marked, '(' || public.dense_letter() || ')', E'\x04\\1\x04', 'g');
END $$;

-- Words with signs that carry meaning, in a text of fold_forms: "c#", "c++", "r&d", ".net".
CREATE OR REPLACE FUNCTION public.signed_words(folded text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF folded !~ '[#+&]|(^|[^[:alnum:].])\.[[:alpha:]]' THEN RETURN '{}'; END IF;
    RETURN ARRAY(
        SELECT DISTINCT lower(w.found[1]) FROM regexp_matches(folded,
            '([[:alnum:]]+(?:\+\+?|#)(?![[:alnum:]])|[[:alnum:]]+(?:&[[:alnum:]]+)+|(?<![[:alnum:].])\.[[:alpha:]][[:alnum:]]+)',
            'g') AS w (found)
        WHERE octet_length(w.found[1]) < 100);
END $$;

-- Compound words as a whole, in a text of fold_forms: "node.js", "ci/cd", "iso-27001", a URL and the host in it.
CREATE OR REPLACE FUNCTION public.compound_words(folded text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF folded !~ '[[:alnum:]][-._+/@:][[:alnum:]]' THEN RETURN '{}'; END IF;
    RETURN ARRAY(
        SELECT lower(w.found[1])
        FROM regexp_matches(folded, '([[:alnum:]]+(?:(?:://|[-._+/@:])[[:alnum:]]+)+)', 'g') AS w (found)
        WHERE octet_length(w.found[1]) < 1000
        UNION
        SELECT regexp_replace(lower(w.found[1]), '^www\.', '')
        FROM regexp_matches(folded, '([[:alnum:]]+(?:[-._+][[:alnum:]]+)+)', 'g') AS w (found)
        WHERE octet_length(w.found[1]) < 1000);
END $$;

-- Stop words that are written in capitals, in a text of fold_forms. They keep them, as no other word does.
CREATE OR REPLACE FUNCTION public.capital_words(folded text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF folded !~ '[A-Z][A-Z]' THEN RETURN '{}'; END IF;
    RETURN ARRAY(
        SELECT DISTINCT w.found[1] FROM regexp_matches(folded, '(?<![[:alnum:]&])([A-Z]{2,4})(?![[:alnum:]&])', 'g') AS w (found)
        WHERE ts_lexize('pg_catalog.english_stem', lower(w.found[1])) = '{}');
END $$;

-- The same in what is asked: a text all in capitals tells nothing by them.
CREATE OR REPLACE FUNCTION public.meant_capitals(folded text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN CASE
        WHEN folded ~ '[[:lower:]]' OR folded !~ '[[:alnum:]][[:space:]]+[[:alnum:]]' THEN public.capital_words(folded)
        ELSE '{}'
    END;
END $$;

-- Neighbouring letters of dense scripts, in a text of fold_forms.
CREATE OR REPLACE FUNCTION public.letter_pairs(folded text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF NOT public.is_dense(folded) THEN RETURN '{}'; END IF;
    RETURN ARRAY(
        SELECT DISTINCT p.pair FROM (
            SELECT l.letter[1] || lead(l.letter[1]) OVER (PARTITION BY r.number ORDER BY l.number) AS pair
            FROM regexp_matches(folded, '((?:' || public.dense_letter() || '){2,})', 'g') WITH ORDINALITY AS r (run, number),
                regexp_matches(r.run[1], '(' || public.dense_letter() || ')', 'g') WITH ORDINALITY AS l (letter, number)
        ) AS p
        WHERE octet_length(p.pair) < 100);
END $$;

-- Words whose cut form is a stop word ("Anning" is cut to "an", "Downing" to "down") get a figure behind them, which keeps the
-- stemmer from cutting. Expects a text of fold_forms.
CREATE OR REPLACE FUNCTION public.keep_words(folded text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    kept text := folded;
    word text;
BEGIN
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

-- The plain words of a text of fold_forms, as the parser and the stemmer read them.
CREATE OR REPLACE FUNCTION public.plain_words(folded text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN public.split_words(public.keep_words(folded));
END $$;

-- The words of a stored text. Plain words have positions, for phrases; the others stand beside them. A tsvector holds at most
-- a megabyte: of a longer text the beginning is read.
CREATE OR REPLACE FUNCTION public.words_of(whole text) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    -- Other letters than ASCII's have more bytes, and some become a dozen letters.
    folded text := public.fold_forms(left(whole, CASE WHEN octet_length(whole) = length(whole) THEN 300000 ELSE 100000 END));
    beside text[];
    plain tsvector;
BEGIN
    IF public.is_dense(folded) THEN folded := left(folded, 50000); END IF;
    IF octet_length(folded) > 300000 THEN folded := left(folded, (300000::bigint * length(folded) / octet_length(folded))::integer); END IF;
    beside := public.signed_words(folded) || public.compound_words(folded) || public.capital_words(folded)
        || public.letter_pairs(folded);
    plain := to_tsvector('public.likeness_words', public.plain_words(folded));
    IF beside = '{}' THEN RETURN plain; END IF;
    IF octet_length(folded) > 50000 THEN
        beside := ARRAY(
            SELECT f.word FROM (
                SELECT b.word, sum(octet_length(b.word)) OVER (ORDER BY octet_length(b.word), b.word) AS bytes
                FROM unnest(beside) AS b (word)
            ) AS f
            WHERE f.bytes <= 200000);
    END IF;
    RETURN plain || array_to_tsvector(beside);
END $$;

-- Asks for all words of a text, in any order.
CREATE OR REPLACE FUNCTION public.words_query(whole text) RETURNS tsquery
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    folded text := public.fold_forms(whole);
    asked tsquery := plainto_tsquery('public.likeness_words', public.plain_words(folded));
    word text;
BEGIN
    FOREACH word IN ARRAY public.signed_words(folded) || public.letter_pairs(folded) || public.meant_capitals(folded) LOOP
        asked := asked && public.lexeme_query(word);
    END LOOP;
    RETURN asked;
END $$;

-- Asks for the words of a text one behind the other.
CREATE OR REPLACE FUNCTION public.phrase_query(whole text) RETURNS tsquery
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    folded text := public.fold_forms(whole);
    asked tsquery := phraseto_tsquery('public.likeness_words', public.plain_words(folded));
    word text;
BEGIN
    FOREACH word IN ARRAY public.signed_words(folded) || public.meant_capitals(folded) LOOP
        asked := asked && public.lexeme_query(word);
    END LOOP;
    RETURN asked;
END $$;

-- The words that a search text asks for, each once: those with meaning in their signs or their neighbours first, then the
-- others in their order. A word with a sign is asked for as a whole, as are neighbours in dense scripts. is_common: stop words.
CREATE OR REPLACE FUNCTION public.search_words(whole text) RETURNS TABLE (lexeme text, is_common boolean)
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    folded text := public.fold_forms(whole);
    plain text := folded;
    dense text := '(?:' || public.dense_letter() || ')';
BEGIN
    IF folded ~ '[#+&]' THEN
        plain := regexp_replace(plain, '[[:alnum:]]+(?:\+\+?|#)(?![[:alnum:]])|[[:alnum:]]+(?:&[[:alnum:]]+)+', ' ', 'g');
    END IF;
    IF public.is_dense(plain) THEN plain := regexp_replace(plain, dense || '{2,}', ' ', 'g'); END IF;
    RETURN QUERY
        SELECT b.lexeme, false FROM (
            SELECT unnest(public.signed_words(folded) || public.compound_words(folded) || public.letter_pairs(folded)
                || public.meant_capitals(folded))
        ) AS b (lexeme)
        UNION ALL
        (SELECT w.lexeme, ts_lexize('pg_catalog.english_stem', w.lexeme) = '{}'
        FROM unnest(to_tsvector('public.likeness_words', public.plain_words(plain))) AS w
        ORDER BY w.positions[1], w.lexeme);
END $$;

-- How words that begin so stand in a tsvector: the prefix itself, then stems that are shorter than it or end in another way
-- ("univers" for "universit", "happi" for "happy"). PostgreSQL stems a prefix as if it were a word and misses those.
CREATE OR REPLACE FUNCTION public.prefix_stems(whole text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    prefix text := lower(public.fold_forms(whole));
BEGIN
    RETURN ARRAY[prefix] || ARRAY(
        SELECT DISTINCT s.stem FROM (
            -- A prefix may stop within an ending.
            SELECT (ts_lexize('public.likeness_stem', prefix || right(e.ending, n)))[1] AS stem
            FROM unnest('{es,ers,ors,ed,ied,ies,ings,ations,izations,ational,ments,ents,ants,ences,ances,encies,ancies,ities,alities,ibilities,'
                'abilities,alization,ally,ically,icals,ives,iveness,ously,ousness,able,ible,fully,fulness,ness,ists,isms,ized,izing,izers,y}'::text[])
                AS e (ending), generate_series(0, length(e.ending)) AS n
        ) AS s
        WHERE NOT starts_with(s.stem, prefix) AND length(s.stem) >= 3
        ORDER BY s.stem);
END $$;

-- What ts_headline is to mark, in texts of split_words, for words that a search asks for: of a word with signs and of neighbours
-- in dense scripts the parts, any of them, since it looks for phrases in a time that grows with their number and the text's length.
CREATE OR REPLACE FUNCTION public.marking_query(queries tsquery[]) RETURNS tsquery
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    one tsquery;
    marking tsquery;
BEGIN
    FOREACH one IN ARRAY queries LOOP
        IF numnode(one) = 1 AND (one::text ~ '[#+&]' OR public.is_dense(one::text)) THEN
            SELECT string_agg(quote_literal(w.lexeme), ' | ')::tsquery INTO one
            FROM unnest(to_tsvector('public.likeness_words', public.split_words(one::text))) AS w;
            CONTINUE WHEN one IS NULL;
        END IF;
        marking := coalesce(marking || one, one);
    END LOOP;
    RETURN marking;
END $$;

-- Whole texts are compared in the same form. The indexes of the first 100 characters are made anew by the next migration.
CREATE OR REPLACE FUNCTION public.fold_text(whole text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN lower(btrim(public.fold_forms(whole)));

CREATE OR REPLACE FUNCTION public.fold_term(term text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN left(lower(btrim(public.fold_forms(term))), 100);

-- Open sessions keep what they know of an index, with the body of the function at the time: told that it has changed, they read
-- it again and go on using it.
ALTER INDEX profiles_folded_name_idx ALTER COLUMN 1 SET STATISTICS -1;
ALTER INDEX profiles_folded_location_idx ALTER COLUMN 1 SET STATISTICS -1;
ALTER INDEX experiences_folded_title_idx ALTER COLUMN 1 SET STATISTICS -1;
ALTER INDEX experiences_folded_organization_idx ALTER COLUMN 1 SET STATISTICS -1;
ALTER INDEX skills_folded_name_idx ALTER COLUMN 1 SET STATISTICS -1;
ALTER INDEX completion_terms_word_starts_idx ALTER COLUMN 1 SET STATISTICS -1;

-- What a completion can begin with: what stands between spaces and marks, and each letter of a dense script.
CREATE OR REPLACE FUNCTION public.term_words(folded text) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    -- completion_terms.folded has the collation "C", for which only ASCII has letters.
    words text[] := array_remove(regexp_split_to_array(folded COLLATE pg_catalog."default", '[^[:alnum:]]+'), '');
BEGIN
    IF public.is_dense(folded) THEN
        words := words || ARRAY(
            SELECT substr(w.word, place) FROM unnest(words) AS w (word), generate_series(2, length(w.word)) AS place
            WHERE substr(w.word, place, 1) ~ public.dense_letter());
    END IF;
    RETURN array_to_tsvector(words);
END $$;

-- The words that a text has in which one begins with the prefix; NULL when the prefix has none. Of the last one only the
-- beginning is known, unless a mark ended it. One or two letters of it would be looked up in vain, but for dense scripts:
-- they begin too much.
CREATE OR REPLACE FUNCTION public.term_query(prefix text) RETURNS tsquery
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (
        SELECT string_agg('''' || w.word || '''' || CASE WHEN w.is_begun THEN ':*' ELSE '' END, ' & ')::tsquery
        FROM (
            SELECT s.word, count(*) OVER () AS words,
                s.place = max(s.place) OVER () AND prefix ~ '[[:alnum:]]$' AS is_begun
            FROM unnest(array_remove(regexp_split_to_array(prefix, '[^[:alnum:]]+'), '')) WITH ORDINALITY
                AS s (word, place)
        ) AS w
        WHERE NOT w.is_begun OR length(w.word) >= 3 OR w.words = 1 OR public.is_dense(w.word));

-- A regular expression for the prefix at the start of a later word, with the mark or, in a dense script, the letter before it.
CREATE OR REPLACE FUNCTION public.term_pattern(prefix text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN public.is_dense(left(prefix, 1)) THEN '.' ELSE '[^[:alnum:]]' END
        || regexp_replace(prefix, '([^[:alnum:][:space:]])', '\\\1', 'g');

-- The words of sections are made by triggers from now on: a generated column cannot be made anew without rewriting its table.
ALTER TABLE profiles ALTER COLUMN search DROP EXPRESSION IF EXISTS;
ALTER TABLE experiences ALTER COLUMN search DROP EXPRESSION IF EXISTS;
ALTER TABLE skills ALTER COLUMN search DROP EXPRESSION IF EXISTS;

-- A line for each text: no word goes on from one into the next.
CREATE OR REPLACE FUNCTION public.profile_section_words(section profiles) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN public.words_of(concat_ws(E'\n', section.display_name, section.headline, section.summary, section.location,
        array_to_string(section.tags, E'\n'), array_to_string(section.keywords, E'\n'),
        -- The texts of attributes: interests and whatever else an import kept there.
        CASE WHEN section.attributes <> '{}' THEN (
            SELECT string_agg(a.value #>> '{}', E'\n')
            FROM jsonb_path_query(section.attributes, '$.** ? (@.type() == "string")') AS a (value)
        ) END));
END $$;

CREATE OR REPLACE FUNCTION public.experience_words(section experiences) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN public.words_of(concat_ws(E'\n', section.title, section.organization, section.description,
        array_to_string(section.highlights, E'\n'), section.location, array_to_string(section.tags, E'\n')));
END $$;

CREATE OR REPLACE FUNCTION public.skill_words(section skills) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN public.words_of(concat_ws(E'\n', section.name, array_to_string(section.keywords, E'\n'), section.category,
        section.level));
END $$;

CREATE OR REPLACE FUNCTION public.set_profile_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := public.profile_section_words(NEW);
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION public.set_experience_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := public.experience_words(NEW);
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION public.set_skill_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := public.skill_words(NEW);
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER profiles_search_insert BEFORE INSERT ON profiles
    FOR EACH ROW EXECUTE FUNCTION set_profile_search();
CREATE OR REPLACE TRIGGER profiles_search_update
    BEFORE UPDATE OF display_name, headline, summary, location, tags, keywords, attributes, search ON profiles
    FOR EACH ROW EXECUTE FUNCTION set_profile_search();
CREATE OR REPLACE TRIGGER experiences_search_insert BEFORE INSERT ON experiences
    FOR EACH ROW EXECUTE FUNCTION set_experience_search();
CREATE OR REPLACE TRIGGER experiences_search_update
    BEFORE UPDATE OF title, organization, description, highlights, location, tags, search ON experiences
    FOR EACH ROW EXECUTE FUNCTION set_experience_search();
CREATE OR REPLACE TRIGGER skills_search_insert BEFORE INSERT ON skills
    FOR EACH ROW EXECUTE FUNCTION set_skill_search();
CREATE OR REPLACE TRIGGER skills_search_update BEFORE UPDATE OF name, keywords, category, level, search ON skills
    FOR EACH ROW EXECUTE FUNCTION set_skill_search();

-- How a profile's words were read: 1 before this migration, 2 since.
ALTER TABLE profile_words ADD COLUMN IF NOT EXISTS reading smallint NOT NULL DEFAULT 1;
CREATE INDEX IF NOT EXISTS profile_words_reading_idx ON profile_words (profile_id) WHERE reading < 2;

CREATE OR REPLACE FUNCTION write_profile_words(profile_ids uuid[]) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
        INSERT INTO profile_words AS w (profile_id, words, is_active, reading)
        -- A profile that was there before keeps its reading: a write changes some of its sections.
        SELECT p.id, profile_lexemes(p.id), p.is_active, CASE WHEN p.created_at >= now() THEN 2 ELSE 1 END
        FROM profiles p WHERE p.id = ANY (profile_ids) ORDER BY p.id
        ON CONFLICT (profile_id) DO UPDATE SET
            words = EXCLUDED.words, is_active = EXCLUDED.is_active,
            changed = pg_current_xact_id(), updated_at = now()
        WHERE (w.words, w.is_active) IS DISTINCT FROM (EXCLUDED.words, EXCLUDED.is_active);
    END;

-- Reads again the words of some profiles that an earlier version has read; returns how many. Profiles that are being written
-- are skipped until a later call, so that no writer waits.
CREATE OR REPLACE FUNCTION read_words_again(most integer) RETURNS integer
    LANGUAGE plpgsql AS $$
DECLARE
    chosen uuid[];
BEGIN
    -- Without a look at profiles, which another session may have locked.
    IF NOT EXISTS (SELECT FROM profile_words WHERE reading < 2) THEN RETURN 0; END IF;
    SELECT array_agg(c.id) INTO chosen FROM (
        SELECT p.id FROM profiles p
        WHERE p.id IN (SELECT w.profile_id FROM profile_words w WHERE w.reading < 2 ORDER BY w.profile_id LIMIT most)
        ORDER BY p.id FOR NO KEY UPDATE SKIP LOCKED
    ) AS c;
    IF chosen IS NULL THEN RETURN 0; END IF;
    UPDATE profiles SET search = search WHERE id = ANY (chosen);
    UPDATE experiences SET search = search WHERE profile_id = ANY (chosen);
    UPDATE skills SET search = search WHERE profile_id = ANY (chosen);
    PERFORM write_profile_words(chosen);
    UPDATE profile_words SET reading = 2 WHERE profile_id = ANY (chosen);
    RETURN cardinality(chosen);
END $$;
