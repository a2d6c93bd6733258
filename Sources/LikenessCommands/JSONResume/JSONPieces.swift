/// Finds the values in a JSON text by brackets and quotes alone, so that a value which is broken costs only itself.
struct JSONPieces {
    private let bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// The values that stand one after the other, with or without line ends between.
    var values: [Range<Int>] { self.parts(from: self.bytes.startIndex, end: nil).ranges }

    /// The list that the text is; `nil` when it is none.
    var list: (items: [Range<Int>], isClosed: Bool)? {
        guard let start = self.afterBracket("[") else { return nil }
        let parts = self.parts(from: start, end: UInt8(ascii: "]"))
        return (parts.ranges, parts.isEnded)
    }

    /// The members of the object that the text is; `nil` when it is none, or has a name without a value.
    var members: [(name: Range<Int>, value: Range<Int>)]? {
        guard let start = self.afterBracket("{") else { return nil }
        let parts = self.parts(from: start, end: UInt8(ascii: "}"), separators: ",:").ranges
        guard parts.count.isMultiple(of: 2) else { return nil }
        return stride(from: 1, to: parts.count, by: 2).map { (parts[$0 - 1], parts[$0]) }
    }

    private func afterBracket(_ bracket: Unicode.Scalar) -> Int? {
        let start = self.afterSpace(self.bytes.startIndex)
        return start < self.bytes.endIndex && self.bytes[start] == UInt8(ascii: bracket) ? start + 1 : nil
    }

    private func parts(
        from start: Int,
        end: UInt8?,
        separators: String = ","
    ) -> (ranges: [Range<Int>], isEnded: Bool) {
        var ranges: [Range<Int>] = []
        var position = start
        while true {
            position = self.afterSpace(position)
            guard position < self.bytes.endIndex else { return (ranges, false) }
            if self.bytes[position] == end { return (ranges, true) }
            if separators.utf8.contains(self.bytes[position]) {
                position += 1
                continue
            }
            let next = self.afterValue(position)
            ranges.append(position..<next)
            position = next
        }
    }

    private func afterSpace(_ start: Int) -> Int {
        self.bytes[start...].firstIndex { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 } ?? self.bytes.endIndex
    }

    /// Always at least one byte on.
    private func afterValue(_ start: Int) -> Int {
        var position = start
        var depth = 0
        while position < self.bytes.endIndex {
            switch self.bytes[position] {
            case UInt8(ascii: "\""):
                position = self.afterString(position)
                if depth == 0 { return position }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                if depth == 0, position > start { return position }
                depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth <= 1 { return depth == 0 && position > start ? position : position + 1 }
                depth -= 1
            case UInt8(ascii: ","), UInt8(ascii: ":"), 0x20, 0x0A, 0x0D, 0x09:
                if depth == 0 { return max(position, start + 1) }
            default: break
            }
            position += 1
        }
        return position
    }

    private func afterString(_ start: Int) -> Int {
        var position = start + 1
        while position < self.bytes.endIndex {
            switch self.bytes[position] {
            case UInt8(ascii: "\\"): position += 2
            case UInt8(ascii: "\""): return position + 1
            default: position += 1
            }
        }
        return self.bytes.endIndex
    }
}
