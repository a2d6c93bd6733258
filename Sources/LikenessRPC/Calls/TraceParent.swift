package import LikenessWire

/// Which trace a call belongs to, as W3C Trace Context's `traceparent` says it:
/// `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`.
package struct TraceParent: Sendable, Hashable {
    /// 32 hexadecimal digits, lower case.
    package let traceID: String
    /// The caller's span: 16 hexadecimal digits, lower case.
    package let spanID: String

    /// - Returns: `nil` without one, with more than one, and with one that is malformed.
    package init?(_ metadata: Metadata) {
        let values = metadata.entries.lazy.filter { $0.key == "traceparent" }.map(\.value)
        guard let value = values.first, values.dropFirst().isEmpty else { return nil }
        self.init(value)
    }

    /// Reads version 00, and of a later version what is as in version 00.
    package init?(_ text: some RandomAccessCollection<UInt8>) {
        let fields = text.prefix(55).split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard fields.count == 4, zip(fields, [2, 32, 16, 2]).allSatisfy({ $0.count == $1 && Self.isHex($0) }) else {
            return nil
        }
        let version = fields[0]
        let isOfThisVersion = version.allSatisfy { $0 == UInt8(ascii: "0") }
        guard !version.elementsEqual("ff".utf8), !Self.isZero(fields[1]), !Self.isZero(fields[2]),
            text.count == 55 || !isOfThisVersion && text.dropFirst(55).first == UInt8(ascii: "-")
        else { return nil }
        self.traceID = String(decoding: fields[1], as: UTF8.self)
        self.spanID = String(decoding: fields[2], as: UTF8.self)
    }

    private static func isHex(_ text: some Collection<UInt8>) -> Bool {
        text.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
        }
    }

    private static func isZero(_ text: some Collection<UInt8>) -> Bool { text.allSatisfy { $0 == UInt8(ascii: "0") } }
}
