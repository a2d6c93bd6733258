internal import Foundation
package import LikenessClient
package import LikenessMessages
internal import LikenessStatistics

/// A built-in mix of requests, made from files or from a seed, and tried once before the run.
package struct MixWorkload: Sendable {
    package var mix: MixSpecification
    package var seed: UInt64 = 1
    /// Hits that each search asks for.
    package var limit: Int32 = 10
    /// Requests of each kind that are made before the run and sent over and over.
    package var preparedCount = 256
    package var timeout = Duration.seconds(10)
    /// Vectors to search for, instead of random directions.
    package var vectors: [[Float]] = []
    /// Texts to search for, instead of headlines of made-up people.
    package var texts: [String] = []
    /// Profiles to read, instead of the first that the service lists.
    package var profileIDs: [String] = []
    /// What about a third of generated people pass.
    package var filter = "tags:senior"

    package init(mix: MixSpecification) { self.mix = mix }

    /// - Throws: `OptionError` when the service does not serve a kind; `LikenessError`.
    package func prepare(client: LikenessClient) async throws -> Workload {
        var kinds: [Workload.Kind] = []
        for part in self.mix.parts {
            let (method, messages) = try await self.messages(part.kind, client)
            try await Self.probe(part.kind, method, messages[0], client)
            kinds.append(
                .init(
                    name: part.kind.rawValue,
                    weight: part.weight,
                    requests: messages.map { PreparedRequest(method: method, messages: [$0], timeout: self.timeout) }
                )
            )
        }
        return Workload(kinds)
    }

    /// The searches by vector of this seed, as they are sent.
    package var vectorRequests: [QueryRequest] {
        var random = SplitMix64(seed: self.seed)
        let vectors =
            self.vectors.isEmpty ? (0..<self.preparedCount).map { _ in QueryVectors.next(&random) } : self.vectors
        return vectors.map { QueryRequest(query: .init(ask: .vector(.init(values: $0))), limit: self.limit) }
    }

    private func messages(_ kind: MixKind, _ client: LikenessClient) async throws -> (String, [[UInt8]]) {
        let query = SearchServiceMethods.query.info.fullName
        switch kind {
        case .vector: return (query, try self.vectorRequests.map { try $0.encodedBytes() })
        case .filtered:
            return (
                query,
                try self.vectorRequests.map { request in
                    var request = request
                    request.filter = self.filter
                    return try request.encodedBytes()
                }
            )
        case .text, .hybrid:
            let mode: SearchMode = kind == .text ? .text : .hybrid
            return (
                query,
                try self.searchTexts.map { text in
                    try QueryRequest(query: .init(ask: .text(.init(text: text, mode: mode))), limit: self.limit)
                        .encodedBytes()
                }
            )
        case .get:
            let ids = try await self.knownIDs(client)
            return (
                ProfileServiceMethods.getProfile.info.fullName,
                try ids.map { try GetProfileRequest(key: .init(key: .id($0))).encodedBytes() }
            )
        case .upsert:
            let generator = ProfileGenerator(seed: self.seed)
            let count = max(1, self.preparedCount / 2)
            return (
                ProfileServiceMethods.batchUpsertProfiles.info.fullName,
                // Everybody in two states, one after the other: what is stored already is not written again.
                try (0..<2 * count).map { index in
                    var profile = generator.profile(index % count).profile
                    if index >= count { profile.headline += " (moved on)" }
                    return try BatchUpsertProfilesRequest(profiles: [profile]).encodedBytes()
                }
            )
        case .suggest:
            return (
                SearchServiceMethods.suggest.info.fullName,
                try self.suggestRequests.map { try $0.encodedBytes() }
            )
        }
    }

    /// The completions of this seed, as they are asked for.
    package var suggestRequests: [SuggestRequest] {
        self.prefixes.map { SuggestRequest(prefix: $0, limit: min(self.limit, 50)) }
    }

    /// What people type: the first one to eight characters of a name, a position or a skill.
    private var prefixes: [String] {
        guard self.texts.isEmpty else { return self.texts.map { String($0.prefix(8)) } }
        let generator = ProfileGenerator(seed: self.seed)
        var random = SplitMix64(seed: self.seed)
        return (0..<self.preparedCount).map { index in
            let profile = generator.profile(index).profile
            let texts = [profile.displayName] + profile.experiences.map(\.title) + profile.skills.map(\.name)
            let text = texts.filter { !$0.isEmpty }.randomElement(using: &random) ?? profile.displayName
            return String(text.prefix(Int.random(in: 1...8, using: &random)))
        }
    }

    private var searchTexts: [String] {
        guard self.texts.isEmpty else { return self.texts }
        let generator = ProfileGenerator(seed: self.seed)
        return (0..<self.preparedCount).map { generator.profile($0).profile.headline }
    }

    private func knownIDs(_ client: LikenessClient) async throws -> [String] {
        guard self.profileIDs.isEmpty else { return self.profileIDs }
        let page = try await client.profiles.listProfiles(
            .init(pageSize: Int32(min(self.preparedCount, 1_000))),
            options: CallOptions(timeout: .seconds(10))
        )
        let ids = page.profiles.map(\.id)
        guard !ids.isEmpty else { throw OptionError("--mix get: the service has no profiles; name some by --ids-file") }
        return ids
    }

    /// Tries one request, so that a mix with something unserved is refused instead of measured.
    private static func probe(
        _ kind: MixKind,
        _ method: String,
        _ message: [UInt8],
        _ client: LikenessClient
    ) async throws {
        let parts = method.split(separator: "/").map(String.init)
        let info = MethodInfo(
            service: parts[0],
            name: parts[1],
            kind: .unary,
            requiredRole: .none,
            isIdempotent: true,
            hasNoSideEffects: false,
            defaultTimeout: .seconds(10)
        )
        do {
            _ = try await client.caller.unary(
                MethodDescriptor<RawMessage, RawMessage>(info),
                RawMessage(message),
                options: CallOptions(timeout: .seconds(10))
            )
        } catch let error as LikenessError {
            switch error.code {
            case .unimplemented:
                throw OptionError("--mix: the service does not serve \(kind.rawValue): \(error.message)")
            case .invalidArgument, .permissionDenied:
                throw OptionError("--mix: the service refuses \(kind.rawValue): \(error)")
            default: throw error
            }
        }
    }
}
