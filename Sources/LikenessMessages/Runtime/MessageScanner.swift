internal import CLikenessMessages

/// Looks through an encoded message for what protobuf-c does not check: depth, UTF-8, NUL in texts, overlong numbers,
/// groups, and messages given twice.
enum MessageScanner {
    private typealias Descriptor = UnsafePointer<ProtobufCMessageDescriptor>

    /// - Throws: The first thing found that breaks a rule, with the path of its field.
    static func scan(
        _ bytes: UnsafeRawBufferPointer,
        as descriptor: UnsafePointer<ProtobufCMessageDescriptor>,
        depthLeft: Int,
        limits: DecodingLimits
    ) throws(MessageDecodingError) {
        var reader = unsafe WireReader(bytes)
        var seen = SmallSet()
        while !reader.isAtEnd {
            let tag = try reader.readVarint()
            let number = tag >> 3
            guard number >= 1, number <= 536_870_911 else { throw MessageDecodingError(.invalidFieldNumber) }
            let wireType = UInt8(tag & 7)
            guard let field = unsafe protobuf_c_message_descriptor_get_field(descriptor, UInt32(number)) else {
                try reader.skip(wireType)
                continue
            }
            do throws(MessageDecodingError) {
                try unsafe Self.scanField(
                    field.pointee,
                    wireType: wireType,
                    reader: &reader,
                    seen: &seen,
                    depthLeft: depthLeft,
                    limits: limits
                )
            } catch {
                throw error.inside(unsafe Self.component(for: field, in: bytes, before: reader.fieldStart))
            }
        }
    }

    private static func scanField(
        _ field: ProtobufCFieldDescriptor,
        wireType: UInt8,
        reader: inout WireReader,
        seen: inout SmallSet,
        depthLeft: Int,
        limits: DecodingLimits
    ) throws(MessageDecodingError) {
        let isRepeated = unsafe field.label == PROTOBUF_C_LABEL_REPEATED
        let type = unsafe field.type
        if type == PROTOBUF_C_TYPE_MESSAGE || type == PROTOBUF_C_TYPE_STRING || type == PROTOBUF_C_TYPE_BYTES {
            guard wireType == 2 else { throw MessageDecodingError(.invalidWireType(wireType)) }
            let content = try unsafe reader.readLengthDelimited()
            if type == PROTOBUF_C_TYPE_STRING {
                try unsafe Self.checkText(content)
            } else if type == PROTOBUF_C_TYPE_MESSAGE {
                guard depthLeft > 0 else { throw MessageDecodingError(.tooDeep(limit: limits.depthMax)) }
                if !isRepeated, !seen.insert(unsafe field.id) { throw MessageDecodingError(.duplicateMessage) }
                guard let inner = unsafe field.descriptor?.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
                else { return }
                try unsafe Self.scan(content, as: inner, depthLeft: depthLeft - 1, limits: limits)
            }
            return
        }
        let expected = Self.wireType(of: type)
        if wireType == 2 && isRepeated {
            let content = try unsafe reader.readLengthDelimited()
            try unsafe Self.checkPacked(content, of: expected)
        } else {
            guard wireType == expected else { throw MessageDecodingError(.invalidWireType(wireType)) }
            try reader.skip(wireType)
        }
    }

    private static func wireType(of type: ProtobufCType) -> UInt8 {
        switch type {
        case PROTOBUF_C_TYPE_SFIXED32, PROTOBUF_C_TYPE_FIXED32, PROTOBUF_C_TYPE_FLOAT: 5
        case PROTOBUF_C_TYPE_SFIXED64, PROTOBUF_C_TYPE_FIXED64, PROTOBUF_C_TYPE_DOUBLE: 1
        default: 0
        }
    }

    private static func checkPacked(
        _ content: UnsafeRawBufferPointer,
        of wireType: UInt8
    ) throws(MessageDecodingError) {
        switch wireType {
        case 5: if content.count % 4 != 0 { throw MessageDecodingError(.truncated) }
        case 1: if content.count % 8 != 0 { throw MessageDecodingError(.truncated) }
        default:
            var reader = unsafe WireReader(content)
            while !reader.isAtEnd { _ = try reader.readVarint() }
        }
    }

    private static func checkText(_ content: UnsafeRawBufferPointer) throws(MessageDecodingError) {
        let utf8 = unsafe content.assumingMemoryBound(to: UInt8.self)
        var isASCII = true
        for unsafebyte in unsafe utf8 {
            if byte == 0 { throw MessageDecodingError(.nulInText) }
            if byte >= 0x80 { isASCII = false }
        }
        if !isASCII, unsafe String(validating: utf8, as: UTF8.self) == nil { throw MessageDecodingError(.invalidUTF8) }
    }

    /// `name`, or `name[index]` for a repeated field. Counts only when there is an error to report.
    private static func component(
        for field: UnsafePointer<ProtobufCFieldDescriptor>,
        in bytes: UnsafeRawBufferPointer,
        before end: Int
    ) -> String {
        let name = unsafe String(cString: field.pointee.name)
        guard unsafe field.pointee.label == PROTOBUF_C_LABEL_REPEATED else { return name }
        var reader = unsafe WireReader(bytes)
        var index = 0
        while !reader.isAtEnd, let tag = try? reader.readVarint(), reader.fieldStart < end {
            if unsafe tag >> 3 == UInt64(field.pointee.id) { index += 1 }
            guard (try? reader.skip(UInt8(tag & 7))) != nil else { break }
        }
        return "\(name)[\(index)]"
    }

    /// Field numbers seen; a word for the small ones, which are nearly all.
    private struct SmallSet {
        private var low: UInt64 = 0
        private var high: Set<UInt32> = []

        /// - Returns: Whether the number is new.
        mutating func insert(_ number: UInt32) -> Bool {
            if number < 64 {
                let bit = UInt64(1) << UInt64(number)
                defer { self.low |= bit }
                return self.low & bit == 0
            }
            return self.high.insert(number).inserted
        }
    }
}
