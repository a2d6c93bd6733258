/// Reads one encoded `google.protobuf.FileDescriptorProto`. The numbers are those of descriptor.proto.
struct FileDescriptorReader {
    private let package: String
    private let path: String
    private let isProto3: Bool

    static func read(_ bytes: ArraySlice<UInt8>) throws(TranscodingError) -> FileDescriptor {
        let fields = try EncodedFields(bytes)
        let syntax = fields.text(12)
        let path = fields.text(1)
        guard syntax.isEmpty || syntax == "proto2" || syntax == "proto3" else {
            throw TranscodingError("\(path): the syntax \"\(syntax)\" is not supported")
        }
        let reader = Self(package: fields.text(2), path: path, isProto3: syntax == "proto3")
        var messages: [MessageDescriptor] = []
        for (index, bytes) in fields.all(4).enumerated() {
            messages.append(try reader.message(bytes, scope: reader.package, place: [4, Int32(index)]))
        }
        var enums: [EnumDescriptor] = []
        for (index, bytes) in fields.all(5).enumerated() {
            enums.append(try reader.enumeration(bytes, scope: reader.package, place: [5, Int32(index)]))
        }
        var services: [ServiceDescriptor] = []
        for (index, bytes) in fields.all(6).enumerated() {
            services.append(try reader.service(bytes, place: [6, Int32(index)]))
        }
        return FileDescriptor(
            path: path,
            package: reader.package,
            imports: fields.all(3).map { String(decoding: $0, as: UTF8.self) },
            isProto3: reader.isProto3,
            messages: messages,
            enums: enums,
            services: services,
            extensions: try reader.extensions(fields.all(7), scope: reader.package, place: [7]),
            encoded: bytes,
            comments: try Self.comments(fields.bytes(9))
        )
    }

    private static func joined(_ scope: String, _ name: String) -> String { scope.isEmpty ? name : "\(scope).\(name)" }

    /// Type names come with a dot in front: they are full names.
    private static func typeName(_ text: String) -> String { text.hasPrefix(".") ? String(text.dropFirst()) : text }

    private func message(
        _ bytes: ArraySlice<UInt8>,
        scope: String,
        place: [Int32]
    ) throws(TranscodingError) -> MessageDescriptor {
        let fields = try EncodedFields(bytes)
        let name = fields.text(1)
        let fullName = Self.joined(scope, name)
        guard place.count <= 64 else { throw TranscodingError("\(fullName): nested too deeply") }
        var members: [FieldDescriptor] = []
        for (index, bytes) in fields.all(2).enumerated() {
            members.append(try self.field(bytes, scope: fullName, place: place + [2, Int32(index)]).field)
        }
        var messages: [MessageDescriptor] = []
        for (index, bytes) in fields.all(3).enumerated() {
            messages.append(try self.message(bytes, scope: fullName, place: place + [3, Int32(index)]))
        }
        var enums: [EnumDescriptor] = []
        for (index, bytes) in fields.all(4).enumerated() {
            enums.append(try self.enumeration(bytes, scope: fullName, place: place + [4, Int32(index)]))
        }
        var oneofs: [MessageDescriptor.Oneof] = []
        for (index, bytes) in fields.all(8).enumerated() {
            oneofs.append(.init(name: try EncodedFields(bytes).text(1), place: place + [8, Int32(index)]))
        }
        return MessageDescriptor(
            name: name,
            fullName: fullName,
            file: self.path,
            fields: members,
            oneofs: oneofs,
            messages: messages,
            enums: enums,
            extensions: try self.extensions(fields.all(6), scope: fullName, place: place + [6]),
            isMapEntry: try EncodedFields(fields.bytes(7)).number(7) == 1,
            isProto3: self.isProto3,
            options: fields.bytes(7),
            place: place
        )
    }

    private func extensions(
        _ encoded: [ArraySlice<UInt8>],
        scope: String,
        place: [Int32]
    ) throws(TranscodingError) -> [(extendee: String, field: FieldDescriptor)] {
        var extensions: [(extendee: String, field: FieldDescriptor)] = []
        for (index, bytes) in encoded.enumerated() {
            extensions.append(try self.field(bytes, scope: scope, place: place + [Int32(index)]))
        }
        return extensions
    }

    private func field(
        _ bytes: ArraySlice<UInt8>,
        scope: String,
        place: [Int32]
    ) throws(TranscodingError) -> (extendee: String, field: FieldDescriptor) {
        let fields = try EncodedFields(bytes)
        let name = fields.text(1)
        guard let kind = FieldDescriptor.Kind(rawValue: fields.number(5) ?? 0),
            let number = fields.number(3).flatMap(UInt32.init(exactly:))
        else { throw TranscodingError("\(scope).\(name): a field of unknown type") }
        let label = FieldDescriptor.Label(rawValue: fields.number(4) ?? 1) ?? .optional
        let extendee = Self.typeName(fields.text(2))
        let isOptional = fields.number(17) == 1
        let oneof = isOptional ? nil : fields.number(9).flatMap(Int.init(exactly:))
        let isSingleMessage = kind == .message || kind == .group
        let packed = try EncodedFields(fields.bytes(8)).number(2).map { $0 != 0 } ?? self.isProto3
        return (
            extendee,
            FieldDescriptor(
                name: name,
                fullName: Self.joined(scope, name),
                jsonName: fields.has(10) ? fields.text(10) : JSONNames.camelCased(name),
                number: number,
                label: label,
                kind: kind,
                typeName: Self.typeName(fields.text(6)),
                oneof: oneof,
                hasPresence: label != .repeated
                    && (isSingleMessage || oneof != nil || isOptional || !self.isProto3 || !extendee.isEmpty),
                isOptionalInProto3: isOptional,
                isPacked: label == .repeated && kind.isPackable && packed,
                isExtension: !extendee.isEmpty,
                options: fields.bytes(8),
                place: place
            )
        )
    }

    private func enumeration(
        _ bytes: ArraySlice<UInt8>,
        scope: String,
        place: [Int32]
    ) throws(TranscodingError) -> EnumDescriptor {
        let fields = try EncodedFields(bytes)
        var values: [EnumDescriptor.Value] = []
        for (index, bytes) in fields.all(2).enumerated() {
            let value = try EncodedFields(bytes)
            values.append(
                .init(
                    name: value.text(1),
                    number: Int32(truncatingIfNeeded: value.number(2) ?? 0),
                    options: value.bytes(3),
                    place: place + [2, Int32(index)]
                )
            )
        }
        return EnumDescriptor(
            name: fields.text(1),
            fullName: Self.joined(scope, fields.text(1)),
            file: self.path,
            values: values,
            isClosed: !self.isProto3,
            options: fields.bytes(3),
            place: place
        )
    }

    private func service(_ bytes: ArraySlice<UInt8>, place: [Int32]) throws(TranscodingError) -> ServiceDescriptor {
        let fields = try EncodedFields(bytes)
        let fullName = Self.joined(self.package, fields.text(1))
        var methods: [RPCDescriptor] = []
        for (index, bytes) in fields.all(2).enumerated() {
            let method = try EncodedFields(bytes)
            methods.append(
                RPCDescriptor(
                    service: fullName,
                    name: method.text(1),
                    input: Self.typeName(method.text(2)),
                    output: Self.typeName(method.text(3)),
                    clientStreams: method.number(5) == 1,
                    serverStreams: method.number(6) == 1,
                    options: method.bytes(4),
                    place: place + [2, Int32(index)]
                )
            )
        }
        return ServiceDescriptor(
            name: fields.text(1),
            fullName: fullName,
            file: self.path,
            methods: methods,
            options: fields.bytes(3),
            place: place
        )
    }

    /// `SourceCodeInfo`: comments by the path of what they stand at.
    private static func comments(_ bytes: ArraySlice<UInt8>) throws(TranscodingError) -> [[Int32]: String] {
        var comments: [[Int32]: String] = [:]
        for location in try EncodedFields(bytes).all(1) {
            let fields = try EncodedFields(location)
            let text = fields.has(3) ? fields.text(3) : fields.text(4)
            guard !text.isEmpty else { continue }
            var place: [Int32] = []
            var numbers = ProtobufReader(fields.bytes(1))
            while !numbers.isAtEnd { place.append(Int32(truncatingIfNeeded: try numbers.readVarint())) }
            var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
                .map { $0.hasPrefix(" ") ? String($0.dropFirst()) : String($0) }
            while lines.last?.isEmpty == true { lines.removeLast() }
            comments[place] = lines.joined(separator: "\n")
        }
        return comments
    }
}

/// The fields of one encoded message, not yet understood.
struct EncodedFields {
    private enum Content {
        case number(UInt64)
        case bytes(ArraySlice<UInt8>)
    }

    private var contents: [UInt32: [Content]] = [:]

    init(_ bytes: ArraySlice<UInt8>) throws(TranscodingError) {
        var reader = ProtobufReader(bytes)
        while !reader.isAtEnd {
            let (number, wireType) = try reader.readTag()
            switch wireType {
            case 0: self.contents[number, default: []].append(.number(try reader.readVarint()))
            case 2: self.contents[number, default: []].append(.bytes(try reader.readLengthDelimited()))
            default: try reader.skip(number, wireType, depthLeft: 16)
            }
        }
    }

    func has(_ number: UInt32) -> Bool { self.contents[number] != nil }

    func number(_ number: UInt32) -> UInt64? {
        if case .number(let value)? = self.contents[number]?.last { value } else { nil }
    }

    func all(_ number: UInt32) -> [ArraySlice<UInt8>] {
        (self.contents[number] ?? []).compactMap { if case .bytes(let bytes) = $0 { bytes } else { nil } }
    }

    func bytes(_ number: UInt32) -> ArraySlice<UInt8> { self.all(number).last ?? [] }

    func text(_ number: UInt32) -> String { String(decoding: self.bytes(number), as: UTF8.self) }
}
