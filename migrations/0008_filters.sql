-- What filters ask for.

SET LOCAL lock_timeout = '5s';

-- How whole texts are compared: without case and accents. Like fold_term, but all of the text.
CREATE OR REPLACE FUNCTION public.fold_text(whole text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN lower(public.unaccent('public.unaccent'::regdictionary, btrim(whole)));

CREATE INDEX IF NOT EXISTS profiles_keywords_idx ON profiles USING gin (keywords);
CREATE INDEX IF NOT EXISTS profiles_attributes_idx ON profiles USING gin (attributes jsonb_path_ops);
CREATE INDEX IF NOT EXISTS profiles_created_at_idx ON profiles (created_at);
CREATE INDEX IF NOT EXISTS profiles_updated_at_idx ON profiles (updated_at);
CREATE INDEX IF NOT EXISTS experiences_tags_idx ON experiences USING gin (tags);
