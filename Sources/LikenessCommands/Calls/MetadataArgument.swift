internal import ArgumentParser
internal import LikenessClient
internal import LikenessReflection

/// One pair of metadata as it is written in a shell: `key=text`, or `key-bin=BASE64` for bytes.
struct MetadataArgument {
    private enum Value {
        case text(String)
        case bytes([UInt8])
    }

    private let key: String
    private let value: Value

    /// - Throws: `ValidationError` that says what is wrong.
    init(_ argument: String) throws {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, 1...255 ~= parts[0].utf8.count, parts[0].utf8.allSatisfy(Self.mayBeInKey) else {
            throw ValidationError("it is not KEY=VALUE with a key of a-z 0-9 . _ -")
        }
        self.key = parts[0]
        if self.key.hasSuffix("-bin") {
            guard let bytes = Base64.decode(parts[1]) else { throw ValidationError("it is not KEY-bin=BASE64") }
            self.value = .bytes(bytes)
        } else {
            self.value = .text(parts[1])
        }
    }

    private static func mayBeInKey(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    func add(to options: inout CallOptions) {
        switch self.value {
        case .text(let text): options.metadata.append((key: self.key, value: text))
        case .bytes(let bytes): options.binaryMetadata.append((key: self.key, value: bytes))
        }
    }

    /// A pair as it came, in the form in which one is given.
    static func text(_ pair: (key: String, value: [UInt8])) -> String {
        let isText = !pair.key.hasSuffix("-bin")
        return "\(pair.key)=\(isText ? String(decoding: pair.value, as: UTF8.self) : Base64.encode(pair.value))"
    }
}
