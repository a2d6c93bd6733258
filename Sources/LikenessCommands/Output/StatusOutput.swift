internal import LikenessConsole
internal import LikenessMessages

/// How a service is, for people.
struct StatusOutput {
    let health: GetHealthResponse
    /// What the database cannot answer now is absent.
    let version: GetVersionResponse?
    let statistics: GetStatisticsResponse?
    let migrations: GetMigrationStatusResponse?

    func page(_ style: TerminalStyle) -> DisplayText {
        var text = style.bold("Health") + "  \(Self.word(self.health.status, style))\n"
        for item in self.health.components {
            // How many wait is said once, with the spaces: the health was asked for at another moment.
            let isSaid =
                item.name == "outbox" && item.status == .serving && self.statistics?.embeddingSpaces.isEmpty == false
            text += "  \(item.name): \(Self.word(item.status, style))"
            text += (isSaid ? "" : "  " + style.dim("\(item.message)")) + "\n"
        }
        if let version = self.version {
            let model = version.embeddingModel.isEmpty ? "none" : version.embeddingModel
            text += style.bold("Version") + "  likenessd \(version.version), PostgreSQL \(version.postgresVersion), "
            text += "pgvector \(version.pgvectorVersion), model \(model)\n"
        }
        if let statistics = self.statistics { text += Self.counts(statistics, style) }
        if let migrations = self.migrations {
            let applied = migrations.migrations.count { $0.state == .applied }
            text += style.bold("Migrations") + "  \(applied) of \(migrations.migrations.count) applied"
            text += migrations.current ? "\n" : style.yellow("; not current") + "\n"
        }
        return text
    }

    private static func counts(_ statistics: GetStatisticsResponse, _ style: TerminalStyle) -> DisplayText {
        func grouped(_ value: Int64) -> String { NumberText.grouped(value) }
        let profiles = statistics.profiles ?? ProfileCounts()
        var text = style.bold("Profiles") + "  \(grouped(profiles.live)) live, \(grouped(profiles.deleted)) deleted, "
        text += "\(grouped(profiles.experiences)) experiences, \(grouped(profiles.skills)) skills; "
        text += "\(NumberText.bytes(statistics.databaseBytes))\n"
        if let pool = statistics.pool {
            text += style.bold("Pool") + "  \(pool.busy) busy, \(pool.idle) idle of \(pool.maxConnections); "
            text += "\(pool.waiting) waiting; \(grouped(pool.acquiredTotal)) acquired, "
            text += "\(grouped(pool.timeoutsTotal)) timed out\n"
        }
        if !statistics.embeddingSpaces.isEmpty {
            var table = Table([
                .init(title: "SPACE"), .init(title: "DIMENSION", alignment: .right),
                .init(title: "SECTIONS", alignment: .right), .init(title: "CUT", alignment: .right),
                .init(title: "EMBEDDINGS", alignment: .right), .init(title: "WAITING", alignment: .right),
                .init(title: "INDEX"), .init(title: "SIZE", alignment: .right), .init(title: "STATE"),
                .init(title: "TEXTS"),
            ])
            for space in statistics.embeddingSpaces {
                table.add([
                    space.name + (space.active ? " (active)" : ""), String(space.dimension),
                    grouped(space.sections), grouped(space.cutSections), grouped(space.embeddings),
                    grouped(space.outboxPending),
                    space.index.map { "\(Self.word($0.method)) \($0.parameters)" } ?? "none",
                    NumberText.bytes(space.index?.bytes ?? 0),
                    space.index.map(Self.state) ?? "compared one by one",
                    space.served ? "embedded" : "no: \(space.model) is not run here",
                ])
            }
            text += table.rendered(style: style)
        }
        return text
    }

    private static func word(_ status: HealthStatus, _ style: TerminalStyle) -> DisplayText {
        switch status {
        case .serving: style.green("serving")
        case .degraded: style.yellow("degraded")
        case .notServing: style.red("not serving")
        case .unspecified, .unrecognized: style.red("unknown")
        }
    }

    /// Under the name of a successor an index is still being built, or what a killed daemon left of one.
    private static func state(_ index: VectorIndex) -> String {
        index.valid ? "valid" : index.name.hasSuffix("_ann_next") ? "unfinished" : "invalid"
    }

    private static func word(_ method: IndexMethod) -> String {
        switch method {
        case .hnsw: "hnsw"
        case .ivfflat: "ivfflat"
        case .unspecified, .unrecognized: "none"
        }
    }
}
