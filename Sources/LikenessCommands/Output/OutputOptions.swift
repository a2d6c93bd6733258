internal import ArgumentParser
internal import Foundation
internal import LikenessConsole
internal import LikenessMessages
internal import LikenessReflection

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json
}

/// How results are written.
struct OutputOptions: ParsableArguments {
    @Option(help: "Form of the output: table for people, json for machines.")
    var output: OutputFormat = .table

    /// Writes the service's answer by protobuf's JSON mapping, as `likeness call` prints it, or what `table` makes.
    func write(_ answer: some Message, table: (TerminalStyle) -> DisplayText) throws {
        try self.write(json: { try Self.json(of: answer) }, table: table)
    }

    /// Writes one JSON object with several answers.
    func write(_ answers: [(name: String, answer: (any Message)?)], table: (TerminalStyle) -> DisplayText) throws {
        let json = {
            JSONNode.object(
                try answers.compactMap { name, answer in
                    try answer.map { JSONNode.Member(name, try Self.json(of: $0)) }
                }
            )
        }
        try self.write(json: json, table: table)
    }

    /// Writes what no message of the contract says, in the names of protobuf's mapping: `lowerCamelCase`.
    func write(_ report: some Encodable, table: (TerminalStyle) -> DisplayText) throws {
        try self.write(json: { try Self.json(of: report) }, table: table)
    }

    private func write(json: () throws -> JSONNode, table: (TerminalStyle) -> DisplayText) throws {
        switch self.output {
        case .json: try Console.output.writeLine(DisplayText(json: try json().text()))
        case .table: try Console.output.write(table(TerminalStyle(for: .output)))
        }
    }

    // Not inlined: in a coroutine (`ListCommand`, `ProfileImportCommand`) its errors crash the optimiser of Swift 6.3.1.
    @inline(never)
    private static func json(of report: some Encodable) throws -> JSONNode {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try JSONParser.parse(Array(try encoder.encode(report)))
    }

    static func json(of answer: some Message) throws -> JSONNode {
        let pool = try DescriptorPool(fileDescriptorSets: [Contract.fileDescriptorSet])
        guard let type = pool.message(type(of: answer).fullName) else { return .object([]) }
        do {
            return try JSONTranscoder(pool: pool).json(of: try answer.encodedBytes(), as: type)
        } catch {
            throw CommandFailure("the answer cannot be printed as JSON: \(error)", exitCode: 1)
        }
    }
}
