internal import FoundationEssentials
package import LikenessMessages
internal import LikenessPostgres

/// A section that waits for its embedding, claimed by one worker until its lease ends.
package struct EmbeddingJob: Sendable {
    package let profileID: String
    package let sectionID: String
    package let kind: SectionKind
    /// 1 for the first try.
    package let attempts: Int
    /// What to embed; `nil` when the section is gone or empty: store it without a vector.
    package let text: String?
    let ticket: Int64
}

/// How much waits in the outbox, for one space or for several.
package struct OutboxStatus: Sendable, Hashable {
    package var pending = 0
    package var oldestAge = Duration.zero
    /// Of the pending ones, those that failed at least once.
    package var failing = 0

    package init() {}

    package static func += (sum: inout OutboxStatus, other: OutboxStatus) {
        sum.pending += other.pending
        sum.oldestAge = max(sum.oldestAge, other.oldestAge)
        sum.failing += other.failing
    }
}

extension OutboxStatus {
    /// Reads the rows of `EmbeddingStatements.pending`, by space.
    static func bySpace(_ result: borrowing QueryResult) throws(DatabaseError) -> [String: OutboxStatus] {
        var statuses: [String: OutboxStatus] = [:]
        for row in 0..<result.rowCount {
            var status = OutboxStatus()
            status.pending = try result.value(row, 1)
            status.oldestAge = .seconds(try result.value(row, 2, as: Double.self))
            status.failing = try result.value(row, 3)
            statuses[try result.value(row, 0)] = status
        }
        return statuses
    }
}

/// Embedding spaces and the outbox of sections to embed.
package struct EmbeddingRepository: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    /// All spaces by name.
    package func spaces(
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> [EmbeddingSpaceInfo] {
        let result = try await self.database.query(EmbeddingStatements.spaces, deadline: deadline)
        return try readRows { () throws(DatabaseError) in
            var spaces: [EmbeddingSpaceInfo] = []
            for row in 0..<result.rowCount { spaces.append(try EmbeddingSpaceInfo(result, row: row)) }
            return spaces
        }
    }

    /// One space by name; the active one for an empty name.
    ///
    /// - Throws: `.notFound(.embeddingSpace, …)`.
    package func space(
        named name: String,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> EmbeddingSpaceInfo {
        let spaces = try await self.spaces(deadline: deadline)
        guard let space = spaces.first(where: { name.isEmpty ? $0.isActive : $0.name == name }) else {
            throw .notFound(.embeddingSpace, key: name.isEmpty ? "active" : name)
        }
        return space
    }

    /// Makes a space with an empty table and puts every stored section in the outbox for it. Searches do not use it
    /// before `activate`.
    ///
    /// - Parameters:
    ///   - name: A letter or digit, then up to 62 letters, digits, ".", "_" or "-".
    ///   - dimension: 1...2000.
    /// - Throws: `.invalidField`, `.alreadyExists(field: "name")`.
    package func createSpace(
        name: String,
        model: String,
        dimension: Int,
        indexPrecision: EmbeddingSpaceInfo.IndexPrecision = .half,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> EmbeddingSpaceInfo {
        guard let table = SpaceTable(spaceName: name) else {
            throw .invalidField(path: "name", reason: "is not a name for an embedding space")
        }
        guard (1...2000).contains(dimension) else {
            throw .invalidField(path: "dimension", reason: "is not within 1...2000")
        }
        _ = try await self.database.query(
            EmbeddingStatements.create,
            Parameters(name, model, Int32(dimension), table.name.text, indexPrecision.rawValue),
            deadline: deadline
        )
        return try await self.space(named: name, deadline: deadline)
    }

    /// Switches searches that name no space to this one, atomically.
    package func activate(
        _ name: String,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) {
        let space = try await self.space(named: name, deadline: deadline)
        var batch = Batch()
        batch.add(EmbeddingStatements.deactivate, Parameters(space.name))
        batch.add(EmbeddingStatements.activate, Parameters(space.name))
        _ = try await self.database.run(batch, deadline: deadline, isWriting: true)
    }

    /// Chooses the method of the index that a space without one will have.
    package func setIndexMethod(
        _ method: IndexMethod,
        of space: EmbeddingSpaceInfo,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) {
        var batch = Batch()
        batch.add(EmbeddingStatements.setIndexMethod, Parameters(space.name, method == .ivfflat ? "ivfflat" : "hnsw"))
        _ = try await self.database.run(batch, deadline: deadline, isWriting: true)
    }

    /// How much waits, over all spaces.
    package func outboxStatus(
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> OutboxStatus {
        try await self.outboxStatusBySpace(deadline: deadline).values.reduce(into: OutboxStatus()) { $0 += $1 }
    }

    /// How much waits, by the name of the space; a space for which nothing waits is absent.
    package func outboxStatusBySpace(
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> [String: OutboxStatus] {
        let result = try await self.database.query(
            EmbeddingStatements.pending,
            settings: .readingAll,
            deadline: deadline
        )
        return try readRows { () throws(DatabaseError) in try OutboxStatus.bySpace(result) }
    }

    /// Whether no section of these profiles waits for its embedding in the active space.
    package func isEmbedded(
        profileIDs: [String],
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> Bool {
        var ids: [UUID] = []
        for text in profileIDs { ids.append(try UUID(text: text, path: "id")) }
        let result = try await self.database.query(EmbeddingStatements.waiting, Parameters(ids), deadline: deadline)
        return try readRows { () throws(DatabaseError) in try !result.value(0, 0, as: Bool.self) }
    }

    /// Returns once `isEmbedded`, asking again with growing pauses of 5 to 100 ms.
    ///
    /// - Parameter deadline: Without one, waits until cancelled.
    /// - Throws: `.deadlineExceeded`, `.cancelled`.
    package func waitUntilEmbedded(
        profileIDs: [String],
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) {
        var pause = Duration.milliseconds(5)
        while try await !self.isEmbedded(profileIDs: profileIDs, deadline: deadline) {
            if let deadline, .now + pause >= deadline { throw .deadlineExceeded }
            do { try await Task.sleep(for: pause) } catch { throw .cancelled }
            pause = min(pause * 2, .milliseconds(100))
        }
    }
}

extension EmbeddingSpaceInfo {
    /// Reads a row of `EmbeddingStatements.spaces`.
    init(_ result: borrowing QueryResult, row: Int) throws(DatabaseError) {
        let tableName: String = try result.value(row, 3)
        guard let table = SpaceTable(name: tableName) else {
            throw DatabaseError(.unreadableAnswer, detail: "embedding_spaces.table_name is no such name")
        }
        self.init(
            name: try result.value(row, 0),
            model: try result.value(row, 1),
            dimension: Int(try result.value(row, 2, as: Int32.self)),
            table: table,
            hasIndex: try result.value(row, 12),
            indexMethod: try result.value(row, 4, as: String.self) == "ivfflat" ? .ivfflat : .hnsw,
            indexPrecision: try result.value(row, 5, as: String.self) == "half" ? .half : .float,
            m: Int(try result.value(row, 9, as: Int32.self)),
            efConstruction: Int(try result.value(row, 10, as: Int32.self)),
            vectorsBuilt: try result.value(row, 11, as: Int64?.self).map { Int($0) },
            efSearch: Int(try result.value(row, 6, as: Int32.self)),
            probes: Int(try result.value(row, 7, as: Int32.self)),
            isActive: try result.value(row, 8)
        )
    }
}
