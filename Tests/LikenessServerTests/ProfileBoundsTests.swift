import LikenessClient
import LikenessMessages
import LikenessServer
import LikenessTesting
import Testing

/// The bounds of profiles and of answers, as a client meets them.
@Suite(.freshDatabase) struct ProfileBoundsTests {
    private static func fields(_ status: RPCStatus) throws -> [String] {
        let detail = try #require(status.details.first { $0.type == RPCBadRequest.fullName }, "\(status)")
        return try RPCBadRequest(decoding: detail.value).fieldViolations.map(\.field)
    }

    @Test func `one bad item of a batch costs that item, whatever is bad about it`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            func item(_ profile: Profile, _ more: [UInt8] = []) throws -> [UInt8] {
                let bytes = try profile.encodedBytes() + more
                return [0x0A, UInt8(bytes.count)] + bytes
            }
            // Field 4, display_name, with a NUL in it; field 10 as a number; a text that is not UTF-8.
            let bytes =
                try item(Profile(slug: "one", displayName: "One")) + item(.init(), [0x22, 3, 0x61, 0, 0x62])
                + item(.init(), [0x50, 1]) + item(.init(), [0x22, 1, 0xFF])
                + item(Profile(slug: "two", displayName: " "))
                + item(Profile(slug: "three", displayName: "T", experiences: [.init(category: .unrecognized(99))]))
                + item(Profile(slug: "four", displayName: "F", attributesJson: "{\"n\":1e131000}"))
                + item(Profile(slug: "five", displayName: "F", attributesJson: "{nonsense"))
                + item(
                    Profile(slug: "six", displayName: "Six", experiences: [.init(startDate: .init(year: 1, day: 2))])
                )
                + item(Profile(slug: "seven", displayName: "Seven"))
            let method = MethodDescriptor<RawMessage, BatchUpsertProfilesResponse>(
                ProfileServiceMethods.batchUpsertProfiles.info
            )
            let answer = try await fixture.client.caller.unary(method, RawMessage(bytes), options: .init())
            let errors = answer.results.map {
                if case .error(let status)? = $0.result { status } else { nil as RPCStatus? }
            }
            #expect(errors.map { $0 == nil } == [true, false, false, false, false, false, false, false, false, true])
            #expect(errors.allSatisfy { $0 == nil || $0?.code == 3 }, "\(errors)")
            let fields = try errors.compactMap { try $0.map(Self.fields) }
            #expect(
                fields == [
                    ["profiles[1].display_name"], ["profiles[2].attributes_json"], ["profiles[3].display_name"],
                    ["profiles[4].display_name"], ["profiles[5].experiences[0].category"],
                    ["profiles[6].attributes_json"], ["profiles[7].attributes_json"],
                    ["profiles[8].experiences[0].start_date.day"],
                ]
            )
            let stored = try await fixture.client.profiles.listProfiles(.init(), options: .init())
            #expect(stored.profiles.map(\.slug) == ["one", "seven"])
        }
    }

    @Test func `forty keys of one large profile get it as often as it fits`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let text = String(repeating: "x", count: 20_000)
            let large = Profile(
                slug: "large",
                displayName: "L",
                experiences: Array(repeating: .init(description: text), count: 80)
            )
            _ = try await fixture.client.profiles.createProfile(.init(profile: large), options: .init())
            let key = ProfileKey(key: .slug("large"))
            let keys = Array(repeating: key, count: 39) + [ProfileKey(key: .slug("nobody"))]
            let answer = try await fixture.client.profiles.batchGetProfiles(.init(keys: keys), options: .init())
            let outcomes = answer.results.map { result in
                switch result.result {
                case .profile(let profile)?: profile.experiences.count == 80 ? "whole" : "part"
                case .error(let status)?: "\(status.code)"
                case nil: "nothing"
                }
            }
            #expect(outcomes == ["whole", "whole"] + Array(repeating: "8", count: 37) + ["5"])
            // What a mask leaves out takes no room.
            let names = try await fixture.client.profiles.batchGetProfiles(
                .init(keys: Array(repeating: key, count: 40), readMask: .init(paths: ["display_name"])),
                options: .init()
            )
            #expect(names.results.allSatisfy { if case .profile? = $0.result { true } else { false } })
        }
    }

    @Test func `without an embedder a write does not wait for ever, and says that it was not waited for`() async throws
    {
        try await ServiceFixture.run(embeds: false) { fixture in
            let answer = try await fixture.client.profiles.createProfile(
                .init(profile: Profile(slug: "one", displayName: "One"), waitFor: .embedded),
                options: .init(timeout: .seconds(2))
            )
            #expect(answer.profile?.slug == "one" && !answer.isEmbedded && !answer.consistencyToken.isEmpty)
        }
    }

    @Test func `a request id is its caller's`() async throws {
        let roles = ["URI:spiffe://test/a", "URI:spiffe://test/b"]
        try await ServiceFixture.run(embeds: false, roles: .init(admin: roles)) { fixture in
            let a = try ServiceFixture.client(fixture.authority, port: fixture.port, name: roles[0])
            let b = try ServiceFixture.client(fixture.authority, port: fixture.port, name: roles[1])
            let request = CreateProfileRequest(
                profile: Profile(displayName: "One"),
                requestId: "0f8fad5b-d9cb-469f-a165-70867728950e"
            )
            let first = try await a.profiles.createProfile(request, options: .init()).profile
            let other = try await b.profiles.createProfile(request, options: .init()).profile
            let again = try await a.profiles.createProfile(request, options: .init()).profile
            #expect(first?.slug == "one" && other?.slug == "one-2" && again == first)
            await a.close()
            await b.close()
        }
    }
}
