import LikenessClient
import LikenessMessages
import LikenessTesting

/// What a client of the changes of profiles has: the profiles that its events make.
actor WatchedProfiles {
    private let client: LikenessClient
    private let base: WatchProfilesRequest
    /// Of each profile that is there the revision of the last event; 0 through a mask.
    private(set) var live: [String: Int64] = [:]
    private(set) var profiles: [String: Profile] = [:]
    private(set) var events: [ProfileEvent] = []
    private(set) var token = ""
    private(set) var answers = 0

    init(_ client: LikenessClient, _ request: WatchProfilesRequest = .init()) {
        (self.client, self.base) = (client, request)
    }

    /// Goes on from the last token until a condition holds behind an answer.
    func watch(until condition: @Sendable (WatchedProfiles, Bool) async -> Bool) async throws {
        var request = self.base
        if !self.token.isEmpty { request.resumeToken = self.token }
        try await self.client.profiles.watchProfiles(request, options: .init()) { responses in
            while let response = try await responses.next() {
                await self.take(response)
                if await condition(self, response.caughtUp) { return }
            }
        }
    }

    /// Until all is known.
    func catchUp() async throws { try await self.watch { _, caughtUp in caughtUp } }

    /// Until a profile has an event.
    func watch(until kind: ProfileEventKind, of id: String) async throws {
        try await self.watch { watched, _ in await watched.events.contains { $0.kind == kind && $0.id == id } }
    }

    func take(_ response: WatchProfilesResponse) {
        self.token = response.resumeToken
        self.answers += 1
        for event in response.events {
            self.events.append(event)
            switch event.kind {
            case .existing, .created, .updated, .restored:
                self.live[event.id] = max(event.revision, self.live[event.id] ?? 0)
                self.profiles[event.id] = event.profile ?? self.profiles[event.id]
            case .deleted, .erased, .purged:
                self.live[event.id] = nil
                self.profiles[event.id] = nil
            case .unspecified, .unrecognized: break
            }
        }
    }

    /// Events as `kind slug-or-id`.
    var kinds: [ProfileEventKind] { self.events.map(\.kind) }
    func forget() { self.events = [] }
    func begin() { (self.token, self.live, self.events, self.profiles) = ("", [:], [], [:]) }
    func set(token: String) { self.token = token }
}
