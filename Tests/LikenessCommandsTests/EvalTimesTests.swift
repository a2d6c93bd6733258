import Foundation
import LikenessCommands
import LikenessMessages
import LikenessRPC
import LikenessTesting
import LikenessWire
import Testing

/// What `likeness eval` says of times, against a service whose answers the test sets.
@Suite(.timeLimit(.minutes(10))) struct EvalTimesTests {
    @Test func `the time that a text took to be embedded is in no mode's time`() async throws {
        var router = MethodRouter()
        router.unary(ProfileServiceMethods.batchGetProfiles) { request, _ in
            BatchGetProfilesResponse(results: request.keys.map { _ in .init(result: .profile(Profile(id: Self.id))) })
        }
        router.unary(SearchServiceMethods.query) { _, _ in
            // Longer than the call takes: what is left of that is nothing.
            QueryResponse(cost: QueryCost(embed: ProtobufDuration(seconds: 3_600)))
        }
        try await LoopbackServer.run(router) { server in
            try await server.withEnvironment { environment in
                try await TestFolders.withPath { folder in
                    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                    let queries = "\(folder)/queries.json"
                    try #"{"queries": [{"id": "n", "text": "nurse", "relevant": [{"slug": "ada", "grade": 1}]}]}"#
                        .write(toFile: queries, atomically: true, encoding: .utf8)
                    let run = try await BuiltProgram("likeness").run(
                        ["eval", "--queries", queries, "--quiet", "--output", "json"],
                        environment: environment
                    )
                    let report = try EvaluationReport(json: Data(run.output.utf8))
                    #expect(report.modes.count == 3, "\(run)")
                    #expect(report.modes.flatMap(\.queries).map(\.milliseconds) == [0, 0, 0], "\(run)")
                }
            }
        }
    }

    private static let id = "00000000-0000-4000-8000-000000000001"
}
