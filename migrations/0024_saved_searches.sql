-- likeness: change=expand
-- Searches that are kept, and what starts and ceases to match them (docs/decisions/saved-searches.md).

SET LOCAL lock_timeout = '5s';

CREATE TABLE IF NOT EXISTS saved_searches (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- The verified name of the caller who saved it.
    owner text NOT NULL,
    slug text NOT NULL,
    description text NOT NULL DEFAULT '',
    -- likeness.v1.QueryRequest, encoded.
    query bytea NOT NULL,
    -- Names of the masks that the owner was bound to when it was last saved or watched, the one that binds most first.
    bound_masks text[] NOT NULL,
    revision bigint NOT NULL DEFAULT 1,
    -- What its matches were found by: the revision, the masks in theirs, the embedding space. NULL: they are to be found again.
    basis text,
    -- The masks of the events that are kept, in their revisions. NULL until its matches have been found.
    seen_through text,
    is_too_wide boolean NOT NULL DEFAULT false,
    match_count integer NOT NULL DEFAULT 0,
    -- The number of its last event.
    last_event bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX IF NOT EXISTS saved_searches_owner_slug_key ON saved_searches (owner, slug);

-- Who matches.
CREATE TABLE IF NOT EXISTS saved_search_matches (
    search_id uuid NOT NULL REFERENCES saved_searches ON DELETE CASCADE,
    -- Without a foreign key: a row outlives its profile until it is known to be gone.
    profile_id uuid NOT NULL,
    -- When it began to match.
    score float8 NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (search_id, profile_id)
);
CREATE INDEX IF NOT EXISTS saved_search_matches_profile_id_idx ON saved_search_matches (profile_id);

-- Who started and who ceased to match, numbered without gaps for each search. The oldest are cleared away.
CREATE TABLE IF NOT EXISTS saved_search_events (
    search_id uuid NOT NULL REFERENCES saved_searches ON DELETE CASCADE,
    number bigint NOT NULL,
    profile_id uuid NOT NULL,
    is_match boolean NOT NULL,
    score float8 NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (search_id, number)
);
CREATE INDEX IF NOT EXISTS saved_search_events_created_at_idx ON saved_search_events (created_at);

-- Writes of profiles that saved searches have not been compared with. A row for each, so that no writer waits for another or for the
-- server that takes them out.
CREATE SEQUENCE IF NOT EXISTS saved_search_change_id;
CREATE TABLE IF NOT EXISTS saved_search_changes (
    id bigint PRIMARY KEY DEFAULT nextval('saved_search_change_id'),
    profile_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- The server that compares: one row.
CREATE TABLE IF NOT EXISTS saved_search_follower (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    holder uuid,
    expires_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO saved_search_follower DEFAULT VALUES ON CONFLICT DO NOTHING;

-- Notes profiles that a transaction has written and holds.
CREATE OR REPLACE FUNCTION note_saved_search_changes(profile_ids uuid[]) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM saved_searches) THEN RETURN; END IF;
    INSERT INTO saved_search_changes (profile_id)
    SELECT DISTINCT c.profile_id FROM unnest(profile_ids) AS c (profile_id);
END $$;

-- As before, and saved searches follow.
CREATE OR REPLACE FUNCTION note_profile_changes(profile_ids uuid[]) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_saved_search_changes(profile_ids);
    IF NOT EXISTS (SELECT FROM view_projections) THEN RETURN; END IF;
    INSERT INTO profile_changes (profile_id)
    SELECT DISTINCT c.profile_id FROM unnest(profile_ids) AS c (profile_id) ORDER BY c.profile_id
    ON CONFLICT (profile_id) DO UPDATE SET changed = pg_current_xact_id(), updated_at = now();
END $$;

-- An embedding that arrives can have its profile match: whoever stores it takes its section out of the outbox.
CREATE OR REPLACE FUNCTION sections_were_embedded() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_saved_search_changes(ARRAY(SELECT DISTINCT e.profile_id FROM embedded e));
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER sections_embedded AFTER DELETE ON embedding_outbox
    REFERENCING OLD TABLE AS embedded FOR EACH STATEMENT EXECUTE FUNCTION sections_were_embedded();
