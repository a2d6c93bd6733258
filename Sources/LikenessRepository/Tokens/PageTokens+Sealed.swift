/// Tokens whose positions callers cannot read: numbers of transactions tell how much is written that a mask hides.
///
/// The text is hexadecimal: version (1 byte), tag (8 bytes), nonce (8 bytes), position (UTF-8, blanks up to a multiple of 1 KiB), under
/// a key stream of SipHash in counter mode.
extension PageTokens {
    private static let sealedVersion: UInt8 = 2
    private static let blockBytes = 1_024

    /// - Throws: `.unavailable` before the key is known.
    func sealed(position: String, arguments: [String]) throws(RepositoryError) -> String {
        var text = Array(position.utf8)
        text += Array(
            repeating: UInt8(ascii: " "),
            count: (Self.blockBytes - text.count % Self.blockBytes) % Self.blockBytes
        )
        let nonce = Self.bytes(of: .random(in: .min ... .max))
        let hidden = nonce + (try self.xored(text, nonce))
        let tag = try self.number(of: Self.content(hidden, arguments))
        return Hexadecimal.encode([Self.sealedVersion] + Self.bytes(of: tag) + hidden)
    }

    /// - Returns: The position; `nil` for what is no token of these arguments.
    /// - Throws: `.unavailable` before the key is known.
    func unsealed(_ token: String, arguments: [String]) throws(RepositoryError) -> String? {
        guard let bytes = Hexadecimal.decode(token), bytes.count >= 17, bytes[0] == Self.sealedVersion else {
            // Also before the key is known: no token at all.
            _ = try self.number(of: [])
            return nil
        }
        let hidden = Array(bytes[9...])
        let tag = try self.number(of: Self.content(hidden, arguments))
        guard Self.bytes(of: tag) == Array(bytes[1..<9]) else { return nil }
        let text = try self.xored(Array(hidden[8...]), Array(hidden[..<8]))
        guard let position = String(validating: text, as: UTF8.self) else { return nil }
        return String(position.reversed().drop { $0 == " " }.reversed())
    }

    /// Its own inverse.
    private func xored(_ text: [UInt8], _ nonce: [UInt8]) throws(RepositoryError) -> [UInt8] {
        var result = text
        for start in stride(from: 0, to: text.count, by: 8) {
            // No other content that is authenticated begins so: there a length stands first.
            let content = [UInt8](repeating: 0xff, count: 4) + nonce + Self.bytes(of: UInt64(start / 8))
            let stream = Self.bytes(of: try self.number(of: content))
            for place in start..<min(start + 8, text.count) { result[place] ^= stream[place - start] }
        }
        return result
    }

    private static func content(_ hidden: [UInt8], _ arguments: [String]) -> [UInt8] {
        var content: [UInt8] = []
        for part in [hidden] + arguments.map({ Array($0.utf8) }) {
            content += self.bytes(of: UInt64(part.count)).prefix(4) + part
        }
        return content
    }

    /// Little endian.
    private static func bytes(of number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }
}
