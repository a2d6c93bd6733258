internal import FoundationEssentials
package import LikenessMessages
internal import LikenessPostgres

/// Some of the profiles of an export.
package struct ExportPage: Sendable {
    /// As they are shown, by ascending id.
    package let profiles: [Profile]
    /// Where the next page begins; `nil` for none.
    package let next: ExportPosition?
}

/// An id, whether or not a profile has it: what is exported has it, or a greater one.
package struct ExportPosition: Sendable, Hashable {
    let id: UUID

    package static let start = ExportPosition(id: .zero)

    /// Behind an id; `nil` where none is greater.
    init?(behind id: UUID) {
        guard let next = id.successor else { return nil }
        self.init(id: next)
    }

    fileprivate init(id: UUID) { self.id = id }
}

extension ProfileRepository {
    /// Profiles of one page, at most.
    static let exportSize = 200
    /// Profiles that are compared with a filter or a view for one page.
    static let exportWindow = 2_000
    /// Bytes of profiles of one page, or so, but for one profile that has more.
    static let exportBytesMax = 2 << 20

    /// Reads some of the live profiles, by ascending id. Ids do not change: whatever is written between two pages, a profile that is
    /// there for both is in one of them.
    ///
    /// - Parameters:
    ///   - view: Which profiles, what of them, and what the filter may ask for.
    ///   - filter: Only these; see `Filter`. A page may have none that pass, and be followed by others.
    /// - Throws: `.invalidField` for what is no filter, and what asks for more than the view shows.
    package func exportPage(
        from position: ExportPosition,
        through view: View? = nil,
        filter: String = "",
        consistencyToken: ConsistencyToken? = nil,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> ExportPage {
        let filter = try Filter(filter)
        let condition = if let view { try view.condition(and: filter) } else { filter }
        let reads = self.database.reads(at: consistencyToken, deadline: deadline)
        let result = try await self.exportRows(from: position, condition, reads)
        return try readRows { () throws(DatabaseError) in
            guard let end = try ProfileRows.exportEnd(result) else { return ExportPage(profiles: [], next: nil) }
            let left = try ProfileRows.leftOut(result, from: 1)
            let profiles = try ProfileRows.profiles(result).map { view?.shown($0) ?? $0 }
            // What there was no room for comes first in the next page.
            if let first = left.first { return ExportPage(profiles: profiles, next: ExportPosition(id: first)) }
            return ExportPage(profiles: profiles, next: end.hasMore ? ExportPosition(behind: end.last) : nil)
        }
    }

    private func exportRows(
        from position: ExportPosition,
        _ condition: Filter?,
        _ reads: Reads
    ) async throws(RepositoryError) -> QueryResult {
        guard let condition else {
            return try await reads.query(
                ProfileStatements.exportPage(limit: Self.exportSize),
                Parameters(position.id, Int64(Self.exportBytesMax))
            )
        }
        var parameters = Parameters(position.id, Int64(Self.exportBytesMax))
        let text = ProfileStatements.exportPageText(
            limit: Self.exportSize,
            window: Self.exportWindow,
            condition: try condition.sql(&parameters, rows: .ofEach)
        )
        var batch = Batch()
        batch.addFiltered("profiles_export_filtered", text, parameters, deadline: reads.deadline)
        var results = try await reads.run(batch)
        _ = results.next()
        return results.next()
    }
}
