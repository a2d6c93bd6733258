/// A message or enum by its place in the contract, and what Swift and C call it.
struct TypeName: Hashable {
    let package: String
    /// Enclosing messages, outermost first, and the type itself.
    let path: [String]

    /// `likeness.v1.Query`.
    var full: String { ([self.package] + self.path).filter { !$0.isEmpty }.joined(separator: ".") }

    /// `Query`, or `Outer.Inner` for a nested type. Types of other packages carry a prefix, so that `Duration` stays
    /// the standard library's.
    var swift: String {
        let prefixes = ["google.protobuf": "Protobuf", "likeness.rpc.v1": "RPC"]
        return (prefixes[self.package] ?? "") + self.path.joined(separator: ".")
    }

    /// protoc-c's struct: `Likeness__V1__Query`.
    var c: String { self.parts.map(Naming.camelCased).joined(separator: "__") }

    /// protoc-c's prefix of functions and of the descriptor: `likeness__v1__query`.
    var cLower: String { self.parts.map(Naming.snakeCased).joined(separator: "__") }

    /// protoc-c's prefix of enum values: `LIKENESS__V1__QUERY`.
    var cUpper: String { self.cLower.uppercased() }

    private var parts: [String] { self.package.split(separator: ".").map(String.init) + self.path }
}
