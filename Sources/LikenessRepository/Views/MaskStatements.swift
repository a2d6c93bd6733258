internal import LikenessPostgres

/// The SQL of masks.
enum MaskStatements {
    private static let columns: SQL = """
        m.id, m.slug, m.description, m.configuration::text, m.revision, m.created_at, m.updated_at, m.deleted_at
        """

    static let get = Statement("mask_get", "SELECT \(columns) FROM masks m WHERE m.slug = $1", [.text])
    /// Those that reads can name: `$1` names.
    static let live = Statement(
        "masks_live",
        "SELECT \(columns) FROM masks m WHERE m.slug = ANY ($1) AND m.is_active",
        [.textArray]
    )
    static let lock = Statement(
        "mask_lock",
        "SELECT \(columns) FROM masks m WHERE m.slug = $1 FOR NO KEY UPDATE",
        [.text]
    )

    /// One page by name. The limits are literals, as those of profiles.
    static func page(limit: Int, withDeleted: Bool) -> Statement {
        Statement(
            "masks_page_\(limit)_\(withDeleted ? "all" : "live")",
            """
            SELECT \(columns) FROM masks m WHERE m.slug > $1 \(withDeleted ? "" : "AND m.is_active")
            ORDER BY m.slug LIMIT \(limit)
            """,
            [.text]
        )
    }

    /// Live masks, those first whose names have the most trigrams in common with `$1` (text), or the most letters: of a short name one error leaves
    /// few trigrams.
    static let resembling = Statement(
        "masks_resembling",
        """
        SELECT \(columns) FROM masks m CROSS JOIN LATERAL (
            SELECT avg((b.count - 1)::float8) AS share FROM (
                SELECT count(*) FROM (
                    SELECT DISTINCT unnest(string_to_array(m.slug, NULL)) AS letter
                    UNION ALL SELECT DISTINCT unnest(string_to_array($1, NULL))
                ) AS l GROUP BY l.letter
            ) AS b
        ) AS letters
        WHERE m.is_active
        ORDER BY greatest(similarity(m.slug, $1), letters.share) DESC, m.slug LIMIT \(resemblingMost)
        """,
        [.text]
    )
    /// Of those the nearest is found by its letters.
    private static let resemblingMost = 50

    static let insert = Statement(
        "mask_insert",
        "INSERT INTO masks AS m (slug, description, configuration) VALUES ($1, $2, $3) RETURNING \(columns)",
        [.text, .text, .jsonb]
    )
    static let update = Statement(
        "mask_update",
        """
        UPDATE masks m SET description = $2, configuration = $3, revision = m.revision + 1, updated_at = now()
        WHERE m.id = $1 RETURNING \(columns)
        """,
        [.uuid, .text, .jsonb]
    )
    static let setActive = Statement(
        "mask_set_active",
        """
        UPDATE masks m SET is_active = $2, deleted_at = CASE WHEN $2 THEN NULL ELSE now() END, revision = m.revision + 1,
            updated_at = now()
        WHERE m.id = $1 RETURNING \(columns)
        """,
        [.uuid, .bool]
    )
    static let deleteTime = Statement("mask_delete_time", "SELECT m.deleted_at FROM masks m WHERE m.id = $1", [.uuid])
}
