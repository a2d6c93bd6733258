import Foundation
import Testing

@testable import LikenessEmbedding

/// What scripts/setup installed, as far as a test needs it.
enum InstalledModel {
    static let home = EmbeddingHome()

    /// Whether tests of the real model run. Missing files fail where `LIKENESS_REQUIRE_PG` is 1, and skip elsewhere.
    static let isWanted = isRequired || (try? home.checkFiles()) != nil
    static let isPythonWanted = isWanted && (isRequired || FileManager.default.isExecutableFile(atPath: python))
    static let reason: Comment = "no model or oracle in \(home.path): run scripts/setup"

    static let python = home.path + "/python/bin/python"
    private static let isRequired = ProcessInfo.processInfo.environment["LIKENESS_REQUIRE_PG"] == "1"

    static func tokenizer() throws -> WordPieceTokenizer {
        try WordPieceTokenizer(
            vocabulary: WordPieceVocabulary(parsing: home.readVocabulary()),
            tokensMax: home.readManifest().tokensMax
        )
    }
}

/// The committed answers of the reference implementations.
enum Golden {
    struct Tokens: Decodable { let text: String, ids: [Int32] }
    struct Vector: Decodable { let text: String, vector: [Float] }

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Golden")

    static func tokens() throws -> [Tokens] { try lines(Data(contentsOf: file("tokens.jsonl"))) }
    static func vectors() throws -> [Vector] { try lines(Data(contentsOf: file("vectors.jsonl"))) }

    /// Runs a committed generator with the oracle's Python and reads its standard output.
    static func generate(_ script: String, _ arguments: String...) throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: InstalledModel.python)
        process.arguments = [file(script).path] + arguments
        process.environment = ProcessInfo.processInfo.environment
            .merging(["LIKENESS_HOME": InstalledModel.home.path]) { $1 }
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(script) failed")
        return data
    }

    static func lines<Line: Decodable>(_ data: Data) throws -> [Line] {
        let decoder = JSONDecoder()
        return try data.split(separator: UInt8(ascii: "\n")).map { try decoder.decode(Line.self, from: $0) }
    }

    private static func file(_ name: String) -> URL { folder.appendingPathComponent(name) }
}
