/// Which fields would make a struct contain itself.
struct Recursion {
    /// Messages that a struct holds in place: neither repeated nor in a map, which are behind a pointer anyway.
    private var inPlace: [TypeName: Set<TypeName>] = [:]

    init(_ schema: Schema) {
        for file in schema.files {
            for message in file.messages { self.collect(message) }
        }
    }

    private mutating func collect(_ message: Schema.Message) {
        for field in message.fields where !field.isRepeated {
            if case .message(let name) = field.type { self.inPlace[message.name, default: []].insert(name) }
        }
        for nested in message.messages { self.collect(nested) }
    }

    /// Whether a field of `message` leads back to `message`.
    func leadsBack(_ field: Schema.Field, to message: TypeName) -> Bool {
        guard !field.isRepeated, case .message(let start) = field.type else { return false }
        var pending = [start]
        var seen: Set<TypeName> = []
        while let name = pending.popLast() {
            if name == message { return true }
            if seen.insert(name).inserted { pending += self.inPlace[name] ?? [] }
        }
        return false
    }
}
