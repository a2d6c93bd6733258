package import NIOCore

/// Keys and values that travel beside a call's messages, in the order they were added. A key may repeat.
package struct Metadata: Sendable, Hashable {
    package struct Entry: Sendable, Hashable {
        package var key: String
        package var value: [UInt8]
    }

    package private(set) var entries: [Entry]

    package init() { self.entries = [] }

    /// - Parameter pairs: Keys as ``add(_:_:)`` wants them, with texts.
    package init(_ pairs: KeyValuePairs<String, String>) {
        self.entries = pairs.map { Entry(key: $0.key, value: Array($0.value.utf8)) }
    }

    package var isEmpty: Bool { self.entries.isEmpty }

    /// The first value of a key as text, or `nil` when there is none or it is not UTF-8.
    package subscript(key: String) -> String? {
        guard let entry = self.entries.first(where: { $0.key == key }) else { return nil }
        return String(validating: entry.value, as: UTF8.self)
    }

    /// - Parameter key: 1...255 bytes of `a-z`, `0-9`, `.`, `_` and `-`; ends in `-bin` when the value is not text.
    package mutating func add(_ key: String, _ value: [UInt8]) {
        self.entries.append(Entry(key: key, value: value))
    }

    package mutating func add(_ key: String, _ value: String) { self.add(key, Array(value.utf8)) }

    /// Size on the wire, the count included.
    package var encodedByteCount: Int {
        self.entries.reduce(2) { $0 + 6 + $1.key.utf8.count + $1.value.count }
    }

    /// Without the entries, from the first that does not, that do not fit into a block of so many bytes.
    package func fitting(into byteCountMax: UInt32) -> Metadata {
        guard !self.isEmpty, self.encodedByteCount > Int(byteCountMax) else { return self }
        var fitting = self
        while fitting.encodedByteCount > Int(byteCountMax), !fitting.isEmpty { fitting.entries.removeLast() }
        return fitting
    }

    /// Whether a value may travel under a key: any bytes when it ends in `-bin`, UTF-8 under every other.
    package static func isValidValue(_ value: ByteBufferView, of key: ByteBufferView) -> Bool {
        value.allSatisfy { $0 < 0x80 } || key.suffix(4).elementsEqual("-bin".utf8)
            || String(validating: value, as: UTF8.self) != nil
    }

    /// Whether a key is one that may travel.
    package static func isValidKey(_ key: some Collection<UInt8>) -> Bool {
        !key.isEmpty && key.count <= 255
            && key.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
