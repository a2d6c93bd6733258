/// Why bytes, a JSON text or a descriptor cannot be read as what they should be, and where.
package struct TranscodingError: Error, Hashable, CustomStringConvertible {
    /// Path from the message, named as the input names it: `query.vector.values[3]`. Empty for the whole.
    package private(set) var path: String
    package let problem: String

    init(_ problem: String, path: String = "") {
        self.problem = problem
        self.path = path
    }

    package var description: String { self.path.isEmpty ? self.problem : "\(self.path): \(self.problem)" }

    /// The error as seen from around: a name, or an index or key in brackets.
    func inside(_ component: String) -> TranscodingError {
        let joint = self.path.isEmpty || self.path.hasPrefix("[") ? "" : "."
        return TranscodingError(self.problem, path: component + joint + self.path)
    }
}
