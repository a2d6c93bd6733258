package import FoundationEssentials

/// A value that arrays of PostgreSQL can hold. `[UInt8]` is the exception: it is `bytea`.
package protocol ArrayElementValue: ParameterValue {
    static var arrayType: PostgresType { get }
    static func encodeArray(_ values: [Self], into bytes: inout [UInt8])
    static func decodeArray(_ cell: borrowing Cell) throws(DatabaseError) -> [Self]
    static func decodeElement(_ cell: borrowing Cell) throws(DatabaseError) -> Self
}

extension ArrayElementValue {
    /// One dimension, no NULLs: the count, the element's type, then each element with its length.
    package static func encodeArray(_ values: [Self], into bytes: inout [UInt8]) {
        Int32(values.isEmpty ? 0 : 1).appendBigEndian(to: &bytes)
        Int32(0).appendBigEndian(to: &bytes)
        Self.postgresType.rawValue.appendBigEndian(to: &bytes)
        guard !values.isEmpty else { return }
        Int32(values.count).appendBigEndian(to: &bytes)
        Int32(1).appendBigEndian(to: &bytes)
        for value in values {
            let start = bytes.count
            Int32(0).appendBigEndian(to: &bytes)
            _ = value.encode(into: &bytes)
            let length = UInt32(bytes.count - start - 4)
            for shift in 0..<4 { bytes[start + shift] = UInt8(truncatingIfNeeded: length >> (24 - 8 * shift)) }
        }
    }

    package static func decodeArray(_ cell: borrowing Cell) throws(DatabaseError) -> [Self] {
        try cell.require(Self.arrayType)
        let dimensions: Int32 = try cell.integer(at: 0)
        if dimensions == 0 { return [] }
        guard dimensions == 1 else { throw cell.unreadable("array of \(dimensions) dimensions") }
        let elementType: UInt32 = try cell.integer(at: 8)
        let count: Int32 = try cell.integer(at: 12)
        // Each element takes at least its length: a lying count cannot make us reserve more than we received.
        guard count >= 0, Int(count) <= cell.byteCount / 4 else { throw cell.unreadable("array count \(count)") }
        var values: [Self] = []
        values.reserveCapacity(Int(count))
        var offset = 20
        for _ in 0..<count {
            let length: Int32 = try cell.integer(at: offset)
            offset += 4
            guard length >= 0 else { throw cell.unreadable("NULL in an array") }
            let element = try cell.part(from: offset, byteCount: Int(length), type: elementType)
            values.append(try Self.decodeElement(element))
            offset += Int(length)
        }
        return values
    }
}

extension Array: ParameterValue where Element: ArrayElementValue {
    package static var postgresType: PostgresType { Element.arrayType }
    package func encode(into bytes: inout [UInt8]) -> Bool {
        Element.encodeArray(self, into: &bytes)
        return true
    }
}

extension Bool: ArrayElementValue {
    package static var arrayType: PostgresType { .boolArray }
    package static func decodeElement(_ cell: borrowing Cell) throws(DatabaseError) -> Bool { try Bool(cell) }
}

extension Int16: ArrayElementValue {
    package static var arrayType: PostgresType { .int2Array }
    package static func decodeElement(_ cell: borrowing Cell) throws(DatabaseError) -> Int16 { try Int16(cell) }
}

extension Int32: ArrayElementValue {
    package static var arrayType: PostgresType { .int4Array }
    package static func decodeElement(_ cell: borrowing Cell) throws(DatabaseError) -> Int32 { try Int32(cell) }
}

extension Int64: ArrayElementValue {
    package static var arrayType: PostgresType { .int8Array }
    package static func decodeElement(_ cell: borrowing Cell) throws(DatabaseError) -> Int64 { try Int64(cell) }
}

extension Float: ArrayElementValue {
    package static var arrayType: PostgresType { .float4Array }
    package static func decodeElement(_ cell: borrowing Cell) throws(DatabaseError) -> Float { try Float(cell) }
}

extension Double: ArrayElementValue {
    package static var arrayType: PostgresType { .float8Array }
    package static func decodeElement(_ cell: borrowing Cell) throws(DatabaseError) -> Double { try Double(cell) }
}

extension String: ArrayElementValue {
    package static var arrayType: PostgresType { .textArray }
    package static func decodeElement(_ cell: borrowing Cell) throws(DatabaseError) -> String { try String(cell) }
}

extension UUID: ArrayElementValue {
    package static var arrayType: PostgresType { .uuidArray }
    package static func decodeElement(_ cell: borrowing Cell) throws(DatabaseError) -> UUID { try UUID(cell) }
}

extension UInt8: ArrayElementValue {
    /// Never sent: a single byte has no type in PostgreSQL.
    package static var postgresType: PostgresType { .int2 }
    package static var arrayType: PostgresType { .bytea }
    package func encode(into bytes: inout [UInt8]) -> Bool { Int16(self).encode(into: &bytes) }
    package static func encodeArray(_ values: [UInt8], into bytes: inout [UInt8]) { bytes.append(contentsOf: values) }
    package static func decodeElement(_ cell: borrowing Cell) throws(DatabaseError) -> UInt8 {
        throw cell.unreadable("a single byte")
    }
    package static func decodeArray(_ cell: borrowing Cell) throws(DatabaseError) -> [UInt8] {
        try cell.require(.bytea)
        return unsafe Array(cell.bytes)
    }
}
