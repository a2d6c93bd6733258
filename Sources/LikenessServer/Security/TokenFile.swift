package import Foundation
package import LikenessMessages
internal import LikenessTLS

/// The bearer tokens that a service takes, as their file says them: one a line, never the token itself.
///
///     sha256:HEX ROLE NAME [until=2027-01-31T00:00:00Z] [mask=public]
///
/// `HEX` is the SHA-256 of the token in 64 digits, `ROLE` reader, writer, admin or monitor, `NAME` what logs call the holder. A reader
/// with `mask` sees profiles through that stored view alone. Empty lines and lines that begin with `#` are passed over. The tokens are random and long, so a plain digest is enough: there
/// is nothing to guess.
package struct TokenFile: Sendable, Hashable {
    package struct Entry: Sendable, Hashable {
        package let digest: [UInt8]
        package let role: Role
        package let name: String
        package let until: Foundation.Date?
        package let mask: String?
    }

    package let entries: [Entry]

    /// - Throws: `ConfigurationError` with every line that cannot be read.
    package init(_ text: String) throws(ConfigurationError) {
        var entries: [Entry] = []
        var problems: [String] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            do throws(Problem) {
                let entry = try Self.entry(words)
                if entries.contains(where: { $0.digest == entry.digest }) { throw Problem("is there twice") }
                entries.append(entry)
            } catch {
                problems.append("line \(index + 1): \(error.text)")
            }
        }
        guard problems.isEmpty else { throw ConfigurationError(problems) }
        self.entries = entries
    }

    private struct Problem: Error {
        let text: String
        init(_ text: String) { self.text = text }
    }

    private static func entry(_ words: [Substring]) throws(Problem) -> Entry {
        guard (3...5).contains(words.count) else {
            throw Problem("is not `sha256:HEX ROLE NAME [until=TIME] [mask=MASK]`")
        }
        guard words[0].hasPrefix("sha256:"), let digest = self.bytes(words[0].dropFirst(7)), digest.count == 32 else {
            throw Problem("the digest is not sha256: and 64 hexadecimal digits")
        }
        guard let role = Role.named(words[1]), role != .none else {
            throw Problem("the role is not reader, writer, admin or monitor")
        }
        var until: Foundation.Date?
        var mask: String?
        for word in words.dropFirst(3) {
            if word.hasPrefix("mask="), mask == nil {
                let name = String(word.dropFirst(5))
                if let problem = BoundMasks.problem(withMask: name) { throw Problem("\(word) \(problem)") }
                guard role == .reader else { throw Problem("only a reader is bound to a mask") }
                mask = name
                continue
            }
            guard word.hasPrefix("until="), until == nil,
                let time = try? Foundation.Date(String(word.dropFirst(6)), strategy: .iso8601)
            else {
                throw Problem("\(word) is neither until= and a time as in 2027-01-31T00:00:00Z nor mask= and a mask")
            }
            until = time
        }
        return Entry(digest: digest, role: role, name: String(words[2]), until: until, mask: mask)
    }

    private static func bytes(_ hexadecimal: Substring) -> [UInt8]? {
        guard hexadecimal.utf8.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        var rest = hexadecimal[...]
        while !rest.isEmpty {
            guard let byte = UInt8(rest.prefix(2), radix: 16) else { return nil }
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        return bytes
    }

    /// Whose a token is; `nil` when it is unknown or its time is over.
    func entry(of token: String, now: Foundation.Date) -> Entry? {
        let digest = SHA256.digest(of: Array(token.utf8))
        var found: Entry?
        // All are looked at, so that the time says nothing about which came near.
        for entry in self.entries where SHA256.areEqual(entry.digest, digest) { found = entry }
        guard let found, found.until.map({ now < $0 }) ?? true else { return nil }
        return found
    }

    /// Why a token cannot be bound to a mask of such a name.
    package static func problem(withMask name: String) -> String? { BoundMasks.problem(withMask: name) }

    /// A new token of 32 random bytes, and its line for the file.
    package static func make(
        role: Role,
        name: String,
        until: Foundation.Date?,
        mask: String? = nil
    ) -> (token: String, line: String) {
        let token = (0..<32).map { _ in Self.hexadecimal(UInt8.random(in: .min ... .max)) }.joined()
        let digest = SHA256.digest(of: Array(token.utf8)).map(Self.hexadecimal).joined()
        let end = until.map { " until=" + $0.formatted(.iso8601) } ?? ""
        return (token, "sha256:\(digest) \(role) \(name)\(end)\(mask.map { " mask=\($0)" } ?? "")")
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}

extension Role {
    /// The role of that name, as the contract's options spell it in lower case.
    package static func named(_ name: some StringProtocol) -> Role? {
        Role.allCases.first { "\($0)" == name.lowercased() }
    }
}
