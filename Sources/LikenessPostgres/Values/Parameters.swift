package import FoundationEssentials

/// The parameters of one call, encoded for the wire one after the other in a single buffer.
package struct Parameters: Sendable {
    private(set) var bytes: [UInt8] = []
    /// Where each parameter ends in `bytes`; negative for NULL (the complement of where it would end).
    private(set) var ends: [Int] = []
    package private(set) var types: [PostgresType] = []

    package init() {}

    package init<each Value: ParameterValue>(_ values: repeat each Value) {
        for value in repeat each values { self.append(value) }
    }

    /// The ids of what is read. Like ``QueryResult/value(_:_:as:)`` of some types: the generic form is not specialised for callers in
    /// other modules.
    package init(_ ids: [UUID]) { self.append(ids) }

    package var count: Int { self.ends.count }

    package mutating func append<Value: ParameterValue>(_ value: Value) {
        self.types.append(Value.postgresType)
        value.encode(into: &self.bytes) ? self.ends.append(self.bytes.count) : self.ends.append(~self.bytes.count)
    }

    /// Appends them as a row of COPY's binary format: how many, and each with its length, -1 for NULL.
    func appendCopyRow(to row: inout [UInt8]) {
        Int16(self.count).appendBigEndian(to: &row)
        var start = 0
        for end in self.ends {
            guard end >= 0 else {
                Int32(-1).appendBigEndian(to: &row)
                continue
            }
            Int32(end - start).appendBigEndian(to: &row)
            row.append(contentsOf: self.bytes[start..<end])
            start = end
        }
    }

    /// Lends libpq's view: one pointer (`nil` for NULL), length and format per parameter.
    func withPointers<Result>(
        _ body: (
            UnsafeMutableBufferPointer<UnsafePointer<CChar>?>, UnsafeMutableBufferPointer<Int32>,
            UnsafeMutableBufferPointer<Int32>
        ) -> Result
    ) -> Result {
        let count = self.ends.count
        // SAFETY: the temporary arrays are filled before use and, like the pointers into `bytes`, used in `body` only.
        return unsafe self.bytes.withUnsafeBytes { bytes in
            unsafe withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: count) { values in
                unsafe withUnsafeTemporaryAllocation(of: Int32.self, capacity: count * 2) { numbers in
                    let lengths = unsafe UnsafeMutableBufferPointer(rebasing: numbers[..<count])
                    let formats = unsafe UnsafeMutableBufferPointer(rebasing: numbers[count...])
                    var start = 0
                    for index in 0..<count {
                        let end = self.ends[index]
                        let length = end < 0 ? 0 : end - start
                        // A value of no bytes still needs a pointer, or libpq takes it for NULL.
                        unsafe values.initializeElement(
                            at: index,
                            to: end < 0 ? nil : Self.pointer(bytes, at: start, length: length)
                        )
                        unsafe lengths.initializeElement(at: index, to: Int32(length))
                        unsafe formats.initializeElement(at: index, to: 1)
                        if end >= 0 { start = end }
                    }
                    return unsafe body(values, lengths, formats)
                }
            }
        }
    }

    private static let nothing: StaticString = ""

    private static func pointer(_ bytes: UnsafeRawBufferPointer, at start: Int, length: Int) -> UnsafePointer<CChar> {
        guard length > 0, let base = bytes.baseAddress else {
            return unsafe UnsafeRawPointer(Self.nothing.utf8Start).assumingMemoryBound(to: CChar.self)
        }
        return unsafe (base + start).assumingMemoryBound(to: CChar.self)
    }
}
