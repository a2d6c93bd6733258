-- likeness: change=expand
-- What else names a profile: the ids that other systems give it, and the slugs that it had before
-- (docs/decisions/profile-identity.md). Daemons of the previous release write neither; triggers keep both true beside them.

SET LOCAL lock_timeout = '5s';

CREATE TABLE IF NOT EXISTS external_ids (
    profile_id uuid NOT NULL REFERENCES profiles ON DELETE CASCADE,
    -- Place in the order that the caller gave, from 0.
    position integer NOT NULL CONSTRAINT external_ids_position_check CHECK (position >= 0),
    system text COLLATE "C" NOT NULL CONSTRAINT external_ids_system_check
        CHECK (system ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND octet_length(system) <= 100),
    id text COLLATE "C" NOT NULL CONSTRAINT external_ids_id_check CHECK (id <> '' AND octet_length(id) <= 500),
    -- Copied from the profile.
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- For a profile that is not live when it was deleted.
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (profile_id, position)
);
-- One live profile per pair; a deleted one does not stand in the way.
CREATE UNIQUE INDEX IF NOT EXISTS external_ids_key ON external_ids (id, system) WHERE is_active;
-- Filters, and deleted profiles.
CREATE INDEX IF NOT EXISTS external_ids_id_idx ON external_ids (id, system);

-- Several profiles may have had a slug one after another: it leads to the one that had it last, of those that the caller sees.
CREATE TABLE IF NOT EXISTS former_slugs (
    slug text COLLATE "C" NOT NULL,
    profile_id uuid NOT NULL REFERENCES profiles ON DELETE CASCADE,
    -- When the profile gave it up: no transaction has the next one while it holds the slug.
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (slug, profile_id)
);
CREATE INDEX IF NOT EXISTS former_slugs_profile_id_idx ON former_slugs (profile_id, created_at);

-- A profile's last 50 slugs, without the one that it has.
CREATE OR REPLACE FUNCTION profile_slug_changed() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM former_slugs f WHERE f.profile_id = NEW.id AND f.slug = NEW.slug;
    INSERT INTO former_slugs AS f (slug, profile_id) VALUES (OLD.slug, NEW.id)
    ON CONFLICT (slug, profile_id) DO UPDATE SET created_at = clock_timestamp(), updated_at = now();
    DELETE FROM former_slugs f WHERE f.profile_id = NEW.id AND f.slug IN (
        SELECT o.slug FROM former_slugs o WHERE o.profile_id = NEW.id ORDER BY o.created_at DESC OFFSET 50);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER profiles_slug_changed AFTER UPDATE OF slug ON profiles
    FOR EACH ROW WHEN (OLD.slug IS DISTINCT FROM NEW.slug) EXECUTE FUNCTION profile_slug_changed();

-- As before, and the external ids follow.
CREATE OR REPLACE FUNCTION profile_activity_changed() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    UPDATE profile_words
    SET is_active = NEW.is_active, changed = pg_current_xact_id(), updated_at = now()
    WHERE profile_id = NEW.id;
    UPDATE external_ids SET is_active = NEW.is_active, updated_at = now() WHERE profile_id = NEW.id;
    PERFORM note_profile_changes(ARRAY[NEW.id]);
    RETURN NULL;
END $$;
