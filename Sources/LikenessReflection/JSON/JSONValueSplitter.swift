/// Cuts a stream of JSON values, one after the other with or without line ends between, into single values.
///
/// Looks at brackets and quotes only; whether a value is valid is for the parser to say.
package struct JSONValueSplitter: Sendable {
    private var value: [UInt8] = []
    private var depth = 0
    private var isInString = false
    private var isEscaped = false

    package init() {}

    /// - Returns: The values that are complete now.
    package mutating func received(_ bytes: some Sequence<UInt8>) -> [[UInt8]] {
        var values: [[UInt8]] = []
        for byte in bytes {
            if self.isInString {
                self.value.append(byte)
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
                    self.value.append(byte)
                } else if !self.value.isEmpty {
                    values.append(self.take())
                }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                if self.depth == 0, !self.value.isEmpty { values.append(self.take()) }
                self.depth += 1
                self.value.append(byte)
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                self.depth = max(0, self.depth - 1)
                self.value.append(byte)
                if self.depth == 0 { values.append(self.take()) }
            case UInt8(ascii: "\""):
                if self.depth == 0, !self.value.isEmpty { values.append(self.take()) }
                self.isInString = true
                self.value.append(byte)
            default: self.value.append(byte)
            }
        }
        return values
    }

    /// - Returns: What is left, a number or something incomplete; `nil` if nothing.
    package mutating func ended() -> [UInt8]? {
        self.isInString = false
        self.depth = 0
        return self.value.isEmpty ? nil : self.take()
    }

    private mutating func take() -> [UInt8] {
        defer { self.value = [] }
        return self.value
    }
}
