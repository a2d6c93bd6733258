package import CLikenessMessages

/// Copies between protobuf-c's C values and Swift's; used by generated code.
///
/// SAFETY (whole file): pointers come from a struct that protobuf-c unpacked or an arena owns, and are read at once.
package enum CValues {
    @inlinable package static func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String {
        guard let pointer = unsafe pointer, unsafe pointer.pointee != 0 else { return "" }
        return unsafe String(cString: pointer)
    }

    @inlinable package static func bytes(_ data: ProtobufCBinaryData) -> [UInt8] {
        unsafe data.data == nil ? [] : Array(UnsafeBufferPointer(start: data.data, count: data.len))
    }

    /// The value of a map's entry, which may have been left out.
    @inlinable package static func message<Value: GeneratedMessage, Struct>(
        _ pointer: UnsafeMutablePointer<Struct>?,
        as type: Value.Type
    )
        -> Value
    {
        guard let pointer = unsafe pointer else { return Value() }
        return unsafe Value(_reading: UnsafeRawPointer(pointer))
    }

    @inlinable package static func binary(_ bytes: [UInt8], _ arena: EncodingArena) -> ProtobufCBinaryData {
        unsafe ProtobufCBinaryData(len: bytes.count, data: arena.values(bytes))
    }

    @inlinable package static func array<Value>(_ pointer: UnsafeMutablePointer<Value>?, _ count: Int) -> [Value] {
        unsafe pointer == nil ? [] : Array(UnsafeBufferPointer(start: pointer, count: count))
    }

    /// The same for the numbers of vectors: without generics, which cost half a microsecond where they are not specialised.
    package static func array(_ pointer: UnsafeMutablePointer<Float>?, _ count: Int) -> [Float] {
        guard let pointer = unsafe pointer, count > 0 else { return [] }
        return unsafe [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            _ = unsafe buffer.initialize(fromContentsOf: UnsafeBufferPointer(start: pointer, count: count))
            initialized = count
        }
    }

    /// One Swift value for each pointer of a list.
    @inlinable package static func list<Struct, Value>(
        _ pointers: UnsafeMutablePointer<UnsafeMutablePointer<Struct>?>?,
        _ count: Int,
        _ read: (UnsafeMutablePointer<Struct>) -> Value
    ) -> [Value] {
        guard let pointers = unsafe pointers, count > 0 else { return [] }
        return unsafe [Value](unsafeUninitializedCapacity: count) { buffer, initialized in
            for index in 0..<count {
                // protobuf-c leaves no holes in a list.
                guard let pointer = unsafe pointers[index] else { continue }
                unsafe buffer.initializeElement(at: initialized, to: read(pointer))
                initialized += 1
            }
        }
    }

    /// Calls `body` for each entry of a map, in the order of the bytes.
    @inlinable package static func forEach<Struct>(
        _ pointers: UnsafeMutablePointer<UnsafeMutablePointer<Struct>?>?,
        _ count: Int,
        _ body: (Struct) -> Void
    ) {
        guard let pointers = unsafe pointers else { return }
        for index in 0..<count {
            if let entry = unsafe pointers[index] { unsafe body(entry.pointee) }
        }
    }
}
