package import Foundation
package import LikenessMessages
internal import LikenessReflection

/// The people of one file: a JSON Resume document, a list of them, or one document a line (JSON Lines).
package struct JSONResumeFile: Sequence {
    /// One document of the file, read or not.
    package struct Item {
        /// 1-based line on which the document starts.
        package let line: Int
        package let resume: Result<ReadResume, JSONResumeError>

        package var profile: Result<Profile, JSONResumeError> { self.resume.map(\.profile) }
    }

    /// A part of the file, and where that begins.
    private typealias Document = (start: JSONPlace, range: Range<Int>)

    private let bytes: [UInt8]
    private let match: [PersonIdentity.Kind]
    private let documents: [Document]
    /// Members of an object around the list of people, which belong to none of them.
    private let strayNames: [String]

    /// Lines that are tried before a file counts as one broken document.
    private static let probedLines = 100
    /// More than a profile can hold, whatever of it is read.
    private static let documentBytesMax = 16 << 20

    /// Splits a file into documents without parsing them all.
    ///
    /// A file that parses as a whole is one document or one list of them. Otherwise, when any of its first lines parses
    /// alone, every line that is not blank is a document; a list or a row of objects that is broken is cut by brackets;
    /// a file of which nothing parses is one broken document.
    package init(_ data: Data, match: [PersonIdentity.Kind] = PersonIdentity.Kind.usual) {
        let bytes = Self.utf8(data)
        self.bytes = bytes
        self.match = match
        var lines = Self.lines(of: bytes)
        var strayNames: [String] = []
        let isWhole = lines.count == 1 || !Self.parses(bytes[lines.first?.range ?? 0..<0])
        if isWhole, let first = lines.first {
            let whole = first.range.lowerBound..<bytes.count
            let pieces = JSONPieces(bytes[...])
            if let people = Self.people(bytes, pieces, in: whole, strayNames: &strayNames) {
                lines = Self.documents(people, in: bytes)
            } else if lines.count > 1, !lines.prefix(Self.probedLines).contains(where: { Self.parses(bytes[$0.range]) })
            {
                let values = pieces.values
                let areObjects = values.allSatisfy { bytes[$0.lowerBound] == UInt8(ascii: "{") }
                lines = areObjects ? Self.documents(values, in: bytes) : [(first.start, whole)]
            } else if lines.count > 1, (try? JSONParser.parse(Array(bytes[whole]))) != nil {
                lines = [(first.start, whole)]
            }
        }
        // A line can hold a list too.
        self.documents = lines.flatMap { line in
            guard let items = JSONPieces(bytes[line.range]).items, Self.parses(bytes[line.range]) else { return [line] }
            return Self.documents(items, in: bytes, after: line)
        }
        self.strayNames = strayNames
    }

    /// The bytes without a byte order mark, and in UTF-8 if that says UTF-16.
    private static func utf8(_ data: Data) -> [UInt8] {
        if data.starts(with: [0xEF, 0xBB, 0xBF]) { return Array(data.dropFirst(3)) }
        if data.starts(with: [0xFF, 0xFE]) || data.starts(with: [0xFE, 0xFF]),
            let text = String(data: data, encoding: .utf16)
        {
            return Array(text.utf8)
        }
        return Array(data)
    }

    private static func lines(of bytes: [UInt8]) -> [Document] {
        var lines: [Document] = []
        var start = 0
        var number = 1
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            if bytes[start..<end].contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) {
                lines.append((JSONPlace(line: number), start..<end))
            }
            number += 1
            start = end + 1
        }
        return lines
    }

    /// Pieces of a document with the places where they begin.
    private static func documents(
        _ ranges: [Range<Int>],
        in bytes: [UInt8],
        after whole: Document = (.start, 0..<0)
    ) -> [Document] {
        var place = whole.start
        var position = whole.range.lowerBound
        return ranges.map { range in
            place.advance(over: bytes[position..<range.lowerBound])
            position = range.lowerBound
            return (place, range)
        }
    }

    /// The people in a list, or in an object that has a list of them and is none itself.
    private static func people(
        _ bytes: [UInt8],
        _ pieces: JSONPieces,
        in whole: Range<Int>,
        strayNames: inout [String]
    ) -> [Range<Int>]? {
        if pieces.items != nil {
            // What follows a list is read too.
            let people = pieces.values.flatMap { JSONPieces(bytes[$0]).items ?? [$0] }
            return people.isEmpty ? nil : people
        }
        guard case .object(let members)? = try? JSONParser.parse(Array(bytes[whole])),
            !ResumeReader.namesPerson(members)
        else { return nil }
        for name in ResumeVocabulary.people {
            guard let member = members.first(where: { $0.name.lowercased() == name }),
                case .array(let items) = member.value,
                items.contains(where: { if case .object = $0 { true } else { false } }),
                let range = pieces.value(of: member.name), let people = JSONPieces(bytes[range]).items
            else { continue }
            strayNames = members.map(\.name).filter { $0 != member.name }
            return people
        }
        return nil
    }

    private static func parses(_ bytes: ArraySlice<UInt8>) -> Bool {
        switch try? JSONParser.parse(Array(bytes)) {
        case .object?, .array?: true
        default: false
        }
    }

    /// Documents in the file.
    package var count: Int { self.documents.count }

    package func makeIterator() -> some IteratorProtocol<Item> {
        self.documents.enumerated().lazy.map { index, document in
            let resume = Result { () throws(JSONResumeError) in
                let resume = try self.read(document)
                guard index == 0, !self.strayNames.isEmpty else { return resume }
                let strays = self.strayNames.map { name in
                    ResumeWarning(
                        path: name,
                        message: "stands beside the list of people and belongs to none: not stored"
                    )
                }
                return ReadResume(
                    profile: resume.profile,
                    identity: resume.identity,
                    warnings: strays + resume.warnings
                )
            }
            return Item(line: document.start.line, resume: resume)
        }.makeIterator()
    }

    private func read(_ document: Document) throws(JSONResumeError) -> ReadResume {
        guard document.range.count <= Self.documentBytesMax else {
            throw .tooLarge(
                path: "document",
                byteCount: document.range.count,
                byteCountMax: Self.documentBytesMax
            )
        }
        let node: JSONNode
        do {
            node = try JSONParser.parse(Array(self.bytes[document.range]), from: document.start)
        } catch {
            throw .invalidJSON(error.problem)
        }
        return try ResumeReader.read(node, match: self.match)
    }
}
