package import LikenessMessages
package import LikenessRPC
package import LikenessRepository

/// Answers `likeness.v1.ProfileService`.
package struct ProfileService: ProfileServiceProvider {
    package typealias Context = ServerContext

    private let profiles: ProfileRepository
    private let embeddings: EmbeddingRepository
    /// Wakes who embeds, so that a written section does not wait for the next look at the outbox.
    private let wroteSections: @Sendable () -> Void

    package init(
        profiles: ProfileRepository,
        embeddings: EmbeddingRepository,
        wroteSections: @escaping @Sendable () -> Void
    ) {
        self.profiles = profiles
        self.embeddings = embeddings
        self.wroteSections = wroteSections
    }

    package func createProfile(
        _ request: CreateProfileRequest,
        context: ServerContext
    ) async throws -> CreateProfileResponse {
        try await ServiceError.reporting {
            if request.validateOnly { throw ServiceError.unserved("validate_only") }
            guard let profile = request.profile, !profile.displayName.isEmpty else {
                throw ServiceError.invalid("profile.display_name", "is required", rule: "required")
            }
            let written = try await self.profiles.create(
                profile,
                requestID: request.requestId,
                deadline: context.deadline
            )
            try await self.finish(request.waitFor, [written.value.id], context)
            return CreateProfileResponse(profile: written.value, consistencyToken: written.consistencyToken.text)
        }
    }

    package func getProfile(_ request: GetProfileRequest, context: ServerContext) async throws -> GetProfileResponse {
        try await ServiceError.reporting {
            if !request.mask.isEmpty { throw ServiceError.unserved("mask") }
            let fields = try ProfileReadMask(request.readMask)
            let profile = try await self.profiles.get(
                try Self.key(request.key),
                consistencyToken: try Self.token(request.consistencyToken),
                deadline: context.deadline
            )
            return GetProfileResponse(profile: fields.apply(to: profile))
        }
    }

    package func batchGetProfiles(
        _ request: BatchGetProfilesRequest,
        context: ServerContext
    ) async throws -> BatchGetProfilesResponse {
        try await ServiceError.reporting {
            if !request.mask.isEmpty { throw ServiceError.unserved("mask") }
            let fields = try ProfileReadMask(request.readMask)
            for (index, key) in request.keys.enumerated() { _ = try Self.key(key, path: "keys[\(index)]") }
            let found = try await self.profiles.batchGet(
                request.keys,
                consistencyToken: try Self.token(request.consistencyToken),
                deadline: context.deadline
            )
            return BatchGetProfilesResponse(
                results: zip(request.keys, found).map { key, profile in
                    guard let profile else {
                        let error = ServiceError(.notFound(.profile, key: Self.text(key)))
                        return BatchGetProfilesResult(result: .error(error.status))
                    }
                    return BatchGetProfilesResult(result: .profile(fields.apply(to: profile)))
                }
            )
        }
    }

    package func updateProfile(
        _ request: UpdateProfileRequest,
        context: ServerContext
    ) async throws -> UpdateProfileResponse {
        try await ServiceError.reporting {
            if request.validateOnly { throw ServiceError.unserved("validate_only") }
            let written = try await self.profiles.update(
                try Self.key(request.key),
                with: request.profile ?? Profile(),
                updateMask: request.updateMask?.paths ?? [],
                ifRevision: request.ifRevision,
                requestID: request.requestId,
                deadline: context.deadline
            )
            try await self.finish(request.waitFor, [written.value.id], context)
            return UpdateProfileResponse(profile: written.value, consistencyToken: written.consistencyToken.text)
        }
    }

    package func batchUpsertProfiles(
        _ request: BatchUpsertProfilesRequest,
        context: ServerContext
    ) async throws -> BatchUpsertProfilesResponse {
        try await ServiceError.reporting {
            // Each profile is judged on its own: one that breaks a rule does not reach the store, nor stop the others.
            var results = [BatchUpsertProfilesResult?](repeating: nil, count: request.profiles.count)
            var valid: [(index: Int, profile: Profile)] = []
            for (index, profile) in request.profiles.enumerated() {
                var violations = profile.violations()
                if profile.displayName.isEmpty {
                    violations.append(Violation(field: "display_name", ruleID: "required", message: "is required"))
                }
                if let error = ServiceError.violating(violations) {
                    results[index] = .init(result: .error(error.status))
                } else {
                    valid.append((index, profile))
                }
            }
            var token = ""
            var written: [String] = []
            if !valid.isEmpty {
                let answer = try await self.profiles.batchUpsert(valid.map(\.profile), deadline: context.deadline)
                token = answer.consistencyToken.text
                for (item, outcome) in zip(valid, answer.results) {
                    switch outcome {
                    case .success(let upserted):
                        results[item.index] = .init(result: .upserted(upserted))
                        written.append(upserted.id)
                    case .failure(let error): results[item.index] = .init(result: .error(ServiceError(error).status))
                    }
                }
            }
            try await self.finish(request.waitFor, written, context)
            return BatchUpsertProfilesResponse(results: results.map { $0 ?? .init() }, consistencyToken: token)
        }
    }

    package func deleteProfile(
        _ request: DeleteProfileRequest,
        context: ServerContext
    ) async throws -> DeleteProfileResponse {
        if let key = request.key { context.setTarget(Self.text(key)) }
        return try await ServiceError.reporting {
            let written = try await self.profiles.softDelete(
                try Self.key(request.key),
                ifRevision: request.ifRevision,
                requestID: request.requestId,
                deadline: context.deadline
            )
            return DeleteProfileResponse(profile: written.value, consistencyToken: written.consistencyToken.text)
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
                requestID: request.requestId,
                deadline: context.deadline
            )
            self.wroteSections()
            return RestoreProfileResponse(profile: written.value, consistencyToken: written.consistencyToken.text)
        }
    }

    package func listProfiles(
        _ request: ListProfilesRequest,
        context: ServerContext
    ) async throws -> ListProfilesResponse {
        try await ServiceError.reporting {
            let page = try await self.profiles.list(
                pageSize: Int(request.pageSize),
                pageToken: request.pageToken,
                showDeleted: request.showDeleted,
                filter: request.filter,
                consistencyToken: try Self.token(request.consistencyToken),
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

    private func finish(_ wait: WaitFor, _ ids: [String], _ context: ServerContext) async throws {
        self.wroteSections()
        guard wait == .embedded, !ids.isEmpty else { return }
        try await self.embeddings.waitUntilEmbedded(profileIDs: ids, deadline: context.deadline)
    }

    private static func key(_ key: ProfileKey?, path: String = "key") throws(ServiceError) -> ProfileKey {
        guard let key, let named = key.key else {
            throw .invalid(path, "is required: an id or a slug", rule: "required")
        }
        switch named {
        case .id(""), .slug(""): throw .invalid(path, "is empty: give an id or a slug", rule: "required")
        case .id, .slug: return key
        }
    }

    private static func text(_ key: ProfileKey) -> String {
        switch key.key {
        case .id(let text)?, .slug(let text)?: text
        case nil: ""
        }
    }

    private static func token(_ text: String) throws(RepositoryError) -> ConsistencyToken? {
        text.isEmpty ? nil : try ConsistencyToken(text: text)
    }
}
