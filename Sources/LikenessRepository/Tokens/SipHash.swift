/// SipHash-2-4 with a 128-bit key: a short message authentication code.
///
/// Forging a tag without the key means guessing 64 bits. That is enough for tokens whose worst misuse is a page that
/// starts at another place.
///
/// - SeeAlso: Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012; its test vectors are in the tests.
struct SipHash: Sendable {
    /// The key, little endian halves.
    struct Key: Sendable, Hashable {
        let low: UInt64
        let high: UInt64
    }

    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64

    private init(key: Key) {
        self.v0 = key.low ^ 0x736f_6d65_7073_6575
        self.v1 = key.high ^ 0x646f_7261_6e64_6f6d
        self.v2 = key.low ^ 0x6c79_6765_6e65_7261
        self.v3 = key.high ^ 0x7465_6462_7974_6573
    }

    /// Authenticates `bytes` under `key`.
    static func tag(of bytes: [UInt8], key: Key) -> UInt64 {
        var state = SipHash(key: key)
        var index = 0
        while index + 8 <= bytes.count {
            state.absorb(word(bytes[index..<index + 8]))
            index += 8
        }
        state.absorb(word(bytes[index...]) | UInt64(truncatingIfNeeded: bytes.count) << 56)
        return state.finish()
    }

    /// Up to 8 bytes, little endian.
    private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private mutating func absorb(_ word: UInt64) {
        self.v3 ^= word
        self.round()
        self.round()
        self.v0 ^= word
    }

    private mutating func finish() -> UInt64 {
        self.v2 ^= 0xff
        for _ in 0..<4 { self.round() }
        return self.v0 ^ self.v1 ^ self.v2 ^ self.v3
    }

    private mutating func round() {
        func rotate(_ value: UInt64, _ by: UInt64) -> UInt64 { value << by | value >> (64 - by) }
        self.v0 &+= self.v1
        self.v1 = rotate(self.v1, 13) ^ self.v0
        self.v0 = rotate(self.v0, 32)
        self.v2 &+= self.v3
        self.v3 = rotate(self.v3, 16) ^ self.v2
        self.v0 &+= self.v3
        self.v3 = rotate(self.v3, 21) ^ self.v0
        self.v2 &+= self.v1
        self.v1 = rotate(self.v1, 17) ^ self.v2
        self.v2 = rotate(self.v2, 32)
    }
}
