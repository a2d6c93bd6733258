package import FoundationEssentials
package import LikenessMessages
internal import LikenessPostgres

/// A saved search as it is stored.
package struct StoredSearch: Sendable {
    package let id: UUID
    /// What its owner sees of it.
    package let search: SavedSearch
    /// Names of masks.
    package let boundMasks: [String]
    /// What its matches were found by; `nil` while they are to be found.
    package let basis: String?
    /// `View.stamp` of the masks that its events are seen through; empty for none, `nil` before the first of them.
    package let seenThrough: String?
    package let isTooWide: Bool
    package let lastEvent: Int64

    package var query: QueryRequest { self.search.query ?? QueryRequest() }

    /// A row of `SavedSearchStatements.columns`.
    init(_ result: borrowing QueryResult, row: Int) throws(RepositoryError) {
        let encoded: [UInt8]
        var search = SavedSearch()
        do {
            self.id = try result.value(row, 0)
            search.owner = try result.value(row, 1)
            search.name = try result.value(row, 2)
            search.description = try result.value(row, 3)
            encoded = try result.value(row, 4)
            self.boundMasks = try result.value(row, 5)
            search.revision = try result.value(row, 6)
            self.basis = try result.value(row, 7)
            self.seenThrough = try result.value(row, 8)
            self.isTooWide = try result.value(row, 9)
            search.matchCount = Int64(try result.value(row, 10, as: Int32.self))
            self.lastEvent = try result.value(row, 11)
            search.createTime = ProtobufTimestamp(try result.value(row, 12))
            search.updateTime = ProtobufTimestamp(try result.value(row, 13))
        } catch {
            throw RepositoryError(error)
        }
        search.id = self.id.text
        search.state = self.basis == nil ? .pending : self.isTooWide ? .tooWide : .following
        do {
            search.query = try QueryRequest(decoding: encoded)
        } catch {
            throw .internal(detail: "a saved query cannot be read: \(error)")
        }
        self.search = search
    }

    static func rows(_ result: consuming QueryResult) throws(RepositoryError) -> [StoredSearch] {
        var searches: [StoredSearch] = []
        for row in 0..<result.rowCount { searches.append(try StoredSearch(result, row: row)) }
        return searches
    }
}
