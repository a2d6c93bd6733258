-- likeness: change=expand
-- How much of a vector index was built at once, and how well (docs/decisions/recall.md).

SET LOCAL lock_timeout = '5s';

-- Vectors that the index held when it was built with "ef_construction"; rows that come later are added with less care, by the index's own
-- setting. NULL: an index from before, whose rows are added as it was built.
ALTER TABLE embedding_spaces ADD COLUMN IF NOT EXISTS vectors_built bigint
    CONSTRAINT embedding_spaces_vectors_built_check CHECK (vectors_built >= 0);
