import Foundation
import NIOCore

/// What `proto/PROTOCOL.md` says that a program can read.
enum ProtocolPage {
    /// The repository.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let text = (try? String(contentsOf: root.appending(path: "proto/PROTOCOL.md"), encoding: .utf8)) ?? ""

    /// The rows of the table with this head, cell by cell.
    static func table(_ head: String) -> [[String]] {
        let lines = Self.text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(where: { $0 == head }) else { return [] }
        return lines[(start + 2)...].prefix { $0.hasPrefix("|") }.map { line in
            line.split(separator: "|").map { $0.trimmingCharacters(in: [" ", "`"]) }
        }
    }

    /// The worked examples: what its ```hex NAME blocks say.
    static let examples: [String: ByteBuffer] = {
        var examples: [String: ByteBuffer] = [:]
        var name: String?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```hex ") {
                name = String(line.dropFirst(7))
                examples[name ?? ""] = ByteBuffer()
            } else if line.hasPrefix("```") {
                name = nil
            } else if let name {
                // Bytes until the first word that is not two hexadecimal digits; the rest is a remark.
                for word in line.split(separator: " ") {
                    guard word.count == 2, let byte = UInt8(word, radix: 16) else { break }
                    examples[name]?.writeInteger(byte)
                }
            }
        }
        return examples
    }()
}
