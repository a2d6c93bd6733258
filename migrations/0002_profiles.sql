-- People, what they did and what they can do.

SET LOCAL lock_timeout = '5s';

CREATE TABLE IF NOT EXISTS profiles (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    identity_id uuid,
    -- "C": slugs are ASCII, and pages are ordered the same on every machine.
    slug text COLLATE "C" NOT NULL
        CONSTRAINT profiles_slug_check CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND octet_length(slug) <= 200),
    display_name text NOT NULL CONSTRAINT profiles_display_name_check CHECK (display_name <> ''),
    headline text NOT NULL DEFAULT '',
    summary text NOT NULL DEFAULT '',
    location text NOT NULL DEFAULT '',
    tags text[] NOT NULL DEFAULT '{}',
    keywords text[] NOT NULL DEFAULT '{}',
    attributes jsonb NOT NULL DEFAULT '{}'
        CONSTRAINT profiles_attributes_check CHECK (jsonb_typeof(attributes) = 'object'),
    revision bigint NOT NULL DEFAULT 1 CONSTRAINT profiles_revision_check CHECK (revision >= 1),
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    search tsvector NOT NULL GENERATED ALWAYS AS (
        setweight(to_tsvector('public.likeness', display_name), 'A')
        || setweight(to_tsvector('public.likeness', headline), 'B')
        || setweight(to_tsvector('public.likeness', summary), 'C')
        || setweight(to_tsvector('public.likeness',
            location || ' ' || public.join_texts(tags) || ' ' || public.join_texts(keywords)), 'D')
    ) STORED,
    CONSTRAINT profiles_slug_key UNIQUE (slug),
    CONSTRAINT profiles_deleted_at_check CHECK (is_active = (deleted_at IS NULL))
);

-- One live profile per identity; a deleted one does not stand in the way.
CREATE UNIQUE INDEX IF NOT EXISTS profiles_identity_id_key ON profiles (identity_id) WHERE is_active;
-- Pages of the live profiles.
CREATE INDEX IF NOT EXISTS profiles_live_slug_idx ON profiles (slug) WHERE is_active;
CREATE INDEX IF NOT EXISTS profiles_search_idx ON profiles USING gin (search);
CREATE INDEX IF NOT EXISTS profiles_tags_idx ON profiles USING gin (tags);

CREATE TABLE IF NOT EXISTS experiences (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    profile_id uuid NOT NULL CONSTRAINT experiences_profile_id_fkey REFERENCES profiles ON DELETE CASCADE,
    -- Place in the order that the caller gave, from 0.
    position integer NOT NULL CONSTRAINT experiences_position_check CHECK (position >= 0),
    -- likeness.v1.ExperienceCategory.
    category smallint NOT NULL DEFAULT 0,
    title text NOT NULL DEFAULT '',
    organization text NOT NULL DEFAULT '',
    location text NOT NULL DEFAULT '',
    -- The first day that a partly known date can mean, and what of it is known: 1 year, 2 month, 3 day.
    start_date date,
    start_precision smallint,
    end_date date,
    end_precision smallint,
    description text NOT NULL DEFAULT '',
    highlights text[] NOT NULL DEFAULT '{}',
    tags text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    search tsvector NOT NULL GENERATED ALWAYS AS (
        setweight(to_tsvector('public.likeness', title), 'A')
        || setweight(to_tsvector('public.likeness', organization), 'B')
        || setweight(to_tsvector('public.likeness', description || ' ' || public.join_texts(highlights)), 'C')
        || setweight(to_tsvector('public.likeness', location || ' ' || public.join_texts(tags)), 'D')
    ) STORED,
    CONSTRAINT experiences_start_date_check CHECK (
        (start_date IS NULL) = (start_precision IS NULL) AND start_precision BETWEEN 1 AND 3),
    CONSTRAINT experiences_end_date_check CHECK (
        (end_date IS NULL) = (end_precision IS NULL) AND end_precision BETWEEN 1 AND 3)
);

CREATE INDEX IF NOT EXISTS experiences_profile_id_idx ON experiences (profile_id, position);
CREATE INDEX IF NOT EXISTS experiences_start_date_idx ON experiences (start_date);
CREATE INDEX IF NOT EXISTS experiences_category_idx ON experiences (category);
CREATE INDEX IF NOT EXISTS experiences_search_idx ON experiences USING gin (search);

CREATE TABLE IF NOT EXISTS skills (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    profile_id uuid NOT NULL CONSTRAINT skills_profile_id_fkey REFERENCES profiles ON DELETE CASCADE,
    position integer NOT NULL CONSTRAINT skills_position_check CHECK (position >= 0),
    name text NOT NULL DEFAULT '',
    category text NOT NULL DEFAULT '',
    level text NOT NULL DEFAULT '',
    keywords text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    search tsvector NOT NULL GENERATED ALWAYS AS (
        setweight(to_tsvector('public.likeness', name), 'A')
        || setweight(to_tsvector('public.likeness', public.join_texts(keywords)), 'B')
        || setweight(to_tsvector('public.likeness', category), 'C')
        || setweight(to_tsvector('public.likeness', level), 'D')
    ) STORED
);

CREATE INDEX IF NOT EXISTS skills_profile_id_idx ON skills (profile_id, position);
CREATE INDEX IF NOT EXISTS skills_category_idx ON skills (category);
CREATE INDEX IF NOT EXISTS skills_search_idx ON skills USING gin (search);

-- Stored views of a profile.
CREATE TABLE IF NOT EXISTS masks (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    slug text COLLATE "C" NOT NULL
        CONSTRAINT masks_slug_check CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND octet_length(slug) <= 200),
    display_name text NOT NULL DEFAULT '',
    -- Tags to include or exclude, weights per section, fields to redact.
    configuration jsonb NOT NULL DEFAULT '{}'
        CONSTRAINT masks_configuration_check CHECK (jsonb_typeof(configuration) = 'object'),
    revision bigint NOT NULL DEFAULT 1 CONSTRAINT masks_revision_check CHECK (revision >= 1),
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT masks_slug_key UNIQUE (slug)
);

-- What was answered to a write that may be repeated. Kept for 24 hours.
CREATE TABLE IF NOT EXISTS request_ids (
    request_id uuid PRIMARY KEY,
    method text NOT NULL,
    -- SHA-256 of the request: the same id with other content is refused.
    digest bytea NOT NULL,
    -- The encoded answer.
    answer bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX IF NOT EXISTS request_ids_created_at_idx ON request_ids (created_at);
