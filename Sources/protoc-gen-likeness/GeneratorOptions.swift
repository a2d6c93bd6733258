/// What `--likeness_opt` says: `key=value`, separated by commas.
struct GeneratorOptions {
    /// `access=internal` makes everything internal; public otherwise.
    var isPublic = true
    /// `c_module=NAME`: the module with protoc-c's structs.
    var cModule = "CLikenessMessages"
    /// `import=LINE`, any number of times: what else every file needs.
    var imports: [String] = []
    /// `contract=NAME`: the enum that lists all messages and methods.
    var contract = "Contract"

    init(_ text: String) throws(SchemaError) {
        for option in text.split(separator: ",") {
            let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
            switch (parts[0], parts.count == 2 ? parts[1] : "") {
            case ("access", "internal"): self.isPublic = false
            case ("access", "public"): self.isPublic = true
            case ("c_module", let name) where !name.isEmpty: self.cModule = name
            case ("import", let line) where !line.isEmpty: self.imports.append(line)
            case ("contract", let name) where !name.isEmpty: self.contract = name
            default: throw SchemaError(message: "unknown option \(option)")
            }
        }
    }
}
