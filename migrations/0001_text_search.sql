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
