/// Emits the list of everything in the contract.
struct ContractEmitter {
    static func emit(_ schema: Schema, _ options: GeneratorOptions) -> String {
        var source = SourceText(options)
        let services = schema.files.flatMap(\.services)
        source.line()
        source.block("extension \(options.contract)") { source in
            source.comment("Every method of every service, in the order of the contract.")
            source.line("public static let methods: [MethodInfo] =")
            source.indented { source in
                source.line(services.isEmpty ? "[]" : services.map { "\($0.name)Methods.all" }.joined(separator: " + "))
            }
            source.line()
            source.comment("Every message, in the order of the contract.")
            source.line("public static let messages: [any Message.Type] = [")
            source.indented { source in
                for file in schema.files {
                    for message in file.messages { Self.list(message, into: &source) }
                }
            }
            source.line("]")
        }
        return source.text
    }

    private static func list(_ message: Schema.Message, into source: inout SourceText) {
        guard !message.isMapEntry else { return }
        source.line("\(message.name.swift).self,")
        for nested in message.messages { Self.list(nested, into: &source) }
    }
}
