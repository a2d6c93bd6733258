internal import ArgumentParser
internal import LikenessConsole
internal import LikenessLoad

/// For `scripts/generate-embedding-bank`.
struct EmbeddingBankCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "embedding-bank",
        abstract: "Print the source file with what synthetic embeddings are mixed from.",
        shouldDisplay: false
    )

    func run() async throws {
        try Console.output.write(DisplayText(lines: EmbeddingBank.source(of: try await EmbeddingBank.embedded())))
    }
}
