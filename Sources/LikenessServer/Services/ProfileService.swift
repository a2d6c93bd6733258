internal import LikenessEmbedding
package import LikenessMessages
package import LikenessRPC
internal import LikenessRepository

/// Answers `likeness.v1.ProfileService`.
package struct ProfileService: ProfileServiceProvider {
    package typealias Context = ServerContext

    let profiles: ProfileRepository
    let feed: ProfileFeed
    let feedNews: ProfileFeedNews
    let masks: MaskRepository
    let exportPlaces: ExportPlaces
    private let embeddings: EmbeddingRepository
    /// Wakes who embeds, so that a written section does not wait for the next look at the outbox.
    private let wroteSections: @Sendable () -> Void
    /// Where the active space's model is not among them no write waits for embeddings: none may ever come.
    private let embedders: EmbedderRegistry

    init(
        profiles: ProfileRepository,
        feed: ProfileFeed,
        feedNews: ProfileFeedNews,
        masks: MaskRepository,
        exportPlaces: ExportPlaces,
        embeddings: EmbeddingRepository,
        embedders: EmbedderRegistry,
        wroteSections: @escaping @Sendable () -> Void
    ) {
        self.profiles = profiles
        (self.feed, self.feedNews) = (feed, feedNews)
        (self.masks, self.exportPlaces) = (masks, exportPlaces)
        self.embeddings = embeddings
        self.embedders = embedders
        self.wroteSections = wroteSections
    }

    package func createProfile(
        _ request: CreateProfileRequest,
        context: ServerContext
    ) async throws -> CreateProfileResponse {
        try await ServiceError.reporting {
            guard let profile = request.profile, !profile.displayName.isEmpty else {
                throw ServiceError.invalid("profile.display_name", "is required", rule: "required")
            }
            try Self.requireRows(profile)
            let written = try await self.profiles.create(
                profile,
                requestID: RequestID(request.requestId, caller: context.callerName),
                validateOnly: request.validateOnly,
                answerBytesMax: context.answerBytesMax,
                deadline: context.deadline
            )
            if request.validateOnly { return CreateProfileResponse(profile: written.value) }
            return CreateProfileResponse(
                profile: written.value,
                consistencyToken: Self.text(written.consistencyToken),
                isEmbedded: await self.finish(request.waitFor, [written.value.id], context)
            )
        }
    }

    package func getProfile(_ request: GetProfileRequest, context: ServerContext) async throws -> GetProfileResponse {
        try await ServiceError.reporting {
            let fields = try ProfileReadMask(request.readMask)
            let token = try Self.token(request.consistencyToken)
            if let point = request.asOf {
                let past = try await self.profiles.get(
                    try Self.key(request.key),
                    asOf: point,
                    through: try await self.view(request.mask, token, context),
                    consistencyToken: token,
                    deadline: context.deadline
                )
                return GetProfileResponse(
                    profile: fields.apply(to: past.profile),
                    redirectedFrom: request.key?.redirected(to: past.slug) ?? ""
                )
            }
            let profile = try await self.profiles.get(
                try Self.key(request.key),
                through: try await self.view(request.mask, token, context),
                consistencyToken: token,
                deadline: context.deadline
            )
            return GetProfileResponse(
                profile: fields.apply(to: profile),
                redirectedFrom: request.key?.redirected(to: profile.slug) ?? ""
            )
        }
    }

    package func batchGetProfiles(
        _ request: BatchGetProfilesRequest,
        context: ServerContext
    ) async throws -> BatchGetProfilesResponse {
        try await ServiceError.reporting {
            let fields = try ProfileReadMask(request.readMask)
            for (index, key) in request.keys.enumerated() { _ = try Self.key(key, path: "keys[\(index)]") }
            var answer = BoundedResults<Profile>(count: request.keys.count, bytesMax: context.answerBytesMax)
            let token = try Self.token(request.consistencyToken)
            var redirections = [String](repeating: "", count: request.keys.count)
            let hasAll = try await self.profiles.batchGet(
                request.keys,
                through: try await self.view(request.mask, token, context),
                consistencyToken: token,
                deadline: context.deadline
            ) { indices, profile in
                for index in indices { redirections[index] = request.keys[index].redirected(to: profile.slug) }
                let longest = indices.map { redirections[$0].utf8.count }.max() ?? 0
                answer.add(fields.apply(to: profile), at: indices, besides: longest)
                return !answer.isFull
            }
            let tooLarge = ServiceError.answerTooLarge(context.answerBytesMax).status
            return BatchGetProfilesResponse(
                results: zip(request.keys.indices, answer.results).map { index, result in
                    switch result {
                    case .item(let profile):
                        return BatchGetProfilesResult(
                            result: .profile(profile),
                            redirectedFrom: redirections[index]
                        )
                    case .tooLarge: return BatchGetProfilesResult(result: .error(tooLarge))
                    case .none where !hasAll: return BatchGetProfilesResult(result: .error(tooLarge))
                    case .none:
                        let error = ServiceError(.notFound(.profile, key: request.keys[index].text))
                        return BatchGetProfilesResult(result: .error(error.status))
                    }
                }
            )
        }
    }

    package func updateProfile(
        _ request: UpdateProfileRequest,
        context: ServerContext
    ) async throws -> UpdateProfileResponse {
        try await ServiceError.reporting {
            try Self.requireRows(request.profile ?? Profile(), writing: request.updateMask?.paths ?? [])
            let written = try await self.profiles.update(
                try Self.key(request.key),
                with: request.profile ?? Profile(),
                updateMask: request.updateMask?.paths ?? [],
                ifRevision: request.ifRevision,
                requestID: RequestID(request.requestId, caller: context.callerName),
                validateOnly: request.validateOnly,
                answerBytesMax: context.answerBytesMax,
                deadline: context.deadline
            )
            if request.validateOnly {
                return UpdateProfileResponse(profile: written.value, redirectedFrom: written.redirectedFrom)
            }
            return UpdateProfileResponse(
                profile: written.value,
                consistencyToken: Self.text(written.consistencyToken),
                isEmbedded: await self.finish(request.waitFor, [written.value.id], context),
                redirectedFrom: written.redirectedFrom
            )
        }
    }

    package func batchUpsertProfiles(
        _ request: BatchUpsertProfilesRequest,
        context: ServerContext
    ) async throws -> BatchUpsertProfilesResponse {
        try await ServiceError.reporting {
            try Self.checkRevisions(of: request)
            // Each profile is judged on its own: one that breaks a rule does not reach the store, nor stop the others.
            var results = [BatchUpsertProfilesResult?](repeating: nil, count: request.profiles.count)
            var valid: [(index: Int, profile: Profile)] = []
            for item in context.undecodableItems where results.indices.contains(item.index) {
                let error = ServiceError.undecodable(item.error).inside("profiles[\(item.index)]")
                results[item.index] = .init(result: .error(error.status))
            }
            for (index, profile) in request.profiles.enumerated() where results[index] == nil {
                var violations = profile.violations()
                if profile.displayName.isEmpty {
                    violations.append(Violation(field: "display_name", ruleID: "required", message: "is required"))
                }
                violations += Self.blankRows(of: profile)
                if let error = ServiceError.violating(violations) {
                    results[index] = .init(result: .error(error.inside("profiles[\(index)]").status))
                } else {
                    valid.append((index, profile))
                }
            }
            var token = ""
            var written: [String] = []
            if request.atomic, let invalid = results.firstIndex(where: { $0 != nil }) {
                let undone = ServiceError(.batchUndone(item: invalid)).status
                for item in valid { results[item.index] = .init(result: .error(undone)) }
            } else if !valid.isEmpty {
                let answer = try await self.profiles.batchUpsert(
                    valid.map(\.profile),
                    ifRevisions: request.ifRevisions.isEmpty ? [] : valid.map { request.ifRevisions[$0.index] },
                    atomic: request.atomic,
                    caller: context.callerName,
                    deadline: context.deadline
                )
                token = Self.text(answer.consistencyToken)
                for (item, outcome) in zip(valid, answer.results) {
                    switch outcome {
                    case .success(let upserted):
                        results[item.index] = .init(result: .upserted(upserted))
                        written.append(upserted.id)
                    case .failure(let error):
                        let failure = ServiceError(error).inside("profiles[\(item.index)]").recorded()
                        results[item.index] = .init(result: .error(failure.status))
                    }
                }
            }
            let response = BatchUpsertProfilesResponse(
                results: results.map { $0 ?? .init() },
                consistencyToken: token,
                isEmbedded: await self.finish(request.waitFor, written, context)
            )
            return Self.sendable(response, bytesMax: context.answerBytesMax) { response in
                for index in response.results.indices {
                    guard case .error(let error) = response.results[index].result else { continue }
                    response.results[index].result = .error(Self.brief(error))
                }
            }
        }
    }

    /// Experiences and skills that say nothing: no file of people has them, and a caller who sends one has made a slip.
    private static func blankRows(of profile: Profile, path: String = "") -> [Violation] {
        profile.blankRows.map {
            Violation(field: path + $0, ruleID: "required", message: "says nothing: no field is set")
        }
    }

    /// - Parameter paths: The fields that are written.
    private static func requireRows(_ profile: Profile, writing paths: [String] = ["*"]) throws {
        var written = profile
        if !paths.contains("*") {
            if !paths.contains("experiences") { written.experiences = [] }
            if !paths.contains("skills") { written.skills = [] }
        }
        if let error = ServiceError.violating(Self.blankRows(of: written, path: "profile.")) { throw error }
    }

    private static func checkRevisions(of request: BatchUpsertProfilesRequest) throws {
        var violations = Self.miscount(request.ifRevisions, of: request.profiles.count, "profiles")
        for (index, revision) in request.ifRevisions.enumerated() where revision < -1 {
            violations.append(
                Violation(field: "if_revisions[\(index)]", ruleID: "int64.gte", message: "must be at least -1")
            )
        }
        if let error = ServiceError.violating(violations) { throw error }
    }

    /// What is wrong with how many revisions there are for some items.
    private static func miscount(_ revisions: [Int64], of items: Int, _ name: String) -> [Violation] {
        guard !revisions.isEmpty, revisions.count != items else { return [] }
        let message = "has \(revisions.count) values for \(items) \(name)"
        return [Violation(field: "if_revisions", ruleID: "repeated.count", message: message)]
    }

    package func editProfile(
        _ request: EditProfileRequest,
        context: ServerContext
    ) async throws -> EditProfileResponse {
        try await ServiceError.reporting {
            let written = try await self.profiles.edit(
                try Self.key(request.key),
                edits: request.edits,
                ifRevision: request.ifRevision,
                requestID: RequestID(request.requestId, caller: context.callerName),
                validateOnly: request.validateOnly,
                answerBytesMax: context.answerBytesMax,
                deadline: context.deadline
            )
            var response = written.value
            response.redirectedFrom = written.redirectedFrom
            if request.validateOnly { return response }
            response.consistencyToken = Self.text(written.consistencyToken)
            response.isEmbedded = await self.finish(request.waitFor, [response.profile?.id ?? ""], context)
            return response
        }
    }

    package func batchDeleteProfiles(
        _ request: BatchDeleteProfilesRequest,
        context: ServerContext
    ) async throws -> BatchDeleteProfilesResponse {
        try await ServiceError.reporting {
            for (index, key) in request.keys.enumerated() { _ = try Self.key(key, path: "keys[\(index)]") }
            let violations = Self.miscount(request.ifRevisions, of: request.keys.count, "keys")
            if let error = ServiceError.violating(violations) { throw error }
            let answer = await self.profiles.batchDelete(
                request.keys,
                ifRevisions: request.ifRevisions,
                atomic: request.atomic,
                caller: context.callerName,
                deadline: context.deadline
            )
            var deleted: [String] = []
            let results = answer.results.enumerated().map { index, result in
                switch result {
                case .success(let profile):
                    if !profile.wasDeleted { deleted.append(profile.id) }
                    return BatchDeleteProfilesResult(result: .deleted(profile))
                case .failure(let error):
                    let failure = ServiceError(error).inside("keys[\(index)]").recorded()
                    return BatchDeleteProfilesResult(result: .error(failure.status))
                }
            }
            // The audit log names those that are deleted now.
            context.setTarget(deleted.joined(separator: ","))
            self.wroteSections()
            let response = BatchDeleteProfilesResponse(
                results: results,
                consistencyToken: Self.text(answer.consistencyToken)
            )
            return Self.sendable(response, bytesMax: context.answerBytesMax) { response in
                for index in response.results.indices {
                    guard case .error(let error) = response.results[index].result else { continue }
                    response.results[index].result = .error(Self.brief(error))
                }
            }
        }
    }

    package func deleteProfile(
        _ request: DeleteProfileRequest,
        context: ServerContext
    ) async throws -> DeleteProfileResponse {
        // Slugs and ids of other systems may be of a name, which an erasure could not take out of the log.
        if case .id(let id)? = request.key?.key { context.setTarget(id) }
        return try await ServiceError.reporting {
            let written = try await self.profiles.softDelete(
                try Self.key(request.key),
                ifRevision: request.ifRevision,
                requestID: RequestID(request.requestId, caller: context.callerName),
                deadline: context.deadline
            )
            self.wroteSections()
            context.setTarget(written.value.id)
            return DeleteProfileResponse(
                profile: written.value,
                consistencyToken: Self.text(written.consistencyToken),
                redirectedFrom: written.redirectedFrom
            )
        }
    }

    package func restoreProfile(
        _ request: RestoreProfileRequest,
        context: ServerContext
    ) async throws -> RestoreProfileResponse {
        try await ServiceError.reporting {
            let written = try await self.profiles.restore(
                try Self.key(request.key),
                ifRevision: request.ifRevision,
                requestID: RequestID(request.requestId, caller: context.callerName),
                deadline: context.deadline
            )
            self.wroteSections()
            return RestoreProfileResponse(
                profile: written.value,
                consistencyToken: Self.text(written.consistencyToken),
                redirectedFrom: written.redirectedFrom
            )
        }
    }

    package func listProfiles(
        _ request: ListProfilesRequest,
        context: ServerContext
    ) async throws -> ListProfilesResponse {
        try await ServiceError.reporting {
            let token = try Self.token(request.consistencyToken)
            let page = try await self.profiles.list(
                through: try await self.view(request.mask, token, context),
                pageSize: Int(request.pageSize),
                pageToken: request.pageToken,
                showDeleted: request.showDeleted,
                filter: request.filter,
                answerBytesMax: context.answerBytesMax,
                consistencyToken: token,
                deadline: context.deadline
            )
            return ListProfilesResponse(
                profiles: page.profiles,
                nextPageToken: page.nextPageToken,
                totalSizeEstimate: page.totalSizeEstimate
            )
        }
    }

    // MARK: Parts

    /// What the caller sees; `nil` for everything.
    func view(
        _ requested: String,
        _ token: ConsistencyToken?,
        _ context: ServerContext
    ) async throws(RepositoryError) -> View? {
        try await self.masks.view(
            bound: context.boundMasks,
            requested: requested,
            consistencyToken: token,
            deadline: context.deadline
        )
    }

    /// What follows a commit: nothing here can fail the write.
    ///
    /// - Returns: Whether the caller wanted to wait for embeddings and has them. Waiting ends early enough for the answer to
    ///   arrive in time, and does not begin on a server that does not run the active space's model.
    func finish(_ wait: WaitFor, _ ids: [String], _ context: ServerContext) async -> Bool {
        self.wroteSections()
        guard wait == .embedded else { return false }
        guard !ids.isEmpty else { return true }
        guard !self.embedders.isEmpty else { return false }
        let margin = min(.milliseconds(200), (context.remainingTime ?? .zero) / 10)
        let deadline = context.deadline.map { $0 - margin }
        do {
            let active = try await self.embeddings.space(named: "", deadline: deadline)
            guard self.embedders.embedder(for: active) != nil else { return false }
            try await self.embeddings.waitUntilEmbedded(profileIDs: ids, deadline: deadline)
            return true
        } catch {
            return false
        }
    }

    /// An answer to a write that has happened, made to fit: its errors are shortened where they are too many.
    private static func sendable<Response: Message>(
        _ response: Response,
        bytesMax: Int,
        shorten: (inout Response) -> Void
    ) -> Response {
        if (try? response.encodedByteCount(max: bytesMax)) != nil { return response }
        var response = response
        shorten(&response)
        return response
    }

    /// An error without its details.
    private static func brief(_ error: RPCStatus) -> RPCStatus {
        RPCStatus(code: error.code, message: String(error.message.prefix(40)))
    }

    static func text(_ token: ConsistencyToken?) -> String { token?.text ?? "" }

    static func key(_ key: ProfileKey?, path: String = "key") throws(ServiceError) -> ProfileKey {
        guard let key, let named = key.key else {
            throw .invalid(path, "is required: an id, a slug or an external id", rule: "required")
        }
        switch named {
        case .id(""), .slug(""), .externalId(ExternalId()):
            throw .invalid(path, "is empty: give an id, a slug or an external id", rule: "required")
        case .id, .slug, .externalId: return key
        }
    }

    static func token(_ text: String) throws(RepositoryError) -> ConsistencyToken? {
        text.isEmpty ? nil : try ConsistencyToken(text: text)
    }
}
