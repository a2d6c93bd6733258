internal import CLikenessMessages
internal import CProtobufC

/// Reads the contract's own options, which arrive as fields that descriptor.proto does not know.
enum OptionReader {
    /// Who may call a method.
    struct Policy {
        let role: String
        let timeoutMilliseconds: UInt32
        let isAudited: Bool
        let isOpenToMonitor: Bool
    }

    static func policy(
        _ options: UnsafeMutablePointer<Google__Protobuf__MethodOptions>?,
        of method: String
    ) throws(SchemaError) -> Policy {
        guard let options = options,
            let message = Self.unpack(options.pointee.base, 51_001, Self.policyDescriptor)
        else { throw SchemaError(message: "\(method): has no option (likeness.options.v1.method)") }
        // SAFETY: the descriptor given to `unpack` says what the message is.
        let policy = UnsafeRawPointer(message).assumingMemoryBound(to: Likeness__Options__V1__MethodPolicy.self)
        defer { protobuf_c_message_free_unpacked(message, nil) }
        let roles = [1: "none", 2: "reader", 3: "writer", 4: "admin"]
        guard let role = roles[Int(policy.pointee.required_role.rawValue)] else {
            throw SchemaError(message: "\(method): its policy has no required_role")
        }
        return Policy(
            role: role,
            timeoutMilliseconds: policy.pointee.default_timeout_ms,
            isAudited: role == "admin" || policy.pointee.audited != 0,
            isOpenToMonitor: policy.pointee.open_to_monitor != 0
        )
    }

    static func bytesMax(_ options: UnsafeMutablePointer<Google__Protobuf__MessageOptions>?) -> UInt32? {
        guard let options = options,
            let message = Self.unpack(options.pointee.base, 51_003, Self.messageRulesDescriptor)
        else { return nil }
        defer { protobuf_c_message_free_unpacked(message, nil) }
        // SAFETY: as above.
        let rules = UnsafeRawPointer(message).assumingMemoryBound(to: Likeness__Options__V1__MessageRules.self)
        return rules.pointee.max_bytes == 0 ? nil : rules.pointee.max_bytes
    }

    static func rules(
        _ options: UnsafeMutablePointer<Google__Protobuf__FieldOptions>?
    ) throws(SchemaError) -> Schema.Rules? {
        guard let options = options,
            let message = Self.unpack(options.pointee.base, 51_002, Self.rulesDescriptor)
        else { return nil }
        defer { protobuf_c_message_free_unpacked(message, nil) }
        // SAFETY: as above.
        let rules = UnsafeRawPointer(message).assumingMemoryBound(to: Likeness__Options__V1__FieldRules.self)
        return Self.rules(rules.pointee)
    }

    static func facts(
        _ options: UnsafeMutablePointer<Google__Protobuf__FieldOptions>?,
        of field: String
    ) throws(SchemaError) -> Schema.Facts? {
        guard let options = options,
            let message = Self.unpack(options.pointee.base, 51_004, Self.factsDescriptor)
        else { return nil }
        defer { protobuf_c_message_free_unpacked(message, nil) }
        // SAFETY: as above.
        let facts = UnsafeRawPointer(message).assumingMemoryBound(to: Likeness__Options__V1__FieldFacts.self)
        let kinds: [Int: Schema.Facts.Filtering] = [1: .none, 2: .value, 3: .words, 4: .rows, 5: .key]
        guard let filtering = kinds[Int(facts.pointee.filtering.rawValue)] else {
            throw SchemaError(message: "\(field): its facts have no filtering")
        }
        return Schema.Facts(
            filtering: filtering,
            filterName: SchemaReader.text(facts.pointee.filter_name),
            isIndexed: facts.pointee.indexed != 0,
            isWritable: facts.pointee.writable != 0,
            isSearchable: facts.pointee.searchable != 0,
            isMaskable: facts.pointee.maskable != 0,
            isFacetable: facts.pointee.facetable != 0
        )
    }

    private static func rules(_ source: Likeness__Options__V1__FieldRules) -> Schema.Rules {
        let rules = Schema.Rules()
        rules.required = source.required != 0
        rules.ignore = source.ignore != 0
        rules.string = source.string.map { Self.text($0.pointee) }
        if let bytes = source.bytes?.pointee { rules.bytes = (bytes.min_len, bytes.max_len) }
        rules.definedOnly = source.enum_?.pointee.defined_only == 1
        if let map = source.map?.pointee {
            let (keys, values) = (map.keys.map { Self.text($0.pointee) }, map.values.map { Self.text($0.pointee) })
            rules.map = (map.min_pairs, map.max_pairs, keys, values)
        }
        if let integer = source.int64?.pointee {
            rules.integer = (
                integer.has_gte != 0 ? integer.gte : nil, integer.has_lte != 0 ? integer.lte : nil
            )
        }
        if let number = source.double_?.pointee {
            rules.number = (
                number.finite != 0, number.has_gte != 0 ? number.gte : nil, number.has_lte != 0 ? number.lte : nil
            )
        }
        if let repeated = source.repeated?.pointee {
            let items = repeated.items.map { Self.rules($0.pointee) }
            rules.repeated = (repeated.min_items, repeated.max_items, items)
        }
        return rules
    }

    private static func text(_ source: Likeness__Options__V1__StringRules) -> Schema.TextRules {
        Schema.TextRules(
            minLen: source.min_len,
            maxLen: source.max_len,
            maxBytes: source.max_bytes,
            uuid: source.uuid != 0,
            slug: source.slug != 0,
            pattern: SchemaReader.text(source.pattern),
            notBlank: source.not_blank != 0,
            json: source.json.map { ($0.pointee.max_depth, $0.pointee.max_digits, $0.pointee.max_written_bytes) }
        )
    }

    private static var policyDescriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        var empty = Likeness__Options__V1__MethodPolicy()
        likeness__options__v1__method_policy__init(&empty)
        return empty.base.descriptor
    }

    private static var messageRulesDescriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        var empty = Likeness__Options__V1__MessageRules()
        likeness__options__v1__message_rules__init(&empty)
        return empty.base.descriptor
    }

    private static var rulesDescriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        var empty = Likeness__Options__V1__FieldRules()
        likeness__options__v1__field_rules__init(&empty)
        return empty.base.descriptor
    }

    private static var factsDescriptor: UnsafePointer<ProtobufCMessageDescriptor> {
        var empty = Likeness__Options__V1__FieldFacts()
        likeness__options__v1__field_facts__init(&empty)
        return empty.base.descriptor
    }

    private static func unpack(
        _ base: ProtobufCMessage,
        _ number: UInt32,
        _ descriptor: UnsafePointer<ProtobufCMessageDescriptor>
    ) -> UnsafeMutablePointer<ProtobufCMessage>? {
        let unknown = UnsafeBufferPointer(start: base.unknown_fields, count: Int(base.n_unknown_fields))
        guard let field = unknown.first(where: { $0.tag == number }) else { return nil }
        // protobuf-c keeps the length prefix of an unknown field with its data.
        var start = 0
        while start < field.len && field.data[start] >= 0x80 { start += 1 }
        start += 1
        guard start <= field.len else { return nil }
        return protobuf_c_message_unpack(descriptor, nil, field.len - start, field.data + start)
    }
}
