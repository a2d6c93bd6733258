import Foundation
import Testing

@testable import LikenessEmbedding

@Suite struct `Where the model is found` {
    @Test(arguments: [
        (["LIKENESS_HOME": "/a", "XDG_DATA_HOME": "/b", "HOME": "/c"], "/a"),
        (["XDG_DATA_HOME": "/b", "HOME": "/c"], "/b/likeness"),
        (["LIKENESS_HOME": "", "XDG_DATA_HOME": "", "HOME": "/c"], "/c/.local/share/likeness"),
    ])
    func `the environment says where`(environment: [String: String], path: String) {
        #expect(EmbeddingHome(environment: environment).path == path)
    }

    @Test func `a missing file is named, and what installs it`() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("likeness-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let home = EmbeddingHome(path: folder.path)
        for file in [home.library, home.model, home.vocabulary, home.manifest] {
            let error = await #expect(throws: EmbeddingError.self) { try await SentenceTransformer.load(home: home) }
            #expect(error == .unavailable("\(file) is missing; scripts/setup installs it"))
            let parent = URL(fileURLWithPath: file).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
            try Data("{}".utf8).write(to: URL(fileURLWithPath: file))
        }
        let error = await #expect(throws: EmbeddingError.self) { try await SentenceTransformer.load(home: home) }
        #expect("\(try #require(error))".contains("manifest.json cannot be read; scripts/setup installs it"))

        let manifest = #"{"name": "m", "version": "1", "dimension": 4, "tokens_max": 8, "model_sha256": ""}"#
        try Data(manifest.utf8).write(to: URL(fileURLWithPath: home.manifest))
        try Data("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n".utf8).write(to: URL(fileURLWithPath: home.vocabulary))
        let broken = await #expect(throws: EmbeddingError.self) { try await SentenceTransformer.load(home: home) }
        #expect("\(try #require(broken))".hasPrefix("no embedder: OpenVINO cannot be loaded: \(home.library)"))
    }
}
