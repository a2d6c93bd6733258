internal import CLikenessMessages
internal import Glibc

/// Looks through an encoded message for what protobuf-c does not check: depth, UTF-8, NUL in texts, overlong numbers,
/// wire types, and messages given twice, which protobuf-c would merge in quadratic time.
///
/// SAFETY (whole file): descriptors are constants of the program; `bytes` outlives the scan and every read is checked
/// against its length by `WireReader`.
enum MessageScanner {
    typealias Descriptor = UnsafePointer<ProtobufCMessageDescriptor>
    private typealias Field = UnsafePointer<ProtobufCFieldDescriptor>

    /// What a message consists of, at any depth.
    struct Contents {
        /// Messages inside.
        var messageCount = 0
        /// Memory that protobuf-c takes, at the least, to note where each field is: its `ScannedMember`, for all fields of a
        /// message but the first 16, which it notes on the stack.
        ///
        /// - SeeAlso: `protobuf_c_message_unpack` in
        ///   [protobuf-c.c](https://github.com/protobuf-c/protobuf-c/blob/master/protobuf-c/protobuf-c.c).
        var notesBytes = 0

        fileprivate mutating func add(fieldCount: Int) { self.notesBytes += max(0, fieldCount - 16) * 32 }
    }

    /// - Throws: The first thing found that breaks a rule, with the path of its field.
    static func scan(
        _ bytes: UnsafeRawBufferPointer,
        as descriptor: Descriptor,
        depthMax: Int
    ) throws(MessageDecodingError) -> Contents {
        var contents = Contents()
        try unsafe Self.scan(bytes, as: descriptor, depthLeft: depthMax, depthMax: depthMax, &contents)
        return contents
    }

    /// The message with an empty item in place of each one of a list that cannot be decoded.
    ///
    /// - Throws: Where the message itself cannot be read; what else is wrong outside of the list is not looked for.
    static func emptyingBadItems(
        of number: UInt32,
        in bytes: UnsafeRawBufferPointer,
        as descriptor: Descriptor,
        depthMax: Int
    ) throws(MessageDecodingError) -> (bytes: [UInt8], undecodable: [UndecodableItem]) {
        guard let field = unsafe protobuf_c_message_descriptor_get_field(descriptor, number) else { return ([], []) }
        let inner = unsafe field.pointee.descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
        var undecodable: [UndecodableItem] = []
        var rest: [UInt8] = []
        rest.reserveCapacity(bytes.count)
        var reader = unsafe WireReader(bytes)
        var index = 0
        var contents = Contents()
        while !reader.isAtEnd {
            let start = reader.position
            let (found, wireType) = try reader.readTag()
            guard found == number, wireType == 2 else {
                try reader.skip(wireType)
                unsafe rest.append(contentsOf: bytes[start..<reader.position])
                continue
            }
            let afterTag = reader.position
            let item = try unsafe reader.readLengthDelimited()
            do throws(MessageDecodingError) {
                try unsafe Self.scan(item, as: inner, depthLeft: depthMax - 1, depthMax: depthMax, &contents)
                unsafe rest.append(contentsOf: bytes[start..<reader.position])
            } catch {
                undecodable.append(UndecodableItem(index: index, error: error))
                unsafe rest.append(contentsOf: bytes[start..<afterTag])
                rest.append(0)
            }
            index += 1
        }
        return (rest, undecodable)
    }

    private static func scan(
        _ bytes: UnsafeRawBufferPointer,
        as descriptor: Descriptor,
        depthLeft: Int,
        depthMax: Int,
        _ contents: inout Contents
    ) throws(MessageDecodingError) {
        var reader = unsafe WireReader(bytes)
        var seen = FieldNumberSet()
        var fieldCount = 0
        defer { contents.add(fieldCount: fieldCount) }
        while !reader.isAtEnd {
            fieldCount += 1
            let fieldStart = reader.position
            let (number, wireType) = try reader.readTag()
            guard let field = unsafe protobuf_c_message_descriptor_get_field(descriptor, number) else {
                try reader.skip(wireType)
                continue
            }
            do throws(MessageDecodingError) {
                guard let content = try unsafe Self.content(of: field, wireType, &reader) else { continue }
                guard depthLeft > 0 else { throw MessageDecodingError(.tooDeep(limit: depthMax)) }
                if unsafe field.pointee.label != PROTOBUF_C_LABEL_REPEATED, !seen.insert(number) {
                    throw MessageDecodingError(.duplicateMessage)
                }
                let inner = unsafe field.pointee.descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
                contents.messageCount += 1
                try unsafe Self.scan(content, as: inner, depthLeft: depthLeft - 1, depthMax: depthMax, &contents)
            } catch {
                throw error.inside(unsafe Self.pathComponent(of: field, in: bytes, before: fieldStart))
            }
        }
    }

    /// Checks one field of any kind and passes over it.
    ///
    /// - Returns: What is inside when it is a message, which is not checked yet.
    private static func content(
        of field: Field,
        _ wireType: UInt8,
        _ reader: inout WireReader
    ) throws(MessageDecodingError) -> UnsafeRawBufferPointer? {
        let type = unsafe field.pointee.type
        let expected = Self.wireType(of: type)
        if wireType == expected {
            guard wireType == 2 else {
                try reader.skip(wireType)
                return nil
            }
            let content = try unsafe reader.readLengthDelimited()
            if type == PROTOBUF_C_TYPE_MESSAGE { return unsafe content }
            if type == PROTOBUF_C_TYPE_STRING { try unsafe Self.checkText(content) }
            return nil
        }
        guard wireType == 2, unsafe field.pointee.label == PROTOBUF_C_LABEL_REPEATED else {
            throw MessageDecodingError(.invalidWireType(wireType))
        }
        try unsafe Self.checkPacked(reader.readLengthDelimited(), of: type, expected)
        return nil
    }

    private static func wireType(of type: ProtobufCType) -> UInt8 {
        switch type {
        case PROTOBUF_C_TYPE_MESSAGE, PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_BYTES: 2
        case PROTOBUF_C_TYPE_SFIXED32, PROTOBUF_C_TYPE_FIXED32, PROTOBUF_C_TYPE_FLOAT: 5
        case PROTOBUF_C_TYPE_SFIXED64, PROTOBUF_C_TYPE_FIXED64, PROTOBUF_C_TYPE_DOUBLE: 1
        default: 0
        }
    }

    private static func checkPacked(
        _ content: UnsafeRawBufferPointer,
        of type: ProtobufCType,
        _ wireType: UInt8
    ) throws(MessageDecodingError) {
        switch wireType {
        case 5: if content.count % 4 != 0 { throw MessageDecodingError(.truncated) }
        case 1: if content.count % 8 != 0 { throw MessageDecodingError(.truncated) }
        default:
            // protobuf-c takes a packed bool for one byte.
            if type == PROTOBUF_C_TYPE_BOOL {
                guard unsafe content.allSatisfy({ $0 <= 1 }) else { throw MessageDecodingError(.invalidBool) }
                return
            }
            var reader = unsafe WireReader(content)
            while !reader.isAtEnd { _ = try reader.readNumber() }
        }
    }

    private static func checkText(_ content: UnsafeRawBufferPointer) throws(MessageDecodingError) {
        guard let start = content.baseAddress else { return }
        if unsafe memchr(start, 0, content.count) != nil { throw MessageDecodingError(.nulInText) }
        // No exits inside the loop, so that it runs on vector registers.
        var bits: UInt8 = 0
        for index in 0..<content.count { unsafe bits |= content[index] }
        guard bits >= 0x80 else { return }
        let utf8: Span<UInt8> = unsafe Span(_unsafeBytes: content)
        do { _ = try UTF8Span(validating: utf8) } catch { throw MessageDecodingError(.invalidUTF8) }
    }

    /// `name`, or `name[index]` for a repeated field. Counts only when there is an error to report.
    private static func pathComponent(
        of field: Field,
        in bytes: UnsafeRawBufferPointer,
        before end: Int
    ) -> String {
        let name = unsafe String(cString: field.pointee.name)
        guard unsafe field.pointee.label == PROTOBUF_C_LABEL_REPEATED else { return name }
        var reader = unsafe WireReader(bytes)
        var index = 0
        while reader.position < end, let (number, wireType) = try? reader.readTag() {
            if unsafe number == field.pointee.id { index += 1 }
            guard (try? reader.skip(wireType)) != nil else { break }
        }
        return "\(name)[\(index)]"
    }

    /// One word for the small numbers, which are nearly all.
    private struct FieldNumberSet {
        private var low: UInt64 = 0
        private var high: Set<UInt32> = []

        /// - Returns: Whether the number is new.
        mutating func insert(_ number: UInt32) -> Bool {
            guard number < 64 else { return self.high.insert(number).inserted }
            let bit = UInt64(1) << UInt64(number)
            defer { self.low |= bit }
            return self.low & bit == 0
        }
    }
}
