-- likeness: change=expand
-- Notes the sections that were embedded before 0014_section_parts.sql and may be longer than what was read of them. A migration of
-- its own: it takes a while, and holds no lock that anybody waits for.

INSERT INTO long_sections (space, section_id, kind, profile_id)
SELECT s.name, b.section_id, b.kind, b.profile_id
FROM embedding_spaces s CROSS JOIN section_bytes b
WHERE b.bytes > 254
ON CONFLICT (space, section_id, kind) DO NOTHING;
