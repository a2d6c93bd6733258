internal import LikenessRepository

extension FuzzTarget {
    private static let pageTokens = PageTokens(key: Array(0..<16))
    private static let arguments = ["list", "of a caller"]

    /// What callers give back: tokens of pages and streams, and proofs of a write. First byte: which character is changed; then a text,
    /// once as a token and once as what a token holds.
    ///
    /// No text that this service has not made is a token, and what it made is one for the same list only.
    static let tokens = FuzzTarget(name: "tokens") { bytes in
        var input = FuzzInput(bytes)
        let place = Int(input.byte())
        let text = String(decoding: input.rest(), as: UTF8.self)
        Self.refuse(text, Self.arguments, unlessEmpty: true)

        let token = Self.pageTokens.token(position: text, arguments: Self.arguments)
        guard let position = try? Self.pageTokens.position(in: token, arguments: Self.arguments) else {
            preconditionFailure("a token that was made is none")
        }
        precondition(position.utf8.elementsEqual(text.utf8), "a token holds something else than was put in")
        Self.refuse(token, ["list", "of another"])
        Self.refuse(token, ["list of a", " caller"])
        Self.refuse(token + "00", Self.arguments)
        var changed = Array(token.utf8)
        changed[place % changed.count] ^= 1
        Self.refuse(String(decoding: changed, as: UTF8.self), Self.arguments)

        if let proof = try? ConsistencyToken(text: text) {
            precondition(proof.text == text, "two texts are the same proof")
        }
    }

    private static func refuse(_ token: String, _ arguments: [String], unlessEmpty: Bool = false) {
        do throws(RepositoryError) {
            let position = try Self.pageTokens.position(in: token, arguments: arguments)
            precondition(unlessEmpty && token.isEmpty && position == nil, "a token that was not made: \(token)")
        } catch .invalidPageToken {
        } catch {
            preconditionFailure("\(error)")
        }
    }
}
