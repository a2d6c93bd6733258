import Foundation
import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessTesting
import Testing

/// What is stored can be read by every method.
@Suite(.freshDatabase) struct StorableTests {
    /// A profile that counts exactly so many bytes more than the contract's bound.
    private static func large(_ slug: String, over: Int) throws -> Profile {
        var profile = Samples.named("Large", slug: slug, summary: String(repeating: "z", count: 10_000))
        profile.id = "11111111-2222-4333-8444-55555555555\(slug.utf8.count)"
        profile.attributesJson = "{}"
        profile.experiences = (0..<53).map { index in
            Experience(
                id: "11111111-2222-4333-8444-\(slug.utf8.count)555555555\(index + 10)",
                description: String(repeating: index == 52 ? "x" : "字", count: index == 52 ? 5_000 : 20_000)
            )
        }
        func counted() throws -> Int {
            var stored = profile
            let longest = ProtobufTimestamp(seconds: 253_402_300_799, nanos: 999_999_999)
            (stored.createTime, stored.updateTime, stored.deleteTime) = (longest, longest, longest)
            stored.revision = .max
            return try stored.encodedByteCount()
        }
        let more = Profile.encodedBytesMax + over - (try counted())
        profile.experiences[52].description = String(repeating: "x", count: 5_000 + more)
        #expect(try counted() == Profile.encodedBytesMax + over)
        #expect(profile.violations().isEmpty)
        return profile
    }

    private static let tooLarge = RepositoryError.invalidField(
        path: "",
        reason: "the profile is larger than \(Profile.encodedBytesMax) bytes as it would be stored"
    )

    @Test func `a number counts as long as the store writes it out`() async throws {
        try await RepositoryFixture.run { fixture in
            var profile = try Self.large("grows", over: -50)
            profile.attributesJson = #"{"a":1e200}"#
            let exceeds = profile
            #expect(try exceeds.encodedByteCount() < Profile.encodedBytesMax)
            await #expect(throws: Self.tooLarge) { try await fixture.profiles.create(exceeds) }
            #expect(try await fixture.profiles.batchUpsert([exceeds]).results == [.failure(Self.tooLarge)])
            profile.attributesJson = #"{"a":1e20}"#
            let created = try await fixture.profiles.create(profile).value
            #expect(try await fixture.profiles.get(.init(key: .slug("grows"))) == created)
        }
    }

    @Test func `a profile of the largest size is stored and read, and one byte more is refused by every write`()
        async throws
    {
        try await RepositoryFixture.run { fixture in
            let (fits, exceeds) = (try Self.large("fits", over: 0), try Self.large("fits", over: 1))
            let created = try await fixture.profiles.create(fits).value
            #expect(try await fixture.profiles.get(.init(key: .slug("fits"))) == created)
            #expect(try created.encodedByteCount() <= Profile.encodedBytesMax)
            _ = try await fixture.profiles.softDelete(.init(key: .slug("fits")))
            #expect(try await fixture.profiles.get(.init(key: .slug("fits"))).deleteTime != nil)
            _ = try await fixture.profiles.restore(.init(key: .slug("fits")))
            await #expect(throws: Self.tooLarge) {
                try await fixture.profiles.update(.init(key: .slug("fits")), with: exceeds, updateMask: ["*"])
            }
            #expect(try await fixture.profiles.batchUpsert([exceeds]).results == [.failure(Self.tooLarge)])
            #expect(try await fixture.profiles.get(.init(key: .slug("fits"))).revision == 3)
            let other = try Self.large("other", over: 1)
            await #expect(throws: Self.tooLarge) { try await fixture.profiles.create(other) }
            #expect(try await fixture.profiles.batchUpsert([other]).results == [.failure(Self.tooLarge)])
            let space = try await fixture.embeddings.space(named: "")
            await #expect(throws: Self.tooLarge) {
                try await BulkLoader(database: fixture.database).load([BulkProfile(profile: other)], into: space)
            }
            #expect(try await fixture.value("SELECT count(*) FROM profiles", as: Int64.self) == 1)
        }
    }

    /// What a chunk of a bulk load may have none of, in any chunk of it.
    @Test(arguments: [[], ["experiences"], ["skills"], ["experiences", "skills"]])
    func `people without experiences or skills are loaded like others`(lacking: [String]) async throws {
        try await RepositoryFixture.run { fixture in
            func person(_ number: Int) -> BulkProfile {
                var profile = Profile(
                    id: UUID().uuidString.lowercased(),
                    slug: "person-\(number)",
                    displayName: "Person \(number)"
                )
                if !lacking.contains("experiences") {
                    profile.experiences = [Experience(id: UUID().uuidString.lowercased(), title: "Tanner")]
                }
                if !lacking.contains("skills") {
                    profile.skills = [Skill(id: UUID().uuidString.lowercased(), name: "Tanning")]
                }
                return BulkProfile(profile: profile)
            }
            let space = try await fixture.embeddings.space(named: "")
            let loader = BulkLoader(database: fixture.database)
            for people in [[person(1), person(2)], [person(3)], []] { try await loader.load(people, into: space) }
            #expect(try await fixture.value("SELECT count(*) FROM profiles", as: Int64.self) == 3)
            let stored = try await fixture.profiles.get(.init(key: .slug("person-3")))
            #expect(stored.experiences.count == (lacking.contains("experiences") ? 0 : 1))
            #expect(stored.skills.count == (lacking.contains("skills") ? 0 : 1))
        }
    }

    @Test func `numbers that PostgreSQL would write out are refused before it sees them`() async throws {
        try await RepositoryFixture.run { fixture in
            let forty = "{\"n\":[" + Array(repeating: "1e131000", count: 40).joined(separator: ",") + "]}"
            var profile = Samples.named("One", slug: "one")
            _ = try await fixture.profiles.create(profile)
            profile.attributesJson = forty
            let refused = RepositoryError.invalidField(
                path: "attributes_json",
                reason: "holds a number of 131001 digits; at most 1000 are allowed"
            )
            await #expect(throws: refused) {
                try await fixture.profiles.update(
                    .init(key: .slug("one")),
                    with: profile,
                    updateMask: ["attributes_json"]
                )
            }
            #expect(try await fixture.profiles.batchUpsert([profile]).results == [.failure(refused)])
            profile.slug = "two"
            await #expect(throws: refused) { try await fixture.profiles.create(profile) }
            #expect(try await fixture.profiles.batchUpsert([profile]).results == [.failure(refused)])
            profile.attributesJson = "{\"n\": [1e999, -12.5e-3, 123456789012345678901234567890]}"
            let stored = try await fixture.profiles.create(profile).value
            #expect(
                stored.attributesJson.contains("123456789012345678901234567890")
                    && stored.attributesJson.contains("-0.0125")
            )
            #expect(try await fixture.profiles.get(.init(key: .slug("two"))) == stored)
        }
    }

    @Test func `an answer that its caller cannot take is refused before the commit`() async throws {
        try await RepositoryFixture.run { fixture in
            let profile = Samples.named("One", slug: "one", summary: String(repeating: "s", count: 15_000))
            await #expect(throws: RepositoryError.answerTooLarge(bytesMax: 15_000)) {
                try await fixture.profiles.create(profile, answerBytesMax: 15_000)
            }
            let count = try await fixture.value("SELECT count(*) FROM profiles", as: Int64.self)
            #expect(count == 0)
        }
    }

    @Test func `many keys read each profile once, some megabytes at a time`() async throws {
        try await RepositoryFixture.run { fixture in
            for number in 0..<5 {
                var profile = Samples.named("Large \(number)", slug: "large-\(number)")
                // A megabyte and a half each, which compresses to little.
                profile.experiences = (0..<15).map { _ in
                    Experience(
                        title: "x",
                        highlights: Array(repeating: String(repeating: "h", count: 1_000), count: 100)
                    )
                }
                _ = try await fixture.profiles.create(profile)
            }
            let slugs = (0..<5).map { ProfileKey(key: .slug("large-\($0)")) }
            let keys = slugs + slugs + [ProfileKey(key: .slug("nobody"))]
            var taken: [[Int]] = []
            #expect(
                try await fixture.profiles.batchGet(keys) { indices, profile in
                    taken.append(indices)
                    return !profile.experiences.isEmpty
                }
            )
            #expect(taken.sorted { $0[0] < $1[0] } == (0..<5).map { [$0, $0 + 5] })
            #expect(
                try await fixture.profiles.batchGet(keys).map { $0?.slug } == keys.dropLast().map { key in
                    if case .slug(let slug)? = key.key { slug } else { "" }
                } + [nil]
            )
            // Three megabytes at most are read for a caller who has enough.
            var count = 0
            let hasAll = try await fixture.profiles.batchGet(keys) { _, _ in
                count += 1
                return count < 2
            }
            #expect(!hasAll && count == 2)
        }
    }

    @Test func `a page ends before it has more bytes than its caller takes`() async throws {
        try await RepositoryFixture.run { fixture in
            for number in 0..<10 {
                var profile = Samples.named("One", slug: "p-\(number)")
                profile.headline = String(repeating: "h", count: 1_000)
                _ = try await fixture.profiles.create(profile)
            }
            var (seen, token, pages) = ([String](), "", 0)
            repeat {
                let page = try await fixture.profiles.list(pageSize: 100, pageToken: token, answerBytesMax: 4_000)
                seen += page.profiles.map(\.slug)
                token = page.nextPageToken
                pages += 1
            } while !token.isEmpty && pages < 20
            #expect(seen == (0..<10).map { "p-\($0)" } && pages == 4)
        }
    }
}
