internal import Foundation

extension JSONResumeFile {
    /// The bytes in UTF-8 without a byte order mark. JSON begins with a sign of ASCII, so that UTF-16 is known without a mark too.
    static func utf8(_ data: Data) -> [UInt8] {
        if data.starts(with: [0xEF, 0xBB, 0xBF]) { return Array(data.dropFirst(3)) }
        let bytes = Array(data)
        guard bytes.count > 1 else { return bytes }
        switch (bytes[0], bytes[1]) {
        case (0xFF, 0xFE): return Self.utf8(ofUTF16: bytes[2...], isBigEndian: false)
        case (0xFE, 0xFF): return Self.utf8(ofUTF16: bytes[2...], isBigEndian: true)
        case (1..., 0): return Self.utf8(ofUTF16: bytes[...], isBigEndian: false)
        case (0, 1...): return Self.utf8(ofUTF16: bytes[...], isBigEndian: true)
        default: return bytes
        }
    }

    /// Half of a surrogate pair becomes a byte that UTF-8 does not have: the text that holds it is refused, and no other.
    private static func utf8(ofUTF16 bytes: ArraySlice<UInt8>, isBigEndian: Bool) -> [UInt8] {
        let low = isBigEndian ? 1 : 0
        let units = stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2).map {
            UInt16(bytes[$0 + low]) | UInt16(bytes[$0 + 1 - low]) << 8
        }
        var text: [UInt8] = []
        var decoder = Unicode.UTF16.ForwardParser()
        var rest = units.makeIterator()
        while true {
            switch decoder.parseScalar(from: &rest) {
            case .valid(let pair): text += String(Character(UTF16.decode(pair))).utf8
            case .error: text.append(0xFF)
            case .emptyInput: return text
            }
        }
    }
}
