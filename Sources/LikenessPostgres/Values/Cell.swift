internal import CLibpq
internal import Glibc

/// One value of a result, lent to a decoder: it cannot be copied, so it cannot outlive the result it points into.
@safe package struct Cell: ~Copyable {
    /// SAFETY: libpq keeps these until `PQclear`, and whoever made this cell keeps the result until it is gone.
    let bytes: UnsafeRawBufferPointer
    let type: UInt32
    let types: ExtensionTypes

    package var byteCount: Int { unsafe self.bytes.count }

    /// Reads an integer in network order.
    func integer<Value: FixedWidthInteger>(at offset: Int) throws(DatabaseError) -> Value {
        guard offset >= 0, unsafe offset <= self.bytes.count - MemoryLayout<Value>.size else {
            throw self.unreadable(unsafe "\(self.bytes.count) bytes, wanted more than \(offset)")
        }
        return unsafe Value(bigEndian: self.bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    /// Reads an integer that is the whole value.
    func wholeInteger<Value: FixedWidthInteger>() throws(DatabaseError) -> Value {
        guard unsafe self.bytes.count == MemoryLayout<Value>.size else {
            throw self.unreadable(unsafe "\(self.bytes.count) bytes")
        }
        return try self.integer(at: 0)
    }

    /// Lends a part of the value as a value of its own.
    func part(from start: Int, byteCount: Int, type: UInt32) throws(DatabaseError) -> Cell {
        guard start >= 0, byteCount >= 0, unsafe start <= self.bytes.count, unsafe byteCount <= self.bytes.count - start
        else {
            throw self.unreadable(unsafe "\(byteCount) bytes wanted at \(start) of \(self.bytes.count)")
        }
        return unsafe Cell(
            bytes: UnsafeRawBufferPointer(rebasing: self.bytes[start..<start + byteCount]),
            type: type,
            types: self.types
        )
    }

    func require(_ wanted: PostgresType) throws(DatabaseError) {
        guard self.type == self.types.oid(of: wanted) else { throw self.unreadable("wanted \(wanted)") }
    }

    /// Reads text from `start`, checked as UTF-8.
    func text(from start: Int = 0) throws(DatabaseError) -> String {
        guard unsafe start <= self.bytes.count else { throw self.unreadable("text that is not UTF-8") }
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: self.bytes[start...])
        // Several times faster than `String(validating:as:)`, which is not specialised: what this repairs is not equal.
        var text = unsafe String(decoding: bytes, as: UTF8.self)
        let isSame = text.withUTF8 { decoded in
            guard decoded.count == bytes.count else { return false }
            guard let left = decoded.baseAddress, let right = bytes.baseAddress else { return true }
            return unsafe memcmp(left, right, bytes.count) == 0
        }
        guard isSame else { throw self.unreadable("text that is not UTF-8") }
        return text
    }

    /// An error that names the type but quotes no data.
    func unreadable(_ why: String) -> DatabaseError {
        DatabaseError(.unreadableAnswer, detail: "type \(self.type): \(why)")
    }
}

/// A Swift value that can be read from a result in binary.
package protocol ResultValue {
    init(_ cell: borrowing Cell) throws(DatabaseError)
    /// What NULL means; throws unless the type is optional.
    static func null() throws(DatabaseError) -> Self
}

extension ResultValue {
    package static func null() throws(DatabaseError) -> Self {
        throw DatabaseError(.unreadableAnswer, detail: "NULL where \(Self.self) was wanted")
    }
}

extension Optional: ResultValue where Wrapped: ResultValue {
    package init(_ cell: borrowing Cell) throws(DatabaseError) { self = .some(try Wrapped(cell)) }
    package static func null() throws(DatabaseError) -> Wrapped? { nil }
}
