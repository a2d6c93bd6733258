import Foundation
import LikenessTesting
import Testing

/// What an import waits for.
@Suite(.freshDatabase) struct ImportEmbeddingTests {
    @Test func `an import into a service that embeds nothing does not wait for embeddings, and says so`() async throws {
        let likeness = try BuiltProgram("likeness")
        let lines = (0..<120).map { #"{"basics":{"name":"Person \#($0)","summary":"Lives in house \#($0)."}}"# }
        // Long enough to be seen beside an import that does not wait, where an import waits for it.
        let options = ["profile", "import", "-", "--quiet", "--timeout", "300", "--output"]
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let environment = ["LIKENESS_CONNECT": try fixture.writeClientFile(in: folder)]
                func run(_ output: String, _ more: [String], _ lines: ArraySlice<String>) async throws -> (
                    BuiltProgram.Run, Duration
                ) {
                    let start = ContinuousClock.now
                    let run = try await likeness.run(
                        options + [output] + more,
                        environment: environment,
                        input: lines.joined(separator: "\n")
                    )
                    #expect(run.status == 0, "\(run)")
                    return (run, .now - start)
                }
                let decoder = JSONDecoder()
                decoder.keyDecodingStrategy = .convertFromSnakeCase
                let (committed, short) = try await run("json", ["--no-wait"], lines[..<60])
                let report = try decoder.decode(ImportCommand.Report.self, from: Data(committed.output.utf8))
                #expect(report.created == 60 && report.isEmbedded == nil)
                let (waited, long) = try await run("json", [], lines[60...])
                let other = try decoder.decode(ImportCommand.Report.self, from: Data(waited.output.utf8))
                #expect(other.created == 60 && other.isEmbedded == false)
                #expect(long < short * 20, "\(long), and \(short) without waiting")
                let (table, _) = try await run("table", [], lines[..<1])
                #expect(table.output.contains("1 unchanged") && table.output.contains("not embedded"), "\(table)")
                let (silent, _) = try await run("table", ["--no-wait"], lines[..<1])
                #expect(!silent.output.contains("not embedded"), "\(silent)")
            }
        }
    }
}
