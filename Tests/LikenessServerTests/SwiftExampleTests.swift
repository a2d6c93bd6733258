import Foundation
import LikenessClient
import LikenessMessages
import LikenessTesting
import Testing

/// The example of a client in Swift, as a reader of it would run it.
@Suite(.freshDatabase) struct SwiftExampleTests {
    @Test func `the example finds people and says what went wrong`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let example = try BuiltProgram("likeness-example")
                let environment = ["LIKENESS_CONNECT": try fixture.writeClientFile(in: folder)]
                for index in 1...60 {
                    let profile = Profile(displayName: "Edith \(index)", summary: "Cared for the wounded in Brussels.")
                    _ = try await fixture.client.profiles.createProfile(.init(profile: profile), options: .init())
                }
                let found = try await example.run(["wounded", "Brussels"], environment: environment)
                #expect(found.status == 0, "\(found)")
                let lines = found.output.split(separator: "\n")
                #expect(lines.count == 4 && lines[0].hasPrefix("Edith ") && lines[0].hasSuffix(": Summary"), "\(found)")
                #expect(lines.last == "60 in all")
                #expect(found.errors.contains("Query: ") && found.errors.contains("QueryStream: "), "\(found)")

                let nothing = try await example.run([], environment: environment)
                #expect(nothing.status == 1)
                #expect(nothing.errors.contains("likeness-example: query.text.text: "), "\(nothing)")
                let nowhere = try await example.run(["x"], environment: ["LIKENESS_CONNECT": ""])
                #expect(nowhere.status == 1)
                #expect(nowhere.errors.hasPrefix("likeness-example: INVALID_ARGUMENT: LIKENESS_CONNECT"), "\(nowhere)")
            }
        }
    }
}
