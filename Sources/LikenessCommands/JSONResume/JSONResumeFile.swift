package import Foundation
package import LikenessMessages
package import LikenessReflection

/// The people of one file: a JSON Resume document, a list of them, or one document a line (JSON Lines).
package struct JSONResumeFile: Sequence {
    /// One document of the file, read or not.
    package struct Item {
        /// Where the document starts.
        package let place: JSONPlace
        package let resume: Result<ReadResume, JSONResumeError>
        /// What of the file belongs to no document; with the first.
        package let strays: [ResumeWarning]

        /// 1-based.
        package var line: Int { self.place.line }
        package var profile: Result<Profile, JSONResumeError> { self.resume.map(\.profile) }
    }

    /// A part of the file, and where that begins.
    private typealias Document = (start: JSONPlace, range: Range<Int>)

    private let bytes: [UInt8]
    private let match: [PersonIdentity.Kind]
    private let documents: [Document]
    /// Members of an object around the lists of people, which belong to none of them.
    private let strayNames: [String]

    /// Lines that are looked at to see whether each is a document.
    private static let probedLines = 100
    /// More than a profile can hold, whatever of it is read.
    private static let documentBytesMax = 16 << 20

    /// Splits a file into documents without parsing them all.
    ///
    /// A file whose first line parses alone is JSON Lines, unless others begin within a document: every line that is not blank is a
    /// document. Any other is a list of people, an object that has lists of them, or documents one after the other, and is cut by
    /// brackets, so that what is broken costs itself alone; JSON Lines some of which are broken are known by the lines that do parse.
    package init(_ data: Data, match: [PersonIdentity.Kind] = PersonIdentity.Kind.usual) {
        let bytes = Self.utf8(data)
        self.bytes = bytes
        self.match = match
        var strayNames: [String] = []
        // A line can hold a list too.
        self.documents = Self.pieces(of: bytes, strayNames: &strayNames).flatMap { piece in
            guard let list = JSONPieces(bytes[piece.range]).list, Self.parses(bytes[piece.range]) else {
                return [piece]
            }
            return Self.documents(list.items, in: bytes, after: piece)
        }
        self.strayNames = strayNames
    }

    private static func pieces(of bytes: [UInt8], strayNames: inout [String]) -> [Document] {
        let lines = Self.lines(of: bytes)
        guard let first = lines.first else { return [] }
        let probed = lines.prefix(Self.probedLines)
        if lines.count > 1, !probed.contains(where: { Self.beginsWithin($0, in: bytes) }),
            Self.parses(bytes[first.range])
        {
            return lines
        }
        let pieces = JSONPieces(bytes[...])
        if let people = Self.people(bytes, pieces, strayNames: &strayNames) {
            return Self.documents(people, in: bytes)
        }
        let values = pieces.values
        let areObjects = values.allSatisfy { bytes[$0.lowerBound] == UInt8(ascii: "{") }
        if areObjects, values.allSatisfy({ Self.parses(bytes[$0]) }) { return Self.documents(values, in: bytes) }
        if lines.count > 1, Self.areDocuments(probed, in: bytes) { return lines }
        return areObjects
            ? Self.documents(values, in: bytes) : [(first.start, first.range.lowerBound..<bytes.count)]
    }

    /// Whether lines are JSON Lines, some of them broken. In one document over many lines some parse alone too, as the last skill of a list
    /// does; but more of its lines begin within it.
    private static func areDocuments(_ lines: ArraySlice<Document>, in bytes: [UInt8]) -> Bool {
        let inner = lines.count { Self.beginsWithin($0, in: bytes) }
        let whole = lines.count { !Self.beginsWithin($0, in: bytes) && Self.parses(bytes[$0.range]) }
        return whole > inner
    }

    private static func beginsWithin(_ line: Document, in bytes: [UInt8]) -> Bool {
        bytes[line.range].first { $0 != 0x20 && $0 != 0x09 }.map { "\"}],:".utf8.contains($0) } ?? false
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

    /// The people in a list, or in an object that has lists of them and is no person itself.
    private static func people(
        _ bytes: [UInt8],
        _ pieces: JSONPieces,
        strayNames: inout [String]
    ) -> [Range<Int>]? {
        if pieces.list != nil {
            let people = Self.people(inValues: pieces.values, of: bytes)
            return people.isEmpty ? nil : people
        }
        guard pieces.values.count == 1, var ranges = pieces.members else { return nil }
        var members: [JSONNode.Member] = []
        for range in ranges {
            guard case .string(let name)? = try? JSONParser.parse(Array(bytes[range.name])) else { return nil }
            // A value that is broken costs no other.
            members.append(.init(name, (try? JSONParser.parse(Array(bytes[range.value]))) ?? .null))
        }
        guard !ResumeReader.isAboutPerson(members) else { return nil }
        var people: [Range<Int>] = []
        var others: [String] = []
        var index = 0
        while index < ranges.count {
            let (name, value) = ranges[index]
            index += 1
            guard case .string(let name)? = try? JSONParser.parse(Array(bytes[name])) else { continue }
            if ResumeVocabulary.people.contains(ResumeScope.folded(name)),
                let (items, end) = Self.items(of: value, in: bytes),
                items.contains(where: { bytes[$0].first == UInt8(ascii: "{") })
            {
                people += items
                // A list in which something is broken may end before its brackets do.
                if end < value.upperBound, index == ranges.count { ranges += pieces.members(from: end) ?? [] }
            } else {
                others.append(name)
            }
        }
        guard !people.isEmpty else { return nil }
        strayNames = others
        return people
    }

    /// The items of lists that follow each other, and other values between them.
    private static func people(inValues values: [Range<Int>], of bytes: [UInt8]) -> [Range<Int>] {
        var people: [Range<Int>] = []
        var values = values[...]
        var continued = 0
        while let value = values.popFirst() {
            guard let (items, end) = Self.items(of: value, in: bytes) else {
                people.append(value)
                continue
            }
            people += items
            // A list in which something is broken may end before its brackets do, and what follows it is read too.
            let rest = end..<value.upperBound
            guard bytes[rest].contains(where: { $0 > 0x20 }) else { continue }
            continued += 1
            values =
                continued <= Self.continuationsMax ? (JSONPieces(bytes[rest]).values + values)[...] : [rest] + values
        }
        return people
    }

    /// Each costs a look at all that follows.
    private static let continuationsMax = 64

    /// The items of a list, and where it ends. One that is cut off after a whole item ends with an item that is none, so that it is
    /// reported.
    private static func items(of list: Range<Int>, in bytes: [UInt8]) -> (items: [Range<Int>], end: Int)? {
        guard let (items, isClosed, end) = JSONPieces(bytes[list]).list else { return nil }
        guard !isClosed, let last = items.last, Self.parses(bytes[last]) else { return (items, end) }
        return (items + [list.upperBound..<list.upperBound], end)
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
            let strays = (index == 0 ? self.strayNames : []).map { name in
                ResumeWarning(path: name, message: "stands beside the list of people and belongs to none: not stored")
            }
            let resume = Result { () throws(JSONResumeError) in try self.read(document) }
            return Item(place: document.start, resume: resume, strays: strays)
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
            throw .invalidJSON(error.problem + self.linesNotRead(document))
        }
        if let profile = try ProfileDocument.read(node) { return profile }
        return try ResumeReader.read(node, match: self.match)
    }

    /// Of a document over several lines which: where a quote or a bracket is missing, other people may stand on them.
    private func linesNotRead(_ document: Document) -> String {
        let text = self.bytes[document.range]
        let end = text.lastIndex { $0 > 0x20 } ?? text.startIndex
        let lineEnds = text[..<end].count { $0 == 0x0A }
        guard lineEnds > 0 else { return "" }
        return ": lines \(document.start.line) to \(document.start.line + lineEnds) are not read"
    }
}
