internal import FoundationEssentials
package import LikenessMessages
internal import LikenessPostgres
internal import LikenessReflection

/// Stores and reads masks, and makes views of them.
///
/// A `deadline` bounds waiting for a connection and for the answer, as for profiles.
package struct MaskRepository: Sendable {
    private let database: Database
    private let pageTokens: PageTokens

    package init(database: Database, pageTokens: PageTokens) {
        self.database = database
        self.pageTokens = pageTokens
    }

    /// Reads one mask, a soft-deleted one too.
    ///
    /// - Throws: `.notFound(.mask, …)`.
    package func get(
        _ name: String,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> Mask {
        let result = try await self.database.query(MaskStatements.get, Parameters(name), deadline: deadline)
        guard let mask = try Self.masks(result).first else { throw .notFound(.mask, key: name) }
        return mask
    }

    /// Lists masks by name, ascending.
    ///
    /// - Parameters:
    ///   - pageSize: 0 means 50; more than 1,000 means 1,000.
    ///   - pageToken: `nextPageToken` of the previous page, with the same `showDeleted` and page size.
    ///   - answerBytesMax: Of the encoded masks, or so: a page ends before it has more, but not before its first.
    /// - Throws: `.invalidPageToken`; `.invalidField` for a negative page size.
    package func list(
        pageSize: Int = 0,
        pageToken: String = "",
        showDeleted: Bool = false,
        answerBytesMax: Int = .max,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> (masks: [Mask], nextPageToken: String) {
        guard pageSize >= 0 else { throw .invalidField(path: "page_size", reason: "is negative") }
        let size = pageSize == 0 ? 50 : min(pageSize, ProfileRepository.pageSizeMax)
        let arguments = ["masks", String(pageSize), String(showDeleted)]
        let position = try self.pageTokens.position(in: pageToken, arguments: arguments) ?? ""
        let limit = ProfileRepository.pageLimits.first { $0 > size } ?? ProfileRepository.pageSizeMax + 1
        let result = try await self.database.query(
            MaskStatements.page(limit: limit, withDeleted: showDeleted),
            Parameters(position),
            deadline: deadline
        )
        let count = result.rowCount
        var masks: [Mask] = []
        var bytes = 0
        for mask in try Self.masks(result).prefix(size) {
            // With the key and the length of an item of a list.
            bytes += ((try? mask.encodedByteCount(max: answerBytesMax)) ?? answerBytesMax) + 16
            if bytes > answerBytesMax, !masks.isEmpty { break }
            masks.append(mask)
        }
        let next = count > masks.count ? masks.last?.name : nil
        return (masks, next.map { self.pageTokens.token(position: $0, arguments: arguments) } ?? "")
    }

    /// Stores a new mask.
    ///
    /// - Throws: `.violations`, `.alreadyExists(field: "mask.name")`, `.requestIDReused`.
    package func create(
        _ mask: Mask,
        requestID: RequestID = .none,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> Written<Mask> {
        try Self.require(mask)
        let configuration = try (mask.configuration ?? MaskConfiguration()).stored()
        let repeatable = try RepeatableRequest(requestID, method: "CreateMask", content: mask)
        return try await self.database.write(repeatable, deadline: deadline) { transaction throws(RepositoryError) in
            try Self.only(
                try await transaction.query(
                    MaskStatements.insert,
                    Parameters(mask.name, mask.description, configuration)
                )
            )
        }
    }

    /// Changes the fields that `updateMask` names of the mask that `values` names. A change that changes nothing keeps the
    /// revision.
    ///
    /// - Throws: `.notFound`, `.revisionMismatch`, `.failedPrecondition` when it is deleted, `.invalidField`, `.violations`,
    ///   `.requestIDReused`.
    package func update(
        with values: Mask,
        updateMask: [String],
        ifRevision: Int64 = 0,
        requestID: RequestID = .none,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> Written<Mask> {
        let update = try MaskUpdate(updateMask)
        let request = UpdateMaskRequest(
            mask: values,
            updateMask: .init(paths: updateMask),
            ifRevision: ifRevision
        )
        let repeatable = try RepeatableRequest(requestID, method: "UpdateMask", content: request)
        return try await self.database.write(repeatable, deadline: deadline) { transaction throws(RepositoryError) in
            let stored = try await Self.lock(values.name, revision: ifRevision, in: transaction)
            guard stored.deleteTime == nil else {
                throw .failedPrecondition(
                    type: "DELETED",
                    subject: stored.name,
                    reason: "the mask is deleted; restore it first"
                )
            }
            var wanted = stored
            update.apply(from: values, to: &wanted)
            if wanted.configuration == nil { wanted.configuration = MaskConfiguration() }
            guard wanted != stored else { return stored }
            // Of a new value and a stored one together too.
            try Self.require(wanted)
            return try Self.only(
                try await transaction.query(
                    MaskStatements.update,
                    Parameters(
                        try UUID(text: stored.id, path: "id"),
                        wanted.description,
                        try (wanted.configuration ?? MaskConfiguration()).stored()
                    )
                )
            )
        }
    }

    /// Soft-deletes. Deleting a deleted mask changes nothing.
    ///
    /// - Throws: `.notFound`, `.revisionMismatch`, `.requestIDReused`.
    package func softDelete(
        _ name: String,
        ifRevision: Int64 = 0,
        requestID: RequestID = .none,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> Written<Mask> {
        let request = DeleteMaskRequest(name: name, ifRevision: ifRevision)
        let repeatable = try RepeatableRequest(requestID, method: "DeleteMask", content: request)
        return try await self.database.write(repeatable, deadline: deadline) { transaction throws(RepositoryError) in
            let stored = try await Self.lock(name, revision: ifRevision, in: transaction)
            guard stored.deleteTime == nil else { return stored }
            return try await Self.setActive(false, stored, in: transaction)
        }
    }

    /// Undoes `softDelete`.
    ///
    /// - Throws: `.notFound`, `.revisionMismatch`, `.requestIDReused`; `.notDeleted` when it is live.
    package func restore(
        _ name: String,
        ifRevision: Int64 = 0,
        requestID: RequestID = .none,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> Written<Mask> {
        let request = RestoreMaskRequest(name: name, ifRevision: ifRevision)
        let repeatable = try RepeatableRequest(requestID, method: "RestoreMask", content: request)
        return try await self.database.write(repeatable, deadline: deadline) { transaction throws(RepositoryError) in
            let stored = try await Self.lock(name, revision: ifRevision, in: transaction)
            guard stored.deleteTime != nil else { throw .notDeleted(.mask, field: "name") }
            return try await Self.setActive(true, stored, in: transaction)
        }
    }

    /// What a caller sees by the masks that it is bound to and the one that its request names: all of them hold.
    ///
    /// - Parameters:
    ///   - bound: What binds most first.
    ///   - requested: Empty for none.
    /// - Returns: `nil` when there is no mask.
    /// - Throws: `.invalidField(path: "mask", …)` when the requested one is not there; `.failedPrecondition` when a bound one
    ///   is not: the caller sees nothing then.
    package func view(
        bound: [String],
        requested: String,
        consistencyToken: ConsistencyToken? = nil,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> View? {
        if bound.isEmpty, requested.isEmpty { return nil }
        let masks = try await self.live(
            bound: bound,
            requested: requested,
            consistencyToken: consistencyToken,
            deadline: deadline
        )
        return masks.isEmpty ? nil : try View(masks)
    }

    /// The masks that hold together for a caller, what binds most first.
    func live(
        bound: [String],
        requested: String,
        consistencyToken: ConsistencyToken? = nil,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [Mask] {
        var names: [String] = []
        for name in bound + [requested] where !name.isEmpty && !names.contains(name) { names.append(name) }
        guard !names.isEmpty else { return [] }
        guard !requested.utf8.contains(0) else { throw .invalidField(path: "mask", reason: "holds a NUL character") }
        let result = try await self.database.reads(at: consistencyToken, deadline: deadline).query(
            MaskStatements.live,
            Parameters(names)
        )
        let found = Dictionary(try Self.masks(result).map { ($0.name, $0) }) { first, _ in first }
        var masks: [Mask] = []
        for name in names {
            guard let mask = found[name] else {
                guard bound.contains(name) else {
                    let hint = bound.isEmpty ? await self.hint(for: name, deadline: deadline) : ""
                    throw .invalidField(path: "mask", reason: "names no mask: \"\(name.prefix(Self.nameMax))\"\(hint)")
                }
                throw .failedPrecondition(
                    type: "BOUND_MASK_MISSING",
                    subject: name,
                    reason: "this caller sees profiles through the mask \(name), which is not there"
                )
            }
            masks.append(mask)
        }
        return masks
    }

    /// Which live mask a name may have been meant to be. Not for callers who are bound: names of masks are for those who may list them.
    private func hint(for name: String, deadline: ContinuousClock.Instant?) async -> String {
        let masks = try? await self.resembling(name, deadline: deadline)
        return Suggestion.question(for: name, in: (masks ?? []).map(\.name))
    }

    /// Of all that can be named the first by trigrams.
    private func resembling(
        _ name: String,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [Mask] {
        let asked = Parameters(String(name.prefix(Self.nameMax)))
        return try Self.readable(
            try await self.database.query(MaskStatements.resembling, asked, deadline: deadline),
            after: ""
        ).masks
    }

    /// Live masks by name, some at a time, without those whose rules this version does not know.
    func readable(
        after name: String,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> (masks: [Mask], next: String?) {
        try Self.readable(
            try await self.database.query(Self.readablePage, Parameters(name), deadline: deadline),
            after: name
        )
    }

    private static let readablePage = MaskStatements.page(limit: ProfileRepository.pageSizeMax, withDeleted: false)

    private static func readable(
        _ result: consuming QueryResult,
        after name: String
    ) throws(RepositoryError) -> (masks: [Mask], next: String?) {
        var masks: [Mask] = []
        var last = name
        for row in 0..<result.rowCount {
            var (mask, configuration) = try Self.row(row, of: result)
            last = mask.name
            guard let known = try? MaskConfiguration(stored: configuration, mask: mask.name) else { continue }
            mask.configuration = known
            masks.append(mask)
        }
        return (masks, result.rowCount == ProfileRepository.pageSizeMax ? last : nil)
    }

    /// All of them, as a transaction sees them.
    static func live(in transaction: Transaction) async throws(RepositoryError) -> [Mask] {
        var masks: [Mask] = []
        var name: String? = ""
        while let after = name {
            let page = try Self.readable(
                try await transaction.query(Self.readablePage, Parameters(after)),
                after: after
            )
            masks += page.masks
            name = page.next
        }
        return masks
    }

    // MARK: Parts

    /// Letters of a name that is not there that are compared and shown.
    private static let nameMax = 100

    /// - Throws: `.violations` with all that is wrong.
    private static func require(_ mask: Mask) throws(RepositoryError) {
        let faults = mask.violations() + mask.faults()
        guard faults.isEmpty else {
            throw .violations(
                faults.map { Violation(field: "mask.\($0.field)", ruleID: $0.ruleID, message: $0.message) }
            )
        }
    }

    private static func lock(
        _ name: String,
        revision: Int64,
        in transaction: Transaction
    ) async throws(RepositoryError) -> Mask {
        let found = try Self.masks(try await transaction.query(MaskStatements.lock, Parameters(name)))
        guard let stored = found.first else { throw .notFound(.mask, key: name) }
        guard revision == 0 || revision == stored.revision else { throw .revisionMismatch(current: stored.revision) }
        return stored
    }

    private static func setActive(
        _ isActive: Bool,
        _ stored: Mask,
        in transaction: Transaction
    ) async throws(RepositoryError) -> Mask {
        let id = try UUID(text: stored.id, path: "id")
        return try Self.only(try await transaction.query(MaskStatements.setActive, Parameters(id, isActive)))
    }

    private static func only(_ result: consuming QueryResult) throws(RepositoryError) -> Mask {
        guard let mask = try Self.masks(result).first else {
            throw .internal(detail: "a mask vanished while it was written")
        }
        return mask
    }

    private static func masks(_ result: consuming QueryResult) throws(RepositoryError) -> [Mask] {
        var masks: [Mask] = []
        for row in 0..<result.rowCount {
            var (mask, configuration) = try Self.row(row, of: result)
            mask.configuration = try MaskConfiguration(stored: configuration, mask: mask.name)
            masks.append(mask)
        }
        return masks
    }

    private static func row(
        _ row: Int,
        of result: borrowing QueryResult
    ) throws(RepositoryError) -> (mask: Mask, configuration: String) {
        do {
            var mask = Mask()
            mask.id = try result.value(row, 0, as: UUID.self).text
            mask.name = try result.value(row, 1)
            mask.description = try result.value(row, 2)
            mask.revision = try result.value(row, 4)
            mask.createTime = ProtobufTimestamp(try result.value(row, 5))
            mask.updateTime = ProtobufTimestamp(try result.value(row, 6))
            mask.deleteTime = try result.value(row, 7, as: PostgresTimestamp?.self).map { ProtobufTimestamp($0) }
            return (mask, try result.value(row, 3))
        } catch {
            throw RepositoryError(error)
        }
    }
}
