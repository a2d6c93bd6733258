import Foundation
import LikenessClient
import LikenessMessages
import LikenessPostgres
import LikenessServer
import LikenessTesting
import Testing

/// The history of a profile as callers see it.
@Suite(.freshDatabase) struct ServedHistoryTests {
    private static let bound = "URI:spiffe://test/web"
    private static let reader = "URI:spiffe://test/reader"
    private static let roles = ServerConfiguration.Roles(
        admin: ["URI:spiffe://test/admin"],
        reader: [Self.bound, Self.reader],
        masks: ["\(Self.bound)=m"]
    )
    private static let ada = ProfileKey(key: .slug("ada"))

    private static func revision(_ number: Int64) -> PointInTime { PointInTime(point: .revision(number)) }

    /// Ada in three revisions, in a service that keeps them.
    private static func run(_ body: (ServiceFixture) async throws -> Void) async throws {
        try await ServiceFixture.run(
            embeds: false,
            roles: Self.roles,
            workers: [.housekeeping],
            change: { configuration, _ in configuration.historyTime = .seconds(86_400) }
        ) { fixture in
            // The first round of housekeeping says that a history is kept.
            #expect(
                try await Patience.until {
                    let known = try await TestDatabase.current.pool.execute(
                        .init("", "SELECT kept_since IS NOT NULL FROM profile_history")
                    )
                    return try known.value(0, 0, as: Bool.self)
                }
            )
            let profiles = fixture.client.profiles
            let mask = Mask(name: "m", configuration: .init(hiddenFields: ["summary"]))
            _ = try await fixture.client.admin.createMask(.init(mask: mask), options: .init())
            let ada = Profile(slug: "ada", displayName: "Ada", headline: "One", summary: "Secret")
            _ = try await profiles.createProfile(.init(profile: ada), options: .init())
            for (values, paths) in [
                (Profile(summary: "Changed"), ["summary"]),
                (Profile(slug: "ada-b", headline: "Two"), ["slug", "headline"]),
            ] {
                _ = try await profiles.updateProfile(
                    .init(key: Self.ada, profile: values, updateMask: .init(paths: paths)),
                    options: .init()
                )
            }
            try await body(fixture)
        }
    }

    @Test func `who changed what is listed, compared and restored`() async throws {
        try await Self.run { fixture in
            let profiles = fixture.client.profiles
            let listed = try await profiles.listRevisions(
                .init(key: Self.ada, showOldValues: true),
                options: .init()
            )
            #expect(listed.nextPageToken.isEmpty && listed.revisions.map(\.revision) == [3, 2, 1])
            #expect(listed.revisions.map(\.caller) == Array(repeating: "uri:spiffe://test/admin", count: 3))
            #expect(
                listed.revisions.map(\.oldValues) == [
                    Profile(slug: "ada", headline: "One"), Profile(summary: "Secret"), nil,
                ]
            )

            let past = try await profiles.getProfile(
                .init(key: Self.ada, readMask: .init(paths: ["slug", "summary", "revision"]), asOf: Self.revision(1)),
                options: .init()
            )
            #expect(
                past.profile == Profile(slug: "ada", summary: "Secret", revision: 1) && past.redirectedFrom == "ada"
            )
            let difference = try await profiles.diffRevisions(
                .init(key: Self.ada, from: Self.revision(1), to: Self.revision(2)),
                options: .init()
            )
            #expect(difference.changedPaths == ["summary"])
            #expect(difference.from == Profile(summary: "Secret") && difference.to == Profile(summary: "Changed"))
            let restored = try await profiles.restoreRevision(
                .init(key: Self.ada, point: Self.revision(1), ifRevision: 3),
                options: .init()
            )
            #expect(restored.profile?.slug == "ada" && restored.profile?.revision == 4)
            #expect(restored.redirectedFrom == "ada" && !restored.consistencyToken.isEmpty)

            let old = ProtobufTimestamp(seconds: 1)
            for (call, code, field) in [
                (
                    { try await profiles.getProfile(.init(key: Self.ada, asOf: .init()), options: .init()) },
                    LikenessError.Code.invalidArgument, "as_of"
                ),
                (
                    { try await profiles.getProfile(.init(key: Self.ada, asOf: Self.revision(0)), options: .init()) },
                    .invalidArgument, "as_of.revision"
                ),
                (
                    { try await profiles.getProfile(.init(key: Self.ada, asOf: Self.revision(9)), options: .init()) },
                    .notFound, nil
                ),
                (
                    {
                        try await profiles.getProfile(
                            .init(key: Self.ada, asOf: .init(point: .time(old))),
                            options: .init()
                        )
                    },
                    .notFound, nil
                ),
                (
                    {
                        try await profiles.getProfile(
                            .init(key: Self.ada, mask: "m", asOf: Self.revision(1)),
                            options: .init()
                        )
                    },
                    .invalidArgument, "as_of.revision"
                ),
                (
                    { try await profiles.diffRevisions(.init(key: Self.ada), options: .init()) }, .invalidArgument,
                    "from"
                ),
                (
                    { try await profiles.diffRevisions(.init(key: Self.ada, from: .init()), options: .init()) },
                    .invalidArgument, "from"
                ),
                (
                    { try await profiles.listRevisions(.init(key: Self.ada, pageToken: "00"), options: .init()) },
                    .invalidArgument, "page_token"
                ),
                (
                    { try await profiles.listRevisions(.init(key: Self.ada, pageSize: -1), options: .init()) },
                    .invalidArgument, "page_size"
                ),
                ({ try await profiles.listRevisions(.init(), options: .init()) }, .invalidArgument, "key"),
                (
                    { try await profiles.restoreRevision(.init(key: Self.ada), options: .init()) }, .invalidArgument,
                    "point"
                ),
                (
                    {
                        try await profiles.restoreRevision(
                            .init(key: Self.ada, point: Self.revision(7)),
                            options: .init()
                        )
                    },
                    .notFound, nil
                ),
            ] as [(() async throws -> any Sendable, LikenessError.Code, String?)] {
                var failure: LikenessError?
                do { _ = try await call() } catch let error as LikenessError { failure = error }
                #expect(
                    failure?.code == code && failure?.violations.first?.field == field,
                    "\(failure.debugDescription)"
                )
            }
        }
    }

    @Test func `who looks through a mask sees neither what it hides nor that it was changed`() async throws {
        try await Self.run { fixture in
            let all = try await fixture.client.profiles.listRevisions(.init(key: Self.ada), options: .init()).revisions
            let (bound, reader) = (
                try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.bound),
                try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.reader)
            )
            let listed = try await reader.profiles.listRevisions(
                .init(key: Self.ada, showOldValues: true, mask: "m"),
                options: .init()
            )
            #expect(listed.revisions.map(\.changedPaths) == [["slug", "headline"], []])
            #expect(listed.revisions.allSatisfy { $0.revision == 0 && $0.caller.isEmpty && $0.method.isEmpty })
            #expect(listed.revisions.map(\.oldValues) == [Profile(slug: "ada", headline: "One"), nil])
            #expect(listed.revisions.map(\.createTime) == [all[0].createTime, all[2].createTime])
            // Its pages say no more.
            let first = try await reader.profiles.listRevisions(
                .init(key: Self.ada, pageSize: 1, mask: "m"),
                options: .init()
            )
            let second = try await reader.profiles.listRevisions(
                .init(key: Self.ada, pageSize: 1, pageToken: first.nextPageToken, mask: "m"),
                options: .init()
            )
            #expect(first.revisions.count == 1 && second.revisions.map(\.createTime) == [all[2].createTime])
            #expect(second.nextPageToken.isEmpty)

            let time = try #require(all[1].createTime)
            for (client, mask) in [(bound, ""), (reader, "m")] {
                let request = GetProfileRequest(key: Self.ada, mask: mask, asOf: .init(point: .time(time)))
                let past = try #require(try await client.profiles.getProfile(request, options: .init()).profile)
                #expect(past.slug == "ada" && past.headline == "One" && past.summary.isEmpty && past.revision == 0)
            }
            // Lists of writes are not for callers who are bound to a mask, and restoring is not for readers.
            let denied = await ServiceFixture.failure {
                try await bound.profiles.listRevisions(.init(key: Self.ada), options: .init())
            }
            let forbidden = await ServiceFixture.failure {
                try await reader.profiles.restoreRevision(
                    .init(key: Self.ada, point: Self.revision(1)),
                    options: .init()
                )
            }
            #expect(denied?.code == .permissionDenied && forbidden?.code == .permissionDenied)
            await bound.close()
            await reader.close()
        }
    }

    @Test func `the command line shows, compares and reverts`() async throws {
        try await Self.run { fixture in
            try await TestFolders.withPath { folder in
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                let likeness = try BuiltProgram("likeness")
                let environment = ["LIKENESS_CONNECT": try fixture.writeClientFile(in: folder)]
                func run(_ arguments: String...) async throws -> BuiltProgram.Run {
                    try await likeness.run(["profile"] + arguments + ["--timeout", "120"], environment: environment)
                }
                let history = try await run("history", "ada", "--values")
                for part in [
                    "UpdateProfile", "CreateProfile", "uri:spiffe://test/admin", "- summary: \"Secret\"",
                    "slug, headline",
                ] {
                    #expect(history.output.contains(part), "\(part): \(history)")
                }
                let masked = try await run("history", "ada", "--mask", "m")
                #expect(!masked.output.contains("admin") && !masked.output.contains("summary"), "\(masked)")
                let past = try await run("get", "ada", "--as-of", "1")
                #expect(past.output.contains("Secret") && !past.errors.contains("now"), "\(past)")
                let difference = try await run("diff", "ada", "--from", "1", "--to", "2")
                #expect(difference.output == "summary\n- \"Secret\"\n+ \"Changed\"\n", "\(difference)")
                let same = try await run("diff", "ada", "--from", "3")
                #expect(same.output == "Nothing differs.\n", "\(same)")
                let reverted = try await run("revert", "ada", "1", "--if-revision", "3")
                #expect(reverted.output == "ada has revision 4\n", "\(reverted)")
                // The profile was called by a former slug, which is its own again.
                #expect(!reverted.errors.contains("now"), "\(reverted)")
                let unknown = try await run("revert", "ada", "9")
                #expect(unknown.status == 69 && unknown.errors.contains("no revision 9"), "\(unknown)")
                let early = try await run("get", "ada", "--as-of", "2001-01-01")
                #expect(early.status == 69, "\(early)")
                let wrong = try await run("get", "ada", "--as-of", "yesterday")
                #expect(wrong.status == 64, "\(wrong)")
            }
        }
    }
}
