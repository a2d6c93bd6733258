internal import FoundationEssentials

/// UUIDs in canonical text form: lower-case hexadecimal in groups of 8-4-4-4-12.
///
/// By hand: Foundation's form is upper-case and costs as much as the rest of a hit, and it reads by `sscanf`, which lets
/// signs and spaces through.
enum UUIDText {
    static let byteCount = 36

    /// Reads a text of digits in either case; `nil` for any other.
    static func read(_ text: String) -> uuid_t? {
        var text = text
        return text.withUTF8 { utf8 in
            guard utf8.count == Self.byteCount else { return nil }
            var halves: (UInt64, UInt64) = (0, 0)
            for index in 0..<Self.byteCount {
                let byte = unsafe utf8[index]
                if index == 8 || index == 13 || index == 18 || index == 23 {
                    guard byte == Self.hyphen else { return nil }
                    continue
                }
                guard let value = Self.value(ofDigit: byte) else { return nil }
                // The 16th digit stands in front of the hyphen at 18.
                if index < 18 { halves.0 = halves.0 << 4 | value } else { halves.1 = halves.1 << 4 | value }
            }
            let bytes = (halves.0.bigEndian, halves.1.bigEndian)
            return unsafe withUnsafeBytes(of: bytes) { unsafe $0.loadUnaligned(as: uuid_t.self) }
        }
    }

    private static func value(ofDigit byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// Writes 36 characters and a NUL.
    ///
    /// - Parameters:
    ///   - uuid: 16 bytes.
    ///   - text: Room for 37.
    @unsafe static func write(_ uuid: UnsafeRawPointer, to text: UnsafeMutablePointer<CChar>) {
        let first = unsafe UInt64(bigEndian: uuid.loadUnaligned(as: UInt64.self))
        let second = unsafe UInt64(bigEndian: uuid.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        // Eight digits at a time: 4, 2 + 2, then 2 + 2, 4 bytes between the hyphens.
        let texts = (
            self.digits(UInt32(first >> 32)), self.digits(UInt32(truncatingIfNeeded: first)),
            self.digits(UInt32(second >> 32)), self.digits(UInt32(truncatingIfNeeded: second))
        )
        let start = UnsafeMutableRawPointer(text)
        unsafe start.storeBytes(of: texts.0, as: UInt64.self)
        unsafe start.storeBytes(of: self.hyphen, toByteOffset: 8, as: UInt8.self)
        unsafe start.storeBytes(of: UInt32(truncatingIfNeeded: texts.1), toByteOffset: 9, as: UInt32.self)
        unsafe start.storeBytes(of: self.hyphen, toByteOffset: 13, as: UInt8.self)
        unsafe start.storeBytes(of: UInt32(texts.1 >> 32), toByteOffset: 14, as: UInt32.self)
        unsafe start.storeBytes(of: self.hyphen, toByteOffset: 18, as: UInt8.self)
        unsafe start.storeBytes(of: UInt32(truncatingIfNeeded: texts.2), toByteOffset: 19, as: UInt32.self)
        unsafe start.storeBytes(of: self.hyphen, toByteOffset: 23, as: UInt8.self)
        unsafe start.storeBytes(of: UInt32(texts.2 >> 32), toByteOffset: 24, as: UInt32.self)
        unsafe start.storeBytes(of: texts.3, toByteOffset: 28, as: UInt64.self)
        unsafe start.storeBytes(of: 0, toByteOffset: self.byteCount, as: UInt8.self)
    }

    private static let hyphen = UInt8(ascii: "-")

    /// The eight digits of a number, the highest in the lowest byte: where little-endian memory begins.
    private static func digits(_ number: UInt32) -> UInt64 {
        // Each half-byte in a byte of its own.
        var spread = UInt64(number.byteSwapped)
        spread = (spread | spread << 16) & 0x0000_FFFF_0000_FFFF
        spread = (spread | spread << 8) & 0x00FF_00FF_00FF_00FF
        let values = (spread >> 4 | spread << 8) & 0x0F0F_0F0F_0F0F_0F0F
        // 1 in each byte whose value is above 9: those become letters.
        let letters = (values + 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return values + 0x3030_3030_3030_3030 + letters * 0x27
    }
}
