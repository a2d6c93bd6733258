internal import LikenessMessages

/// What `likeness admin status` writes.
struct StatusOutput: Encodable {
    struct Component: Encodable {
        let name: String
        let status: String
        let message: String
    }

    struct Version: Encodable {
        let likenessd: String
        let `protocol`: String
        let postgres: String
        let pgvector: String
        let embeddingModel: String
        let startTime: String?
    }

    struct Counts: Encodable {
        let liveProfiles: Int64
        let deletedProfiles: Int64
        let experiences: Int64
        let skills: Int64
        let outboxPending: Int64
        let databaseBytes: Int64
    }

    struct Pool: Encodable {
        let maxConnections: Int32
        let idle: Int32
        let busy: Int32
        let connecting: Int32
        let waiting: Int32
        let acquiredTotal: Int64
        let timeoutsTotal: Int64
        let connectFailuresTotal: Int64
    }

    struct Space: Encodable {
        let name: String
        let model: String
        let dimension: Int32
        let active: Bool
        let embeddings: Int64
        let index: String
        let indexMethod: String
        let indexValid: Bool
        let indexBytes: Int64
        let indexParameters: String
    }

    struct Migration: Encodable {
        let version: Int32
        let name: String
        let state: String
    }

    let health: String
    let components: [Component]
    let version: Version?
    let counts: Counts?
    let pool: Pool?
    let embeddingSpaces: [Space]
    let migrations: [Migration]
    let migrationsCurrent: Bool?

    init(
        health: GetHealthResponse,
        version: GetVersionResponse?,
        statistics: GetStatisticsResponse?,
        migrations: GetMigrationStatusResponse?
    ) {
        self.health = Self.word(health.status)
        self.components = health.components.map {
            Component(name: $0.name, status: Self.word($0.status), message: $0.message)
        }
        self.version = version.map {
            Version(
                likenessd: $0.version,
                protocol: $0.protocol,
                postgres: $0.postgresVersion,
                pgvector: $0.pgvectorVersion,
                embeddingModel: $0.embeddingModel,
                startTime: $0.startTime?.rfc3339
            )
        }
        self.counts = statistics.map {
            Counts(
                liveProfiles: $0.profiles?.live ?? 0,
                deletedProfiles: $0.profiles?.deleted ?? 0,
                experiences: $0.profiles?.experiences ?? 0,
                skills: $0.profiles?.skills ?? 0,
                outboxPending: $0.outboxPending,
                databaseBytes: $0.databaseBytes
            )
        }
        self.pool = (statistics?.pool).map {
            Pool(
                maxConnections: $0.maxConnections,
                idle: $0.idle,
                busy: $0.busy,
                connecting: $0.connecting,
                waiting: $0.waiting,
                acquiredTotal: $0.acquiredTotal,
                timeoutsTotal: $0.timeoutsTotal,
                connectFailuresTotal: $0.connectFailuresTotal
            )
        }
        self.embeddingSpaces = (statistics?.embeddingSpaces ?? []).map { space in
            let index = space.index ?? VectorIndex()
            return Space(
                name: space.name,
                model: space.model,
                dimension: space.dimension,
                active: space.active,
                embeddings: space.embeddings,
                index: index.name,
                indexMethod: index.method == .ivfflat ? "ivfflat" : index.method == .hnsw ? "hnsw" : "none",
                indexValid: index.valid,
                indexBytes: index.bytes,
                indexParameters: index.parameters
            )
        }
        self.migrations = (migrations?.migrations ?? []).map {
            Migration(version: $0.version, name: $0.name, state: Self.word($0.state))
        }
        self.migrationsCurrent = migrations?.current
    }

    private static func word(_ status: HealthStatus) -> String {
        switch status {
        case .serving: "serving"
        case .degraded: "degraded"
        case .notServing: "not serving"
        case .unspecified, .unrecognized: "unknown"
        }
    }

    private static func word(_ state: MigrationState) -> String {
        switch state {
        case .pending: "pending"
        case .applied: "applied"
        case .edited: "edited"
        case .unknown: "unknown here"
        case .unspecified, .unrecognized: "unknown"
        }
    }

    func page(_ style: TerminalStyle) -> String {
        func coloured(_ status: String) -> String {
            status == "serving" ? style.green(status) : status == "degraded" ? style.yellow(status) : style.red(status)
        }
        var text = style.bold("Health") + "  \(coloured(self.health))\n"
        for item in self.components { text += "  \(item.name): \(coloured(item.status))  \(style.dim(item.message))\n" }
        if let version = self.version {
            text += style.bold("Version") + "  likenessd \(version.likenessd), PostgreSQL \(version.postgres), "
            text +=
                "pgvector \(version.pgvector), model \(version.embeddingModel.isEmpty ? "none" : version.embeddingModel)\n"
        }
        if let counts = self.counts {
            text += style.bold("Profiles") + "  \(NumberText.grouped(counts.liveProfiles)) live, "
            text += "\(NumberText.grouped(counts.deletedProfiles)) deleted, "
            text +=
                "\(NumberText.grouped(counts.experiences)) experiences, \(NumberText.grouped(counts.skills)) skills, "
            text +=
                "\(NumberText.grouped(counts.outboxPending)) sections to embed; \(NumberText.bytes(counts.databaseBytes))\n"
        }
        if let pool = self.pool {
            text += style.bold("Pool") + "  \(pool.busy) busy, \(pool.idle) idle of \(pool.maxConnections); "
            text += "\(pool.waiting) waiting; \(NumberText.grouped(pool.acquiredTotal)) acquired, "
            text += "\(NumberText.grouped(pool.timeoutsTotal)) timed out\n"
        }
        if !self.embeddingSpaces.isEmpty {
            var table = Table([
                .init(title: "SPACE"), .init(title: "DIMENSION", alignment: .right),
                .init(title: "EMBEDDINGS", alignment: .right), .init(title: "INDEX"),
                .init(title: "SIZE", alignment: .right),
                .init(title: "STATE"),
            ])
            for space in self.embeddingSpaces {
                table.add([
                    space.name + (space.active ? " (active)" : ""), String(space.dimension),
                    NumberText.grouped(space.embeddings), "\(space.indexMethod) \(space.indexParameters)",
                    NumberText.bytes(space.indexBytes), space.indexValid ? "valid" : "invalid",
                ])
            }
            text += table.rendered(style: style)
        }
        if let current = self.migrationsCurrent {
            let applied = self.migrations.count { $0.state == "applied" }
            text += style.bold("Migrations") + "  \(applied) of \(self.migrations.count) applied"
            text += current ? "\n" : style.yellow("; not current") + "\n"
        }
        return text
    }
}

/// One long-running operation.
struct OperationOutput: Encodable {
    let id: String
    let kind: String
    let target: String
    let state: String
    let phase: String
    let percent: Double
    let createTime: String?
    let endTime: String?
    let error: String?

    init(_ operation: LikenessMessages.Operation) {
        self.id = operation.id
        self.kind = operation.kind
        self.target = operation.target
        self.state =
            switch operation.state {
            case .running: "running"
            case .succeeded: "succeeded"
            case .failed: "failed"
            case .cancelled: "cancelled"
            case .unspecified, .unrecognized: "unknown"
            }
        self.phase = operation.phase
        self.percent = operation.percent
        self.createTime = operation.createTime?.rfc3339
        self.endTime = operation.endTime?.rfc3339
        self.error = operation.error?.message
    }

    func line(_ style: TerminalStyle) -> String {
        let reason = self.error.map { ": \($0)" } ?? ""
        return "\(self.kind) of \(self.target) \(self.state)\(reason)" + style.dim("  \(self.id)") + "\n"
    }
}
