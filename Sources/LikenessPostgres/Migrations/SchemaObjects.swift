/// What a list of migrations makes, read from the first line of each CREATE and DROP that stands at a line's start.
///
/// Names are folded as PostgreSQL folds them. What is made by calling a function, such as the table of an embedding space,
/// is not seen here.
package struct SchemaObjects: Sendable, Hashable {
    package private(set) var extensions: [String] = []
    package private(set) var tables: [String] = []
    package private(set) var views: [String] = []
    package private(set) var sequences: [String] = []
    package private(set) var functions: [String] = []

    package var relations: [String] { self.tables + self.views + self.sequences }

    package init(_ migrations: [Migration]) {
        for migration in migrations {
            for line in migration.sql.split(separator: "\n") { self.read(line) }
        }
    }

    private mutating func read(_ line: Substring) {
        var words = line.split { $0 == " " || $0 == "(" || $0 == ";" || $0 == "," }.map { $0.lowercased() }[...]
        guard let verb = words.popFirst(), verb == "create" || verb == "drop" else { return }
        if words.starts(with: ["or", "replace"]) { words = words.dropFirst(2) }
        words = words.drop { $0 == "unlogged" || $0 == "materialized" }
        guard let kind = words.popFirst() else { return }
        if words.starts(with: ["if", "not", "exists"]) { words = words.dropFirst(3) }
        if words.starts(with: ["if", "exists"]) { words = words.dropFirst(2) }
        guard var name = words.first else { return }
        if name.hasPrefix("public.") { name.removeFirst("public.".count) }
        switch kind {
        case "extension": Self.change(&self.extensions, name, verb)
        case "table": Self.change(&self.tables, name, verb)
        case "view": Self.change(&self.views, name, verb)
        case "sequence": Self.change(&self.sequences, name, verb)
        case "function": Self.change(&self.functions, name, verb)
        default: break
        }
    }

    private static func change(_ names: inout [String], _ name: String, _ verb: String) {
        names.removeAll { $0 == name }
        if verb == "create" { names.append(name) }
    }
}
