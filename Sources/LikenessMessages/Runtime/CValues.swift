internal import CLikenessMessages

/// Copies between protobuf-c's C values and Swift's; used by generated code.
///
/// SAFETY (whole file): pointers come from a struct that protobuf-c unpacked or an arena owns, and are read at once.
enum CValues {
    static func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String {
        guard let pointer = unsafe pointer, unsafe pointer.pointee != 0 else { return "" }
        return unsafe String(cString: pointer)
    }

    static func bytes(_ data: ProtobufCBinaryData) -> [UInt8] {
        unsafe data.data == nil ? [] : Array(UnsafeBufferPointer(start: data.data, count: data.len))
    }

    /// The value of a map's entry, which may have been left out.
    static func message<Value: Message, Struct>(_ pointer: UnsafeMutablePointer<Struct>?, as type: Value.Type) -> Value
    {
        guard let pointer = unsafe pointer else { return Value() }
        return unsafe Value(_reading: UnsafeRawPointer(pointer))
    }

    static func binary(_ bytes: [UInt8], _ arena: EncodingArena) -> ProtobufCBinaryData {
        unsafe ProtobufCBinaryData(len: bytes.count, data: arena.values(bytes))
    }

    static func array<Value>(_ pointer: UnsafeMutablePointer<Value>?, _ count: Int) -> [Value] {
        unsafe pointer == nil ? [] : Array(UnsafeBufferPointer(start: pointer, count: count))
    }

    static func list<Value>(
        _ pointers: UnsafeMutablePointer<UnsafeMutablePointer<Value>?>?,
        _ count: Int
    ) -> [UnsafeMutablePointer<Value>] {
        guard let pointers = unsafe pointers else { return unsafe [] }
        return unsafe UnsafeBufferPointer(start: pointers, count: count).compactMap { unsafe $0 }
    }
}
