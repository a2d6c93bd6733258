internal import FoundationEssentials
package import LikenessMessages
internal import LikenessPostgres

/// Keeps searches for their owners.
///
/// A `deadline` bounds waiting for a connection and for the answer, as for profiles. An owner is the verified name of a caller; the searches of
/// others are `.notFound`.
package struct SavedSearchRepository: Sendable {
    let database: Database
    let tokens: PageTokens
    let limits: SavedSearchLimits

    package init(database: Database, tokens: PageTokens, limits: SavedSearchLimits = SavedSearchLimits()) {
        (self.database, self.tokens, self.limits) = (database, tokens, limits)
    }

    /// Profiles that match one search, at most.
    package var matchesMax: Int { self.limits.matches }

    /// - Throws: `.notFound(.savedSearch, …)`.
    package func get(
        _ name: String,
        of owner: String,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> StoredSearch {
        let result = try await self.database.query(
            SavedSearchStatements.get,
            Parameters(owner, name),
            deadline: deadline
        )
        guard let search = try StoredSearch.rows(result).first else { throw .notFound(.savedSearch, key: name) }
        return search
    }

    /// Lists the searches of one owner by name, or those of all by owner and name.
    ///
    /// - Parameters:
    ///   - owner: `nil` for all.
    ///   - pageSize, pageToken, answerBytesMax: As for masks.
    /// - Throws: `.invalidPageToken`; `.invalidField` for a negative page size.
    package func list(
        of owner: String?,
        pageSize: Int = 0,
        pageToken: String = "",
        answerBytesMax: Int = .max,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> (searches: [SavedSearch], nextPageToken: String) {
        guard pageSize >= 0 else { throw .invalidField(path: "page_size", reason: "is negative") }
        let size = pageSize == 0 ? 50 : min(pageSize, ProfileRepository.pageSizeMax)
        let arguments = ["saved searches", String(pageSize), owner.map { "of \($0)" } ?? "all"]
        // The name, and behind a blank the owner.
        let position = try self.tokens.position(in: pageToken, arguments: arguments) ?? " "
        let name = String(position.prefix { $0 != " " })
        let limit = ProfileRepository.pageLimits.first { $0 > size } ?? ProfileRepository.pageSizeMax + 1
        let result =
            if let owner {
                try await self.database.query(
                    SavedSearchStatements.page(limit: limit),
                    Parameters(owner, name),
                    deadline: deadline
                )
            } else {
                try await self.database.query(
                    SavedSearchStatements.pageOfAll(limit: limit),
                    Parameters(String(position.dropFirst(name.count + 1)), name),
                    deadline: deadline
                )
            }
        let found = try StoredSearch.rows(result).map(\.search)
        var searches: [SavedSearch] = []
        var bytes = 0
        for search in found.prefix(size) {
            // With the key and the length of an item of a list.
            bytes += ((try? search.encodedByteCount(max: answerBytesMax)) ?? answerBytesMax) + 16
            if bytes > answerBytesMax, !searches.isEmpty { break }
            searches.append(search)
        }
        let next = found.count > searches.count ? searches.last.map { "\($0.name) \($0.owner)" } : nil
        return (searches, next.map { self.tokens.token(position: $0, arguments: arguments) } ?? "")
    }

    /// Keeps a new search, which was checked.
    ///
    /// - Parameter boundMasks: Names of the masks that the owner is bound to.
    /// - Throws: `.alreadyExists(field: "saved_search.name")`, `.savedSearchesFull`.
    package func create(
        _ search: SavedSearch,
        of owner: String,
        boundMasks: [String],
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> StoredSearch {
        let query = try Self.encoded(search.query)
        return try await self.database.transaction(deadline: deadline) { transaction throws(RepositoryError) in
            _ = try await transaction.query(SavedSearchStatements.claimOwner, Parameters(owner))
            let known = try await transaction.query(SavedSearchStatements.get, Parameters(owner, search.name))
            guard known.rowCount == 0 else { throw .alreadyExists(field: "saved_search.name") }
            let inserted = try await transaction.query(
                SavedSearchStatements.insert,
                Parameters(
                    owner,
                    search.name,
                    search.description,
                    query,
                    boundMasks,
                    Int64(self.limits.searchesPerOwner),
                    Int64(self.limits.searches)
                )
            )
            guard let stored = try StoredSearch.rows(inserted).first else { throw .savedSearchesFull }
            return stored
        }
    }

    /// Changes the fields that `updateMask` names. A change that changes nothing keeps the revision.
    ///
    /// - Parameter boundMasks: Names of the masks that the owner is bound to now.
    /// - Throws: `.notFound`, `.revisionMismatch`, `.invalidField`, `.violations`.
    package func update(
        with values: SavedSearch,
        of owner: String,
        updateMask: [String],
        ifRevision: Int64 = 0,
        boundMasks: [String],
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> StoredSearch {
        let faults = FieldMaskPaths.faults(
            updateMask,
            in: "update_mask",
            known: Self.writable + ["*"],
            what: "names no field of a saved search that can be written"
        )
        guard faults.isEmpty else { throw .violations(faults) }
        guard !updateMask.isEmpty else { throw .invalidField(path: "update_mask", reason: "names no field") }
        let wanted = updateMask.contains("*") ? Self.writable : updateMask
        return try await self.database.transaction(deadline: deadline) { transaction throws(RepositoryError) in
            let stored = try await Self.locked(values.name, of: owner, revision: ifRevision, in: transaction)
            let query = wanted.contains("query") ? values.query : stored.search.query
            let description = wanted.contains("description") ? values.description : stored.search.description
            let asksAnother = query != stored.search.query || boundMasks != stored.boundMasks
            guard asksAnother || description != stored.search.description else { return stored }
            let updated = try await transaction.query(
                SavedSearchStatements.update,
                Parameters(stored.id, description, try Self.encoded(query), boundMasks, asksAnother)
            )
            return try Self.only(updated)
        }
    }

    private static let writable = ["description", "query"]

    /// Forgets a search with its events.
    ///
    /// - Throws: `.notFound`, `.revisionMismatch`.
    package func delete(
        _ name: String,
        of owner: String,
        ifRevision: Int64 = 0,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> StoredSearch {
        try await self.database.transaction(deadline: deadline) { transaction throws(RepositoryError) in
            let stored = try await Self.locked(name, of: owner, revision: ifRevision, in: transaction)
            return try Self.only(try await transaction.query(SavedSearchStatements.delete, Parameters(stored.id)))
        }
    }

    /// Clears away the events that are kept no longer, some at a time. Any server may do so, now and then.
    package func purge(deadline: ContinuousClock.Instant? = nil) async throws(RepositoryError) {
        while true {
            let result = try await self.database.query(
                SavedSearchStatements.purge,
                Parameters(self.limits.eventTime / .seconds(1), Int64(self.limits.events)),
                deadline: deadline
            )
            let count: Int64 = try readRows { () throws(DatabaseError) in try result.value(0, 0) }
            if count < SavedSearchStatements.purgedAtOnce { return }
        }
    }

    // MARK: Parts

    private static func locked(
        _ name: String,
        of owner: String,
        revision: Int64,
        in transaction: Transaction
    ) async throws(RepositoryError) -> StoredSearch {
        let found = try await transaction.query(SavedSearchStatements.lock, Parameters(owner, name))
        guard let stored = try StoredSearch.rows(found).first else { throw .notFound(.savedSearch, key: name) }
        guard revision == 0 || revision == stored.search.revision else {
            throw .revisionMismatch(current: stored.search.revision)
        }
        return stored
    }

    private static func only(_ result: consuming QueryResult) throws(RepositoryError) -> StoredSearch {
        guard let search = try StoredSearch.rows(result).first else {
            throw .internal(detail: "a saved search vanished while it was written")
        }
        return search
    }

    private static func encoded(_ query: QueryRequest?) throws(RepositoryError) -> [UInt8] {
        do {
            return try (query ?? QueryRequest()).encodedBytes()
        } catch {
            throw .invalidField(path: "saved_search.query", reason: "holds a NUL character")
        }
    }
}
