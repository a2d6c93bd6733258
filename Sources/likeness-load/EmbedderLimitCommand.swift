internal import ArgumentParser
internal import LikenessConsole
internal import LikenessLoad

/// For `scripts/bench ingest`.
struct EmbedderLimitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "embedder-limit",
        abstract: "Embed the sections of made-up people and nothing else; print how many and in how many seconds.",
        shouldDisplay: false
    )

    @Option(help: "How many people, 1 to 100000.")
    var profiles = 1_000

    @Option(help: "The same seed makes the same people.")
    var seed: UInt64 = 1

    func validate() throws {
        guard (1...100_000).contains(self.profiles) else { throw ValidationError("--profiles is 1 to 100000") }
    }

    func run() async throws {
        let outcome = try await EmbedderLimit(profiles: self.profiles, seed: self.seed).measure()
        let seconds = outcome.time / .seconds(1)
        try Console.output.writeLine("\(outcome.sections) sections in \(Figures.digits(seconds)) s")
    }
}
