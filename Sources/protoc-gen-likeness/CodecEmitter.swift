/// Emits how each message becomes protoc-c's struct and comes back.
struct CodecEmitter {
    let options: GeneratorOptions

    func emit(_ file: Schema.File) -> String {
        var source = SourceText(self.options, imports: ["internal import \(self.options.cModule)"])
        for message in file.messages { Self.emit(message, into: &source) }
        return source.text
    }

    private static func emit(_ message: Schema.Message, into source: inout SourceText) {
        guard !message.isMapEntry else { return }
        let c = message.name.c
        source.line()
        source.block("extension \(message.name.swift)") { source in
            source.line("public static var fullName: String { \"\(message.name.full)\" }")
            source.line()
            source.block("public static var _descriptor: UnsafeRawPointer") { source in
                source.line("var empty = unsafe \(c)()")
                source.line("unsafe \(message.name.cLower)__init(&empty)")
                source.line("return unsafe UnsafeRawPointer(empty.base.descriptor)")
            }
            source.line()
            source.block("public init(_reading source: UnsafeRawPointer)") { source in
                source.line("self.init()")
                guard !message.fields.isEmpty else { return }
                source.line("let c = unsafe source.assumingMemoryBound(to: \(c).self)")
                for member in message.members { Self.emitRead(member, of: message, into: &source) }
            }
            source.line()
            source.block("public func _write(to arena: EncodingArena) -> UnsafeMutableRawPointer") { source in
                source.line("let raw = unsafe arena.allocate(byteCount: MemoryLayout<\(c)>.size)")
                source.line("let c = unsafe raw.bindMemory(to: \(c).self, capacity: 1)")
                source.line("unsafe \(message.name.cLower)__init(c)")
                for member in message.members { Self.emitWrite(member, of: message, into: &source) }
                source.line("return unsafe raw")
            }
        }
        for nested in message.messages { Self.emit(nested, into: &source) }
    }

    // MARK: Reading

    private static func emitRead(
        _ member: Schema.Message.Member,
        of message: Schema.Message,
        into source: inout SourceText
    ) {
        switch member {
        case .field(let field): Self.emitRead(field, into: &source)
        case .oneof(let oneof, let fields):
            source.cases(of: "unsafe c.pointee.\(oneof.name)_case") { source in
                for field in fields {
                    source.line("case \(message.cCase(field, of: oneof)):")
                    source.indented { source in
                        let target = "self.\(Naming.swiftMember(oneof.name)) = .\(field.member)"
                        if case .message(let name) = field.type {
                            source.line(
                                "if let value = unsafe c.pointee.\(field.cMember) { \(target)(unsafe \(name.swift)(_reading: value)) }"
                            )
                        } else {
                            source.line("\(target)(unsafe \(Self.read("c.pointee.\(field.cMember)", as: field.type)))")
                        }
                    }
                }
                source.line("default: break")
            }
        }
    }

    private static func emitRead(_ field: Schema.Field, into source: inout SourceText) {
        let (target, from, count) = (
            "self.\(field.member)", "c.pointee.\(field.cMember)", "c.pointee.n_\(field.name.lowercased())"
        )
        switch field.type {
        case .map(_, let key, let value):
            source.block("unsafe CValues.forEach(\(from), \(count))") { source in
                source.line("let key = unsafe \(Self.read("$0.key", as: key))")
                source.line("\(target)[key] = unsafe \(Self.read("$0.value", as: value))")
            }
        case .message(let name) where field.isRepeated:
            source.line("\(target) = unsafe CValues.list(\(from), \(count)) { unsafe \(name.swift)(_reading: $0) }")
        case .message(let name):
            source.line("if let value = unsafe \(from) { \(target) = unsafe \(name.swift)(_reading: value) }")
        case .string where field.isRepeated:
            source.line("\(target) = unsafe CValues.list(\(from), \(count)) { unsafe CValues.text($0) }")
        case .bytes where field.isRepeated:
            source.line("\(target) = unsafe CValues.array(\(from), \(count)).map { unsafe CValues.bytes($0) }")
        case .enumeration where field.isRepeated, .bool where field.isRepeated:
            source.line(
                "\(target) = unsafe CValues.array(\(from), \(count)).map { \(Self.read("$0", as: field.type)) }"
            )
        case _ where field.isRepeated:
            source.line("\(target) = unsafe CValues.array(\(from), \(count))")
        default:
            source.line("\(target) = unsafe \(Self.read(from, as: field.type))")
        }
    }

    /// An expression that turns a C value into a Swift one.
    private static func read(_ expression: String, as type: Schema.FieldType) -> String {
        switch type {
        case .string: "CValues.text(\(expression))"
        case .bytes: "CValues.bytes(\(expression))"
        case .bool: "(\(expression) != 0)"
        case .message(let name): "CValues.message(\(expression), as: \(name.swift).self)"
        case .enumeration(let name): "\(name.swift)(rawValue: Int32(truncatingIfNeeded: \(expression).rawValue))"
        default: expression
        }
    }

    // MARK: Writing

    private static func emitWrite(
        _ member: Schema.Message.Member,
        of message: Schema.Message,
        into source: inout SourceText
    ) {
        switch member {
        case .field(let field): Self.emitWrite(field, into: &source)
        case .oneof(let oneof, let fields):
            source.cases(of: "self.\(Naming.swiftMember(oneof.name))") { source in
                for field in fields {
                    source.line("case .\(field.member)(let value)?:")
                    source.indented { source in
                        source.line("unsafe c.pointee.\(oneof.name)_case = \(message.cCase(field, of: oneof))")
                        source.line("unsafe c.pointee.\(field.cMember) = \(Self.write("value", as: field.type))")
                    }
                }
                source.line("case nil: break")
            }
        }
    }

    private static func emitWrite(_ field: Schema.Field, into source: inout SourceText) {
        let (from, target) = ("self.\(field.member)", "c.pointee.\(field.cMember)")
        let count = "c.pointee.n_\(field.name.lowercased())"
        switch field.type {
        case .map(let entry, let key, let value):
            let order =
                switch key {
                case .string: "$0.key.utf8.lexicographicallyPrecedes($1.key.utf8)"
                case .bool: "!$0.key && $1.key"
                default: "$0.key < $1.key"
                }
            source.line("unsafe \(count) = \(from).count")
            source.block("unsafe \(target) = arena.pointers(\(from).sorted { \(order) })") { source in
                source.line("item in")
                source.line("let raw = unsafe arena.allocate(byteCount: MemoryLayout<\(entry.c)>.size)")
                source.line("let entry = unsafe raw.bindMemory(to: \(entry.c).self, capacity: 1)")
                source.line("unsafe \(entry.cLower)__init(entry)")
                source.line("unsafe entry.pointee.key = \(Self.write("item.key", as: key))")
                source.line("unsafe entry.pointee.value = \(Self.write("item.value", as: value))")
                source.line("return unsafe entry")
            }
        case .message where field.isRepeated, .string where field.isRepeated:
            source.line("unsafe \(count) = \(from).count")
            source.line("unsafe \(target) = arena.pointers(\(from)) { unsafe \(Self.write("$0", as: field.type)) }")
        case .bytes where field.isRepeated:
            source.line("unsafe \(count) = \(from).count")
            source.line("unsafe \(target) = arena.values(\(from).map { unsafe CValues.binary($0, arena) })")
        case .enumeration where field.isRepeated, .bool where field.isRepeated:
            source.line("unsafe \(count) = \(from).count")
            source.line("unsafe \(target) = arena.values(\(from).map { \(Self.write("$0", as: field.type)) })")
        case _ where field.isRepeated:
            source.line("unsafe \(count) = \(from).count")
            source.line("unsafe \(target) = arena.values(\(from))")
        case .message:
            source.line("if let value = \(from) { unsafe \(target) = \(Self.write("value", as: field.type)) }")
        case .string, .bytes:
            source.line("if !\(from).isEmpty { unsafe \(target) = \(Self.write(from, as: field.type)) }")
        default:
            source.line("unsafe \(target) = \(Self.write(from, as: field.type))")
        }
    }

    /// An expression that turns a Swift value into a C one that lives in the arena.
    private static func write(_ expression: String, as type: Schema.FieldType) -> String {
        switch type {
        case .string: "arena.text(\(expression))"
        case .bytes: "CValues.binary(\(expression), arena)"
        case .bool: "(\(expression) ? 1 : 0)"
        case .enumeration(let name): "\(name.c)(rawValue: .init(truncatingIfNeeded: \(expression).rawValue))"
        case .message(let name): "\(expression)._write(to: arena).assumingMemoryBound(to: \(name.c).self)"
        default: expression
        }
    }
}
