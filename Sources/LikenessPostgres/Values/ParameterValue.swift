package import FoundationEssentials

/// A Swift value with one PostgreSQL type and its binary form.
package protocol ParameterValue: Sendable {
    static var postgresType: PostgresType { get }
    /// Appends the binary form. False: the value is NULL, and nothing was appended.
    func encode(into bytes: inout [UInt8]) -> Bool
}

extension FixedWidthInteger {
    /// Appends in network order.
    func appendBigEndian(to bytes: inout [UInt8]) {
        unsafe withUnsafeBytes(of: self.bigEndian) { unsafe bytes.append(contentsOf: $0) }
    }
}

extension Bool: ParameterValue {
    package static var postgresType: PostgresType { .bool }
    package func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.append(self ? 1 : 0)
        return true
    }
}

extension Int16: ParameterValue {
    package static var postgresType: PostgresType { .int2 }
    package func encode(into bytes: inout [UInt8]) -> Bool {
        self.appendBigEndian(to: &bytes)
        return true
    }
}

extension Int32: ParameterValue {
    package static var postgresType: PostgresType { .int4 }
    package func encode(into bytes: inout [UInt8]) -> Bool {
        self.appendBigEndian(to: &bytes)
        return true
    }
}

extension Int64: ParameterValue {
    package static var postgresType: PostgresType { .int8 }
    package func encode(into bytes: inout [UInt8]) -> Bool {
        self.appendBigEndian(to: &bytes)
        return true
    }
}

extension Float: ParameterValue {
    package static var postgresType: PostgresType { .float4 }
    package func encode(into bytes: inout [UInt8]) -> Bool {
        self.bitPattern.appendBigEndian(to: &bytes)
        return true
    }
}

extension Double: ParameterValue {
    package static var postgresType: PostgresType { .float8 }
    package func encode(into bytes: inout [UInt8]) -> Bool {
        self.bitPattern.appendBigEndian(to: &bytes)
        return true
    }
}

extension String: ParameterValue {
    package static var postgresType: PostgresType { .text }
    package func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.append(contentsOf: self.utf8)
        return true
    }
}

extension UUID: ParameterValue {
    package static var postgresType: PostgresType { .uuid }
    package func encode(into bytes: inout [UInt8]) -> Bool {
        unsafe withUnsafeBytes(of: self.uuid) { unsafe bytes.append(contentsOf: $0) }
        return true
    }
}

extension Optional: ParameterValue where Wrapped: ParameterValue {
    package static var postgresType: PostgresType { Wrapped.postgresType }
    package func encode(into bytes: inout [UInt8]) -> Bool {
        self?.encode(into: &bytes) ?? false
    }
}

/// The text of a JSON document, as PostgreSQL's `jsonb`.
package struct JSONB: Sendable, Hashable, ParameterValue {
    package var text: String

    package init(_ text: String) {
        self.text = text
    }

    package static var postgresType: PostgresType { .jsonb }
    package func encode(into bytes: inout [UInt8]) -> Bool {
        bytes.append(1)  // The version of the binary form.
        bytes.append(contentsOf: self.text.utf8)
        return true
    }
}
