-- Extensions, and how words are read.

SET LOCAL lock_timeout = '5s';

CREATE EXTENSION IF NOT EXISTS vector;
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- English stemming after accents are taken off: "Röntgen" is found by "rontgen".
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_ts_config WHERE cfgname = 'likeness' AND cfgnamespace = 'public'::regnamespace) THEN
        CREATE TEXT SEARCH CONFIGURATION public.likeness (COPY = pg_catalog.english);
    END IF;
END $$;

ALTER TEXT SEARCH CONFIGURATION public.likeness
    ALTER MAPPING FOR word, hword, hword_part WITH unaccent, english_stem;

-- array_to_string is only STABLE, because it takes arrays of anything. For texts it depends on nothing but its input,
-- which a generated column demands.
CREATE OR REPLACE FUNCTION public.join_texts(texts text[]) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN array_to_string(texts, ' ');

-- A query for one lexeme just as to_tsvector made it.
CREATE OR REPLACE FUNCTION public.lexeme_query(lexeme text) RETURNS tsquery
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ('''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || '''')::tsquery;

-- The slug that a name suggests: "Gabriela Mistral (Lucila Godoy)" gives "gabriela-mistral-lucila-godoy".
CREATE OR REPLACE FUNCTION public.slug_of(name text) RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN coalesce(
        nullif(trim('-' FROM left(regexp_replace(lower(public.unaccent(name)), '[^a-z0-9]+', '-', 'g'), 180)), ''),
        'profile');
