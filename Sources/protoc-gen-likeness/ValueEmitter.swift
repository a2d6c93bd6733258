/// Emits messages and enums as Swift value types.
struct ValueEmitter {
    let options: GeneratorOptions
    let recursion: Recursion

    func emit(_ file: Schema.File) -> String {
        var source = SourceText(self.options)
        for enumeration in file.enums { Self.emit(enumeration, into: &source) }
        for message in file.messages { self.emit(message, into: &source) }
        return source.text
    }

    private func emit(_ message: Schema.Message, into source: inout SourceText) {
        guard !message.isMapEntry else { return }
        source.line()
        source.comment(message.comment)
        let members = message.members
        source.block("public struct \(Self.declared(message.name)): GeneratedMessage") { source in
            for member in members {
                switch member {
                case .field(let field):
                    source.comment(field.comment)
                    if self.recursion.leadsBack(field, to: message.name) { source.line("@Indirect") }
                    source.line("public var \(field.member): \(field.property.type) = \(field.property.initial)")
                case .oneof(let oneof, _):
                    source.comment(oneof.comment)
                    source.line("public var \(Naming.swiftMember(oneof.name)): \(Self.oneofType(oneof))?")
                }
            }
            for case .oneof(let oneof, let fields) in members {
                source.line()
                source.comment(oneof.comment.isEmpty ? "At most one of these." : oneof.comment)
                source.block("public enum \(Self.oneofType(oneof)): Sendable, Hashable") { source in
                    for field in fields {
                        source.comment(field.comment)
                        let keyword = self.recursion.leadsBack(field, to: message.name) ? "indirect case" : "case"
                        source.line("\(keyword) \(field.member)(\(field.type.swift))")
                    }
                }
            }
            source.line()
            source.line("public init() {}")
            if !members.isEmpty { Self.emitMemberwise(members, into: &source) }
            for enumeration in message.enums { Self.emit(enumeration, into: &source) }
            for nested in message.messages { self.emit(nested, into: &source) }
        }
    }

    private static func emitMemberwise(_ members: [Schema.Message.Member], into source: inout SourceText) {
        let parameters = members.map { member in
            switch member {
            case .field(let field): (name: field.member, type: field.property.type, initial: field.property.initial)
            case .oneof(let oneof, _):
                (name: Naming.swiftMember(oneof.name), type: Self.oneofType(oneof) + "?", initial: "nil")
            }
        }
        source.line()
        source.line("public init(")
        source.indented { source in
            for (index, parameter) in parameters.enumerated() {
                let comma = index + 1 < parameters.count ? "," : ""
                source.line("\(parameter.name): \(parameter.type) = \(parameter.initial)\(comma)")
            }
        }
        source.block(")") { source in
            for parameter in parameters { source.line("self.\(parameter.name) = \(parameter.name)") }
        }
    }

    private static func emit(_ enumeration: Schema.Enumeration, into source: inout SourceText) {
        let cases = enumeration.values.map { value in
            (name: Naming.swiftCase(value.name, of: enumeration.name.path.last ?? ""), value: value)
        }
        source.line()
        source.comment(enumeration.comment)
        source.block("public enum \(Self.declared(enumeration.name)): ContractEnum") { source in
            for item in cases {
                source.comment(item.value.comment)
                source.line("case \(item.name)")
            }
            source.comment("A value that this contract does not know.")
            source.line("case unrecognized(Int32)")
            source.line()
            source.block("public init(rawValue: Int32)") { source in
                source.cases(of: "rawValue") { source in
                    for item in cases { source.line("case \(item.value.number): self = .\(item.name)") }
                    source.line("default: self = .unrecognized(rawValue)")
                }
            }
            source.line()
            source.block("public var rawValue: Int32") { source in
                source.cases(of: "self") { source in
                    for item in cases { source.line("case .\(item.name): \(item.value.number)") }
                    source.line("case .unrecognized(let value): value")
                }
            }
            source.line()
            source.block("public var isDefined: Bool") { source in
                source.line("if case .unrecognized = self { false } else { true }")
            }
            source.line()
            source.comment("Name in the contract; the number for a value it does not know.")
            source.block("public var name: String") { source in
                source.cases(of: "self") { source in
                    for item in cases { source.line("case .\(item.name): \"\(item.value.name)\"") }
                    source.line("case .unrecognized(let value): String(value)")
                }
            }
        }
    }

    static func oneofType(_ oneof: Schema.Oneof) -> String { Naming.camelCased(oneof.name) }

    /// Name at the place of the declaration: nested types are declared inside their message.
    private static func declared(_ name: TypeName) -> String {
        name.path.count > 1 ? name.path[name.path.count - 1] : name.swift
    }
}
