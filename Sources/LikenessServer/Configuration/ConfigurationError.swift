/// What is wrong with a configuration, one problem a line, each naming its setting.
package struct ConfigurationError: Error, Hashable, CustomStringConvertible {
    package let problems: [String]

    package init(_ problems: [String]) { self.problems = problems }

    package var description: String { self.problems.joined(separator: "\n") }
}
