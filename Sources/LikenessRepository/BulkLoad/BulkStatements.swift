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

    static func dropIndex(of space: EmbeddingSpaceInfo) -> SQL { "DROP INDEX IF EXISTS \(space.table.index)" }

    static func markSynthetic(_ space: EmbeddingSpaceInfo) -> SQL {
        "COMMENT ON TABLE \(space.table.name) IS '\(SyntheticEmbeddings.mark)'"
    }

    /// Without parallel workers: pgvector before 0.8.2 writes out of bounds with them (CVE-2026-3172).
    static func buildIndex(_ build: IndexBuild, of space: EmbeddingSpaceInfo, workMemoryMiB: Int) -> SQL {
        let index = space.table.index
        return """
            BEGIN;
            SET LOCAL statement_timeout = 0;
            SET LOCAL max_parallel_maintenance_workers = 0;
            SET LOCAL maintenance_work_mem = '\(workMemoryMiB)MB';
            DO $$ BEGIN EXECUTE (
                SELECT distinct_vector_index_statement(table_name, '\(index)', dimension, '\(build.methodSQL)', index_precision, \(build.m),
                    \(build.efConstruction), \(build.lists), false)
                FROM embedding_spaces WHERE table_name = '\(space.table.name)'); END $$;
            \(build.easeInsertions(into: index) ?? "");
            \(build.comment(on: index));
            \(OperationStatements.describe(space));
            COMMIT
            """
    }
}
