internal import Foundation

extension JSONResumeFile {
    private enum Encoding {
        case utf8
        /// - width: Bytes of a unit: 2 of UTF-16, 4 of UTF-32.
        case units(width: Int, isBigEndian: Bool)
    }

    /// The bytes in UTF-8 without a byte order mark. UTF-16 and UTF-32 are known by their marks, or else by the zeros in which they have
    /// the letters, digits and separators of ASCII.
    ///
    /// What is no text becomes a byte that UTF-8 does not have: the text that holds it is refused, and no other.
    static func utf8(_ data: Data) -> [UInt8] {
        let bytes = Array(data)
        let (encoding, markBytes) = Self.encoding(of: bytes)
        let rest = bytes.dropFirst(markBytes)
        return switch encoding {
        case .utf8: Array(rest)
        case .units(let width, let isBigEndian): Self.utf8(of: rest, width: width, isBigEndian: isBigEndian)
        }
    }

    private static func encoding(of bytes: [UInt8]) -> (Encoding, markBytes: Int) {
        // The longer before the shorter that they begin with.
        let marks: [([UInt8], Encoding)] = [
            ([0xFF, 0xFE, 0, 0], .units(width: 4, isBigEndian: false)),
            ([0, 0, 0xFE, 0xFF], .units(width: 4, isBigEndian: true)),
            ([0xEF, 0xBB, 0xBF], .utf8),
            ([0xFF, 0xFE], .units(width: 2, isBigEndian: false)),
            ([0xFE, 0xFF], .units(width: 2, isBigEndian: true)),
        ]
        if let (mark, encoding) = marks.first(where: { bytes.starts(with: $0.0) }) { return (encoding, mark.count) }
        var zeros = [0, 0, 0, 0]
        for (index, byte) in bytes.prefix(Self.probedBytes).enumerated() where byte == 0 { zeros[index % 4] += 1 }
        let quarter = Swift.min(bytes.count, Self.probedBytes) / 4
        // In UTF-32 the first byte of four is always zero, and the second nearly so.
        for (first, second, isBigEndian) in [(3, 2, false), (0, 1, true)] {
            if quarter > 0, zeros[first] >= quarter, zeros[second] * 10 >= quarter * 9 {
                return (.units(width: 4, isBigEndian: isBigEndian), 0)
            }
        }
        // In UTF-16 those of ASCII have a zero on one side, and hardly anything has one on the other. A zero or two are a slip.
        let (even, odd) = (zeros[0] + zeros[2], zeros[1] + zeros[3])
        let few = Swift.max(1, quarter / 5)
        if odd > few, even * 20 <= odd { return (.units(width: 2, isBigEndian: false), 0) }
        if even > few, odd * 20 <= even { return (.units(width: 2, isBigEndian: true), 0) }
        return (.utf8, 0)
    }

    private static let probedBytes = 1 << 12
    private static let invalid: UInt8 = 0xFF

    private static func utf8(of bytes: ArraySlice<UInt8>, width: Int, isBigEndian: Bool) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        let count = bytes.count / width
        let units = (0..<count).lazy.map { index in
            let start = bytes.startIndex + index * width
            return (0..<width).reduce(UInt32(0)) { unit, place in
                unit << 8 | UInt32(bytes[start + (isBigEndian ? place : width - 1 - place)])
            }
        }
        if width == 4 {
            for unit in units {
                if let scalar = Unicode.Scalar(unit) {
                    text += UTF8.encode(scalar) ?? .init()
                } else {
                    text.append(Self.invalid)
                }
            }
        } else {
            var decoder = Unicode.UTF16.ForwardParser()
            var rest = units.map { UInt16($0) }.makeIterator()
            decoding: while true {
                switch decoder.parseScalar(from: &rest) {
                case .valid(let pair): text += UTF8.encode(UTF16.decode(pair)) ?? .init()
                case .error: text.append(Self.invalid)
                case .emptyInput: break decoding
                }
            }
        }
        // The half of a character at the end; a line end that another program has added is one all the same.
        let left = bytes.suffix(bytes.count % width)
        if !left.isEmpty { text += left.allSatisfy { $0 == 0x0A || $0 == 0x0D } ? Array(left) : [Self.invalid] }
        return text
    }
}
