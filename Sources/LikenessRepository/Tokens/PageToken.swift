internal import Synchronization

/// Makes and checks the tokens that continue a list.
///
/// A token is where the next page starts, bound to the arguments of the list it continues and authenticated: a token
/// that was changed, or is given with other arguments, is refused rather than read. It is opaque to callers.
///
/// The text is hexadecimal: version (1 byte), tag (8 bytes), position (UTF-8).
package struct PageTokens: Sendable {
    private static let version: UInt8 = 1
    private let key: SharedKey

    /// Copies of the tokens share it, so that a service can be set up while its database is still away.
    private final class SharedKey: Sendable {
        let value = Mutex<SipHash.Key?>(nil)
    }

    /// Without a key, until one is taken: lists are unavailable.
    package init() { self.key = SharedKey() }

    /// - Parameter key: 16 bytes that all servers of a fleet share, so that any of them continues another's list.
    package init(key: [UInt8]) {
        self.init()
        self.take(key: key)
    }

    /// - Parameter key: As for `init(key:)`.
    func take(key: [UInt8]) {
        precondition(key.count == 16, "a page token key has 16 bytes")
        func half(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
        self.key.value.withLock { $0 = SipHash.Key(low: half(key[..<8]), high: half(key[8...])) }
    }

    /// The token of the page that follows. Only after `position`, which has seen that there is a key.
    ///
    /// - Parameters:
    ///   - position: Key of the last item of this page.
    ///   - arguments: Everything that the caller may not change between pages, in a fixed order.
    package func token(position: String, arguments: [String]) -> String {
        let tag = self.tag(position: position, arguments: arguments)
        let tagBytes = (0..<8).map { UInt8(truncatingIfNeeded: tag >> ($0 * 8)) }
        return Hexadecimal.encode([Self.version] + tagBytes + Array(position.utf8))
    }

    /// The position in a token, `nil` for the empty token of the first page.
    ///
    /// - Throws: `.invalidPageToken`; `.unavailable` before the key is known.
    package func position(in token: String, arguments: [String]) throws(RepositoryError) -> String? {
        guard self.key.value.withLock({ $0 != nil }) else { throw .unavailable(.starting) }
        if token.isEmpty { return nil }
        guard let bytes = Hexadecimal.decode(token), bytes.count >= 9, bytes[0] == Self.version,
            let position = String(validating: bytes[9...], as: UTF8.self)
        else { throw .invalidPageToken }
        let tag = bytes[1..<9].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard tag == self.tag(position: position, arguments: arguments) else { throw .invalidPageToken }
        return position
    }

    /// What stands for a content within a position: without the key no other content with the same can be found.
    ///
    /// - Throws: `.unavailable` before the key is known.
    func fingerprint(of content: [UInt8]) throws(RepositoryError) -> String {
        let tag = try self.number(of: content)
        return Hexadecimal.encode((0..<8).map { UInt8(truncatingIfNeeded: tag >> ($0 * 8)) })
    }

    /// The same for a view, in the revisions of its masks.
    func fingerprint(of view: View) throws(RepositoryError) -> String {
        try self.fingerprint(of: Array("view of \(view.stamp)".utf8))
    }

    /// A number that stands for a content, and cannot be found without the key.
    ///
    /// - Throws: `.unavailable` before the key is known.
    func number(of content: [UInt8]) throws(RepositoryError) -> UInt64 {
        guard let key = self.key.value.withLock({ $0 }) else { throw .unavailable(.starting) }
        return SipHash.tag(of: content, key: key)
    }

    private func tag(position: String, arguments: [String]) -> UInt64 {
        var bytes: [UInt8] = []
        // Each part after its length, so that no two lists of arguments read the same.
        for part in [position] + arguments {
            let count = UInt32(truncatingIfNeeded: part.utf8.count)
            bytes += (0..<4).map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) }
            bytes += Array(part.utf8)
        }
        guard let key = self.key.value.withLock({ $0 }) else {
            preconditionFailure("a token is made or checked only after `position` found the key")
        }
        return SipHash.tag(of: bytes, key: key)
    }
}
