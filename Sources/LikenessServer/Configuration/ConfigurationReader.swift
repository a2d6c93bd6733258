/// Turns given settings into a `ServerConfiguration` and collects every problem on the way.
struct ConfigurationReader {
    private let values: ConfigurationValues
    private(set) var problems: [String] = []

    init(_ values: ConfigurationValues) { (self.values, self.problems) = (values, values.problems) }

    /// - Parameter serves: Whether connections will be accepted, which takes certificates.
    /// - Returns: `nil` when a required setting is missing; then `problems` says which.
    mutating func read(serves: Bool) async -> ServerConfiguration? {
        let certificate = serves ? await self.requiredText("tls.certificate_file") : nil
        let key = serves ? await self.requiredText("tls.key_file") : nil
        let clientCA = serves ? await self.requiredText("tls.client_ca_file") : nil
        let url = await self.requiredText("database.url")
        var configuration = ServerConfiguration(
            tls: .init(certificateFile: certificate ?? "", keyFile: key ?? "", clientCAFile: clientCA ?? ""),
            database: .init(url: url ?? "")
        )
        let listen = await self.text("listen")
        if let parts = ServerConfiguration.splitListen(listen) {
            (configuration.listenHost, configuration.listenPort) = parts
        } else {
            self.problems.append("listen: \"\(listen)\" is not HOST:PORT")
        }
        if let listen = await self.optionalText("operations.listen"), !listen.isEmpty {
            let address = Int(listen) == nil ? listen : "127.0.0.1:\(listen)"
            configuration.operations = ServerConfiguration.splitListen(address)
            if configuration.operations == nil {
                self.problems.append("operations.listen: \"\(listen)\" is not HOST:PORT")
            }
        }
        configuration.tls.allowsTLS12 = await self.choice("tls.minimum_version", of: ["1.2", "1.3"]) == "1.2"
        configuration.tls.clientCRLFile = await self.optionalText("tls.client_crl_file")
        let wanted = await self.choice("tls.client_certificate", of: ["required", "optional"])
        configuration.tls.clientCertificateIsOptional = wanted == "optional"
        configuration.tls.keyLogFile = await self.optionalText("tls.key_log_file")
        configuration.roles = .init(
            admin: await self.list("roles.admin"),
            writer: await self.list("roles.writer"),
            reader: await self.list("roles.reader"),
            monitor: await self.list("roles.monitor"),
            masks: await self.list("roles.masks")
        )
        self.problems += CertificateName.problems(configuration.roles)
        self.problems += BoundMasks.problems(configuration.roles)
        configuration.tokenFile = await self.optionalText("auth.token_file")
        configuration.database.connectionsMax = await self.integer("database.max_connections", in: 1...1_000)
        let perCaller = await self.integer("database.connections_per_caller", in: 0...1_000)
        configuration.database.connectionsPerCaller = perCaller == 0 ? nil : perCaller
        configuration.database.idleTimeout = await self.duration("database.idle_timeout")
        configuration.database.connectTimeout = await self.duration("database.connect_timeout")
        configuration.database.acquireTimeout = await self.duration("database.acquire_timeout")
        configuration.database.statementTimeout = await self.duration("database.statement_timeout")
        configuration.database.lockTimeout = await self.duration("database.lock_timeout")
        configuration.database.idleInTransactionTimeout = await self.duration("database.idle_in_transaction_timeout")
        configuration.database.startTimeout = await self.duration("database.start_timeout")
        configuration.database.migrates = await self.boolean("database.migrate")
        let provider = await self.choice("embedding.provider", of: ["in_process", "none"])
        configuration.embedding.provider = provider == "none" ? .none : .inProcess
        configuration.embedding.home = await self.optionalText("embedding.home")
        configuration.embedding.threads = await self.integer("embedding.threads", in: 1...64)
        configuration.embedding.spareThreads = await self.optionalInteger("embedding.spare_threads", in: 0...64)
        let method = await self.choice("search.index_method", of: ["keep", "hnsw", "ivfflat"])
        configuration.indexMethod = .init(rawValue: method) ?? .keep
        configuration.savedSearchEventTime = await self.duration("search.saved_event_time")
        configuration.changesTime = await self.duration("retention.changes")
        let deleted = await self.duration("retention.deleted")
        configuration.deletedProfileTime = deleted > .zero ? deleted : nil
        let history = await self.duration("retention.history")
        configuration.historyTime = history > .zero ? history : nil
        configuration.backupTime = await self.duration("retention.backups")
        configuration.indexBuildMemoryMiB = await self.optionalInteger(
            "search.index_build_memory_mib",
            in: 64...1_048_576
        )
        configuration.rpc.frameBytesMax = await self.integer("rpc.frame_bytes_max", in: 16_384...(64 << 20))
        configuration.rpc.answerBytesMax = await self.integer("rpc.answer_bytes_max", in: 0...(64 << 30))
        configuration.rpc.streamsMax = await self.integer("rpc.streams_max", in: 1...10_000)
        configuration.rpc.connectionsMax = await self.integer("rpc.connections_max", in: 1...100_000)
        configuration.rpc.connectionsPerIdentityMax = await self.integer(
            "rpc.connections_per_identity_max",
            in: 1...100_000
        )
        configuration.rpc.connectionsWithoutCredentialMax = await self.optionalInteger(
            "rpc.connections_without_credential_max",
            in: 1...100_000
        )
        configuration.rpc.unwrittenBytesMax = await self.optionalInteger(
            "rpc.unwritten_bytes_max",
            in: 65_536...1_073_741_824
        )
        configuration.rpc.handshakesMax = await self.integer("rpc.handshakes_max", in: 1...100_000)
        configuration.rpc.handshakeTimeout = await self.duration("rpc.handshake_timeout")
        configuration.rpc.keepaliveInterval = await self.duration("rpc.keepalive_interval")
        configuration.rpc.keepaliveTimeout = await self.duration("rpc.keepalive_timeout")
        configuration.rpc.idleTimeout = await self.duration("rpc.idle_timeout")
        configuration.rpc.connectionAge = await self.duration("rpc.connection_age")
        configuration.rpc.connectionAgeGrace = await self.duration("rpc.connection_age_grace")
        configuration.rpc.queueDelayTarget = await self.duration("rpc.queue_delay_target")
        configuration.rpc.readerDeadlineMax = await self.duration("rpc.reader_deadline_max")
        configuration.rpc.writerDeadlineMax = await self.duration("rpc.writer_deadline_max")
        configuration.rpc.adminDeadlineMax = await self.duration("rpc.admin_deadline_max")
        configuration.rpc.drainTimeout = await self.duration("rpc.drain_timeout")
        configuration.rpc.threads = await self.integer("rpc.threads", in: 1...64)
        configuration.logLevel = await self.choice(
            "log.level",
            of: ["trace", "debug", "info", "notice", "warning", "error", "critical"]
        )
        let format = await self.choice("log.format", of: LogFormat.allCases.map(\.rawValue))
        configuration.logFormat = LogFormat(rawValue: format) ?? .text
        return self.problems.isEmpty ? configuration : nil
    }

    private mutating func optionalText(_ name: String) async -> String? {
        let isSecret = ConfigurationKey.named(name)?.isSecret ?? false
        return await self.value(name) { try await $0.text(name, isSecret: isSecret) }
    }

    private mutating func requiredText(_ name: String) async -> String? {
        let value = await self.optionalText(name)
        if (value ?? "").isEmpty {
            let variable = ConfigurationKey.named(name)?.environmentName ?? ""
            self.problems.append("\(name): missing; set it in the file or as \(variable)")
        }
        return value
    }

    private mutating func text(_ name: String) async -> String {
        await self.optionalText(name) ?? Self.defaultText(name)
    }

    private mutating func list(_ name: String) async -> [String] {
        await self.value(name) { try await $0.list(name) } ?? []
    }

    private mutating func choice(_ name: String, of choices: [String]) async -> String {
        let value = await self.text(name)
        if !choices.contains(value) {
            self.problems.append("\(name): \"\(value)\" is none of \(choices.joined(separator: ", "))")
        }
        return value
    }

    private mutating func integer(_ name: String, in range: ClosedRange<Int>) async -> Int {
        let value = await self.value(name) { try await $0.integer(name) } ?? Int(Self.defaultText(name)) ?? 0
        if !range.contains(value) {
            self.problems.append("\(name): \(value) is not within \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    private mutating func optionalInteger(_ name: String, in range: ClosedRange<Int>) async -> Int? {
        guard let value = await self.value(name, { try await $0.integer(name) }) else { return nil }
        if !range.contains(value) {
            self.problems.append("\(name): \(value) is not within \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    private mutating func boolean(_ name: String) async -> Bool {
        await self.value(name) { try await $0.boolean(name) } ?? (Self.defaultText(name) == "true")
    }

    private mutating func duration(_ name: String) async -> Duration {
        let text = await self.text(name)
        guard let duration = DurationText.parse(text) else {
            self.problems.append("\(name): \"\(text)\" is not \(ConfigurationValues.description(of: .duration))")
            return .zero
        }
        return duration
    }

    private mutating func value<Value>(
        _ name: String,
        _ fetch: (ConfigurationValues) async throws -> Value?
    ) async -> Value? {
        do {
            return try await fetch(self.values)
        } catch {
            let form = ConfigurationKey.named(name)?.form ?? .text
            self.problems.append("\(name): not \(ConfigurationValues.description(of: form))")
            return nil
        }
    }

    private static func defaultText(_ name: String) -> String {
        ConfigurationKey.named(name)?.defaultValue ?? ""
    }
}
