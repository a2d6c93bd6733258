/// Cuts a stream of JSON values, one after the other with or without line ends between, into single values.
///
/// Looks at brackets and quotes only; whether a value is valid is for the parser to say. A byte order mark of UTF-8 at the start is
/// left out, as RFC 8259 allows.
package struct JSONValueSplitter: Sendable {
    package struct Value: Sendable, Hashable {
        package let text: [UInt8]
        /// Where it begins in what was received since the start or the last end.
        package let start: JSONPlace
    }

    private var value: [UInt8] = []
    private var place = JSONPlace.start
    private var start = JSONPlace.start
    private var depth = 0
    private var isInString = false
    private var isEscaped = false

    package init() {}

    /// - Returns: The values that are complete now.
    package mutating func received(_ bytes: some Sequence<UInt8>) -> [Value] {
        var values: [Value] = []
        for byte in bytes {
            defer { self.place.advance(over: byte) }
            if self.isInString {
                self.append(byte)
                if self.isEscaped {
                    self.isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    self.isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    self.isInString = false
                    if self.depth == 0 { values.append(self.take()) }
                }
                continue
            }
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0D:
                if self.depth > 0 {
                    self.append(byte)
                } else if !self.value.isEmpty {
                    values.append(self.take())
                }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                if self.depth == 0, !self.value.isEmpty { values.append(self.take()) }
                self.depth += 1
                self.append(byte)
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                self.depth = max(0, self.depth - 1)
                self.append(byte)
                if self.depth == 0 { values.append(self.take()) }
            case UInt8(ascii: "\""):
                if self.depth == 0, !self.value.isEmpty { values.append(self.take()) }
                self.isInString = true
                self.append(byte)
            default: self.append(byte)
            }
        }
        return values
    }

    /// - Returns: What is left, a number or something incomplete; `nil` if nothing.
    package mutating func ended() -> Value? {
        self.isInString = false
        self.depth = 0
        self.place = .start
        return self.value.isEmpty ? nil : self.take()
    }

    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private mutating func append(_ byte: UInt8) {
        if self.value.isEmpty { self.start = self.place }
        self.value.append(byte)
        guard byte == Self.mark[2], self.value.count == 3, self.start == .start, self.value == Self.mark else { return }
        (self.value, self.place) = ([], .start)
    }

    private mutating func take() -> Value {
        defer { self.value = [] }
        return Value(text: self.value, start: self.start)
    }
}
