internal import ArgumentParser

/// The text of an option that does nothing when it is left out. Given, it says something: `--mask "$MASK"` of a script that has not set it
/// is not to show everything.
enum GivenText {
    /// - Throws: `ValidationError` for a text without a visible character.
    static func read(_ argument: String) throws -> String {
        guard argument.contains(where: { !$0.isWhitespace }) else {
            throw ValidationError("is empty: leave the option out")
        }
        return argument
    }
}

/// Paths of fields with commas between them, and blanks around these or not.
enum FieldPaths {
    /// - Throws: `ValidationError` for a text that names none.
    static func read(_ argument: String) throws -> [String] {
        try GivenText.read(argument).split(separator: ",", omittingEmptySubsequences: false).map { path in
            let path = path.trimmed()
            guard !path.isEmpty else { throw ValidationError("has a comma without a field beside it") }
            return path
        }
    }
}
