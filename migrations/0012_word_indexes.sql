-- likeness: transaction=off change=expand
-- Rebuilds, concurrently, the indexes of texts that 0011_words.sql folds in another way. Until then a text whose folded form has
-- changed is not found by filters for whole texts and by completions.

-- A concurrent rebuild waits for all open transactions, and blocks none.
SET lock_timeout = 0;

REINDEX INDEX CONCURRENTLY profiles_folded_name_idx;
REINDEX INDEX CONCURRENTLY profiles_folded_location_idx;
REINDEX INDEX CONCURRENTLY experiences_folded_title_idx;
REINDEX INDEX CONCURRENTLY experiences_folded_organization_idx;
REINDEX INDEX CONCURRENTLY skills_folded_name_idx;

WITH other AS (
    DELETE FROM completion_terms t WHERE t.folded <> fold_term(t.text) RETURNING t.kind, t.text, t.profile_count
)
INSERT INTO completion_terms (kind, folded, text, profile_count)
SELECT o.kind, fold_term(o.text), min(o.text), max(o.profile_count) FROM other o GROUP BY o.kind, fold_term(o.text)
ON CONFLICT (kind, folded) DO NOTHING;

REINDEX INDEX CONCURRENTLY completion_terms_word_starts_idx;

RESET lock_timeout;
