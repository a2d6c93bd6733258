import Foundation
import LikenessClient
import LikenessMessages
import LikenessTesting
import Testing

/// What an import does not replace: docs/decisions/import-identity.md.
@Suite(.freshDatabase) struct ImportKeptFieldsTests {
    @Test func `what a résumé has no place for stays as others have set it`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let connect = try fixture.writeClientFile(in: folder)
                let file = "\(folder)/ada.json"
                func write(_ label: String) throws {
                    try """
                    {"meta": {"canonical": "ada"}, "basics": {"name": "Ada", "label": "\(label)"}, "shoeSize": 38,
                     "work": [{"name": "Mill", "position": "Weaver", "startDate": "1840"}, {"name": "Mill", "position": "Clerk"}],
                     "skills": [{"name": "Weaving"}, {"name": "Sums"}]}
                    """.write(toFile: file, atomically: true, encoding: .utf8)
                }
                try write("Weaver")
                #expect(try await ImportCommand.run(file, client: connect).report.outcomes == ["created"])
                let key = ProfileKey(key: .slug("ada"))
                func stored() async throws -> Profile {
                    try #require(
                        try await fixture.client.profiles.getProfile(.init(key: key), options: .init()).profile
                    )
                }
                var profile = try await stored()
                profile.tags = ["public", "no-recruiters"]
                profile.keywords = ["cotton"]
                profile.experiences[0].tags = ["confidential"]
                profile.skills[0].category = "crafts"
                func update(_ paths: [String]) async throws {
                    _ = try await fixture.client.profiles.updateProfile(
                        .init(key: key, profile: profile, updateMask: .init(paths: paths)),
                        options: .init()
                    )
                }
                try await update(["tags", "keywords", "experiences", "skills"])
                let edited = try await stored()

                // The same file changes nothing.
                #expect(try await ImportCommand.run(file, client: connect).report.outcomes == ["unchanged"])
                #expect(try await stored() == edited)
                // A newer one changes what it says.
                try write("Master weaver")
                let (report, _) = try await ImportCommand.run(file, client: connect)
                #expect(report.outcomes == ["updated"] && report.people[0].warnings.map(\.path) == ["shoeSize"])
                let updated = try await stored()
                #expect(updated.headline == "Master weaver")
                #expect(updated.tags == edited.tags && updated.keywords == edited.keywords)
                #expect(updated.experiences == edited.experiences && updated.skills == edited.skills)

                // Of the attributes one member is the file's.
                profile = updated
                let others = #""salary": 12345678901234567890.10, "private": true"#
                profile.attributesJson = #"{\#(others), "json_resume": {"shoeSize": 40}}"#
                try await update(["attributes_json"])
                #expect(try await ImportCommand.run(file, client: connect).report.outcomes == ["updated"])
                #expect(try await stored().attributesJson == #"{\#(others), "json_resume": {"shoeSize": 38}}"#)
            }
        }
    }

    @Test func `what is hidden of one of two equal posts is not shown of the other`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let connect = try fixture.writeClientFile(in: folder)
                let file = "\(folder)/ada.json"
                func write(_ summaries: [String]) throws {
                    let work = summaries.map {
                        #"{"name":"Mill","position":"Weaver","startDate":"1840","summary":"\#($0)"}"#
                    }
                    let text =
                        #"{"meta":{"canonical":"ada"},"basics":{"name":"Ada"},"work":[\#(work.joined(separator: ","))],"#
                        + #""skills":[{"name":"Sums","level":"good"},{"name":"Sums","level":"fair"}]}"#
                    try text.write(toFile: file, atomically: true, encoding: .utf8)
                }
                try write(["day", "night"])
                #expect(try await ImportCommand.run(file, client: connect).report.outcomes == ["created"])
                let key = ProfileKey(key: .slug("ada"))
                func stored() async throws -> Profile {
                    try #require(
                        try await fixture.client.profiles.getProfile(.init(key: key), options: .init()).profile
                    )
                }
                var profile = try await stored()
                profile.experiences[1].tags = ["secret"]
                profile.skills[1].category = "secret"
                _ = try await fixture.client.profiles.updateProfile(
                    .init(key: key, profile: profile, updateMask: .init(paths: ["experiences", "skills"])),
                    options: .init()
                )
                #expect(try await ImportCommand.run(file, client: connect).report.outcomes == ["unchanged"])
                for (summaries, tags) in [
                    (["night", "day"], [["secret"], []]), (["dusk", "day"], [["secret"], []]),
                    (["dawn", "noon"], [["secret"], ["secret"]]),
                ] as [([String], [[String]])] {
                    try write(summaries)
                    #expect(try await ImportCommand.run(file, client: connect).report.outcomes == ["updated"])
                    let now = try await stored()
                    #expect(now.experiences.map(\.tags) == tags, "\(summaries)")
                    #expect(now.skills.map(\.category) == ["", "secret"])
                }
            }
        }
    }
}
