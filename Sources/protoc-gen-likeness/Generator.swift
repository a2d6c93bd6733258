/// Turns the contract into Swift files.
struct Generator {
    struct File {
        let path: String
        let content: String
    }

    static func generate(_ schema: Schema, _ options: GeneratorOptions) -> [File] {
        let values = ValueEmitter(options: options, recursion: Recursion(schema))
        let codec = CodecEmitter(options: options)
        var files = schema.files.flatMap { file in
            var base = file.path
            if base.hasSuffix(".proto") { base.removeLast(".proto".count) }
            let folder = base.split(separator: "/").dropLast().joined(separator: "/")
            var files: [File] = []
            if !file.messages.isEmpty || !file.enums.isEmpty {
                files.append(File(path: base + ".values.swift", content: values.emit(file)))
            }
            if !file.messages.isEmpty {
                files.append(File(path: base + ".codec.swift", content: codec.emit(file)))
                files.append(File(path: base + ".rules.swift", content: RulesEmitter.emit(file, options)))
            }
            if let facts = FactsEmitter.emit(file, options) {
                files.append(File(path: base + ".facts.swift", content: facts))
            }
            for service in file.services {
                files.append(
                    File(path: "\(folder)/\(service.name).swift", content: ServiceEmitter.emit(service, options))
                )
            }
            return files
        }
        files.append(
            File(path: "\(options.contract)+Contents.swift", content: ContractEmitter.emit(schema, options))
        )
        return files
    }
}
