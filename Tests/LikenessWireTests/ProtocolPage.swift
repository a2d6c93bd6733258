import Foundation
import NIOCore

/// The worked examples of `proto/PROTOCOL.md`: what its ```hex NAME blocks say.
enum ProtocolPage {
    static let examples: [String: ByteBuffer] = {
        let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "proto/PROTOCOL.md")
        guard let text = try? String(contentsOf: page, encoding: .utf8) else { return [:] }
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
