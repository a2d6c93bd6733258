internal import LikenessReflection

/// Where reading goes on after an object in which a quote or a bracket is missing.
///
/// That is an object that is whole and stands beside the broken one. What is within the broken one is no person, whole or not: a skill of
/// a list stands farther from the margin, or what follows its list does not end the file.
struct JSONResumption {
    private let pieces: JSONPieces
    private let bytes: ArraySlice<UInt8>
    /// Bytes that may be looked at again: at each object that is broken, that would be the square of the file.
    private var rereadBytes: Int

    init(_ pieces: JSONPieces, _ bytes: ArraySlice<UInt8>) {
        (self.pieces, self.bytes) = (pieces, bytes)
        self.rereadBytes = 1 << 20 + 64 * bytes.count
    }

    /// How the objects go on from one that is whole.
    private enum Following {
        /// To the end of the list, or the file, that they are in.
        case ended
        /// To one that is broken too, or to the end of a list that is not closed.
        case broken
        /// To something that stands in no list of people.
        case wrong
    }

    /// - Parameters:
    ///   - broken: From where the object begins to where it is seen to be broken.
    ///   - isInList: Whether it is an item of a list, and not one of several that follow each other.
    mutating func place(after broken: Range<Int>, isInList: Bool) -> Int? {
        guard self.bytes[broken.lowerBound] == UInt8(ascii: "{") else { return nil }
        self.rereadBytes -= broken.count
        let margin = self.margin(of: broken.lowerBound)
        var position = broken.lowerBound + 1
        var (isLineStart, column) = (false, 0)
        // Of the text so far its last two signs.
        var (last, lastButOne) = (UInt8(ascii: "{"), UInt8(ascii: "{"))
        // Of the lines so far.
        var isEachOpened = true
        var isAnyDeeper = false
        var lineFirst: UInt8?
        while position < self.bytes.endIndex, self.rereadBytes > 0 {
            let byte = self.bytes[position]
            defer { position += 1 }
            self.rereadBytes -= 1
            if byte == 0x0A || byte == 0x0D {
                (isLineStart, column) = (true, 0)
                continue
            }
            if isLineStart, byte == 0x20 || byte == 0x09 || byte == UInt8(ascii: ",") { column += 1 }
            if byte == 0x20 || byte == 0x09 { continue }
            if byte == UInt8(ascii: "{") {
                let isAtMargin = isLineStart && column <= margin
                let followsObject = last == UInt8(ascii: ",") && lastButOne == UInt8(ascii: "}")
                let isBeside =
                    switch isAtMargin || followsObject ? self.following(position, isInList) : .wrong {
                    case .ended where isInList && followsObject: true
                    case .ended: isAtMargin && (isEachOpened || isAnyDeeper || lineFirst == UInt8(ascii: "}"))
                    case .broken: isAtMargin && (isEachOpened || isAnyDeeper)
                    case .wrong: false
                    }
                if isBeside { return position }
            }
            if isLineStart, byte != UInt8(ascii: ",") {
                isEachOpened = isEachOpened && byte == UInt8(ascii: "{")
                isAnyDeeper = isAnyDeeper || column > margin
                (isLineStart, lineFirst) = (false, byte)
            }
            (last, lastButOne) = (byte, last)
        }
        return nil
    }

    /// The column of what begins at a place, if only brackets and commas precede it on its line, or else that of its line.
    private func margin(of start: Int) -> Int {
        let lineStart =
            self.bytes[..<start].lastIndex { $0 == 0x0A || $0 == 0x0D }.map { $0 + 1 } ?? self.bytes.startIndex
        let line = self.bytes[lineStart..<start]
        return (line.firstIndex { !" \t[,".utf8.contains($0) } ?? start) == start
            ? line.count : line.prefix { $0 == 0x20 || $0 == 0x09 }.count
    }

    private mutating func following(_ start: Int, _ isInList: Bool) -> Following {
        var position = start
        while self.rereadBytes > 0 {
            position = self.pieces.afterSpace(position)
            guard position < self.bytes.endIndex else { return isInList ? .broken : .ended }
            switch self.bytes[position] {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "]"): return isInList && self.isEnd(position + 1) ? .ended : .wrong
            case UInt8(ascii: "{"):
                let next = self.pieces.afterValue(position, stopsWhenBroken: true)
                self.rereadBytes -= next.end - position
                if position == start {
                    guard !next.isBroken, (try? JSONParser.parse(Array(self.bytes[start..<next.end]))) != nil else {
                        return .wrong
                    }
                } else if next.isBroken {
                    return .broken
                }
                position = next.end
            default: return .wrong
            }
        }
        return .wrong
    }

    /// Whether a list of people may end at a place: what follows is nothing, another list or document, or the other members of the object
    /// that the list is in.
    private mutating func isEnd(_ place: Int) -> Bool {
        let next = self.pieces.afterSpace(place)
        guard next < self.bytes.endIndex else { return true }
        switch self.bytes[next] {
        case UInt8(ascii: "["), UInt8(ascii: "{"): return true
        case UInt8(ascii: "}"): return self.pieces.afterSpace(next + 1) == self.bytes.endIndex
        case UInt8(ascii: ","):
            self.rereadBytes -= self.bytes.endIndex - next
            let members = [UInt8(ascii: "{")] + self.bytes[(next + 1)...]
            return (try? JSONParser.parse(members)) != nil
        default: return false
        }
    }
}
