-- Words of completions are what stands between spaces and marks: "19" of "COVID-19", "cd" of "CI/CD". The parser of text
-- search reads such as numbers, files and hosts, whose parts it does not tell.

SET LOCAL lock_timeout = '5s';

CREATE OR REPLACE FUNCTION public.term_words(folded text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN array_to_tsvector(array_remove(regexp_split_to_array(folded, '[^[:alnum:]]+'), ''));

-- The words that a text has in which one begins with the prefix; NULL when the prefix has none. Of the last one only the
-- beginning is known, unless a mark ended it. One or two letters of it would be looked up in vain: they begin too much.
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
        WHERE NOT w.is_begun OR length(w.word) >= 3 OR w.words = 1);

-- A regular expression for the prefix at the start of a later word, with the mark before it.
CREATE OR REPLACE FUNCTION public.term_pattern(prefix text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN '[^[:alnum:]]' || regexp_replace(prefix, '([^[:alnum:][:space:]])', '\\\1', 'g');

CREATE INDEX IF NOT EXISTS completion_terms_word_starts_idx ON completion_terms USING gin (term_words(folded));
DROP INDEX IF EXISTS completion_terms_words_idx;
