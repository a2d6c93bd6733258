-- likeness: change=expand
-- What a search uses that does not say: with 40 candidates 0.72 of the ten nearest sections were found among 100,000 real embeddings,
-- with 300 of them 0.96 (docs/decisions/recall.md). A space that an operator has set keeps its value.

SET LOCAL lock_timeout = '5s';

ALTER TABLE embedding_spaces ALTER COLUMN ef_search SET DEFAULT 300;
UPDATE embedding_spaces SET ef_search = 300, updated_at = now() WHERE ef_search = 40;
