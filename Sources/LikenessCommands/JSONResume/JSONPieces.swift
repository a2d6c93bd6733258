/// Finds the values in a JSON text by brackets and quotes alone, so that a value which is broken costs only itself.
///
/// A quote or a bracket that is missing would take all that follows it along. So where one is, reading goes on at the next object that is
/// whole and seems to stand beside the broken one, and not within it.
struct JSONPieces {
    private let bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// The values that stand one after the other, with or without line ends between.
    var values: [Range<Int>] {
        var resumption: JSONResumption? = JSONResumption(self, self.bytes)
        return self.parts(from: self.bytes.startIndex, end: nil, resumption: &resumption).ranges
    }

    /// The list that the text is, and where it ends; `nil` when it is none.
    var list: (items: [Range<Int>], isClosed: Bool, end: Int)? {
        guard let start = self.afterBracket("[") else { return nil }
        var resumption: JSONResumption? = JSONResumption(self, self.bytes)
        let parts = self.parts(from: start, end: UInt8(ascii: "]"), resumption: &resumption)
        return (parts.ranges, parts.isEnded, parts.end)
    }

    /// The members of the object that the text is; `nil` when it is none, or has a name without a value.
    var members: [(name: Range<Int>, value: Range<Int>)]? {
        self.afterBracket("{").flatMap(self.members(from:))
    }

    /// The members of an object from a place in it on.
    func members(from start: Int) -> [(name: Range<Int>, value: Range<Int>)]? {
        var resumption: JSONResumption?
        let parts = self.parts(from: start, end: UInt8(ascii: "}"), separators: ",:", resumption: &resumption).ranges
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
        separators: String = ",",
        resumption: inout JSONResumption?
    ) -> (ranges: [Range<Int>], isEnded: Bool, end: Int) {
        var ranges: [Range<Int>] = []
        var position = start
        while true {
            position = self.afterSpace(position)
            guard position < self.bytes.endIndex else { return (ranges, false, position) }
            if self.bytes[position] == end { return (ranges, true, position + 1) }
            if separators.utf8.contains(self.bytes[position]) {
                position += 1
                continue
            }
            // A member of an object whose bracket is missing: its value is within that one.
            var first = position
            if self.bytes[position] == UInt8(ascii: ":"), let name = ranges.last,
                self.bytes[name.lowerBound] == UInt8(ascii: "\"")
            {
                first = ranges.removeLast().lowerBound
                position = self.afterSpace(position + 1)
                guard position < self.bytes.endIndex, self.bytes[position] != end,
                    self.bytes[position] != UInt8(ascii: ",")
                else {
                    ranges.append(first..<position)
                    continue
                }
            }
            let next = self.afterValue(position, stopsWhenBroken: resumption != nil)
            if next.isBroken, let place = resumption?.place(after: position..<next.end, isInList: end != nil) {
                // Without the comma and the space before what is whole.
                let last = self.bytes[position..<place].lastIndex { $0 > 0x20 && $0 != UInt8(ascii: ",") }
                ranges.append(first..<(last ?? position) + 1)
                position = place
            } else {
                let next = next.isBroken ? self.afterValue(position).end : next.end
                ranges.append(first..<next)
                position = next
            }
        }
    }

    func afterSpace(_ start: Int) -> Int {
        self.bytes[start...].firstIndex { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 } ?? self.bytes.endIndex
    }

    /// Where a value ends, always at least one byte on, and whether a quote or a bracket in it is missing for sure: a text goes on over a
    /// line end, brackets are of two kinds, or are not closed.
    ///
    /// - Parameter stopsWhenBroken: Whether the place where that is seen will do for the end.
    func afterValue(_ start: Int, stopsWhenBroken: Bool = false) -> (end: Int, isBroken: Bool) {
        var position = start
        // Of each that is open whether it is a brace.
        var open: [Bool] = []
        var isBroken = false
        while position < self.bytes.endIndex {
            let byte = self.bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                let text = self.afterString(position, stopsWhenBroken)
                isBroken = isBroken || text.isBroken
                position = text.end
                if open.isEmpty || isBroken && stopsWhenBroken { return (position, isBroken) }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                if open.isEmpty, position > start { return (position, isBroken) }
                open.append(byte == UInt8(ascii: "{"))
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard let isBrace = open.popLast() else { return (max(position, start + 1), isBroken) }
                isBroken = isBroken || isBrace != (byte == UInt8(ascii: "}"))
                if open.isEmpty || isBroken && stopsWhenBroken { return (position + 1, isBroken) }
            case UInt8(ascii: ","), UInt8(ascii: ":"), 0x20, 0x0A, 0x0D, 0x09:
                if open.isEmpty { return (max(position, start + 1), isBroken) }
            default: break
            }
            position += 1
        }
        return (position, isBroken || !open.isEmpty)
    }

    private func afterString(_ start: Int, _ stopsWhenBroken: Bool) -> (end: Int, isBroken: Bool) {
        var position = start + 1
        var isBroken = false
        while position < self.bytes.endIndex {
            switch self.bytes[position] {
            case UInt8(ascii: "\\"): position += 2
            case UInt8(ascii: "\""): return (position + 1, isBroken)
            case 0x0A, 0x0D:
                if stopsWhenBroken { return (position, true) }
                isBroken = true
                position += 1
            default: position += 1
            }
        }
        return (self.bytes.endIndex, true)
    }
}
