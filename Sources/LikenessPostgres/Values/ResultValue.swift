package import FoundationEssentials

extension Bool: ResultValue {
    package init(_ cell: borrowing Cell) throws(DatabaseError) {
        try cell.require(.bool)
        let byte: UInt8 = try cell.wholeInteger()
        self = byte != 0
    }
}

extension Int16: ResultValue {
    package init(_ cell: borrowing Cell) throws(DatabaseError) {
        try cell.require(.int2)
        self = try cell.wholeInteger()
    }
}

extension Int32: ResultValue {
    /// Also reads `int2`.
    package init(_ cell: borrowing Cell) throws(DatabaseError) {
        if cell.type == PostgresType.int2.rawValue {
            self = Int32(try Int16(cell))
        } else {
            try cell.require(.int4)
            self = try cell.wholeInteger()
        }
    }
}

extension Int64: ResultValue {
    /// Also reads `int4` and `int2`.
    package init(_ cell: borrowing Cell) throws(DatabaseError) {
        if cell.type == PostgresType.int8.rawValue {
            self = try cell.wholeInteger()
        } else {
            self = Int64(try Int32(cell))
        }
    }
}

extension Int: ResultValue {
    package init(_ cell: borrowing Cell) throws(DatabaseError) { self = Int(try Int64(cell)) }
}

extension Float: ResultValue {
    package init(_ cell: borrowing Cell) throws(DatabaseError) {
        try cell.require(.float4)
        self = Float(bitPattern: try cell.wholeInteger())
    }
}

extension Double: ResultValue {
    /// Also reads `float4`.
    package init(_ cell: borrowing Cell) throws(DatabaseError) {
        if cell.type == PostgresType.float4.rawValue {
            self = Double(try Float(cell))
        } else {
            try cell.require(.float8)
            self = Double(bitPattern: try cell.wholeInteger())
        }
    }
}

extension String: ResultValue {
    /// Reads text, varchar, name, char, json, jsonb, untyped literals, and types of the database's own that are text.
    package init(_ cell: borrowing Cell) throws(DatabaseError) {
        switch cell.type {
        case 18, 19, 25, 114, 705, 1042, 1043: self = try cell.text()
        case PostgresType.jsonb.rawValue: self = try JSONB(cell).text
        case 16384... where cell.type != cell.types.vector && cell.type != cell.types.halfvec: self = try cell.text()
        default: throw cell.unreadable("wanted text")
        }
    }
}

extension JSONB: ResultValue {
    package init(_ cell: borrowing Cell) throws(DatabaseError) {
        try cell.require(.jsonb)
        let version: UInt8 = try cell.integer(at: 0)
        guard version == 1 else { throw cell.unreadable("jsonb version \(version)") }
        self.init(try cell.text(from: 1))
    }
}

extension UUID: ResultValue {
    package init(_ cell: borrowing Cell) throws(DatabaseError) {
        try cell.require(.uuid)
        guard unsafe cell.bytes.count == 16 else { throw cell.unreadable(unsafe "\(cell.bytes.count) bytes") }
        unsafe self.init(uuid: cell.bytes.loadUnaligned(as: uuid_t.self))
    }
}

extension Array: ResultValue where Element: ArrayElementValue {
    package init(_ cell: borrowing Cell) throws(DatabaseError) { self = try Element.decodeArray(cell) }
}
