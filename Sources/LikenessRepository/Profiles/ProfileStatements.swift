internal import LikenessPostgres

/// The SQL of profiles. Each statement is prepared once per connection.
enum ProfileStatements {
    private static let summaryColumns: SQL = """
        p.id, p.slug, p.display_name, p.headline, p.location, p.revision, p.updated_at, p.deleted_at
        """

    /// Whole profiles: `$1` ids, `$2` slugs. One statement, so that a profile and its parts are of one snapshot; the
    /// rows are of three kinds that share columns, see `ProfileRows`.
    static let whole = Statement("profiles_whole", wholeText(), [.uuidArray, .textArray])

    /// - Parameter condition: On `p`, with parameters from `$3` on.
    static func wholeText(condition: SQL = "true") -> SQL {
        """
        WITH wanted AS MATERIALIZED (
            SELECT \(columns) FROM profiles p WHERE (p.id = ANY ($1) OR p.slug = ANY ($2)) AND \(condition)
        )
        \(rows(of: "wanted w", ids: "ARRAY(SELECT w.id FROM wanted w)"))
        ORDER BY 1, 2, 4, 3
        """
    }

    /// The same by ids (`$1`) alone, for a seventh less of the server's time.
    static let wholeByID = Statement(
        "profiles_whole_by_id",
        """
        \(rows(of: "profiles w WHERE w.id = ANY ($1)", ids: "$1"))
        ORDER BY 1, 2, 4, 3
        """,
        [.uuidArray]
    )

    /// The same, up to the profile with which the rows have `$3` bytes, by ascending id. Those beyond come as rows of part 0
    /// that hold nothing but the id.
    static let wholeWithin = Statement("profiles_whole_within", wholeWithinText(), [.uuidArray, .textArray, .int8])

    /// - Parameter condition: On `p`, with parameters from `$4` on.
    static func wholeWithinText(condition: SQL = "true") -> SQL {
        """
        WITH named AS MATERIALIZED (
            SELECT p.id, \(wholeBytes) AS bytes
            FROM profiles p WHERE (p.id = ANY ($1) OR p.slug = ANY ($2)) AND \(condition)
        ), \(counted(bytesMax: "$3"))
        \(leftOut(bytesMax: "$3"))
        UNION ALL
        \(rows(of: "wanted w", ids: "ARRAY(SELECT w.id FROM wanted w)"))
        ORDER BY 1, 2, 4, 3
        """
    }

    /// The live profiles from id `$1` on, whole, up to the one with which the rows have `$2` bytes; those beyond as above. The first row,
    /// of part -1, has the last id that was looked at, and in place of a position whether there is more behind it; none where
    /// there is nothing to look at.
    static func exportPage(limit: Int) -> Statement {
        Statement("profiles_export_\(limit)", self.exportPageText(limit: limit, window: limit), [.uuid, .int8])
    }

    /// - Parameters:
    ///   - limit: Most profiles.
    ///   - window: Most profiles that are looked at: a condition that few fulfil, or that costs much, takes no longer.
    ///   - condition: On `p`, with parameters from `$3` on.
    static func exportPageText(limit: Int, window: Int, condition: SQL = "true") -> SQL {
        """
        WITH looked AS MATERIALIZED (
            SELECT p.id FROM profiles p WHERE p.id >= $1 AND p.is_active ORDER BY p.id LIMIT \(window)
        ), fitting AS MATERIALIZED (
            SELECT p.id FROM looked l JOIN profiles p ON p.id = l.id WHERE \(condition) ORDER BY p.id LIMIT \(limit)
        ), named AS MATERIALIZED (
            SELECT p.id, \(wholeBytes) AS bytes FROM fitting f JOIN profiles p ON p.id = f.id
        ), \(counted(bytesMax: "$2"))
        SELECT -1::smallint AS part, e.id AS profile_id, e.id, e.is_full::int AS position, \(nothing)
        FROM (
            SELECT CASE WHEN f.is_full THEN f.last ELSE l.last END AS id, f.is_full OR l.is_full AS is_full
            FROM (SELECT (array_agg(id ORDER BY id DESC))[1] AS last, count(*) = \(window) AS is_full FROM looked) AS l,
                (SELECT (array_agg(id ORDER BY id DESC))[1] AS last, count(*) = \(limit) AS is_full FROM fitting) AS f
        ) AS e WHERE e.id IS NOT NULL
        UNION ALL
        \(leftOut(bytesMax: "$2"))
        UNION ALL
        \(rows(of: "wanted w", ids: "ARRAY(SELECT w.id FROM wanted w)"))
        ORDER BY 1, 2, 4, 3
        """
    }

    /// What `named` (ids with their `bytes`) has, with the bytes in front of each; and the profiles of it that there is room for.
    private static func counted(bytesMax: SQL) -> SQL {
        """
        counted AS MATERIALIZED (
            SELECT n.id, sum(n.bytes) OVER (ORDER BY n.id) - n.bytes AS bytes_before FROM named n
        ), wanted AS MATERIALIZED (
            SELECT \(columns) FROM profiles p JOIN counted c ON c.id = p.id WHERE c.bytes_before < \(bytesMax)
        )
        """
    }

    /// The rows of part 0.
    private static func leftOut(bytesMax: SQL) -> SQL {
        """
        SELECT 0::smallint AS part, c.id AS profile_id, c.id, 0 AS position, \(nothing)
        FROM counted c WHERE c.bytes_before >= \(bytesMax)
        """
    }

    /// The other columns of a row that is no part of a profile.
    private static let nothing: SQL = """
        NULL AS text1, NULL AS text2, NULL AS text3,
            NULL AS text4, NULL AS text5, NULL AS text6, NULL::text[] AS list1, NULL::text[] AS list2,
            NULL::smallint AS category, NULL::date AS start_date, NULL::smallint AS start_precision,
            NULL::date AS end_date, NULL::smallint AS end_precision, NULL::uuid AS identity_id, NULL::bigint AS revision,
            NULL::timestamptz AS created_at, NULL::timestamptz AS updated_at, NULL::timestamptz AS deleted_at
        """

    /// The bytes of profile `p` with its rows, or so.
    private static let wholeBytes: SQL = """
        octet_length(p.summary) + octet_length(p.attributes::text) + \(bytes("p.keywords")) + 1000
                + (SELECT coalesce(sum(octet_length(e.title) + octet_length(e.organization) + octet_length(e.location)
                    + octet_length(e.description) + \(bytes("e.highlights")) + \(bytes("e.tags")) + 100), 0)
                    FROM experiences e WHERE e.profile_id = p.id)
                + (SELECT coalesce(sum(octet_length(s.name) + \(bytes("s.keywords")) + 100), 0)
                    FROM skills s WHERE s.profile_id = p.id)
                + (SELECT coalesce(sum(octet_length(x.system) + octet_length(x.id)), 0)
                    FROM external_ids x WHERE x.profile_id = p.id)
        """

    /// The bytes of a list: as stored, but for a compressed one, which may have a hundred times as many.
    private static func bytes(_ list: SQL) -> SQL {
        """
        CASE WHEN pg_column_compression(\(list)) IS NULL THEN pg_column_size(\(list))
            ELSE octet_length(array_to_string(\(list), ' ')) END
        """
    }

    private static let columns: SQL = """
        p.id, p.identity_id, p.slug, p.display_name, p.headline, p.summary, p.location, p.tags, p.keywords,
            p.attributes, p.revision, p.created_at, p.updated_at, p.deleted_at
        """

    /// The rows of whole profiles.
    ///
    /// - Parameters:
    ///   - profiles: What follows FROM for those of the profiles themselves, as `w`.
    ///   - ids: An array of theirs.
    private static func rows(of profiles: SQL, ids: SQL) -> SQL {
        """
        SELECT 1::smallint AS part, w.id AS profile_id, w.id, 0 AS position, w.slug AS text1, w.display_name AS text2,
            w.headline AS text3, w.summary AS text4, w.location AS text5, w.attributes::text AS text6, w.tags AS list1,
            w.keywords AS list2, NULL::smallint AS category, NULL::date AS start_date,
            NULL::smallint AS start_precision, NULL::date AS end_date, NULL::smallint AS end_precision, w.identity_id,
            w.revision, w.created_at, w.updated_at, w.deleted_at
        FROM \(profiles)
        UNION ALL
        SELECT 2::smallint, e.profile_id, e.id, e.position, e.title, e.organization, e.location, e.description, NULL,
            NULL, e.highlights, e.tags, e.category, e.start_date, e.start_precision, e.end_date, e.end_precision, NULL,
            NULL, NULL, NULL, NULL
        FROM experiences e WHERE e.profile_id = ANY (\(ids))
        UNION ALL
        SELECT 3::smallint, s.profile_id, s.id, s.position, s.name, s.category, s.level, NULL, NULL,
            NULL, s.keywords, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
            NULL, NULL, NULL, NULL
        FROM skills s WHERE s.profile_id = ANY (\(ids))
        UNION ALL
        SELECT 4::smallint, x.profile_id, x.profile_id, x.position, x.system, x.id, NULL, NULL, NULL,
            NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
            NULL, NULL, NULL, NULL
        FROM external_ids x WHERE x.profile_id = ANY (\(ids))
        """
    }

    /// Locks the profiles for a write, in the order of their ids so that writers never wait for each other in a ring.
    static let lock = Statement(
        "profiles_lock",
        """
        SELECT p.id FROM profiles p WHERE p.id = ANY ($1) OR p.slug = ANY ($2) ORDER BY p.id FOR NO KEY UPDATE
        """,
        [.uuidArray, .textArray]
    )

    /// The same, and the summaries of what is locked.
    static let lockSummaries = Statement(
        "profiles_lock_summaries",
        """
        SELECT \(summaryColumns) FROM profiles p WHERE p.id = ANY ($1) OR p.slug = ANY ($2) ORDER BY p.id
        FOR NO KEY UPDATE
        """,
        [.uuidArray, .textArray]
    )

    /// One page by slug. The limits are literals: `LIMIT $n` is planned as a tenth of the table.
    static func page(limit: Int, withDeleted: Bool) -> Statement {
        Statement(
            "profiles_page_\(limit)_\(withDeleted ? "all" : "live")",
            self.pageText(limit: limit, withDeleted: withDeleted),
            [.text]
        )
    }

    /// - Parameter filter: A condition on `p`, with parameters from `$2` on.
    static func pageText(limit: Int, withDeleted: Bool, filter: SQL? = nil) -> SQL {
        """
        SELECT \(summaryColumns) FROM profiles p
        WHERE p.slug > $1 \(withDeleted ? "" : "AND p.is_active")\(filter.map { " AND \($0)" } ?? "")
        ORDER BY p.slug LIMIT \(limit)
        """
    }

    /// Some of `$1` (ids), in any order.
    ///
    /// - Parameter condition: On `p`, with parameters from `$2` on.
    static func summariesText(condition: SQL) -> SQL {
        "SELECT \(summaryColumns) FROM profiles p WHERE p.id = ANY ($1) AND \(condition)"
    }

    /// Profiles from id `$1` on, by ascending id.
    ///
    /// - Parameter condition: On `p`, with parameters from `$2` on.
    static func pageByIDText(limit: Int, condition: SQL) -> SQL {
        """
        SELECT \(summaryColumns) FROM profiles p WHERE p.id >= $1 AND \(condition) ORDER BY p.id LIMIT \(limit)
        """
    }

    /// The planner's estimate of all and of the live profiles; -1 before the first ANALYZE or VACUUM.
    static let sizeEstimate = Statement(
        "profiles_size_estimate",
        """
        SELECT reltuples::bigint FROM pg_class
        WHERE oid = CASE WHEN $1 THEN 'profiles_slug_key'::regclass ELSE 'profiles_live_slug_idx'::regclass END
        """,
        [.bool]
    )
    static let summary = Statement(
        "profile_summary",
        "SELECT \(summaryColumns) FROM profiles p WHERE p.id = $1",
        [.uuid]
    )
    static let summaries = Statement(
        "profile_summaries",
        "SELECT \(summaryColumns) FROM profiles p WHERE p.id = ANY ($1)",
        [.uuidArray]
    )

    static let deleteTime = Statement(
        "profile_delete_time",
        "SELECT p.deleted_at FROM profiles p WHERE p.id = $1",
        [.uuid]
    )

    // Writing.
    /// A row of `ProfileTable.profiles`, and `$11` the fields that differ, for the feed of changes.
    static let update = Statement(
        "profile_update",
        """
        UPDATE profiles SET identity_id = $2, slug = $3, display_name = $4, headline = $5, summary = $6, location = $7,
            tags = $8, keywords = $9, attributes = $10, revision = revision + 1, updated_at = now()
        FROM (SELECT set_config('likeness.changed_paths', $11::text, true) AS paths) AS said
        WHERE id = $1 AND said.paths IS NOT NULL
        """,
        ProfileTable.profiles.insert.parameterTypes + [.textArray]
    )
    static let setActive = Statement(
        "profile_set_active",
        """
        UPDATE profiles SET is_active = $2, deleted_at = CASE WHEN $2 THEN NULL ELSE now() END,
            revision = revision + 1, updated_at = now()
        WHERE id = $1
        """,
        [.uuid, .bool]
    )
    static let setEmbeddingsActive = Statement(
        "profile_set_embeddings_active",
        "SELECT set_embeddings_active($1, $2)",
        [.uuid, .bool]
    )

    static let updateExperience = Statement(
        "experience_update",
        """
        UPDATE experiences SET position = $3, category = $4, title = $5, organization = $6, location = $7,
            start_date = $8, start_precision = $9, end_date = $10, end_precision = $11, description = $12,
            highlights = $13, tags = $14, updated_at = now()
        WHERE id = $1 AND profile_id = $2
        """,
        ProfileTable.experiences.insert.parameterTypes
    )
    static let deleteExperiences = Statement(
        "experiences_delete",
        "DELETE FROM experiences WHERE profile_id = $1 AND id = ANY ($2)",
        [.uuid, .uuidArray]
    )

    static let updateSkill = Statement(
        "skill_update",
        """
        UPDATE skills SET position = $3, name = $4, category = $5, level = $6, keywords = $7, updated_at = now()
        WHERE id = $1 AND profile_id = $2
        """,
        ProfileTable.skills.insert.parameterTypes
    )
    static let deleteSkills = Statement(
        "skills_delete",
        "DELETE FROM skills WHERE profile_id = $1 AND id = ANY ($2)",
        [.uuid, .uuidArray]
    )

    /// Puts sections in the outbox of every space but the one that has their embeddings already, if there is one: `$1` profiles,
    /// `$2` sections, `$3` kinds, `$4` that space's name or nothing.
    ///
    /// Those of a profile stand together, as who claims some of them reads the whole profile.
    static let enqueue = Statement(
        "sections_enqueue",
        """
        INSERT INTO embedding_outbox AS o (space, section_id, kind, profile_id, ticket)
        SELECT s.name, changed.section_id, changed.kind, changed.profile_id, nextval('embedding_outbox_ticket')
        FROM embedding_spaces s
            JOIN unnest($1, $2, $3, $4) AS changed (profile_id, section_id, kind, embedded_in) ON s.name <> changed.embedded_in
        ORDER BY s.name, changed.profile_id, changed.section_id, changed.kind
        ON CONFLICT (space, section_id, kind) DO UPDATE SET
            ticket = EXCLUDED.ticket, attempts = 0, available_at = now(), last_error = NULL, updated_at = now()
        """,
        [.uuidArray, .uuidArray, .int2Array, .textArray]
    )
    /// `$1` sections, `$2` kinds.
    static let forget = Statement("sections_forget", "SELECT forget_sections($1, $2)", [.uuidArray, .int2Array])
    /// `$1` profiles whose rows a transaction has written: completions, words and what views show follow.
    static let written = Statement("profiles_written", "SELECT profiles_written($1)", [.uuidArray])

    // Slugs, former ones too: what leads to a profile is taken by nobody who did not ask for it. `$1` base.
    static let slugsLike = Statement(
        "slugs_like",
        """
        SELECT slug FROM profiles WHERE slug = $1 OR slug >= $1 || '-' AND slug < $1 || '.'
        UNION ALL
        SELECT slug FROM former_slugs WHERE slug = $1 OR slug >= $1 || '-' AND slug < $1 || '.'
        """,
        [.text]
    )
    /// Profiles with an identity, deleted ones too.
    static let identified = Statement(
        "profiles_identified",
        """
        SELECT p.id FROM profiles p WHERE p.identity_id = ANY ($1) AND p.is_active
        UNION ALL
        SELECT p.id FROM profiles p WHERE p.identity_id = ANY ($1) AND NOT p.is_active
        """,
        [.uuidArray]
    )
    /// The slug for a new profile, and the ids of those that are as it is, in one snapshot: of two writers that do not see
    /// each other the second collides on the slug, and looks again.
    ///
    /// `$1` to `$7` its fields, `$8` its experiences and `$9` its skills as texts, without what is compared later; `$10`
    /// the slug that its name suggests, `$11` what a few characters after that are made of.
    static let alike = Statement(
        "profiles_alike",
        """
        WITH base AS (SELECT $10 || '-' || left(encode(sha256($11), 'hex'), 8) AS slug),
        free AS (
            SELECT CASE WHEN NOT EXISTS (SELECT FROM profiles q WHERE q.slug = b.slug)
                AND NOT EXISTS (SELECT FROM former_slugs q WHERE q.slug = b.slug)
            THEN b.slug ELSE (
                SELECT b.slug || '-' || n
                FROM generate_series(2, 2 + (
                    SELECT count(*)::int FROM profiles q WHERE q.slug >= b.slug || '-' AND q.slug < b.slug || '.'
                ) + (
                    SELECT count(*)::int FROM former_slugs q WHERE q.slug >= b.slug || '-' AND q.slug < b.slug || '.'
                )) n
                WHERE NOT EXISTS (SELECT FROM profiles q WHERE q.slug = b.slug || '-' || n)
                    AND NOT EXISTS (SELECT FROM former_slugs q WHERE q.slug = b.slug || '-' || n)
                ORDER BY n LIMIT 1
            ) END AS slug
            FROM base b
        )
        SELECT f.slug, a.id FROM free f LEFT JOIN (
            SELECT p.id FROM profiles p
            WHERE (
                    p.is_active AND fold_term(p.display_name) COLLATE "C" = fold_term($1)
                    OR p.slug = $10 OR p.slug >= $10 || '-' AND p.slug < $10 || '.'
                )
                AND p.display_name = $1 AND p.headline = $2 AND p.summary = $3 AND p.location = $4 AND p.tags = $5
                AND p.keywords = $6 AND p.attributes = $7
                AND $8 = ARRAY(
                    SELECT concat_ws(E'\\x1f', e.category, e.title, e.organization, e.location, e.description)
                    FROM experiences e WHERE e.profile_id = p.id ORDER BY e.position
                )
                AND $9 = ARRAY(
                    SELECT concat_ws(E'\\x1f', s.name, s.category, s.level)
                    FROM skills s WHERE s.profile_id = p.id ORDER BY s.position
                )
            ORDER BY p.is_active DESC, p.created_at LIMIT 100
        ) a ON true
        """,
        [
            .text, .text, .text, .text, .textArray, .textArray, .jsonb, .textArray, .textArray, .text, .bytea,
        ]
    )
    /// What PostgreSQL makes of a JSON text, to compare it with a stored one.
    static let normalizedJSON = Statement("normalized_json", "SELECT $1::text", [.jsonb])
}
