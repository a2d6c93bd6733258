internal import LikenessPostgres

/// What is wrong with a configuration, one problem a line, each naming its setting. Secrets are taken out of what it
/// quotes.
package struct ConfigurationError: Error, Hashable, CustomStringConvertible {
    package let problems: [String]

    package init(_ problems: [String]) { self.problems = problems.map(Self.redacted) }

    package var description: String { self.problems.joined(separator: "\n") }

    /// A text without connection strings and passwords, for standard error.
    package static func redacted(_ text: String) -> String { SecretRedaction.redact(text) }
}
