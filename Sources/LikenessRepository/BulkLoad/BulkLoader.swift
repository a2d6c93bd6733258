internal import FoundationEssentials
package import LikenessMessages
package import LikenessPostgres

/// A new profile for a bulk load.
package struct BulkProfile: Sendable {
    /// With its slug; ids are made where they are missing.
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
        let kept = try await self.database.query(HistoryStatements.isKept, deadline: deadline)
        let isKept = try readRows { () throws(DatabaseError) in try kept.value(0, 0, as: Bool.self) }
        var writes = ProfileWrites(by: isKept ? WriteAuthor(caller: "", method: "BulkLoad") : nil)
        var sectionCount = 0
        for bulk in profiles { sectionCount += try Self.add(bulk, to: &writes, space) }
        guard !writes.isEmpty else { return 0 }
        let (all, count) = (writes, sectionCount)
        return try await self.database.transaction(deadline: deadline) { transaction throws(RepositoryError) in
            try await all.run(in: transaction)
            return count
        }
    }

    /// - Returns: How many sections the profile has.
    private static func add(
        _ bulk: BulkProfile,
        to writes: inout ProfileWrites,
        _ space: EmbeddingSpaceInfo
    ) throws(RepositoryError) -> Int {
        if let violation = bulk.profile.violations().first {
            throw .invalidField(path: violation.field, reason: violation.message)
        }
        let change = try ProfileChange(creating: bulk.profile)
        let sections = SectionText.sections(of: change.profile)
        guard bulk.vectors.isEmpty || bulk.vectors.count == sections.count else {
            throw .invalidField(path: "vectors", reason: "are not as many as the profile has sections")
        }
        writes.add(change)
        for (index, (section, vectors)) in zip(sections, bulk.vectors).enumerated() {
            let key = try SectionKey(section, of: change.id)
            let kinds = SectionWindow.kinds(of: key.kind, count: vectors.parts.count, isCut: vectors.isCut)
            var parts: [Vector] = []
            for part in vectors.parts {
                let values = try UnitVector.values(part, dimension: space.dimension, path: "vectors[\(index)]")
                parts.append(Vector(values))
            }
            writes.add(zip(kinds, parts), of: key, in: space)
        }
        return sections.count
    }

    /// How many live profiles have these attributes among theirs, and how many have not.
    ///
    /// - Parameter attributes: A JSON object.
    package func count(attributes: String) async throws(RepositoryError) -> (with: Int, without: Int) {
        let parameters = Parameters(try JSONB(attributes: attributes))
        let result = try await self.database.query(BulkStatements.countByAttributes, parameters, settings: .readingAll)
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
    /// - Parameter connection: Keeps servers from building it meanwhile, until it is closed.
    /// - Throws: `.failedPrecondition` while the index is being rebuilt.
    package func dropIndex(
        of space: EmbeddingSpaceInfo,
        holding connection: Connection
    ) async throws(RepositoryError) {
        guard try await Reindexer.tryLock(space, on: connection) else { throw .reindexRunning(space.name) }
        try await BriefLock.patient.change(BulkStatements.dropIndex(of: space)) { script throws(RepositoryError) in
            try await self.run(script)
        }
    }

    /// Builds the vector index and brings the planner's statistics up to date.
    package func buildIndex(of space: EmbeddingSpaceInfo) async throws(RepositoryError) {
        let counted = try await self.database.query(
            EmbeddingStatements.count(in: space, self.database.statements),
            settings: .readingAll
        )
        let rows: Int = try readRows { () throws(DatabaseError) in try counted.value(0, 0) }
        // As dense and as careful as it was, or more.
        let request = ReindexRequest(
            m: Int32(space.m),
            efConstruction: Int32(max(space.efConstruction, IndexBuild.efConstructionDefault))
        )
        let build = try IndexBuild(request, space: space, rows: rows)
        let memoryMiB = min(build.neededMemoryMiB, 4_096)
        try await self.run(BulkStatements.buildIndex(build, of: space, workMemoryMiB: memoryMiB))
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
