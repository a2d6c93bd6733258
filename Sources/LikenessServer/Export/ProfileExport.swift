internal import LikenessMessages
internal import LikenessRPC
internal import LikenessRepository
internal import LikenessWire

/// One export. It holds a page of profiles and the message that is made of them, and reads on when its client has taken that; while it
/// waits it has no connection.
struct ProfileExport: Sendable {
    let profiles: ProfileRepository
    let masks: MaskRepository
    /// Names of the masks that the caller is bound to.
    let boundMasks: [String]
    let request: ExportProfilesRequest
    let fields: ProfileReadMask
    let token: ConsistencyToken?
    /// Most bytes of a message that the client takes.
    let answerBytesMax: Int
    let deadline: ContinuousClock.Instant?
    /// How long a client may take nothing.
    let unreadTime: Duration

    /// Of one page, which looks at so many profiles and no more.
    private static let readTime = Duration.seconds(60)
    private var readDeadline: ContinuousClock.Instant {
        let own = ContinuousClock.now + Self.readTime
        return self.deadline.map { min($0, own) } ?? own
    }

    func run(_ responses: any MessageWriter<ExportProfilesResponse>) async throws {
        let begun = try await self.view()
        var view = begun
        var output = ExportOutput(responses, bytesMax: self.answerBytesMax, unreadTime: self.unreadTime)
        var position: ExportPosition? = .start
        while let start = position {
            let page = try await self.profiles.exportPage(
                from: start,
                through: view,
                filter: self.request.filter,
                consistencyToken: self.token,
                deadline: self.readDeadline
            )
            for profile in page.profiles { try await output.add(profile.id, self.fields.apply(to: profile)) }
            position = page.next
            guard position != nil, view != nil else { continue }
            // What was read through the mask as it was is not followed by what it shows now.
            view = try await self.view()
            guard view?.stamp == begun?.stamp else { throw Self.maskChanged }
        }
        try await output.end()
    }

    private func view() async throws(RepositoryError) -> View? {
        try await self.masks.view(
            bound: self.boundMasks,
            requested: self.request.mask,
            consistencyToken: self.token,
            deadline: self.readDeadline
        )
    }

    private static let maskChanged = ServiceError(
        .aborted,
        reason: "MASK_CHANGED",
        "the mask has been changed since the export began: begin it again"
    )
}

/// The next message of an export.
private struct ExportOutput {
    private let responses: any MessageWriter<ExportProfilesResponse>
    /// Of a message.
    private let bytesMax: Int
    private let unreadTime: Duration
    private var next = ExportProfilesResponse()
    private var bytes = 0
    private var totals = ExportTotals()

    private static let itemsMax = 100
    /// Of a message with more than one profile.
    private static let bytesWanted = 256 << 10
    /// What a profile has in a message besides its own bytes, and an id altogether; at most.
    private static let headerBytes = 8
    private static let idBytes = 40
    /// The totals.
    private static let endBytes = 32

    init(_ responses: any MessageWriter<ExportProfilesResponse>, bytesMax: Int, unreadTime: Duration) {
        (self.responses, self.bytesMax, self.unreadTime) = (responses, bytesMax - Self.endBytes, unreadTime)
    }

    mutating func add(_ id: String, _ profile: Profile) async throws {
        let most = max(0, self.bytesMax - Self.headerBytes)
        guard let size = try? profile.encodedByteCount(max: most) else {
            try await self.makeRoom(for: Self.idBytes)
            self.next.tooLargeIds.append(id)
            self.totals.tooLarge += 1
            return
        }
        try await self.makeRoom(for: size + Self.headerBytes)
        self.next.profiles.append(profile)
        self.totals.profiles += 1
    }

    private mutating func makeRoom(for bytes: Int) async throws {
        let items = self.next.profiles.count + self.next.tooLargeIds.count
        if items > 0, items == Self.itemsMax || self.bytes + bytes > min(Self.bytesWanted, self.bytesMax) {
            try await self.write(self.next)
            (self.next, self.bytes) = (ExportProfilesResponse(), 0)
        }
        self.bytes += bytes
    }

    mutating func end() async throws {
        self.next.totals = self.totals
        try await self.write(self.next)
    }

    /// Waits for the client, but not for ever.
    private func write(_ message: ExportProfilesResponse) async throws {
        let (responses, unreadTime) = (self.responses, self.unreadTime)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await responses.write(message) }
            group.addTask {
                try await Task.sleep(for: unreadTime)
                throw Self.unread
            }
            // The first that ends cancels the other.
            try await group.next()
            group.cancelAll()
        }
    }

    private static var unread: ServiceError {
        var error = ServiceError(
            .resourceExhausted,
            reason: "EXPORT_UNREAD",
            "nothing of the export was taken for long: begin it again"
        )
        error.retryDelay = .seconds(5)
        return error
    }
}
