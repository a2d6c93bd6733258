import FoundationEssentials
import LikenessMessages
import LikenessTesting
import Testing

@testable import LikenessRepository

/// Hits that are packed from rows in place, against the profiles that were stored.
@Suite(.freshDatabase) struct PackedHitsTests {
    /// Profiles whose one section has every kind of content that a row can have, and texts that break programs.
    private static let profiles: [Profile] = {
        var made: [Profile] = []
        func add(_ build: (inout Profile) -> Void) {
            var profile = Profile(slug: "person-\(made.count)", displayName: "Person \(made.count)")
            build(&profile)
            made.append(profile)
        }
        add { $0.summary = "A summary alone." }
        add { $0.headline = "A headline alone" }
        add { $0.summary = String(repeating: "é𝕊 ", count: 400) }
        add { $0.headline = String(repeating: "日本", count: 500) }
        add { $0.location = String(repeating: "x", count: 500) }
        add { $0.experiences = [Experience(title: "Title alone", description: "Did.")] }
        add { $0.experiences = [Experience(organization: "Organization alone", highlights: ["One.", "Two."])] }
        add { $0.experiences = [Experience(title: "Title", organization: "Organization")] }
        add { $0.experiences = [Experience(location: "Ulm", description: String(repeating: "长", count: 301))] }
        add { profile in profile.skills = (0..<200).map { Skill(name: "skill number \($0)") } }
        add { $0.skills = [Skill(name: "Swift")] }
        for text in HostileTexts.all.prefix(60) where !text.allSatisfy(\.isWhitespace) {
            add { profile in
                profile.displayName = text
                profile.headline = text
                profile.summary = text
                profile.location = text
            }
        }
        return made
    }()

    @Test func `what is sent is what was stored`() async throws {
        try await RepositoryFixture.run { fixture in
            let (results, _) = try await fixture.profiles.batchUpsert(Self.profiles)
            for result in results { _ = try result.get() }
            try await fixture.embedAll()
            var stored: [String: Profile] = [:]
            for profile in Self.profiles {
                let found = try await fixture.profiles.get(.slug(profile.slug))
                stored[found.id] = found
            }
            var query = SearchQuery(.vector(WordVectors.vector("anything at all")))
            query.precision = .exact
            query.limit = 1_000
            let bytes = try await fixture.search.packedSearch(query).hits.bytes
            let hits = try QueryResponse(decoding: bytes).hits
            #expect(Set(hits.compactMap { $0.profile?.id }) == Set(stored.keys))
            for (index, hit) in hits.enumerated() {
                let profile = try #require(hit.profile.flatMap { stored[$0.id] })
                #expect(hit.profile == Self.summary(of: profile))
                #expect(index == 0 || hits[index - 1].score >= hit.score)
                let section = try #require(hit.section)
                #expect(
                    hit.evidence
                        == [Evidence(branch: .vector, rank: Int32(index + 1), rawScore: hit.score, section: section)]
                )
                let (title, id, passage) = Self.expected(section.kind, of: profile, section.id)
                #expect(section.title == title && section.id == id)
                #expect(hit.highlights == (passage.map { [$0] } ?? []))
            }
        }
    }

    private static func summary(of profile: Profile) -> ProfileSummary {
        ProfileSummary(
            id: profile.id,
            slug: profile.slug,
            displayName: profile.displayName,
            headline: profile.headline,
            location: profile.location,
            revision: profile.revision,
            updateTime: profile.updateTime
        )
    }

    /// Title, id and passage of a section, from the stored profile.
    private static func expected(
        _ kind: SectionKind,
        of profile: Profile,
        _ id: String
    ) -> (title: String, id: String, passage: Highlight?) {
        func passage(_ fields: (String, String)...) -> Highlight? {
            fields.first { !$0.1.isEmpty }.map { field, text in
                Highlight(field: field, text: String(String.UnicodeScalarView(text.unicodeScalars.prefix(300))))
            }
        }
        switch kind {
        case .summary:
            return ("Summary", profile.id, passage(("summary", profile.summary), ("headline", profile.headline)))
        case .skills:
            let names = profile.skills.map(\.name).joined(separator: ", ")
            return ("Skills", profile.id, passage(("skills", names)))
        case .experience, .unspecified, .unrecognized:
            let experience = profile.experiences.first { $0.id == id } ?? Experience()
            let title = [experience.title, experience.organization].filter { !$0.isEmpty }.joined(separator: ", ")
            let highlights = experience.highlights.joined(separator: " ")
            return (
                title, experience.id, passage(("description", experience.description), ("highlights", highlights))
            )
        }
    }

    @Test func `packed and plain answers are one`() async throws {
        try await RepositoryFixture.run { fixture in
            let (results, _) = try await fixture.profiles.batchUpsert(Self.profiles)
            for result in results { _ = try result.get() }
            try await fixture.embedAll()
            let vector = WordVectors.vector("title organization summary")
            let asks: [SearchQuery.Ask] = [
                .vector(vector), .text("title summary skill"), .hybrid(text: "title summary", vector: vector),
            ]
            for ask in asks {
                for limit in [1, 7, 10, 60] {
                    for withHighlights in [true, false] {
                        var query = SearchQuery(ask)
                        query.limit = limit
                        query.withHighlights = withHighlights
                        let plain = try await fixture.search.search(query)
                        let packed = try await fixture.search.packedSearch(query)
                        #expect(!plain.hits.isEmpty)
                        #expect(try QueryResponse(decoding: packed.hits.bytes).hits == plain.hits)
                        #expect(packed.strategy == plain.strategy && packed.completeness == plain.completeness)
                        #expect(withHighlights || plain.hits.allSatisfy { $0.highlights.isEmpty })
                        // A minimum cuts the answer where the scores fall below it.
                        query.minScore = plain.hits[plain.hits.count / 2].score
                        let rest = try await fixture.search.search(query)
                        #expect(rest.hits == plain.hits.filter { $0.score >= query.minScore })
                    }
                }
            }
        }
    }
}

@Suite struct UUIDTextTests {
    @Test func `a UUID is written as Foundation reads it`() {
        var random = SplitMix(seed: 1)
        for _ in 0..<2_000 {
            let (high, low) = (random.next(), random.next())
            let bytes = withUnsafeBytes(of: (high, low)) { Array($0) }
            let uuid = bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
            #expect(uuid.text == uuid.uuidString.lowercased())
        }
        #expect(UUID.zero.text == "00000000-0000-0000-0000-000000000000")
    }
}
