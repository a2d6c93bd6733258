-- likeness: change=expand
-- Rankings that are kept for further pages (docs/decisions/result-sets.md). Each is gone after some minutes.

SET LOCAL lock_timeout = '5s';

CREATE TABLE IF NOT EXISTS result_sets (
    id uuid PRIMARY KEY,
    -- Whose it is: pages are given to no other caller.
    caller text NOT NULL,
    hit_count integer NOT NULL CHECK (hit_count BETWEEN 1 AND 10000),
    -- What all pages answer besides their hits: likeness.v1.QueryResponse, encoded.
    answer bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS result_sets_caller_idx ON result_sets (caller, created_at);
CREATE INDEX IF NOT EXISTS result_sets_expires_at_idx ON result_sets (expires_at);

-- A hundred hits of a set, best first: what a page shows of them is read from the profiles as they are then. The arrays are of one
-- length; where a branch did not find the profile its kind and rank are 0.
CREATE TABLE IF NOT EXISTS result_set_hits (
    set_id uuid NOT NULL REFERENCES result_sets ON DELETE CASCADE,
    -- How many hits of the set are better than these.
    place integer NOT NULL,
    profile_ids uuid[] NOT NULL,
    scores float8[] NOT NULL,
    kinds smallint[] NOT NULL,
    section_ids uuid[] NOT NULL,
    vector_ranks integer[] NOT NULL,
    similarities float8[] NOT NULL,
    vector_kinds smallint[] NOT NULL,
    vector_section_ids uuid[] NOT NULL,
    text_ranks integer[] NOT NULL,
    coverages float8[] NOT NULL,
    text_kinds smallint[] NOT NULL,
    text_section_ids uuid[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (set_id, place)
);
