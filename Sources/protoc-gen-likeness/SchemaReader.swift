internal import CLikenessMessages
internal import CProtocPlugin

/// Reads the descriptors that protoc hands over; they belong to the request and outlive the reading.
struct SchemaReader {
    typealias FileProto = Google__Protobuf__FileDescriptorProto
    typealias MessageProto = Google__Protobuf__DescriptorProto
    typealias EnumProto = Google__Protobuf__EnumDescriptorProto

    private var mapEntries: [String: UnsafeMutablePointer<MessageProto>] = [:]
    private var typeNames: [String: TypeName] = [:]

    /// Reads the files named in the request; others only lend their types.
    static func read(_ request: Google__Protobuf__Compiler__CodeGeneratorRequest) throws(SchemaError) -> Schema {
        var reader = SchemaReader()
        let files = Self.list(request.proto_file, request.n_proto_file)
        for file in files { reader.collect(file.pointee) }
        let wanted = Set(Self.list(request.file_to_generate, request.n_file_to_generate).map { String(cString: $0) })
        var read: [Schema.File] = []
        for file in files where wanted.contains(String(cString: file.pointee.name)) {
            read.append(try reader.file(file.pointee))
        }
        let schema = Schema(files: read)
        try schema.checkFacts()
        return schema
    }

    static func list<Pointee>(
        _ pointers: UnsafeMutablePointer<UnsafeMutablePointer<Pointee>?>?,
        _ count: Int
    ) -> [UnsafeMutablePointer<Pointee>] {
        UnsafeBufferPointer(start: pointers, count: pointers == nil ? 0 : count).compactMap { $0 }
    }

    // MARK: Names

    private mutating func collect(_ file: FileProto) {
        let package = Self.text(file.package)
        for message in Self.list(file.message_type, file.n_message_type) {
            self.collect(message, package: package, path: [])
        }
        for enumeration in Self.list(file.enum_type, file.n_enum_type) {
            self.add(TypeName(package: package, path: [Self.text(enumeration.pointee.name)]))
        }
    }

    private mutating func collect(_ message: UnsafeMutablePointer<MessageProto>, package: String, path: [String]) {
        let name = TypeName(package: package, path: path + [Self.text(message.pointee.name)])
        self.add(name)
        if message.pointee.options?.pointee.map_entry == 1 { self.mapEntries["." + name.full] = message }
        for nested in Self.list(message.pointee.nested_type, message.pointee.n_nested_type) {
            self.collect(nested, package: package, path: name.path)
        }
        for enumeration in Self.list(message.pointee.enum_type, message.pointee.n_enum_type) {
            self.add(TypeName(package: package, path: name.path + [Self.text(enumeration.pointee.name)]))
        }
    }

    private mutating func add(_ name: TypeName) { self.typeNames["." + name.full] = name }

    private func named(_ name: UnsafeMutablePointer<CChar>?) throws(SchemaError) -> TypeName {
        let text = Self.text(name)
        guard let known = self.typeNames[text] else { throw SchemaError(message: "unknown type \(text)") }
        return known
    }

    static func text(_ text: UnsafeMutablePointer<CChar>?) -> String { text.map { String(cString: $0) } ?? "" }

    // MARK: Files

    private func file(_ file: FileProto) throws(SchemaError) -> Schema.File {
        let path = Self.text(file.name)
        let package = Self.text(file.package)
        guard Self.text(file.syntax) == "proto3" else {
            throw SchemaError(message: "\(path): only proto3 is supported")
        }
        let comments = SchemaComments(file)
        var messages: [Schema.Message] = []
        for (index, message) in Self.list(file.message_type, file.n_message_type).enumerated() {
            messages.append(
                try self.message(message.pointee, package: package, path: [], at: [4, Int32(index)], comments)
            )
        }
        var enums: [Schema.Enumeration] = []
        for (index, item) in Self.list(file.enum_type, file.n_enum_type).enumerated() {
            enums.append(self.enumeration(item.pointee, package: package, path: [], at: [5, Int32(index)], comments))
        }
        var services: [Schema.Service] = []
        for (index, item) in Self.list(file.service, file.n_service).enumerated() {
            services.append(try self.service(item.pointee, package: package, at: [6, Int32(index)], comments))
        }
        return Schema.File(path: path, package: package, messages: messages, enums: enums, services: services)
    }

    private func message(
        _ message: MessageProto,
        package: String,
        path: [String],
        at place: [Int32],
        _ comments: SchemaComments
    ) throws(SchemaError) -> Schema.Message {
        let name = TypeName(package: package, path: path + [Self.text(message.name)])
        var fields: [Schema.Field] = []
        for (index, field) in Self.list(message.field, message.n_field).enumerated() {
            fields.append(try self.field(field.pointee, comments.text(at: place + [2, Int32(index)]), of: name))
        }
        var messages: [Schema.Message] = []
        for (index, nested) in Self.list(message.nested_type, message.n_nested_type).enumerated() {
            let inner = place + [3, Int32(index)]
            messages.append(try self.message(nested.pointee, package: package, path: name.path, at: inner, comments))
        }
        var enums: [Schema.Enumeration] = []
        for (index, item) in Self.list(message.enum_type, message.n_enum_type).enumerated() {
            let inner = place + [4, Int32(index)]
            enums.append(self.enumeration(item.pointee, package: package, path: name.path, at: inner, comments))
        }
        let oneofs = Self.list(message.oneof_decl, message.n_oneof_decl).enumerated().map { index, oneof in
            Schema.Oneof(
                name: Self.text(oneof.pointee.name),
                comment: comments.text(at: place + [8, Int32(index)])
            )
        }
        return Schema.Message(
            name: name,
            comment: comments.text(at: place),
            fields: fields,
            oneofs: oneofs,
            messages: messages,
            enums: enums,
            isMapEntry: message.options?.pointee.map_entry == 1,
            bytesMax: OptionReader.bytesMax(message.options)
        )
    }

    private func field(
        _ field: Google__Protobuf__FieldDescriptorProto,
        _ comment: String,
        of message: TypeName
    ) throws(SchemaError) -> Schema.Field {
        let name = Self.text(field.name)
        let isRepeated = field.label == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REPEATED
        let type = try self.type(of: field, "\(message.full).\(name)")
        let rules = try OptionReader.rules(field.options)
        try rules?.check(fits: type, isRepeated: isRepeated, "\(message.full).\(name)")
        return Schema.Field(
            name: name,
            number: field.number,
            comment: comment,
            type: type,
            isRepeated: isRepeated,
            oneof: field.has_oneof_index != 0 ? Int(field.oneof_index) : nil,
            rules: rules,
            facts: try OptionReader.facts(field.options, of: "\(message.full).\(name)")
        )
    }

    private func type(
        of field: Google__Protobuf__FieldDescriptorProto,
        _ path: String
    ) throws(SchemaError) -> Schema.FieldType {
        switch field.type {
        case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_DOUBLE: return .double
        case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_FLOAT: return .float
        case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_INT64,
            GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_SINT64,
            GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_SFIXED64:
            return .int64
        case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_UINT64,
            GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_FIXED64:
            return .uint64
        case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_INT32,
            GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_SINT32,
            GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_SFIXED32:
            return .int32
        case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_UINT32,
            GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_FIXED32:
            return .uint32
        case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_BOOL: return .bool
        case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_STRING: return .string
        case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_BYTES: return .bytes
        case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_ENUM:
            return .enumeration(try self.named(field.type_name))
        case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_MESSAGE:
            let name = try self.named(field.type_name)
            guard let entry = self.mapEntries["." + name.full] else { return .message(name) }
            let fields = Self.list(entry.pointee.field, entry.pointee.n_field)
            guard fields.count == 2 else { throw SchemaError(message: "\(path): not a map entry") }
            return .map(
                entry: name,
                key: try self.type(of: fields[0].pointee, path),
                value: try self.type(of: fields[1].pointee, path)
            )
        default: throw SchemaError(message: "\(path): this field type is not supported")
        }
    }

    private func enumeration(
        _ enumeration: EnumProto,
        package: String,
        path: [String],
        at place: [Int32],
        _ comments: SchemaComments
    ) -> Schema.Enumeration {
        let values = Self.list(enumeration.value, enumeration.n_value).enumerated().map { index, value in
            Schema.Enumeration.Value(
                name: Self.text(value.pointee.name),
                comment: comments.text(at: place + [2, Int32(index)]),
                number: value.pointee.number
            )
        }
        let name = TypeName(package: package, path: path + [Self.text(enumeration.name)])
        return Schema.Enumeration(name: name, comment: comments.text(at: place), values: values)
    }

    private func service(
        _ service: Google__Protobuf__ServiceDescriptorProto,
        package: String,
        at place: [Int32],
        _ comments: SchemaComments
    ) throws(SchemaError) -> Schema.Service {
        let name = Self.text(service.name)
        var methods: [Schema.Method] = []
        for (index, pointer) in Self.list(service.method, service.n_method).enumerated() {
            let method = pointer.pointee
            let methodName = Self.text(method.name)
            let policy = try OptionReader.policy(method.options, of: "\(package).\(name).\(methodName)")
            let level = method.options?.pointee.idempotency_level
            let isPure = level == GOOGLE__PROTOBUF__METHOD_OPTIONS__IDEMPOTENCY_LEVEL__NO_SIDE_EFFECTS
            methods.append(
                Schema.Method(
                    name: methodName,
                    comment: comments.text(at: place + [2, Int32(index)]),
                    input: try self.named(method.input_type),
                    output: try self.named(method.output_type),
                    clientStreams: method.client_streaming != 0,
                    serverStreams: method.server_streaming != 0,
                    hasNoSideEffects: isPure,
                    isIdempotent: isPure || level == GOOGLE__PROTOBUF__METHOD_OPTIONS__IDEMPOTENCY_LEVEL__IDEMPOTENT,
                    requiredRole: policy.role,
                    defaultTimeoutMilliseconds: policy.timeoutMilliseconds,
                    isAudited: policy.isAudited,
                    isOpenToMonitor: policy.isOpenToMonitor
                )
            )
        }
        return Schema.Service(
            name: name,
            fullName: package.isEmpty ? name : "\(package).\(name)",
            comment: comments.text(at: place),
            methods: methods
        )
    }
}
