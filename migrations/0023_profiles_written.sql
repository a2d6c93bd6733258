-- likeness: change=expand
-- What every transaction that writes profiles does last, under a name that says so, and for many profiles as for one. And the name of
-- the model that filled the first space.

SET LOCAL lock_timeout = '5s';

-- Keeps true what is made from profiles that a transaction has written and holds: completions, words, and what views show.
-- Completions are added in one order, so that writers who add the same texts wait for each other in no ring; texts that are there
-- already are only looked at.
CREATE OR REPLACE FUNCTION profiles_written(profile_ids uuid[]) RETURNS void
    LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
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
    WHERE NOT EXISTS (SELECT FROM completion_terms t WHERE t.kind = f.kind AND t.folded = f.folded COLLATE "C")
    GROUP BY f.kind, f.folded
    ORDER BY f.kind, f.folded
    ON CONFLICT (kind, folded) DO NOTHING;
    PERFORM write_profile_words(profile_ids);
END $$;

-- The previous release calls it.
CREATE OR REPLACE FUNCTION add_completion_terms(profile_ids uuid[]) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM profiles_written(profile_ids);
END $$;

-- Recorded before models named themselves.
UPDATE embedding_spaces SET model = 'all-MiniLM-L6-v2-int8@1.0.0', updated_at = now()
WHERE model = 'sentence-transformers/all-MiniLM-L6-v2';
