package import FoundationEssentials

/// How far a stream of a saved search has come.
package struct WatchPosition: Sendable, Hashable {
    package let searchID: UUID
    /// The number of the last event that needs no repetition.
    package var event: Int64
    /// While those who match already are sent: how far. `nil` behind them.
    package var existing: IDPosition?

    package init(searchID: UUID, event: Int64, existing: IDPosition? = nil) {
        (self.searchID, self.event, self.existing) = (searchID, event, existing)
    }

    /// A stream that begins with those who match already.
    package static func beginning(of search: StoredSearch, skipsExisting: Bool) -> WatchPosition {
        WatchPosition(searchID: search.id, event: search.lastEvent, existing: skipsExisting ? nil : .start)
    }

    private var text: String {
        ([self.searchID.text, String(self.event)] + [self.existing?.text].compactMap(\.self)).joined(
            separator: " "
        )
    }

    private init?(text: String) {
        let parts = text.split(separator: " ").map(String.init)
        guard 2...3 ~= parts.count, let id = UUID(text: parts[0]), let event = Int64(parts[1]) else { return nil }
        self.init(searchID: id, event: event)
        if parts.count == 3 {
            guard let existing = IDPosition(text: parts[2]) else { return nil }
            self.existing = existing
        }
    }

    /// - Parameter owner: The only one who can use it.
    /// - Throws: `.unavailable` before the key of tokens is known.
    package func token(_ tokens: PageTokens, owner: String) throws(RepositoryError) -> String {
        // It sees that there is a key.
        _ = try tokens.position(in: "", arguments: [])
        return tokens.token(position: self.text, arguments: Self.arguments(owner))
    }

    /// - Throws: `.invalidResumeToken` for what is no token of this owner and this search; `.unavailable`.
    package init(
        _ token: String,
        _ tokens: PageTokens,
        owner: String,
        of search: StoredSearch
    ) throws(RepositoryError) {
        let position: String?
        do throws(RepositoryError) {
            position = try tokens.position(in: token, arguments: Self.arguments(owner))
        } catch .invalidPageToken {
            throw .invalidResumeToken
        } catch {
            throw error
        }
        guard let position, let found = Self(text: position), found.searchID == search.id else {
            throw .invalidResumeToken
        }
        self = found
    }

    private static func arguments(_ owner: String) -> [String] { ["saved search", owner] }
}
