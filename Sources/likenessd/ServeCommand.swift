internal import ArgumentParser
internal import Foundation
internal import LikenessServer

/// Where the settings of `serve` and `migrate` come from.
struct SettingsOptions: ParsableArguments {
    @Option(help: "JSON file with settings; see `likenessd settings`.", completion: .file(extensions: ["json"]))
    var config: String?

    @Option(name: .customLong("set"), help: "A setting as NAME=VALUE; may be repeated, wins over file and environment.")
    var settings: [String] = []

    func load(adding flags: [String: String] = [:], serves: Bool = true) async throws -> ServerConfiguration {
        try await self.source(adding: flags).load(serves: serves)
    }

    /// - Throws: `ValidationError` for a flag that has another form.
    func source(adding flags: [String: String] = [:]) throws -> SettingsSource {
        var flags = flags
        for setting in self.settings {
            guard let equals = setting.firstIndex(of: "=") else {
                throw ValidationError("--set \"\(setting)\" is not NAME=VALUE")
            }
            flags[String(setting[..<equals])] = String(setting[setting.index(after: equals)...])
        }
        return SettingsSource(file: self.config, flags: flags, environment: ProcessInfo.processInfo.environment)
    }
}

/// What settings are read from, and can be read from again.
struct SettingsSource: Sendable {
    let file: String?
    let flags: [String: String]
    let environment: [String: String]

    func load(serves: Bool = true) async throws -> ServerConfiguration {
        try await ServerConfiguration.load(
            file: self.file,
            environment: self.environment,
            flags: self.flags,
            serves: serves
        )
    }
}

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve from a database and certificates of your own.",
        discussion: """
            EXAMPLES
              likenessd serve --config /etc/likeness/likenessd.json
              LIKENESS_DATABASE_URL=postgresql://… likenessd serve --listen 0.0.0.0:7443
            """
    )

    @OptionGroup var settings: SettingsOptions

    @Option(help: "HOST:PORT to accept connections on.")
    var listen: String?

    func run() async throws {
        let flags = self.listen.map { ["listen": $0] } ?? [:]
        try await DaemonRun.toExit(logLevel: nil) {
            let source = try self.settings.source(adding: flags)
            let configuration = try await source.load()
            DaemonRun.useLog(level: configuration.logLevel, format: configuration.logFormat)
            try await ServiceInstance.run(configuration, rereading: { try await source.load() })
        }
    }
}
