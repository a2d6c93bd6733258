/// What is typed, before it is parsed.
package enum Arguments {
    /// Joins `--limit -1` to `--limit=-1`: a parser takes a value that begins with a sign for an option and says that the
    /// value is missing, while the option itself can say what it takes.
    package static func joined(_ arguments: [String]) -> [String] {
        var joined: [String] = []
        for (index, argument) in arguments.enumerated() {
            // What comes after is no option.
            if joined.last == "--" { return joined + arguments[index...] }
            if let last = joined.last, last.hasPrefix("--"), !last.contains("="), Self.isNegative(argument) {
                joined[joined.count - 1] = last + "=" + argument
            } else {
                joined.append(argument)
            }
        }
        return joined
    }

    private static func isNegative(_ text: String) -> Bool {
        guard text.first == "-", let next = text.dropFirst().first else { return false }
        return next.isNumber || next == "."
    }
}
