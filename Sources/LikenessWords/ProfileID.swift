package import FoundationEssentials

/// A profile's id, as two numbers that are ordered like PostgreSQL orders `uuid`.
package struct ProfileID: Hashable, Comparable, Sendable {
    private let high: UInt64
    private let low: UInt64

    package init(_ uuid: UUID) {
        let b = uuid.uuid
        self.high = Self.number(b.0, b.1, b.2, b.3, b.4, b.5, b.6, b.7)
        self.low = Self.number(b.8, b.9, b.10, b.11, b.12, b.13, b.14, b.15)
    }

    package var uuid: UUID {
        func byte(_ number: UInt64, _ place: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: number >> (56 - 8 * place)) }
        let (h, l) = (self.high, self.low)
        return UUID(
            uuid: (
                byte(h, 0), byte(h, 1), byte(h, 2), byte(h, 3), byte(h, 4), byte(h, 5), byte(h, 6), byte(h, 7),
                byte(l, 0), byte(l, 1), byte(l, 2), byte(l, 3), byte(l, 4), byte(l, 5), byte(l, 6), byte(l, 7)
            )
        )
    }

    /// By which a sample of profiles is taken: it depends on the id alone, and on nothing that ids are ordered by.
    package var sampleKey: UInt64 {
        // The finalizer of SplitMix64, which spreads ids that follow each other.
        var key = self.high ^ (self.low << 32 | self.low >> 32) &* 0x9E37_79B9_7F4A_7C15
        key = (key ^ (key >> 30)) &* 0xBF58_476D_1CE4_E5B9
        key = (key ^ (key >> 27)) &* 0x94D0_49BB_1331_11EB
        return key ^ (key >> 31)
    }

    package static func < (one: ProfileID, other: ProfileID) -> Bool {
        one.high == other.high ? one.low < other.low : one.high < other.high
    }

    /// Ids are random or of a time, so the sum of both numbers tells them apart; hashing less takes half as long.
    package func hash(into hasher: inout Hasher) { hasher.combine(self.high &+ self.low) }

    private static func number(
        _ a: UInt8,
        _ b: UInt8,
        _ c: UInt8,
        _ d: UInt8,
        _ e: UInt8,
        _ f: UInt8,
        _ g: UInt8,
        _ h: UInt8
    ) -> UInt64 {
        let upper = UInt64(a) << 56 | UInt64(b) << 48 | UInt64(c) << 40 | UInt64(d) << 32
        return upper | UInt64(e) << 24 | UInt64(f) << 16 | UInt64(g) << 8 | UInt64(h)
    }
}
