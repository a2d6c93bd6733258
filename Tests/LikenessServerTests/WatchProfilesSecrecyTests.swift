import LikenessClient
import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessServer
import LikenessTesting
import Testing

/// Two stores that differ only in what a mask hides give the same events through it, byte for byte but for the times of the changes, however
/// many changes there are that it hides.
@Suite(.freshDatabase) struct WatchProfilesSecrecyTests {
    private static let reader = "URI:spiffe://test/reader"

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `what a mask hides changes no event`(seed: UInt64) async throws {
        let plain = try await Self.events(seed: seed, hidesOthers: false)
        let other = try await Self.events(seed: seed, hidesOthers: true)
        let (bytes, others) = (try plain.map { try $0.encodedBytes() }, try other.map { try $0.encodedBytes() })
        #expect(others == bytes)
        print("seed \(seed): \(plain.count) events")
    }

    /// Writes what the seed says and follows it, a part at a time; first of all a snapshot.
    ///
    /// - Parameter hidesOthers: What the mask hides is something else, and is written more often.
    private static func events(seed: UInt64, hidesOthers: Bool) async throws -> [ProfileEvent] {
        try await TestDatabase.current.pool.withConnection {
            try await $0.executeScript("DELETE FROM profiles; DELETE FROM masks")
        }
        let keeper = HistoryKeeper(database: Database(pool: TestDatabase.current.pool), keptTime: .seconds(86_400))
        _ = try await keeper.maintain()
        var random = SeededNumbers(seed: seed)
        var others = SeededNumbers(seed: seed &+ 1_000)
        let view = RandomView(&random)
        func stored(_ person: Profile, _ number: Int) -> Profile {
            hidesOthers ? view.changed(person, number: number, &others) : person
        }
        var events: [ProfileEvent] = []
        let roles = ServerConfiguration.Roles(
            admin: ["URI:spiffe://test/admin"],
            reader: [Self.reader],
            masks: ["\(Self.reader)=bound"]
        )
        try await ServiceFixture.run(
            embeds: false,
            roles: roles,
            workers: [.profileFeed],
            change: { configuration, _ in configuration.historyTime = .seconds(86_400) }
        ) { fixture in
            let client = fixture.client
            let mask = Mask(name: "bound", configuration: view.configuration)
            _ = try await client.admin.createMask(.init(mask: mask), options: .init())
            // As they are stored, or shown alike.
            var people = (0..<10).map { RandomView.person($0, &random) }
            func create(_ number: Int) async throws {
                let request = CreateProfileRequest(profile: stored(people[number], number))
                _ = try await client.profiles.createProfile(request, options: .init())
            }
            func write(_ person: Profile, _ number: Int) async throws {
                let request = UpdateProfileRequest(
                    key: ProfileKey(key: .id(person.id)),
                    profile: stored(person, number),
                    updateMask: .init(paths: ["*"])
                )
                do {
                    _ = try await client.profiles.updateProfile(request, options: .init())
                    people[number] = person
                } catch let error as LikenessError where error.reason == "DELETED" {}
            }
            for number in 0..<5 { try await create(number) }
            let reader = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.reader)
            let watched = WatchedProfiles(reader, .init(start: .snapshot, showProfiles: true))
            try await watched.catchUp()
            for number in 5..<10 { try await create(number) }
            for _ in 0..<4 {
                for _ in 0..<8 {
                    let number = random.number(0...people.count - 1)
                    let key = ProfileKey(key: .id(people[number].id))
                    switch random.number(0...6) {
                    // Some are deleted already, or are not.
                    case 0: _ = try? await client.profiles.deleteProfile(.init(key: key), options: .init())
                    case 1: _ = try? await client.profiles.restoreProfile(.init(key: key), options: .init())
                    default:
                        var person = RandomView.person(number, &random)
                        (person.id, person.slug) = (people[number].id, people[number].slug)
                        try await write(person, number)
                    }
                    // Once more, with something else that is hidden.
                    let another = others.number(0...people.count - 1)
                    if hidesOthers { try await write(people[another], another) }
                }
                try await watched.catchUp()
            }
            // Nothing is left of one of them.
            let last = ProfileKey(key: .id(people[0].id))
            _ = try? await client.profiles.restoreProfile(.init(key: last), options: .init())
            try await watched.catchUp()
            _ = try await client.admin.eraseProfile(.init(key: last), options: .init())
            try await watched.catchUp()
            events = await watched.events
            await reader.close()
        }
        return events.map { event in
            var event = event
            event.changeTime = nil
            event.profile?.createTime = nil
            return event
        }
    }
}
