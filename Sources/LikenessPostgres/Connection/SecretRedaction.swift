/// Takes secrets out of texts that go to logs, errors and terminals. The one place that knows what a secret looks like.
package enum SecretRedaction {
    static let placeholder = "***"

    /// Cuts each line where a connection string or a password begins: what follows may be part of it, whatever it reads
    /// like, because passwords may hold blanks, quotes and slashes.
    ///
    /// - Parameter secrets: Values that are known to be secret, which are replaced wherever they stand.
    package static func redact(_ text: String, secrets: [String] = []) -> String {
        var text = text
        // Longest first: a secret may be part of another.
        for secret in secrets.sorted(by: { $0.utf8.count > $1.utf8.count }) where !secret.isEmpty {
            text = text.replacing(secret, with: Self.placeholder)
        }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map(Self.redactLine)
            .joined(separator: "\n")
    }

    private static func redactLine(_ line: Substring) -> String {
        let lowercased = line.lowercased()
        // Lower-casing may change lengths outside ASCII; then the line is cut as a whole or not at all.
        let isAligned = lowercased.utf8.count == line.utf8.count
        let starts = Self.starts(in: Array(lowercased.utf8))
        guard let start = starts.min() else { return String(line) }
        guard isAligned else { return Self.placeholder }
        return String(decoding: line.utf8.prefix(start), as: UTF8.self) + Self.placeholder
    }

    /// Where a secret may begin, by byte: after the scheme of a URI, after `password=` and its like.
    private static func starts(in line: [UInt8]) -> [Int] {
        var starts: [Int] = []
        for scheme in ["postgresql://", "postgres://"] {
            if let end = Self.end(of: Array(scheme.utf8), in: line) { starts.append(end) }
        }
        let word = Array("passw".utf8)
        var from = 0
        while let end = Self.end(of: word, in: line, from: from) {
            from = end
            // The rest of the word, a quote perhaps, blanks, and what separates it from its value.
            var index = end
            while index < line.count, Self.isLetter(line[index]) { index += 1 }
            var isQuoted = false
            while index < line.count, [0x20, 0x22, 0x27].contains(line[index]) {
                if line[index] != 0x20 { isQuoted = true }
                index += 1
            }
            // `password=…`, or `"password": …` as in JSON; "password: missing" is no secret.
            guard index < line.count else { break }
            if line[index] == 0x3D || (line[index] == 0x3A && isQuoted) { starts.append(index + 1) }
        }
        return starts
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) || byte == 0x5F }

    private static func end(of word: [UInt8], in line: [UInt8], from: Int = 0) -> Int? {
        guard line.count >= word.count else { return nil }
        for start in stride(from: from, through: line.count - word.count, by: 1)
        where line[start..<start + word.count].elementsEqual(word) {
            return start + word.count
        }
        return nil
    }
}
