/// Turns the contract into Swift files.
struct Generator {
    struct File {
        let path: String
        let content: String
    }

    static func generate(_ schema: Schema) -> [File] {
        schema.files.flatMap { file in
            var base = file.path
            if base.hasSuffix(".proto") { base.removeLast(".proto".count) }
            let folder = base.split(separator: "/").dropLast().joined(separator: "/")
            var files: [File] = []
            if !file.messages.isEmpty || !file.enums.isEmpty {
                files.append(File(path: base + ".values.swift", content: ValueEmitter.emit(file)))
            }
            if !file.messages.isEmpty {
                files.append(File(path: base + ".codec.swift", content: CodecEmitter.emit(file)))
                files.append(File(path: base + ".rules.swift", content: RulesEmitter.emit(file)))
            }
            for service in file.services {
                files.append(File(path: "\(folder)/\(service.name).swift", content: ServiceEmitter.emit(service)))
            }
            return files
        }
    }
}
