-- Profiles with one embedding each, in 100 clusters as real embeddings are, the same in every run. For scripts/bench.
-- psql variables: sections.
SELECT setseed(0.42);
DROP INDEX IF EXISTS embeddings_all_minilm_l6_v2_ann;
CREATE TEMP TABLE centre AS
SELECT c, array_agg(random() * 2 - 1 ORDER BY d)::float8[] AS at
FROM generate_series(0, 99) c, generate_series(1, 384) d GROUP BY c;
INSERT INTO profiles (id, slug, display_name, headline, summary)
SELECT gen_random_uuid(), 'bench-' || i, 'Person ' || i, 'Somebody number ' || i,
    'A person who exists so that searches have something to find among many others.'
FROM generate_series(1, :sections) i;
INSERT INTO embeddings_all_minilm_l6_v2 (profile_id, section_id, kind, is_active, embedding)
SELECT p.id, p.id, 1, true,
    (SELECT array_agg(c.at[d] + (random() * 2 - 1) * 0.8 ORDER BY d)::real[]::vector(384)
     FROM generate_series(1, 384) d WHERE p.n IS NOT NULL)
FROM (SELECT id, row_number() OVER () AS n FROM profiles WHERE slug LIKE 'bench-%') p
JOIN centre c ON c.c = p.n % 100;
