internal import ArgumentParser
internal import Foundation

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json
}

/// How results are written.
struct OutputOptions: ParsableArguments {
    @Option(help: "Form of the output: table for people, json for machines.")
    var output: OutputFormat = .table

    /// Writes one JSON document, or what `table` makes, to standard output.
    func write(_ value: some Encodable, table: (TerminalStyle) -> String) throws {
        switch self.output {
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            encoder.keyEncodingStrategy = .convertToSnakeCase
            Self.print(String(decoding: try encoder.encode(value), as: UTF8.self) + "\n")
        case .table:
            Self.print(table(TerminalStyle.standardOutput(environment: ProcessInfo.processInfo.environment)))
        }
    }

    static func print(_ text: String) {
        // A reader that stopped reading, as `head` does, is no error.
        try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    }

    static func printError(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
    }
}
