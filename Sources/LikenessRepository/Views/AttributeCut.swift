internal import LikenessReflection

/// Takes members out of a JSON object as PostgreSQL writes it, and leaves the rest byte for byte.
struct AttributeCut {
    /// Deeper ones are not stored today; what cannot be read is not shown.
    private static let depthMax = 500

    private struct Unreadable: Error {}

    private let bytes: [UInt8]
    private var place = 0
    private var output: [UInt8] = []

    /// - Parameter places: Each the keys from the outermost one on. Where a list stands, each of its elements is meant.
    /// - Returns: `{}` for a text that is no such object.
    static func text(_ text: String, without places: [[String]]) -> String {
        var cut = Self(text)
        do {
            try cut.require(cut.next == UInt8(ascii: "{"))
            try cut.value(without: places.map { $0[...] }, depth: 0)
            try cut.require(cut.place == cut.bytes.count)
        } catch {
            return "{}"
        }
        return String(decoding: cut.output, as: UTF8.self)
    }

    private init(_ text: String) {
        self.bytes = Array(text.utf8)
        self.output.reserveCapacity(self.bytes.count)
    }

    private var next: UInt8? { self.place < self.bytes.count ? self.bytes[self.place] : nil }

    private mutating func value(without places: [ArraySlice<String>], depth: Int) throws(Unreadable) {
        guard depth < Self.depthMax else { throw Unreadable() }
        switch self.next {
        case UInt8(ascii: "{") where !places.isEmpty: try self.object(without: places, depth: depth)
        case UInt8(ascii: "[") where !places.isEmpty: try self.list(without: places, depth: depth)
        default:
            let start = self.place
            try self.skipValue()
            self.output += self.bytes[start..<self.place]
        }
    }

    private mutating func object(without places: [ArraySlice<String>], depth: Int) throws(Unreadable) {
        self.place += 1
        self.output.append(UInt8(ascii: "{"))
        var count = 0
        while true {
            self.skipSpace()
            if self.next == UInt8(ascii: "}") { break }
            let start = self.place
            try self.skipString()
            let key = self.bytes[start..<self.place]
            self.skipSpace()
            guard self.next == UInt8(ascii: ":") else { throw Unreadable() }
            self.place += 1
            self.skipSpace()
            let name = try Self.text(ofKey: key)
            let inside = places.filter { $0.first == name }.map { $0.dropFirst() }
            if inside.contains(where: \.isEmpty) {
                try self.skipValue()
            } else {
                if count > 0 { self.output += Array(", ".utf8) }
                count += 1
                self.output += key
                self.output += Array(": ".utf8)
                try self.value(without: inside, depth: depth + 1)
            }
            self.skipSpace()
            if self.next == UInt8(ascii: ",") { self.place += 1 } else { break }
        }
        guard self.next == UInt8(ascii: "}") else { throw Unreadable() }
        self.place += 1
        self.output.append(UInt8(ascii: "}"))
    }

    private mutating func list(without places: [ArraySlice<String>], depth: Int) throws(Unreadable) {
        self.place += 1
        self.output.append(UInt8(ascii: "["))
        var count = 0
        while true {
            self.skipSpace()
            if self.next == UInt8(ascii: "]") { break }
            if count > 0 { self.output += Array(", ".utf8) }
            count += 1
            try self.value(without: places, depth: depth + 1)
            self.skipSpace()
            if self.next == UInt8(ascii: ",") { self.place += 1 } else { break }
        }
        guard self.next == UInt8(ascii: "]") else { throw Unreadable() }
        self.place += 1
        self.output.append(UInt8(ascii: "]"))
    }

    private static func text(ofKey key: ArraySlice<UInt8>) throws(Unreadable) -> String {
        guard key.contains(UInt8(ascii: "\\")) else {
            return String(decoding: key.dropFirst().dropLast(), as: UTF8.self)
        }
        guard case .string(let text)? = try? JSONParser.parse(Array(key)) else { throw Unreadable() }
        return text
    }

    private mutating func skipSpace() {
        while let byte = self.next, byte == 0x20 || (0x09...0x0D).contains(byte) { self.place += 1 }
    }

    private mutating func skipString() throws(Unreadable) {
        guard self.next == UInt8(ascii: "\"") else { throw Unreadable() }
        self.place += 1
        while let byte = self.next {
            self.place += byte == UInt8(ascii: "\\") ? 2 : 1
            if byte == UInt8(ascii: "\"") { return }
        }
        throw Unreadable()
    }

    private mutating func skipValue() throws(Unreadable) {
        let start = self.place
        var depth = 0
        while let byte = self.next {
            switch byte {
            case UInt8(ascii: "\""): try self.skipString()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                self.place += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return try self.require(self.place > start) }
                depth -= 1
                self.place += 1
            case UInt8(ascii: ",") where depth == 0: return try self.require(self.place > start)
            default: self.place += 1
            }
            if depth == 0, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
                return
            }
        }
        try self.require(depth == 0 && self.place > start)
    }

    private func require(_ holds: Bool) throws(Unreadable) { if !holds { throw Unreadable() } }
}
