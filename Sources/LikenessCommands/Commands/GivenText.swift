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
