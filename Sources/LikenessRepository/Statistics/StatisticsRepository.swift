package import LikenessMessages
internal import LikenessPostgres

/// Counts for operators.
package struct StatisticsRepository: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    private static let counts = Statement(
        "statistics_counts",
        """
        SELECT (SELECT count(*) FROM profiles WHERE is_active), (SELECT count(*) FROM profiles WHERE NOT is_active),
            (SELECT count(*) FROM experiences), (SELECT count(*) FROM skills), pg_database_size(current_database())
        """
    )
    private static let versions = Statement(
        "statistics_versions",
        """
        SELECT current_setting('server_version'),
            coalesce((SELECT extversion FROM pg_extension WHERE extname = 'vector'), '')
        """
    )
    private static let spaces = Statement(
        "statistics_spaces",
        """
        SELECT s.name, s.model, s.dimension, s.metric, s.is_active, i.relname::text, x.indisvalid,
            coalesce(pg_relation_size(i.oid), 0), a.amname::text,
            CASE a.amname WHEN 'hnsw' THEN format('m=%s, ef_construction=%s', s.m, s.ef_construction)
                ELSE coalesce(array_to_string(i.reloptions, ', '), '') END
        FROM embedding_spaces s
        LEFT JOIN pg_class i ON i.oid = coalesce(to_regclass(s.table_name || '_ann'), to_regclass(s.table_name || '_ann_next'))
        LEFT JOIN pg_index x ON x.indexrelid = i.oid
        LEFT JOIN pg_am a ON a.oid = i.relam
        ORDER BY s.name
        """
    )

    /// Profiles, embedding spaces, outbox and size. The pool's and the embedder's figures, and which spaces are served, are the
    /// server's to add.
    package func statistics(
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> GetStatisticsResponse {
        let embeddings = EmbeddingRepository(database: self.database)
        let spaces = try await embeddings.spaces(deadline: deadline)
        var batch = Batch()
        batch.add(Self.counts)
        batch.add(EmbeddingStatements.pending)
        batch.add(Self.spaces)
        for space in spaces { batch.add(EmbeddingStatements.count(in: space, self.database.statements)) }
        var results = try await self.database.run(batch, settings: .readingAll, deadline: deadline)
        let counts = results.next()
        let outbox = results.next()
        let described = results.next()
        var embeddingCounts: [String: (embeddings: Int64, sections: Int64, cut: Int64)] = [:]
        for space in spaces {
            let result = results.next()
            embeddingCounts[space.name] = try readRows { () throws(DatabaseError) in
                (try result.value(0, 0), try result.value(0, 1), try result.value(0, 2))
            }
        }
        var response = GetStatisticsResponse()
        try readRows { () throws(DatabaseError) in
            response.profiles = ProfileCounts(
                live: try counts.value(0, 0),
                deleted: try counts.value(0, 1),
                experiences: try counts.value(0, 2),
                skills: try counts.value(0, 3)
            )
            response.databaseBytes = try counts.value(0, 4)
            let waiting = try OutboxStatus.bySpace(outbox)
            let total = waiting.values.reduce(into: OutboxStatus()) { $0 += $1 }
            response.outboxPending = Int64(total.pending)
            let age = total.oldestAge / .seconds(1)
            response.outboxOldestAge = ProtobufDuration(
                seconds: Int64(age),
                nanos: Int32((age - age.rounded(.down)) * 1e9)
            )
            for row in 0..<described.rowCount {
                var space = EmbeddingSpace()
                space.name = try described.value(row, 0)
                space.model = try described.value(row, 1)
                space.dimension = try described.value(row, 2)
                space.metric = try described.value(row, 3)
                space.active = try described.value(row, 4)
                if let counts = embeddingCounts[space.name] {
                    (space.embeddings, space.sections, space.cutSections) = counts
                }
                space.outboxPending = Int64(waiting[space.name]?.pending ?? 0)
                space.index = try Self.index(described, row: row)
                response.embeddingSpaces.append(space)
            }
        }
        return response
    }

    private static func index(_ result: borrowing QueryResult, row: Int) throws(DatabaseError) -> VectorIndex? {
        guard let name = try result.value(row, 5, as: String?.self) else { return nil }
        return VectorIndex(
            name: name,
            method: try result.value(row, 8, as: String.self) == "ivfflat" ? .ivfflat : .hnsw,
            valid: try result.value(row, 6),
            bytes: try result.value(row, 7),
            parameters: try result.value(row, 9)
        )
    }

    package struct Versions: Sendable {
        package let postgres: String
        /// Empty when it is not installed.
        package let pgvector: String
    }

    package func versions(deadline: ContinuousClock.Instant? = nil) async throws(RepositoryError) -> Versions {
        let result = try await self.database.query(Self.versions, deadline: deadline)
        return try readRows { () throws(DatabaseError) in
            Versions(postgres: try result.value(0, 0), pgvector: try result.value(0, 1))
        }
    }
}
