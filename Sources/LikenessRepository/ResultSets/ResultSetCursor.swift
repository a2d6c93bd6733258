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
    /// Of what the caller saw through when the set was made; `nil` for everything.
    let view: String?

    /// What the token is made of. Through a view the place in the log is hidden: it would tell how much is written that the view
    /// does not show.
    private func text(_ tokens: PageTokens) throws(RepositoryError) -> String {
        var parts = [self.setID.text, String(self.place), self.written?.text ?? "", self.fingerprint]
        if let view = self.view {
            parts[2] =
                try self.written.map { written throws(RepositoryError) in
                    try Self.veiled(written, self.setID, tokens)
                }?.text ?? ""
            parts.append(view)
        }
        return parts.joined(separator: " ")
    }

    private init?(text: String, _ tokens: PageTokens) throws(RepositoryError) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard 4...5 ~= parts.count, let id = UUID(text: parts[0]), let place = Int32(parts[1]), place >= 0 else {
            return nil
        }
        let view = parts.count == 5 ? parts[4] : nil
        var written = try? ConsistencyToken(text: parts[2])
        if view != nil, let veiled = written { written = try Self.veiled(veiled, id, tokens) }
        self.init(setID: id, place: Int(place), written: written, fingerprint: parts[3], view: view)
    }

    init(setID: UUID, place: Int, written: ConsistencyToken?, fingerprint: String, view: String?) {
        (self.setID, self.place, self.written, self.fingerprint) = (setID, place, written, fingerprint)
        self.view = view
    }

    /// A place in the log that cannot be read without the key, and back: every set has a pad of its own.
    private static func veiled(
        _ written: ConsistencyToken,
        _ setID: UUID,
        _ tokens: PageTokens
    ) throws(RepositoryError) -> ConsistencyToken {
        let pad = try tokens.number(of: Array("place in the log of \(setID.text)".utf8))
        return ConsistencyToken(position: written.position ^ pad)
    }

    /// - Parameter caller: The only one who can use it.
    func token(_ tokens: PageTokens, caller: String) throws(RepositoryError) -> String {
        tokens.token(position: try self.text(tokens), arguments: Self.arguments(caller))
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
            let cursor = try Self(text: position, tokens)
        else { throw .invalidPageToken }
        guard cursor.fingerprint == fingerprint else { throw .pageTokenOfAnotherQuery }
        self = cursor
    }

    private static func arguments(_ caller: String) -> [String] { ["result set", caller] }
}
