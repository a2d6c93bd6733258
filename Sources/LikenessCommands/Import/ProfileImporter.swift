internal import Foundation
internal import LikenessClient
internal import LikenessConsole
internal import LikenessMessages
internal import LikenessReflection
internal import LikenessTLS

/// Sends documents in batches and keeps the report.
struct ProfileImporter {
    private struct Pending {
        var person: ImportReport.Person
        /// The document's, with what is kept of the stored one.
        var profile: Profile
        let document: ReadResume
        /// Of the document.
        let warnings: [ResumeWarning]
        let identity: PersonIdentity?
        /// Of the stored person whom the key names, when that was looked up; `nil`: there was none.
        var storedRevision: Int64?

        /// How often another writer came between the look at what is stored and the write.
        var collisions = 0

        /// The revision that it gets.
        var next: Int64 { (self.storedRevision ?? 0) + 1 }

        /// What its key must name for it to be written: only that one was judged to be the same person.
        var ifRevision: Int64 { self.identity == nil ? 0 : self.storedRevision ?? -1 }
    }

    private let client: LikenessClient
    private let options: CallOptions
    /// Whether batches wait for embeddings; no more of them do after one whose embeddings did not come.
    private(set) var waits: Bool
    /// Whether a stored person whom nothing but the key says to be the same is replaced.
    private let allowsRename: Bool
    private var stored: StoredPeople
    private var progress: ProgressBar

    private var report = ImportReport()
    private var batch: [Pending] = []
    private var batchBytes = 0
    /// Those of it whom another writer has stored since they were looked up: they are looked up again.
    private var collided: [Pending] = []
    private static let collisionsMax = 5
    private var done = 0
    /// Whether the batch was sent and is not answered: what of it is stored is unknown.
    private var isUnanswered = false
    /// Of each identity in the file the line that has it, and the digest of the profile there.
    private var known: [PersonIdentity: (line: Int, digest: [UInt8])] = [:]

    /// Small enough to show progress, large enough to be quick; well under a frame and the contract's 200.
    private static let batchCountMax = StoredPeople.countMax
    private static let batchBytesMax = 1 << 20

    init(client: LikenessClient, options: CallOptions, waits: Bool, allowsRename: Bool, progress: ProgressBar) {
        self.client = client
        self.options = options
        self.waits = waits
        self.allowsRename = allowsRename
        self.stored = StoredPeople(client: client, options: options)
        self.progress = progress
    }

    mutating func run(_ documents: ImportFile) async -> ImportReport {
        do {
            for item in documents {
                guard let (pending, bytes) = self.prepare(item) else {
                    self.done += 1
                    continue
                }
                if self.batch.count == Self.batchCountMax || self.batchBytes + bytes > Self.batchBytesMax {
                    try await self.sendBatch()
                }
                self.batch.append(pending)
                self.batchBytes += bytes
            }
            try await self.sendBatch()
        } catch {
            self.isUnanswered = self.isUnanswered && Self.leavesOpen(error)
            if self.isUnanswered, Task.isCancelled { await self.lookAgain() }
            self.report.stop(
                atLine: (self.collided + self.batch).map(\.person.line).min(),
                unanswered: self.isUnanswered ? self.batch.map(\.person.line) : [],
                error
            )
        }
        self.progress.finish()
        self.report.finish()
        return self.report
    }

    /// One document ready to be sent; `nil` when it is refused, which is in the report then.
    private mutating func prepare(_ item: ImportItem) -> (pending: Pending, byteCount: Int)? {
        var person = ImportReport.Person(line: item.place.line, column: item.place.column, outcome: .refused)
        person.warnings = item.strays
        var resume: ReadResume
        do throws(ImportRefusal) {
            resume = try item.resume.get()
        } catch {
            person.reason = "\(error)"
            self.report.add(person)
            return nil
        }
        var profile = resume.profile
        person.name = profile.displayName
        person.identity = resume.identity?.kind
        person.warnings += resume.warnings
        if let identity = resume.identity, identity.kind != .slug, resume.exported == nil {
            profile.identityId = identity.id
        }
        let violations = profile.violations()
        guard violations.isEmpty, let bytes = try? profile.encodedBytes() else {
            let reasons = violations.map { "\(resume.place(of: $0.field)): \($0.message)" }
            person.reason =
                reasons.isEmpty ? "cannot be sent: a text holds a NUL character" : reasons.joined(separator: "; ")
            self.report.add(person)
            return nil
        }
        if let identity = resume.identity {
            let digest = SHA256.digest(of: bytes)
            if let first = self.known[identity], first.digest != digest {
                person.reason =
                    "has the \(identity.kind.rawValue) of line \(first.line) and other content: two people are not made "
                    + "one; choose with --match what distinguishes them"
                self.report.add(person)
                return nil
            }
            self.known[identity] = self.known[identity] ?? (item.place.line, digest)
        }
        resume.profile = profile
        return (
            Pending(
                person: person,
                profile: profile,
                document: resume,
                warnings: person.warnings,
                identity: resume.identity
            ), bytes.count
        )
    }

    private mutating func sendBatch() async throws {
        defer { self.progress.show(self.done) }
        while !self.batch.isEmpty {
            try await self.refuseStrangers()
            let sent = self.batch
            try await self.send(sent[...])
            (self.batch, self.collided) = (self.collided, [])
        }
        self.batchBytes = 0
    }

    // MARK: Who is stored

    /// Takes those out of the batch whose key names a stored person who seems to be another.
    private mutating func refuseStrangers() async throws {
        let keyed = self.batch.filter { $0.identity != nil }
        guard !keyed.isEmpty else { return }
        let stored = try await self.stored.named(by: keyed.map(\.profile))
        guard !stored.isEmpty else { return }
        var refused: [ImportReport.Person] = []
        var kept: [Pending] = []
        for var item in self.batch {
            let found = item.profile.allFound(among: stored)
            guard let identity = item.identity, let other = found.first?.profile else {
                kept.append(item)
                continue
            }
            guard found.count == 1 else {
                let people = found.map { key, person in
                    let key = key == item.profile.identityId ? "\(identity.kind.rawValue) \(identity.shown)" : key
                    return "\(key) is that of \(Self.shown(person))"
                }
                item.person.reason =
                    "its keys name several stored people: \(people.joined(separator: ", ")): correct the keys in the file, or "
                    + "delete one of the people if they are one"
                refused.append(item.person)
                continue
            }
            item.storedRevision = other.revision
            let who = Self.shown(other)
            if let exported = item.document.exported, exported.revision == 0 {
                item.person.reason =
                    "was exported through a mask or in part, and may lack what is stored: the stored \(who) is not replaced by it"
                refused.append(item.person)
                continue
            }
            // An id that we have given is nobody else's.
            let verdict = item.profile.id == other.id ? .same : SamePerson.judge(item.profile, stored: other)
            switch verdict {
            case .same: break
            case .stranger(let contradiction) where !self.allowsRename:
                item.person.reason =
                    "the \(identity.kind.rawValue) \(identity.shown) is that of the stored \(who), who has "
                    + "\(contradiction.rawValue), and would be replaced: --allow-rename if it is the same person, or "
                    + "choose with --match what distinguishes the two"
                refused.append(item.person)
                continue
            case .renamed, .stranger:
                item.person.warnings.append(
                    .init(path: identity.kind.rawValue, message: "replaces what is stored under another name: \(who)")
                )
            }
            let (profile, warnings) = item.document.keeping(other)
            item.profile = profile
            item.person.warnings += warnings
            kept.append(item)
        }
        for person in refused { self.report.add(person) }
        self.done += refused.count
        self.batch = kept
    }

    private static func shown(_ person: Profile) -> String {
        "\"\(person.displayName)\" (slug \"\(person.slug)\", id \"\(person.id)\")"
    }

    /// After an interrupt: of the people in the unanswered batch that can be found by a key, those that were stored.
    private mutating func lookAgain() async {
        // It has to fit into what an interrupted process has left.
        let people = StoredPeople(client: self.client, options: CallOptions(timeout: .milliseconds(700)))
        let keyed = self.batch.filter { $0.identity != nil }
        guard !keyed.isEmpty else { return }
        // The task that was cancelled can call nothing any more.
        let stored = await Task.detached { try? await people.named(by: keyed.map(\.profile)) }.value ?? [:]
        var unknown: [Pending] = []
        for item in self.batch {
            guard item.identity != nil, let now = item.profile.found(among: stored),
                now.displayName == item.profile.displayName, now.revision == item.next
            else {
                unknown.append(item)
                continue
            }
            self.add(
                item,
                .upserted(
                    .init(
                        id: now.id,
                        slug: now.slug,
                        revision: now.revision,
                        outcome: item.storedRevision == nil ? .created : .updated
                    )
                )
            )
        }
        self.batch = unknown
    }

    // MARK: Sending

    /// Sends some; a call that fails as a whole is cut in halves until what fails is one document, which is refused.
    ///
    /// - Throws: What no other document would change: the service cannot be reached, is busy, or does not let us in.
    private mutating func send(_ items: ArraySlice<Pending>) async throws {
        guard !items.isEmpty else { return }
        let request = BatchUpsertProfilesRequest(
            profiles: items.map(\.profile),
            waitFor: self.waits ? .embedded : .committed,
            ifRevisions: items.map(\.ifRevision)
        )
        do {
            self.isUnanswered = true
            let response = try await self.client.profiles.batchUpsertProfiles(request, options: self.options)
            if self.waits {
                self.report.embedded(response.isEmbedded)
                self.waits = response.isEmbedded
            }
            self.isUnanswered = false
            if !response.consistencyToken.isEmpty { self.stored.consistencyToken = response.consistencyToken }
            let results = response.results.map(\.result) + Array(repeating: nil, count: items.count)
            for (item, result) in zip(items, results) { self.add(item, result) }
        } catch let error as LikenessError where Self.mayBeOneDocuments(error) {
            self.isUnanswered = false
            if items.count > 1 {
                let middle = items.startIndex + items.count / 2
                try await self.send(items[..<middle])
                self.batch = Array(items[middle...])
                try await self.send(items[middle...])
                return
            }
            for item in items {
                var person = item.person
                person.outcome = .refused
                person.reason = CommandFailure.describing(error).description
                self.report.add(person)
                self.done += 1
            }
        }
    }

    /// Whether the service may have done what was asked for all the same.
    private static func leavesOpen(_ error: any Error) -> Bool {
        guard let error = error as? LikenessError else { return true }
        return !error.nothingWasDone
            && [.cancelled, .unknown, .deadlineExceeded, .internal, .unavailable, .aborted].contains(error.code)
    }

    private static func mayBeOneDocuments(_ error: LikenessError) -> Bool {
        // A service that says when to come back is busy: that refuses no document.
        error.retryDelay == nil
            && [.invalidArgument, .resourceExhausted, .internal, .outOfRange, .unknown].contains(error.code)
    }

    private static let aborted = Int32(LikenessError.Code.aborted.rawValue)

    private mutating func add(_ item: Pending, _ result: BatchUpsertProfilesResult.Result?) {
        var person = item.person
        switch result {
        case .upserted(let upserted)?:
            person.id = upserted.id
            person.slug = upserted.slug
            switch upserted.outcome {
            case .created: person.outcome = .created
            case .updated: person.outcome = .updated
            default: person.outcome = .unchanged
            }
            if let identity = item.identity, upserted.outcome == .updated, upserted.revision != item.next {
                person.warnings.append(
                    .init(path: identity.kind.rawValue, message: "is an equal profile that had no such key")
                )
            }
        case .error(let status)? where status.code == Self.aborted && item.collisions < Self.collisionsMax:
            var again = item
            again.collisions += 1
            again.storedRevision = nil
            again.person.warnings = again.warnings
            self.collided.append(again)
            return
        case .error(let status)?: person.reason = status.message
        case nil: person.reason = "the service gave no answer for it"
        }
        self.report.add(person)
        self.done += 1
    }
}

extension PersonIdentity {
    /// The `identity_id` of this person: a UUID of version 8 (RFC 9562) from SHA-256, the same in every import.
    var id: String {
        var bytes = SHA256.digest(of: self.seed)
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        return bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)).uuidString.lowercased() }
    }
}
