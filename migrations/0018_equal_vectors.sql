-- likeness: transaction=off change=expand
-- The vector index of a space holds one of many equal vectors; a search adds the others (docs/decisions/equal-vectors.md).
--
-- "equal_key" of a live row is a number for its vector (a hash of it, or a number close by) where the index is to hold the row, and -1
-- minus that where it is a copy of such a row. It is NULL where the row is not live, and where it is from before this migration: those
-- are indexed each. The daemons of the previous release neither read nor write it: triggers keep it, and the indexes that they search stay
-- as they are until a rebuild.

SET lock_timeout = '5s';

-- The same on every machine and in every version of PostgreSQL, as it is stored.
CREATE OR REPLACE FUNCTION vector_key(embedding vector) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ('x' || left(md5(vector_send(embedding)), 8))::bit(32)::integer & 2147483647;

-- As vector_index_statement, which the previous release calls, but of representatives only.
CREATE OR REPLACE FUNCTION distinct_vector_index_statement(
    table_name text, index_name text, dimension integer, method text, index_precision text,
    m integer, ef_construction integer, lists integer, is_concurrent boolean
) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT
    RETURN vector_index_statement(
        table_name, index_name, dimension, method, index_precision, m, ef_construction, lists, is_concurrent
    ) || ' AND coalesce(equal_key, 0) >= 0';

-- Has the table of a space know its equal vectors. Whatever has run of it may run again.
--
-- No transaction ever waits for another one's rows before its end. At its end it looks whether what its copies are copies of is still
-- there, and holds that; where it cannot (another transaction is about to change it), the copy comes into the index itself. If it takes a
-- representative away, another one must be left, which it holds, or a copy comes in its place; it waits only where all copies
-- are being written. The queries of the triggers see what was committed a moment ago, so only READ COMMITTED will do.
CREATE OR REPLACE FUNCTION watch_equal_vectors(space_table text) RETURNS void
    LANGUAGE plpgsql AS $watch$
BEGIN
    EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON %I (equal_key, profile_id) WHERE equal_key IS NOT NULL',
        space_table || '_equal_idx', space_table);
    -- For all that a plan knows there may be many copies of any vector: they are read in the order of the index, up to a limit.
    EXECUTE format('ALTER TABLE %I ALTER COLUMN equal_key SET (n_distinct = 2)', space_table);

    -- A statement is planned once, perhaps for a small table: hence without sequential scans.
    EXECUTE format($function$ CREATE OR REPLACE FUNCTION %1$I() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $body$
        DECLARE
            is_copy boolean;
        BEGIN
            IF NOT NEW.is_active THEN
                NEW.equal_key := NULL;
                RETURN NEW;
            END IF;
            NEW.equal_key := vector_key(NEW.embedding);
            LOOP
                SELECT bool_or(e.embedding = NEW.embedding) INTO is_copy FROM %2$I e
                WHERE e.equal_key = NEW.equal_key AND (e.section_id, e.kind) <> (NEW.section_id, NEW.kind);
                -- Another vector with the same hash has the key: the next one is for this.
                EXIT WHEN is_copy IS DISTINCT FROM false;
                NEW.equal_key := (NEW.equal_key::bigint + 1) & 2147483647;
            END LOOP;
            IF is_copy THEN NEW.equal_key := -1 - NEW.equal_key; END IF;
            RETURN NEW;
        END $body$
        $function$, space_table || '_key', space_table);
    EXECUTE format('CREATE OR REPLACE TRIGGER insert_key BEFORE INSERT ON %I FOR EACH ROW EXECUTE FUNCTION %I()',
        space_table, space_table || '_key');
    EXECUTE format('CREATE OR REPLACE TRIGGER update_key BEFORE UPDATE ON %I FOR EACH ROW
        WHEN (NEW.is_active <> OLD.is_active OR NEW.embedding <> OLD.embedding) EXECUTE FUNCTION %I()',
        space_table, space_table || '_key');

    -- A row has become a copy.
    EXECUTE format($function$ CREATE OR REPLACE FUNCTION %1$I() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $body$
        BEGIN
            PERFORM FROM %2$I e WHERE e.equal_key = -1 - NEW.equal_key AND e.embedding = NEW.embedding
                LIMIT 1 FOR SHARE SKIP LOCKED;
            IF NOT FOUND THEN
                UPDATE %2$I e SET equal_key = -1 - NEW.equal_key
                WHERE e.section_id = NEW.section_id AND e.kind = NEW.kind AND e.equal_key = NEW.equal_key
                    AND e.embedding = NEW.embedding;
            END IF;
            RETURN NULL;
        END $body$
        $function$, space_table || '_copied', space_table);
    EXECUTE format('DROP TRIGGER IF EXISTS insert_copied ON %I', space_table);
    EXECUTE format('CREATE CONSTRAINT TRIGGER insert_copied AFTER INSERT ON %I DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
        WHEN (NEW.equal_key < 0) EXECUTE FUNCTION %I()', space_table, space_table || '_copied');
    EXECUTE format('DROP TRIGGER IF EXISTS update_copied ON %I', space_table);
    EXECUTE format('CREATE CONSTRAINT TRIGGER update_copied AFTER UPDATE ON %I DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
        WHEN (NEW.equal_key < 0 AND (OLD.equal_key IS DISTINCT FROM NEW.equal_key OR OLD.embedding <> NEW.embedding))
        EXECUTE FUNCTION %I()', space_table, space_table || '_copied');

    -- A representative is none any more.
    EXECUTE format($function$ CREATE OR REPLACE FUNCTION %1$I() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $body$
        DECLARE
            heir_section uuid;
            heir_kind smallint;
        BEGIN
            IF current_setting('transaction_isolation') <> 'read committed' THEN
                RAISE EXCEPTION 'embeddings are removed and changed in READ COMMITTED transactions only'
                    USING ERRCODE = 'feature_not_supported';
            END IF;
            -- Nearly always: a text that nobody else has.
            PERFORM FROM %2$I e WHERE e.equal_key = -1 - OLD.equal_key AND e.embedding = OLD.embedding LIMIT 1;
            IF NOT FOUND THEN RETURN NULL; END IF;
            PERFORM FROM %2$I e WHERE e.equal_key = OLD.equal_key AND e.embedding = OLD.embedding
                LIMIT 1 FOR SHARE SKIP LOCKED;
            IF FOUND THEN RETURN NULL; END IF;
            SELECT e.section_id, e.kind INTO heir_section, heir_kind FROM %2$I e
            WHERE e.equal_key = -1 - OLD.equal_key AND e.embedding = OLD.embedding
            LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
            IF NOT FOUND THEN
                SELECT e.section_id, e.kind INTO heir_section, heir_kind FROM %2$I e
                WHERE e.equal_key = -1 - OLD.equal_key AND e.embedding = OLD.embedding
                LIMIT 1 FOR NO KEY UPDATE;
            END IF;
            UPDATE %2$I e SET equal_key = OLD.equal_key WHERE e.section_id = heir_section AND e.kind = heir_kind;
            RETURN NULL;
        END $body$
        $function$, space_table || '_left', space_table);
    EXECUTE format('DROP TRIGGER IF EXISTS delete_left ON %I', space_table);
    EXECUTE format('CREATE CONSTRAINT TRIGGER delete_left AFTER DELETE ON %I DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
        WHEN (OLD.equal_key >= 0) EXECUTE FUNCTION %I()', space_table, space_table || '_left');
    EXECUTE format('DROP TRIGGER IF EXISTS update_left ON %I', space_table);
    EXECUTE format('CREATE CONSTRAINT TRIGGER update_left AFTER UPDATE ON %I DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
        WHEN (OLD.equal_key >= 0 AND (NEW.equal_key IS DISTINCT FROM OLD.equal_key OR NEW.embedding <> OLD.embedding))
        EXECUTE FUNCTION %I()', space_table, space_table || '_left');
END $watch$;

-- As before, with the table of a new space knowing its equal vectors.
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
    EXECUTE distinct_vector_index_statement(
        space_table, space_table || '_ann', space_dimension, 'hnsw', space_index_precision, 16, 64, 100, false);

    INSERT INTO embedding_outbox (space, section_id, kind, profile_id, ticket)
    SELECT space_name, section_id, kind, profile_id, nextval('embedding_outbox_ticket')
    FROM (
        SELECT id AS section_id, 1 AS kind, id AS profile_id FROM profiles
        UNION ALL SELECT id, 2, profile_id FROM experiences
        UNION ALL SELECT DISTINCT profile_id, 3, profile_id FROM skills
    ) AS stored;
END $$;

-- Two steps for the tables that there are: the first waits for those who read them and rewrites nothing, the second, which reads a table
-- once, lets them go on.
DO $$
DECLARE
    space_table text;
BEGIN
    FOR space_table IN SELECT table_name FROM embedding_spaces ORDER BY name LOOP
        EXECUTE format('ALTER TABLE %I ADD COLUMN IF NOT EXISTS equal_key integer', space_table);
    END LOOP;
END $$;

DO $$
DECLARE
    space embedding_spaces;
    is_empty boolean;
BEGIN
    FOR space IN SELECT * FROM embedding_spaces ORDER BY name LOOP
        PERFORM watch_equal_vectors(space.table_name);
        -- An index of nothing is built again at once; the others with the next rebuild.
        EXECUTE format('SELECT NOT EXISTS (SELECT FROM %I)', space.table_name) INTO is_empty;
        IF is_empty THEN
            EXECUTE format('DROP INDEX IF EXISTS %I', space.table_name || '_ann');
            EXECUTE distinct_vector_index_statement(space.table_name, space.table_name || '_ann', space.dimension,
                space.index_method, space.index_precision, space.m, space.ef_construction, space.lists, false);
        END IF;
    END LOOP;
END $$;

RESET lock_timeout;
