internal import FoundationEssentials
package import LikenessMessages
internal import LikenessPostgres

/// A new profile for a bulk load.
package struct BulkProfile: Sendable {
    /// With its ids and its slug.
    package let profile: Profile
    /// One for each of `SectionText.sections(of: profile)`, or none: then its sections go to the outbox.
    package let vectors: [SectionVectors]

    package init(profile: Profile, vectors: [SectionVectors] = []) { (self.profile, self.vectors) = (profile, vectors) }
}

/// Stores many new profiles by COPY: for benchmarks, demonstrations and first imports. A hundred times faster than one
/// write after another, and without what those have: no derived slugs, no idempotency, no comparison with what is stored.
package struct BulkLoader: Sendable {
    private let database: Database

    package init(database: Database) { self.database = database }

    /// Stores profiles with their embeddings in one transaction: all or none.
    ///
    /// - Returns: How many sections they have.
    /// - Throws: `.alreadyExists` for an id or slug that is taken; `.dimensionMismatch`; `.invalidField`; `.conflict` when
    ///   another transaction holds the same texts for longer than the session's `lock_timeout`.
    @discardableResult
    package func load(
        _ profiles: [BulkProfile],
        into space: EmbeddingSpaceInfo,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> Int {
        let rows = try profiles.map { (profile) throws(RepositoryError) in try BulkRows(profile, space: space) }
        return try await self.database.transaction(deadline: deadline) { transaction throws(RepositoryError) in
            do {
                return try await Self.store(rows, into: space, through: transaction.connection)
            } catch {
                throw RepositoryError(any: error, isWriting: true)
            }
        }
    }

    private static func store(
        _ rows: [BulkRows],
        into space: EmbeddingSpaceInfo,
        through connection: Connection
    ) async throws -> Int {
        try await Self.copy(rows, through: connection)
        let waiting = rows.flatMap(\.waiting)
        if !waiting.isEmpty {
            _ = try await connection.execute(
                BulkStatements.enqueue,
                Parameters(waiting.map(\.profile), waiting.map(\.section), waiting.map(\.kind))
            )
        }
        let embedded = rows.lazy.filter { !$0.embeddings.isEmpty }
        if !embedded.isEmpty {
            _ = try await connection.copyIn(EmbeddingStatements.copyIn(to: space)) { writer in
                for row in embedded {
                    for (section, vector) in row.embeddings {
                        try await writer.writeRow(section.profile, section.section, section.kind, true, vector)
                    }
                }
            }
        }
        // Last, as in `ProfileWrite`: texts that others have too are held from here to the end of the transaction.
        _ = try await connection.execute(CompletionStatements.addTerms, Parameters(rows.map(\.id)))
        return rows.reduce(0) { $0 + $1.sectionCount }
    }

    private static func copy(_ rows: [BulkRows], through connection: Connection) async throws {
        _ = try await connection.copyIn(BulkStatements.profiles) { writer in
            for row in rows {
                let profile = row.profile
                try await writer.writeRow(
                    row.id,
                    profile.slug,
                    profile.displayName,
                    profile.headline,
                    profile.summary,
                    profile.location,
                    profile.tags,
                    profile.keywords,
                    row.attributes
                )
            }
        }
        _ = try await connection.copyIn(BulkStatements.experiences) { writer in
            for row in rows {
                for experience in row.experiences {
                    let item = experience.item
                    try await writer.writeRow(
                        experience.id,
                        row.id,
                        experience.position,
                        experience.category,
                        item.title,
                        item.organization,
                        item.location,
                        experience.start?.first,
                        experience.start?.precision,
                        experience.end?.first,
                        experience.end?.precision,
                        item.description,
                        item.highlights,
                        item.tags
                    )
                }
            }
        }
        _ = try await connection.copyIn(BulkStatements.skills) { writer in
            for row in rows {
                for skill in row.skills {
                    try await writer.writeRow(
                        skill.id,
                        row.id,
                        skill.position,
                        skill.item.name,
                        skill.item.category,
                        skill.item.level,
                        skill.item.keywords
                    )
                }
            }
        }
    }

    /// How many live profiles have these attributes among theirs, and how many have not.
    ///
    /// - Parameter attributes: A JSON object.
    package func count(attributes: String) async throws(RepositoryError) -> (with: Int, without: Int) {
        let parameters = Parameters(try JSONB(attributes: attributes))
        let result = try await self.database.query(BulkStatements.countByAttributes, parameters)
        return try readRows { () throws(DatabaseError) in (try result.value(0, 0), try result.value(0, 1)) }
    }

    /// Lets the database know that a space holds made-up embeddings, or is about to.
    package func markSynthetic(_ space: EmbeddingSpaceInfo) async throws(RepositoryError) {
        try await self.run(BulkStatements.markSynthetic(space))
    }

    // MARK: The vector index

    /// Drops the vector index of a space: adding to it costs several times as much as building it at the end. Until it is
    /// built again, searches compare with every embedding.
    ///
    /// Searches that come while it waits for those that use the index wait with it. So it waits for a moment only, and tries
    /// again.
    package func dropIndex(of space: EmbeddingSpaceInfo) async throws(RepositoryError) {
        for _ in 1..<Self.dropAttemptsMax {
            do {
                return try await self.run(BulkStatements.dropIndex(of: space))
            } catch RepositoryError.unavailable(.locked, _) {
                do { try await Task.sleep(for: Self.dropPause) } catch { throw .cancelled }
            }
        }
        try await self.run(BulkStatements.dropIndex(of: space))
    }

    private static let dropAttemptsMax = 60
    private static let dropPause = Duration.milliseconds(500)

    /// Builds the vector index and brings the planner's statistics up to date.
    package func buildIndex(of space: EmbeddingSpaceInfo) async throws(RepositoryError) {
        let counted = try await self.database.query(EmbeddingStatements.count(in: space, self.database.statements))
        let rows: Int = try readRows { () throws(DatabaseError) in try counted.value(0, 0) }
        let build = try IndexBuild(ReindexRequest(), space: space, rows: rows)
        try await self.run(BulkStatements.buildIndex(of: space, workMemoryMiB: min(build.neededMemoryMiB, 4_096)))
        try await self.run("VACUUM ANALYZE")
    }

    private func run(_ script: SQL) async throws(RepositoryError) {
        do {
            try await self.database.pool.withConnection { try await $0.executeScript(script) }
        } catch {
            throw RepositoryError(any: error)
        }
    }
}
