-- likeness: change=expand
-- A space has no vector index until it holds many vectors: to add one to an index takes several times as long as to build the index at once,
-- and a few thousand are compared one by one as fast as an index is walked (docs/decisions/index-when-large.md). The daemons build it
-- then. The daemons of the previous release compare with all vectors meanwhile, and can build it when asked to.

SET LOCAL lock_timeout = '5s';

-- As before, but without an index.
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
            equal_key integer,
            PRIMARY KEY (section_id, kind)
        )', space_table, space_dimension);
    -- Inline: no detour through TOAST when distances are computed.
    EXECUTE format('ALTER TABLE %I ALTER COLUMN embedding SET STORAGE PLAIN', space_table);
    EXECUTE format('CREATE INDEX ON %I (profile_id)', space_table);
    PERFORM watch_equal_vectors(space_table);

    INSERT INTO embedding_outbox (space, section_id, kind, profile_id, ticket)
    SELECT space_name, section_id, kind, profile_id, nextval('embedding_outbox_ticket')
    FROM (
        SELECT id AS section_id, 1 AS kind, id AS profile_id FROM profiles
        UNION ALL SELECT id, 2, profile_id FROM experiences
        UNION ALL SELECT DISTINCT profile_id, 3, profile_id FROM skills
    ) AS stored;
END $$;

-- Indexes of nothing go; the others stay, whatever they hold.
DO $$
DECLARE
    space embedding_spaces;
    is_empty boolean;
BEGIN
    FOR space IN SELECT * FROM embedding_spaces ORDER BY name LOOP
        EXECUTE format('SELECT NOT EXISTS (SELECT FROM %I)', space.table_name) INTO is_empty;
        IF is_empty THEN
            EXECUTE format('DROP INDEX IF EXISTS %I', space.table_name || '_ann');
        END IF;
    END LOOP;
END $$;
