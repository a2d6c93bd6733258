/// Parses JSON by RFC 8259, strictly: no comments, no trailing commas, no bare NaN, no lone surrogates.
package struct JSONParser {
    static let depthMax = 200

    private let bytes: ArraySlice<UInt8>
    private var position: Int

    private init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        self.position = bytes.startIndex
    }

    /// Parses one value with nothing but white space around it.
    ///
    /// - Parameter start: Where the value stands in the file that errors are to point into.
    package static func parse(
        _ bytes: [UInt8],
        from start: JSONPlace = .start
    ) throws(TranscodingError) -> JSONNode {
        var parser = Self(bytes[...])
        do throws(TranscodingError) {
            let value = try parser.value(depthLeft: Self.depthMax)
            parser.skipSpace()
            guard parser.position == bytes.endIndex else { throw TranscodingError("more text after the value") }
            return value
        } catch {
            throw TranscodingError("invalid JSON at \(parser.place(from: start)): \(error.problem)")
        }
    }

    private func place(from start: JSONPlace) -> JSONPlace {
        var place = start
        place.advance(over: self.bytes[..<min(self.position, self.bytes.endIndex)])
        return place
    }

    private var next: UInt8? { self.position < self.bytes.endIndex ? self.bytes[self.position] : nil }

    private mutating func skipSpace() {
        while let byte = self.next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { self.position += 1 }
    }

    private mutating func value(depthLeft: Int) throws(TranscodingError) -> JSONNode {
        self.skipSpace()
        switch self.next {
        case UInt8(ascii: "{"): return try self.object(depthLeft: depthLeft)
        case UInt8(ascii: "["): return try self.array(depthLeft: depthLeft)
        case UInt8(ascii: "\""): return .string(try self.string())
        case UInt8(ascii: "t"): return try self.word("true", .bool(true))
        case UInt8(ascii: "f"): return try self.word("false", .bool(false))
        case UInt8(ascii: "n"): return try self.word("null", .null)
        case UInt8(ascii: "-")?, (UInt8(ascii: "0")...UInt8(ascii: "9"))?: return .number(try self.number())
        case nil: throw TranscodingError("the text ends where a value should be")
        default: throw TranscodingError("a value cannot begin so")
        }
    }

    private mutating func word(_ word: String, _ value: JSONNode) throws(TranscodingError) -> JSONNode {
        guard self.bytes[self.position...].starts(with: word.utf8) else { throw TranscodingError("not a JSON value") }
        self.position += word.utf8.count
        return value
    }

    private mutating func object(depthLeft: Int) throws(TranscodingError) -> JSONNode {
        guard depthLeft > 0 else { throw TranscodingError("nested more than \(Self.depthMax) deep") }
        self.position += 1
        var members: [JSONNode.Member] = []
        self.skipSpace()
        if self.accept(UInt8(ascii: "}")) { return .object(members) }
        while true {
            self.skipSpace()
            guard self.next == UInt8(ascii: "\"") else { throw TranscodingError("a name in double quotes is missing") }
            let name = try self.string()
            self.skipSpace()
            guard self.accept(UInt8(ascii: ":")) else { throw TranscodingError("a colon is missing") }
            members.append(.init(name, try self.value(depthLeft: depthLeft - 1)))
            self.skipSpace()
            if self.accept(UInt8(ascii: "}")) { return .object(members) }
            guard self.accept(UInt8(ascii: ",")) else { throw TranscodingError("a comma or } is missing") }
        }
    }

    private mutating func array(depthLeft: Int) throws(TranscodingError) -> JSONNode {
        guard depthLeft > 0 else { throw TranscodingError("nested more than \(Self.depthMax) deep") }
        self.position += 1
        var items: [JSONNode] = []
        self.skipSpace()
        if self.accept(UInt8(ascii: "]")) { return .array(items) }
        while true {
            items.append(try self.value(depthLeft: depthLeft - 1))
            self.skipSpace()
            if self.accept(UInt8(ascii: "]")) { return .array(items) }
            guard self.accept(UInt8(ascii: ",")) else { throw TranscodingError("a comma or ] is missing") }
        }
    }

    private mutating func accept(_ byte: UInt8) -> Bool {
        guard self.next == byte else { return false }
        self.position += 1
        return true
    }

    private mutating func number() throws(TranscodingError) -> String {
        let start = self.position
        _ = self.accept(UInt8(ascii: "-"))
        let first = self.next
        let whole = self.skipDigits()
        guard whole > 0, whole == 1 || first != UInt8(ascii: "0") else { throw TranscodingError("not a number") }
        if self.accept(UInt8(ascii: ".")), self.skipDigits() == 0 { throw TranscodingError("not a number") }
        if self.accept(UInt8(ascii: "e")) || self.accept(UInt8(ascii: "E")) {
            if !self.accept(UInt8(ascii: "+")) { _ = self.accept(UInt8(ascii: "-")) }
            guard self.skipDigits() > 0 else { throw TranscodingError("not a number") }
        }
        return String(decoding: self.bytes[start..<self.position], as: UTF8.self)
    }

    private mutating func skipDigits() -> Int {
        let start = self.position
        while let byte = self.next, (0x30...0x39).contains(byte) { self.position += 1 }
        return self.position - start
    }

    private mutating func string() throws(TranscodingError) -> String {
        self.position += 1
        var text: [UInt8] = []
        while true {
            let start = self.position
            while let byte = self.next, byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
                self.position += 1
            }
            text += self.bytes[start..<self.position]
            switch self.next {
            case UInt8(ascii: "\""):
                self.position += 1
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw TranscodingError("a text is not valid UTF-8")
                }
                return string
            case UInt8(ascii: "\\"):
                self.position += 1
                text += try self.escaped().utf8
            case nil: throw TranscodingError("the text ends inside a string")
            default: throw TranscodingError("a control character inside a string")
            }
        }
    }

    private mutating func escaped() throws(TranscodingError) -> String {
        let plain: [UInt8: String] = [
            UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\", UInt8(ascii: "/"): "/", UInt8(ascii: "b"): "\u{8}",
            UInt8(ascii: "f"): "\u{C}", UInt8(ascii: "n"): "\n", UInt8(ascii: "r"): "\r", UInt8(ascii: "t"): "\t",
        ]
        guard let byte = self.next else { throw TranscodingError("the text ends inside a string") }
        self.position += 1
        if let text = plain[byte] { return text }
        guard byte == UInt8(ascii: "u") else { throw TranscodingError("no such escape") }
        var code = try self.hexadecimal()
        if 0xD800..<0xDC00 ~= code {
            guard self.accept(UInt8(ascii: "\\")), self.accept(UInt8(ascii: "u")) else {
                throw TranscodingError("half of a surrogate pair")
            }
            let low = try self.hexadecimal()
            guard 0xDC00..<0xE000 ~= low else { throw TranscodingError("half of a surrogate pair") }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw TranscodingError("half of a surrogate pair") }
        return String(Character(scalar))
    }

    private mutating func hexadecimal() throws(TranscodingError) -> UInt32 {
        let digits = self.bytes[self.position...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw TranscodingError("\\u needs four hexadecimal digits") }
        self.position += 4
        return value
    }
}
