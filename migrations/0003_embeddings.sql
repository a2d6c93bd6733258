-- Embeddings: one space per model, one narrow table per space, and the outbox that keeps them true.

SET LOCAL lock_timeout = '5s';

CREATE TABLE IF NOT EXISTS embedding_spaces (
    name text PRIMARY KEY CONSTRAINT embedding_spaces_name_check CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$'),
    model text NOT NULL,
    -- 2,000 is the most that pgvector indexes.
    dimension integer NOT NULL CONSTRAINT embedding_spaces_dimension_check CHECK (dimension BETWEEN 1 AND 2000),
    metric text NOT NULL DEFAULT 'cosine' CONSTRAINT embedding_spaces_metric_check CHECK (metric = 'cosine'),
    -- Holds the embeddings; its index is called like it with "_ann" behind.
    table_name text NOT NULL CONSTRAINT embedding_spaces_table_name_key UNIQUE
        CONSTRAINT embedding_spaces_table_name_check CHECK (table_name ~ '^embeddings_[a-z0-9_]{1,40}$'),
    index_method text NOT NULL DEFAULT 'hnsw'
        CONSTRAINT embedding_spaces_index_method_check CHECK (index_method IN ('hnsw', 'ivfflat')),
    -- 'half': the index holds 16-bit floats; distances are computed again from the 32-bit ones.
    index_precision text NOT NULL DEFAULT 'half'
        CONSTRAINT embedding_spaces_index_precision_check CHECK (index_precision IN ('float', 'half')),
    m integer NOT NULL DEFAULT 16 CONSTRAINT embedding_spaces_m_check CHECK (m BETWEEN 2 AND 100),
    ef_construction integer NOT NULL DEFAULT 64
        CONSTRAINT embedding_spaces_ef_construction_check CHECK (ef_construction BETWEEN 4 AND 1000),
    lists integer NOT NULL DEFAULT 100 CONSTRAINT embedding_spaces_lists_check CHECK (lists BETWEEN 1 AND 32768),
    -- What a search uses that does not say.
    ef_search integer NOT NULL DEFAULT 40
        CONSTRAINT embedding_spaces_ef_search_check CHECK (ef_search BETWEEN 1 AND 1000),
    probes integer NOT NULL DEFAULT 10 CONSTRAINT embedding_spaces_probes_check CHECK (probes BETWEEN 1 AND 1000),
    is_active boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- Searches that name no space use the active one.
CREATE UNIQUE INDEX IF NOT EXISTS embedding_spaces_active_key ON embedding_spaces (is_active) WHERE is_active;

-- Sections whose embedding is missing or old. Written in the transaction that changes the section.
CREATE TABLE IF NOT EXISTS embedding_outbox (
    space text NOT NULL CONSTRAINT embedding_outbox_space_fkey REFERENCES embedding_spaces ON DELETE CASCADE,
    section_id uuid NOT NULL,
    -- likeness.v1.SectionKind.
    kind smallint NOT NULL CONSTRAINT embedding_outbox_kind_check CHECK (kind BETWEEN 1 AND 3),
    profile_id uuid NOT NULL CONSTRAINT embedding_outbox_profile_id_fkey REFERENCES profiles ON DELETE CASCADE,
    -- Changes with every write and every claim: only the last to claim may deliver, and only if nothing was written since.
    ticket bigint NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    -- Not to be claimed before: the end of a lease or of a back-off.
    available_at timestamptz NOT NULL DEFAULT now(),
    last_error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT embedding_outbox_pkey PRIMARY KEY (space, section_id, kind)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

CREATE INDEX IF NOT EXISTS embedding_outbox_available_at_idx ON embedding_outbox (space, available_at);
CREATE INDEX IF NOT EXISTS embedding_outbox_profile_id_idx ON embedding_outbox (profile_id);
CREATE SEQUENCE IF NOT EXISTS embedding_outbox_ticket CACHE 1;

-- The statement that builds the vector index of a table. One place, for the first index and for every rebuild.
CREATE OR REPLACE FUNCTION vector_index_statement(
    table_name text, index_name text, dimension integer, method text, index_precision text,
    m integer, ef_construction integer, lists integer, is_concurrent boolean
) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT
    RETURN format(
        'CREATE INDEX %s %I ON %I USING %s (%s) WITH (%s) WHERE is_active',
        CASE WHEN is_concurrent THEN 'CONCURRENTLY' ELSE '' END,
        index_name,
        table_name,
        CASE method WHEN 'ivfflat' THEN 'ivfflat' ELSE 'hnsw' END,
        CASE index_precision
            WHEN 'half' THEN format('(embedding::halfvec(%s)) halfvec_cosine_ops', dimension)
            ELSE 'embedding vector_cosine_ops' END,
        CASE method
            WHEN 'ivfflat' THEN format('lists = %s', lists)
            ELSE format('m = %s, ef_construction = %s', m, ef_construction) END);

-- Makes the table of an embedding space and its empty index, and puts every stored section in the outbox.
CREATE OR REPLACE FUNCTION create_embedding_space(
    space_name text, space_model text, space_dimension integer, space_table text, space_index_precision text
) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    IF space_table !~ '^embeddings_[a-z0-9_]{1,40}$' THEN
        RAISE EXCEPTION 'not a name for a table of embeddings: %', space_table USING ERRCODE = '42602';
    END IF;
    INSERT INTO embedding_spaces (name, model, dimension, table_name, index_precision)
    VALUES (space_name, space_model, space_dimension, space_table, space_index_precision);

    EXECUTE format(
        'CREATE TABLE %I (
            profile_id uuid NOT NULL REFERENCES profiles ON DELETE CASCADE,
            section_id uuid NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            kind smallint NOT NULL,
            is_active boolean NOT NULL,
            embedding vector(%s) NOT NULL,
            PRIMARY KEY (section_id, kind)
        )', space_table, space_dimension);
    -- Inline: no detour through TOAST when distances are computed.
    EXECUTE format('ALTER TABLE %I ALTER COLUMN embedding SET STORAGE PLAIN', space_table);
    EXECUTE format('CREATE INDEX ON %I (profile_id)', space_table);
    EXECUTE vector_index_statement(
        space_table, space_table || '_ann', space_dimension, 'hnsw', space_index_precision, 16, 64, 100, false);

    INSERT INTO embedding_outbox (space, section_id, kind, profile_id, ticket)
    SELECT space_name, section_id, kind, profile_id, nextval('embedding_outbox_ticket')
    FROM (
        SELECT id AS section_id, 1 AS kind, id AS profile_id FROM profiles
        UNION ALL SELECT id, 2, profile_id FROM experiences
        UNION ALL SELECT DISTINCT profile_id, 3, profile_id FROM skills
    ) AS stored;
END $$;

-- Puts sections of one profile in the outbox of every space.
CREATE OR REPLACE FUNCTION enqueue_sections(changed_profile uuid, section_ids uuid[], kinds smallint[]) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
        INSERT INTO embedding_outbox AS o (space, section_id, kind, profile_id, ticket)
        SELECT s.name, changed.section_id, changed.kind, changed_profile, nextval('embedding_outbox_ticket')
        FROM embedding_spaces s CROSS JOIN unnest(section_ids, kinds) AS changed (section_id, kind)
        ORDER BY s.name, changed.section_id, changed.kind
        ON CONFLICT (space, section_id, kind) DO UPDATE SET
            ticket = EXCLUDED.ticket, attempts = 0, available_at = now(), last_error = NULL, updated_at = now();
    END;

-- Drops the embeddings of sections that are gone, in every space, and takes them out of the outbox.
CREATE OR REPLACE FUNCTION forget_sections(section_ids uuid[], kinds smallint[]) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    space_table text;
BEGIN
    DELETE FROM embedding_outbox o USING unnest(section_ids, kinds) AS gone (section_id, kind)
    WHERE o.section_id = gone.section_id AND o.kind = gone.kind;
    FOR space_table IN SELECT table_name FROM embedding_spaces ORDER BY name LOOP
        EXECUTE format(
            'DELETE FROM %I e USING unnest($1, $2) AS gone (section_id, kind)
             WHERE e.section_id = gone.section_id AND e.kind = gone.kind', space_table) USING section_ids, kinds;
    END LOOP;
END $$;

-- Copies whether a profile is live to its embeddings, in every space.
CREATE OR REPLACE FUNCTION set_embeddings_active(changed_profile uuid, now_active boolean) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    space_table text;
BEGIN
    FOR space_table IN SELECT table_name FROM embedding_spaces ORDER BY name LOOP
        EXECUTE format(
            'UPDATE %I SET is_active = $2, updated_at = now() WHERE profile_id = $1 AND is_active <> $2', space_table)
            USING changed_profile, now_active;
    END LOOP;
END $$;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM embedding_spaces WHERE name = 'all-MiniLM-L6-v2') THEN
        PERFORM create_embedding_space(
            'all-MiniLM-L6-v2', 'sentence-transformers/all-MiniLM-L6-v2', 384, 'embeddings_all_minilm_l6_v2', 'half');
        UPDATE embedding_spaces SET is_active = true WHERE name = 'all-MiniLM-L6-v2';
    END IF;
END $$;
