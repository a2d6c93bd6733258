/// An embedding, as pgvector's `vector`: 1...16,000 finite `Float`s.
package struct Vector: Sendable, Hashable {
    package var values: [Float]

    package init(_ values: [Float]) {
        self.values = values
    }
}

/// An embedding sent and stored as pgvector's `halfvec`: each value is rounded to 16 bits.
package struct HalfVector: Sendable, Hashable {
    package var values: [Float]

    package init(_ values: [Float]) {
        self.values = values
    }
}

// Both forms: int16 dimension, int16 zero, then the values in network order.
// See `vector_recv` in pgvector's src/vector.c.

extension Vector: ParameterValue, ResultValue {
    package static var postgresType: PostgresType { .vector }

    package func encode(into bytes: inout [UInt8]) -> Bool {
        let header = bytes.count
        let count = self.values.count
        precondition(count <= 16_000, "a vector has at most 16,000 dimensions, not \(count)")
        bytes.reserveCapacity(header + 4 + count * 4)
        Int16(count).appendBigEndian(to: &bytes)
        Int16(0).appendBigEndian(to: &bytes)
        bytes.append(contentsOf: repeatElement(0, count: count * 4))
        unsafe bytes.withUnsafeMutableBytes { target in
            unsafe self.values.withUnsafeBufferPointer { source in
                guard let start = target.baseAddress else { return }
                // SAFETY: there is room for `count` values behind the header. Through a buffer each store would be checked.
                for index in 0..<count {
                    unsafe start.storeBytes(
                        of: source[index].bitPattern.bigEndian,
                        toByteOffset: header + 4 + index * 4,
                        as: UInt32.self
                    )
                }
            }
        }
        return true
    }

    package init(_ cell: borrowing Cell) throws(DatabaseError) {
        try cell.require(.vector)
        let count = Int(try cell.integer(at: 0) as Int16)
        guard count >= 0, cell.byteCount == 4 + count * 4 else { throw cell.unreadable("vector of \(count)") }
        let bytes = unsafe cell.bytes
        unsafe self.init(
            [Float](unsafeUninitializedCapacity: count) { target, initialized in
                for index in 0..<count {
                    let bits = unsafe bytes.loadUnaligned(fromByteOffset: 4 + index * 4, as: UInt32.self)
                    unsafe target.initializeElement(at: index, to: Float(bitPattern: UInt32(bigEndian: bits)))
                }
                initialized = count
            }
        )
    }
}

extension HalfVector: ParameterValue, ResultValue {
    package static var postgresType: PostgresType { .halfvec }

    package func encode(into bytes: inout [UInt8]) -> Bool {
        precondition(self.values.count <= 16_000, "a halfvec has at most 16,000 dimensions, not \(self.values.count)")
        Int16(self.values.count).appendBigEndian(to: &bytes)
        Int16(0).appendBigEndian(to: &bytes)
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: self.values.count * 2))
        unsafe bytes.withUnsafeMutableBytes { target in
            for (index, value) in self.values.enumerated() {
                unsafe target.storeBytes(
                    of: Self.bits(value).bigEndian,
                    toByteOffset: start + index * 2,
                    as: UInt16.self
                )
            }
        }
        return true
    }

    package init(_ cell: borrowing Cell) throws(DatabaseError) {
        try cell.require(.halfvec)
        let count = Int(try cell.integer(at: 0) as Int16)
        guard count >= 0, cell.byteCount == 4 + count * 2 else { throw cell.unreadable("halfvec of \(count)") }
        var values: [Float] = []
        values.reserveCapacity(count)
        for index in 0..<count { values.append(Self.float(try cell.integer(at: 4 + index * 2))) }
        self.init(values)
    }

    // `Float16` is missing from Swift on x86-64 Linux in some toolchains, hence by hand: round to nearest, ties to even.
    static func bits(_ value: Float) -> UInt16 {
        let pattern = value.bitPattern
        let sign = UInt16(truncatingIfNeeded: pattern >> 16) & 0x8000
        let magnitude = pattern & 0x7FFF_FFFF
        if magnitude >= 0x7F80_0000 { return sign | (magnitude > 0x7F80_0000 ? 0x7E00 : 0x7C00) }
        if magnitude >= 0x477F_F000 { return sign | 0x7C00 }
        let exponent = Int32(magnitude >> 23) - 127
        if exponent >= -14 {
            let rounded = (magnitude + 0x0FFF + ((magnitude >> 13) & 1)) >> 13
            return sign | UInt16(truncatingIfNeeded: rounded - UInt32((127 - 15) << 10))
        }
        if exponent < -25 { return sign }
        // Subnormal: the unit is 2^-24.
        let shift = UInt32(-exponent - 1)
        let mantissa = (magnitude & 0x7F_FFFF) | 0x80_0000
        let quotient = mantissa >> shift
        let rest = mantissa & ((1 << shift) - 1)
        let half: UInt32 = 1 << (shift - 1)
        let up: UInt32 = rest > half || (rest == half && quotient & 1 == 1) ? 1 : 0
        return sign | UInt16(truncatingIfNeeded: quotient + up)
    }

    static func float(_ bits: UInt16) -> Float {
        let sign: Float = bits & 0x8000 == 0 ? 1 : -1
        let exponent = Int(bits >> 10) & 0x1F
        let mantissa = Float(bits & 0x3FF)
        switch exponent {
        case 0: return sign * mantissa * 0x1p-24
        case 31: return bits & 0x3FF == 0 ? sign * .infinity : .nan
        default: return sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + mantissa / 1024)
        }
    }
}
