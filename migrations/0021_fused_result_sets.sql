-- likeness: change=expand
-- Hits of fusions have evidence of several queries, and passages that are searched for with the words of one of them.

SET LOCAL lock_timeout = '5s';

ALTER TABLE result_set_hits
    -- Of each hit which of the query's texts that is, counted from 1, or 0; no elements without a fusion.
    ADD COLUMN IF NOT EXISTS texts smallint[] NOT NULL DEFAULT '{}',
    -- The evidence of these hits: likeness.v1.QueryResponse, encoded; empty without a fusion.
    ADD COLUMN IF NOT EXISTS evidence bytea NOT NULL DEFAULT '';
