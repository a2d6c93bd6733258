import Foundation
import LikenessTesting
import Testing

/// `likeness profile import` as a user runs it.
enum ImportCommand {
    struct Report: Decodable {
        struct Warning: Decodable {
            let path: String
            let message: String
        }

        struct Person: Decodable {
            let line: Int
            let column: Int
            let outcome: String
            let name: String
            let id: String
            let slug: String
            let identity: String?
            let reason: String?
            let warnings: [Warning]
        }

        let created: Int
        let updated: Int
        let unchanged: Int
        let refused: Int
        let warnings: Int
        let isEmbedded: Bool?
        let people: [Person]

        var outcomes: [String] { self.people.map(\.outcome) }
    }

    /// Runs an import and reads its report.
    static func run(
        _ file: String,
        _ arguments: [String] = [],
        input: String = "",
        client: String,
        status: Int32 = 0
    ) async throws -> (report: Report, run: BuiltProgram.Run) {
        let likeness = try BuiltProgram("likeness")
        let run = try await likeness.run(
            ["profile", "import", file, "--quiet", "--no-wait", "--output", "json"] + arguments,
            environment: ["LIKENESS_CONNECT": client],
            input: input
        )
        #expect(run.status == status, "\(file): \(run)")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return (try decoder.decode(Report.self, from: Data(run.output.utf8)), run)
    }
}
