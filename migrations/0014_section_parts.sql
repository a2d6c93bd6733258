-- likeness: change=expand
-- Sections have an embedding for each part of their text that the model reads at a time (docs/decisions/long-texts.md). Tables of
-- spaces stay as they are: "kind" of a further part has the part's number in the bits above the section's kind, and 4096 more in the
-- last part of a text that goes on. The version before goes on writing first parts; what it wrote is noted, to be embedded again.

SET LOCAL lock_timeout = '5s';

-- Drops the embeddings of sections that are gone, of all their parts, in every space, and takes them out of the outbox.
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
             WHERE e.section_id = gone.section_id AND (e.kind & 15::smallint) = gone.kind', space_table)
            USING section_ids, kinds;
    END LOOP;
END $$;

-- Sections that the version before has embedded, of whose text it may not have read all. A service looks at them in the background.
CREATE TABLE IF NOT EXISTS long_sections (
    space text NOT NULL,
    section_id uuid NOT NULL,
    kind smallint NOT NULL,
    profile_id uuid NOT NULL,
    -- Changes when it is noted again: what was looked at before is not the present text.
    ticket bigint NOT NULL DEFAULT nextval('embedding_outbox_ticket'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT long_sections_pkey PRIMARY KEY (space, section_id, kind)
);

-- About how many bytes the texts of sections have, never fewer than they have tokens.
CREATE OR REPLACE VIEW section_bytes AS
    SELECT p.id AS profile_id, p.id AS section_id, 1::smallint AS kind,
        octet_length(p.headline) + octet_length(p.summary) + octet_length(p.display_name) + 4 AS bytes
    FROM profiles p
    UNION ALL
    SELECT e.profile_id, e.id, 2::smallint,
        octet_length(e.title) + octet_length(e.organization) + octet_length(e.description)
            + octet_length(array_to_string(e.highlights, '. ')) + 6
    FROM experiences e
    UNION ALL
    SELECT s.profile_id, s.profile_id, 3::smallint,
        sum(octet_length(s.name) + octet_length(array_to_string(s.keywords, ', ')) + 5)::integer
    FROM skills s GROUP BY s.profile_id;

-- The ticket of the last claim by a service that embeds all parts; another's where the version before claimed after it.
ALTER TABLE embedding_outbox ADD COLUMN IF NOT EXISTS parts_ticket bigint;

-- Notes a section if it may be longer than the version before read: 254 tokens are what the smallest model reads. With the rights of
-- its owner, because those of that version's role need not suffice.
CREATE OR REPLACE FUNCTION note_long_section(
    noted_space text, noted_section uuid, noted_kind smallint, noted_profile uuid
) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO long_sections AS l (space, section_id, kind, profile_id)
    SELECT noted_space, noted_section, noted_kind, noted_profile FROM section_bytes b
    WHERE b.section_id = noted_section AND b.kind = noted_kind AND b.bytes > 254
    ON CONFLICT (space, section_id, kind) DO UPDATE SET ticket = EXCLUDED.ticket, updated_at = now();
END $$;

-- The version before has delivered a section: further parts are of an older text, and the present one may have some.
CREATE OR REPLACE FUNCTION section_delivered_without_parts() RETURNS trigger
    LANGUAGE plpgsql AS $$
DECLARE
    space_table text;
BEGIN
    SELECT table_name INTO space_table FROM embedding_spaces WHERE name = OLD.space;
    IF NOT FOUND THEN RETURN NULL; END IF;
    EXECUTE format('DELETE FROM %I WHERE section_id = $1 AND (kind & 15::smallint) = $2 AND kind > 15', space_table)
        USING OLD.section_id, OLD.kind;
    PERFORM note_long_section(OLD.space, OLD.section_id, OLD.kind, OLD.profile_id);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER embedding_outbox_delivered AFTER DELETE ON embedding_outbox
    FOR EACH ROW WHEN (OLD.parts_ticket IS DISTINCT FROM OLD.ticket)
    EXECUTE FUNCTION section_delivered_without_parts();
