internal import LikenessEmbedding
internal import LikenessMessages
package import LikenessPostgres
internal import LikenessRepository
internal import Logging

/// Puts generated people straight into a database, by COPY, with or without embeddings.
package struct DatabaseLoad: Sendable {
    /// Where embeddings come from.
    package enum Embeddings: String, Sendable, CaseIterable {
        /// The sentence transformer in this process: real ones, about 150 sections a second and core.
        case model
        /// `SyntheticVectors`.
        case clustered
        /// The service's workers: sections go to the outbox.
        case outbox
    }

    package struct Summary: Sendable {
        package internal(set) var profiles = 0
        package internal(set) var sections = 0
        package internal(set) var loading: Duration = .zero
        package internal(set) var indexing: Duration = .zero
    }

    /// More people than this get synthetic embeddings unless real ones are asked for.
    package static let modelProfilesMax = 20_000
    private static let chunk = 250

    private let profiles: Int
    private let seed: UInt64
    private let embeddings: Embeddings

    /// - Parameter embeddings: `nil`: of the model up to `modelProfilesMax` profiles, clustered beyond.
    package init(profiles: Int, seed: UInt64, embeddings: Embeddings? = nil) {
        self.profiles = profiles
        self.seed = seed
        self.embeddings = embeddings ?? (profiles <= Self.modelProfilesMax ? .model : .clustered)
    }

    /// - Parameters:
    ///   - database: libpq connection string or URI.
    ///   - warn: Gets a line when the database holds embeddings of another kind, before any are stored.
    ///   - progress: Told how many profiles are stored.
    package func run(
        database: String,
        warn: @Sendable (String) -> Void,
        progress: @Sendable (Int) -> Void
    ) async throws -> Summary {
        let target = try ConnectionConfiguration(connectionString: database)
        return try await self.run(connection: target, warn: warn, progress: progress)
    }

    package func run(
        connection target: ConnectionConfiguration,
        warn: @Sendable (String) -> Void = { _ in },
        progress: @Sendable (Int) -> Void
    ) async throws -> Summary {
        var configuration = target
        // Patient: whoever loads a database waits for it, and may interrupt.
        configuration.sessionSettings["statement_timeout"] = "0"
        configuration.sessionSettings["idle_in_transaction_session_timeout"] = "5min"
        // What is stored at once waits for the rest: two people of the same position have one text for completions.
        configuration.sessionSettings["lock_timeout"] = "5min"
        // Of each row a trigger looks for equal vectors: beside a million of them that would be compiled every time, which takes 8 ms.
        configuration.sessionSettings["jit"] = "off"
        let holder: Connection
        do {
            holder = try await Connection.open(configuration)
        } catch {
            throw LoadError("the database cannot be reached: \(Self.firstLine(error.detail) ?? "\(error)")")
        }
        defer { holder.close() }
        var patience = PoolConfiguration()
        patience.acquireTimeout = .seconds(60)
        let pool = ConnectionPool(configuration, patience, logger: Logger(label: "likeness.load"))
        let result: Result<Summary, any Error>
        do {
            let model = self.embeddings == .model ? try await SentenceTransformer.load() : nil
            result = .success(try await self.run(Database(pool: pool), holder, model, warn, progress))
            await model?.shutdown()
        } catch let error as RepositoryError {
            result = .failure(LoadError(Self.text(error)))
        } catch {
            result = .failure(error)
        }
        await pool.shutDown()
        return try result.get()
    }

    private static func firstLine(_ text: String) -> String? {
        text.split(whereSeparator: \.isNewline).first.map(String.init)
    }

    private static func text(_ error: RepositoryError) -> String {
        switch error {
        case .unavailable, .exhausted, .deadlineExceeded: "the database cannot be reached, or does not keep up"
        case .alreadyExists: "the database holds people of this seed already; choose another --seed"
        case .failedPrecondition(_, let space, let reason): "\(space): \(reason); wait for its end"
        case .cancelled: "interrupted; profiles that were stored are kept"
        case .conflict, .collision:
            "another session kept what it needs for too long; profiles that were stored are kept"
        case .internal(let detail): "the database refused: \(detail)"
        default: "the database refused: \(error)"
        }
    }

    private func run(
        _ database: Database,
        _ holder: Connection,
        _ model: SentenceTransformer?,
        _ warn: @Sendable (String) -> Void,
        _ progress: @Sendable (Int) -> Void
    ) async throws -> Summary {
        let clock = ContinuousClock()
        let start = clock.now
        let space = try await EmbeddingRepository(database: database).space(named: "")
        if let model, EmbedderRegistry([model]).embedder(ofModel: space.model, dimension: space.dimension) == nil {
            throw LoadError(
                "the active embedding space holds vectors of \(space.model), the model here is \(model.modelID)"
            )
        }
        let loader = BulkLoader(database: database)
        if let warning = SyntheticMark.warning(
            loading: self.embeddings,
            into: try await loader.count(attributes: SyntheticMark.attributes)
        ) {
            warn(warning)
        }
        if self.embeddings == .clustered {
            do {
                try await loader.markSynthetic(space)
            } catch {
                guard case .unavailable(.rights, _) = error else { throw error }
                warn("the database will not know that it holds synthetic embeddings: their table is another role's")
            }
        }
        // A handful more is added to the index as it is.
        let rebuilds = self.embeddings != .outbox && self.profiles >= 500
        if rebuilds { try await loader.dropIndex(of: space, holding: holder) }
        var summary = Summary()
        let stored: Result<Void, any Error>
        do {
            stored = .success(try await self.store(through: loader, into: space, model, &summary, progress))
        } catch {
            stored = .failure(error)
        }
        summary.loading = clock.now - start
        do {
            // Searches need the index even when the load was given up: hence a task that is not cancelled.
            if rebuilds { try await Task { try await loader.buildIndex(of: space) }.value }
            summary.indexing = clock.now - start - summary.loading
            try await CompletionRepository(database: database).count()
        } catch {
            // What went wrong first is the cause.
            try stored.get()
            throw error
        }
        try stored.get()
        return summary
    }

    private func store(
        through loader: BulkLoader,
        into space: EmbeddingSpaceInfo,
        _ model: SentenceTransformer?,
        _ summary: inout Summary,
        _ progress: @Sendable (Int) -> Void
    ) async throws {
        let vectors = SyntheticVectors(seed: self.seed)
        try await withThrowingTaskGroup(of: (profiles: Int, sections: Int).self) { group in
            var next = 0
            func addTask() {
                guard next < self.profiles else { return }
                let range = next..<min(next + Self.chunk, self.profiles)
                next = range.upperBound
                group.addTask {
                    let made = try await self.make(range, vectors, model)
                    return (range.count, try await loader.load(made, into: space))
                }
            }
            // One is made while the database stores the other.
            for _ in 0..<3 { addTask() }
            while let (profiles, sections) = try await group.next() {
                summary.profiles += profiles
                summary.sections += sections
                progress(summary.profiles)
                addTask()
            }
        }
    }

    private func make(
        _ range: Range<Int>,
        _ vectors: SyntheticVectors,
        _ model: SentenceTransformer?
    ) async throws -> [BulkProfile] {
        let generator = ProfileGenerator(seed: self.seed)
        let made = range.map { generator.profile($0) }
        switch self.embeddings {
        case .outbox: return made.map { BulkProfile(profile: $0.profile) }
        case .clustered:
            return zip(range, made).map { index, made in
                let sections = SectionText.sections(of: made.profile)
                precondition(sections.count == made.fields.count, "each section has its field")
                var profile = made.profile
                profile.attributesJson = SyntheticMark.attributes
                return BulkProfile(
                    profile: profile,
                    vectors: made.fields.enumerated().map { place, field in
                        SectionVectors([vectors.vector(field: field, index: UInt64(index) * 64 + UInt64(place))])
                    }
                )
            }
        case .model:
            guard let model else { preconditionFailure("the model is loaded where it is asked for") }
            var profiles: [BulkProfile] = []
            for one in made {
                let texts = SectionText.sections(of: one.profile).map { section in
                    model.parts(of: section.text, countMax: SectionVectors.partsMax)
                }
                let vectors = try await model.embed(texts, priority: .background, deadline: nil)
                profiles.append(
                    BulkProfile(
                        profile: one.profile,
                        vectors: zip(texts, vectors).map { SectionVectors($1, isCut: $0.isCut) }
                    )
                )
            }
            return profiles
        }
    }
}
