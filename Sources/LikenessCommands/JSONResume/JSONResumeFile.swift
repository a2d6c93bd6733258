package import Foundation
package import LikenessMessages

/// The profiles of one file: a JSON Resume document, or one document a line (JSON Lines).
package struct JSONResumeFile: Sequence {
    /// One document of the file, read or not.
    package struct Item {
        /// 1-based line on which the document starts.
        package let line: Int
        package let profile: Result<Profile, JSONResumeError>
    }

    private let documents: [(line: Int, data: Data)]

    /// Splits a file into documents without parsing them all.
    ///
    /// A file that parses as a whole is one document. Otherwise, when any of its first lines parses alone, every line
    /// that is not blank is a document; a file of which nothing parses is one broken document.
    package init(_ data: Data) {
        let lines = data.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
            .map { (line: $0.offset + 1, data: Data($0.element)) }
            .filter { line in line.data.contains { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D } }
        let isOneDocument =
            lines.count > 1
            && (Self.parses(data) || !lines.prefix(Self.probedLines).contains { Self.parses($0.data) })
        self.documents = isOneDocument ? [(line: lines[0].line, data: data)] : lines
    }

    /// Lines that are tried before a file counts as one broken document.
    private static let probedLines = 100

    private static func parses(_ data: Data) -> Bool {
        guard case .object? = try? JSONValue(parsing: data) else { return false }
        return true
    }

    /// Documents in the file.
    package var count: Int { self.documents.count }

    package func makeIterator() -> some IteratorProtocol<Item> {
        self.documents.lazy.map { document in
            let profile = Result { () throws(JSONResumeError) in
                try Profile(jsonResume: JSONValue(parsing: document.data))
            }
            return Item(line: document.line, profile: profile)
        }.makeIterator()
    }
}
