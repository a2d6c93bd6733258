-- likeness: change=expand
-- Writes do not wait for completions to be counted. An INSERT that meets a text which another transaction is changing waits for its
-- end, also with DO NOTHING, and counting changes most texts in one transaction.

SET LOCAL lock_timeout = '5s';

-- Keeps true what is made from profiles that a transaction has written and holds: completions, words, and what views show.
-- Completions are added in one order, so that writers who add the same texts wait for each other in no ring; texts that are there
-- already are only looked at, one by one (OFFSET 0), and by BETWEEN: an index of trigrams answers "=" too, and slowly.
CREATE OR REPLACE FUNCTION profiles_written(profile_ids uuid[]) RETURNS void
    -- However small the tables were when it was planned.
    LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
    INSERT INTO completion_terms (kind, folded, text)
    SELECT f.kind, f.folded, min(f.text)
    FROM (
        SELECT d.kind, fold_term(d.text) AS folded, d.text
        FROM (
            SELECT DISTINCT c.kind, c.text
            FROM completion_texts c
            WHERE c.profile_id = ANY (profile_ids) AND c.text <> '' AND length(c.text) <= 100
        ) AS d
        OFFSET 0
    ) AS f
    WHERE NOT EXISTS (
        SELECT FROM completion_terms t
        WHERE t.kind = f.kind AND t.folded BETWEEN (f.folded COLLATE "C") AND (f.folded COLLATE "C") OFFSET 0)
    GROUP BY f.kind, f.folded
    ORDER BY f.kind, f.folded
    ON CONFLICT (kind, folded) DO NOTHING;
    PERFORM write_profile_words(profile_ids);
END $$;
