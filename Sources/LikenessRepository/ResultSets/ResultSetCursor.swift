internal import FoundationEssentials

/// What a page token of a search holds: the set, where the next page begins, and which query it belongs to.
struct ResultSetCursor: Sendable, Hashable {
    let setID: UUID
    /// Hits of the pages before.
    let place: Int
    /// What a server must have replayed to know the set; `nil` when that is not known.
    let written: ConsistencyToken?
    /// Of the query.
    let fingerprint: String

    init(setID: UUID, place: Int, written: ConsistencyToken?, fingerprint: String) {
        (self.setID, self.place, self.written, self.fingerprint) = (setID, place, written, fingerprint)
    }

    private var text: String {
        [self.setID.text, String(self.place), self.written?.text ?? "", self.fingerprint].joined(separator: " ")
    }

    private init?(text: String) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, let id = UUID(uuidString: parts[0]), let place = Int32(parts[1]), place >= 0 else {
            return nil
        }
        self.init(
            setID: id,
            place: Int(place),
            written: try? ConsistencyToken(text: parts[2]),
            fingerprint: parts[3]
        )
    }

    /// - Parameter caller: Nobody else can use it.
    func token(_ tokens: PageTokens, caller: String) -> String {
        tokens.token(position: self.text, arguments: Self.arguments(caller))
    }

    /// - Parameter fingerprint: That of the query that the token is given with.
    /// - Throws: `.invalidPageToken` for what is no token of this caller, which says nothing of others';
    ///   `.pageTokenOfAnotherQuery`.
    init(
        _ token: String,
        _ tokens: PageTokens,
        caller: String,
        fingerprint: String
    ) throws(RepositoryError) {
        guard let position = try tokens.position(in: token, arguments: Self.arguments(caller)),
            let cursor = Self(text: position)
        else { throw .invalidPageToken }
        guard cursor.fingerprint == fingerprint else { throw .pageTokenOfAnotherQuery }
        self = cursor
    }

    private static func arguments(_ caller: String) -> [String] { ["result set", caller] }
}
