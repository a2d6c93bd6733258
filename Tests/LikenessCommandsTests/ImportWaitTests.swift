import Foundation
import LikenessMessages
import LikenessRPC
import LikenessTesting
import LikenessWire
import Synchronization
import Testing

/// Imports that wait for embeddings which do not come.
@Suite(.timeLimit(.minutes(10))) struct ImportWaitTests {
    @Test func `embeddings that did not come are not waited for with the next file`() async throws {
        let waits = Mutex<[WaitFor]>([])
        var router = MethodRouter()
        router.unary(ProfileServiceMethods.batchUpsertProfiles) { request, _ in
            waits.withLock { $0.append(request.waitFor) }
            return BatchUpsertProfilesResponse(
                results: request.profiles.map {
                    .init(result: .upserted(.init(id: $0.displayName, slug: $0.displayName, outcome: .created)))
                },
                isEmbedded: false
            )
        }
        try await LoopbackServer.run(router) { server in
            try await server.withEnvironment { environment in
                try await TestFolders.withPath { folder in
                    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                    for name in ["ada", "bob", "cy"] {
                        try #"{"basics":{"name":"\#(name)"}}"#
                            .write(toFile: "\(folder)/\(name).json", atomically: true, encoding: .utf8)
                    }
                    let run = try await BuiltProgram("likeness").run(
                        ["profile", "import", folder, "--quiet"],
                        environment: environment
                    )
                    #expect(run.status == 0, "\(run)")
                    #expect(waits.withLock(\.self) == [.embedded, .committed, .committed], "\(run)")
                }
            }
        }
    }
}
