internal import LikenessPostgres

/// The SQL of bulk loads.
enum BulkStatements {
    /// `$1` attributes: how many live profiles have them, and how many have not.
    static let countByAttributes = Statement(
        "bulk_count_by_attributes",
        """
        SELECT count(*) FILTER (WHERE attributes @> $1), count(*) FILTER (WHERE NOT attributes @> $1)
        FROM profiles WHERE is_active
        """,
        [.jsonb]
    )

    /// One transaction, as every text of several statements is.
    static func dropIndex(of space: EmbeddingSpaceInfo) -> SQL {
        "SET LOCAL lock_timeout = '500ms'; DROP INDEX IF EXISTS \(space.table.index)"
    }

    static func markSynthetic(_ space: EmbeddingSpaceInfo) -> SQL {
        "COMMENT ON TABLE \(space.table.name) IS '\(SyntheticEmbeddings.mark)'"
    }

    /// Without parallel workers: pgvector before 0.8.2 writes out of bounds with them (CVE-2026-3172).
    static func buildIndex(of space: EmbeddingSpaceInfo, workMemoryMiB: Int) -> SQL {
        """
        BEGIN;
        SET LOCAL statement_timeout = 0;
        SET LOCAL max_parallel_maintenance_workers = 0;
        SET LOCAL maintenance_work_mem = '\(workMemoryMiB)MB';
        DO $$ BEGIN EXECUTE (
            SELECT distinct_vector_index_statement(table_name, '\(space.table.index)', dimension, index_method, index_precision, m,
                ef_construction, lists, false)
            FROM embedding_spaces WHERE table_name = '\(space.table.name)'); END $$;
        COMMIT
        """
    }
}
