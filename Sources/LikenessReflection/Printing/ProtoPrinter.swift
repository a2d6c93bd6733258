/// Writes declarations as a `.proto` file has them, comments and options included.
package struct ProtoPrinter {
    private let pool: DescriptorPool
    private let options: OptionPrinter

    package init(pool: DescriptorPool) {
        self.pool = pool
        self.options = OptionPrinter(pool: pool)
    }

    package func text(of service: ServiceDescriptor) -> String {
        var lines = self.comment(service.place, service.file)
        lines.append("service \(service.name) {")
        lines += self.statements(service.options, "google.protobuf.ServiceOptions").indented
        for method in service.methods { lines += self.lines(of: method, file: service.file).indented }
        return Self.joined(lines + ["}"])
    }

    package func text(of method: RPCDescriptor, in service: ServiceDescriptor) -> String {
        Self.joined(self.lines(of: method, file: service.file))
    }

    package func text(of message: MessageDescriptor) -> String { Self.joined(self.lines(of: message)) }

    package func text(of enumeration: EnumDescriptor) -> String { Self.joined(self.lines(of: enumeration)) }

    private static func joined(_ lines: [String]) -> String { lines.joined(separator: "\n") + "\n" }

    // MARK: Declarations

    private func lines(of method: RPCDescriptor, file: String) -> [String] {
        let input = (method.clientStreams ? "stream " : "") + self.name(method.input, in: file)
        let output = (method.serverStreams ? "stream " : "") + self.name(method.output, in: file)
        let head = "rpc \(method.name)(\(input)) returns (\(output))"
        let options = self.statements(method.options, "google.protobuf.MethodOptions")
        let body = options.isEmpty ? [head + ";"] : [head + " {"] + options.indented + ["}"]
        return self.comment(method.place, file) + body
    }

    private func lines(of message: MessageDescriptor) -> [String] {
        var body = self.statements(message.options, "google.protobuf.MessageOptions")
        var oneofs: Set<Int> = []
        for field in message.fields {
            if let oneof = field.oneof, message.oneofs.indices.contains(oneof) {
                guard oneofs.insert(oneof).inserted else { continue }
                let declared = message.oneofs[oneof]
                body += self.comment(declared.place, message.file) + ["oneof \(declared.name) {"]
                for member in message.fields where member.oneof == oneof {
                    body += self.lines(of: member, in: message).indented
                }
                body.append("}")
            } else {
                body += self.lines(of: field, in: message)
            }
        }
        for nested in message.messages where !nested.isMapEntry { body += [""] + self.lines(of: nested) }
        for nested in message.enums { body += [""] + self.lines(of: nested) }
        let head = self.comment(message.place, message.file)
        return body.isEmpty
            ? head + ["message \(message.name) {}"] : head + ["message \(message.name) {"] + body.indented + ["}"]
    }

    private func lines(of field: FieldDescriptor, in message: MessageDescriptor) -> [String] {
        var options = self.options.options(field.options, "google.protobuf.FieldOptions")
        if field.jsonName != JSONNames.camelCased(field.name) {
            options.append("json_name = \(JSONNode.string(field.jsonName).text())")
        }
        let list = options.isEmpty ? "" : " [\(options.joined(separator: ", "))]"
        let declaration = "\(self.type(of: field, in: message.file)) \(field.name) = \(field.number)\(list);"
        return self.comment(field.place, message.file) + [declaration]
    }

    private func type(of field: FieldDescriptor, in file: String) -> String {
        if field.isMessage, let entry = self.pool.message(field.typeName), entry.isMapEntry,
            let (key, value) = MapEntry.fields(of: entry)
        {
            return "map<\(key.kind.word), \(self.typeName(of: value, in: file))>"
        }
        let isProto3 = self.pool.file(file)?.isProto3 ?? true
        let label =
            switch field.label {
            case .repeated: "repeated "
            case .required: "required "
            case .optional: field.isOptionalInProto3 || (!isProto3 && field.oneof == nil) ? "optional " : ""
            }
        return label + self.typeName(of: field, in: file)
    }

    private func typeName(of field: FieldDescriptor, in file: String) -> String {
        field.typeName.isEmpty ? field.kind.word : self.name(field.typeName, in: file)
    }

    private func lines(of enumeration: EnumDescriptor) -> [String] {
        var body = self.statements(enumeration.options, "google.protobuf.EnumOptions")
        for value in enumeration.values {
            let options = self.options.options(value.options, "google.protobuf.EnumValueOptions")
            let list = options.isEmpty ? "" : " [\(options.joined(separator: ", "))]"
            body += self.comment(value.place, enumeration.file) + ["\(value.name) = \(value.number)\(list);"]
        }
        return self.comment(enumeration.place, enumeration.file) + ["enum \(enumeration.name) {"] + body.indented + [
            "}"
        ]
    }

    // MARK: Parts

    private func statements(_ encoded: ArraySlice<UInt8>, _ type: String) -> [String] {
        self.options.options(encoded, type).map { "option \($0);" }
    }

    private func comment(_ place: [Int32], _ file: String) -> [String] {
        guard let text = self.pool.file(file)?.comment(at: place) else { return [] }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "//" : "// \($0)" }
    }

    /// Without the package where the file is of the same.
    private func name(_ fullName: String, in file: String) -> String {
        guard let package = self.pool.file(file)?.package, !package.isEmpty, fullName.hasPrefix(package + ".") else {
            return fullName
        }
        return String(fullName.dropFirst(package.utf8.count + 1))
    }
}

extension [String] {
    fileprivate var indented: [String] { self.map { $0.isEmpty ? "" : "  " + $0 } }
}
