import LikenessMessages
import LikenessRepository
import LikenessTesting

/// What tests of words store and ask.
extension RepositoryFixture {
    func fill(_ profiles: [Profile]) async throws {
        for result in try await self.profiles.batchUpsert(profiles).results { _ = try result.get() }
    }

    /// The slugs that a search by words finds, best first.
    func found(_ text: String) async throws -> [String] {
        try await self.search.search(SearchQuery(.text(text))).hits.map { $0.profile?.slug ?? "" }
    }

    /// The slugs that pass a filter.
    func filtered(_ filter: String) async throws -> Set<String> {
        Set(try await self.profiles.list(pageSize: 100, filter: filter).profiles.map(\.slug))
    }
}

extension Profile {
    static func person(_ slug: String, _ summary: String = "", edit: (inout Profile) -> Void = { _ in }) -> Profile {
        var profile = Samples.named("Person \(slug)", slug: slug, summary: summary)
        edit(&profile)
        return profile
    }
}
