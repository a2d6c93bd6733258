internal import Foundation

extension SentenceTransformer {
    /// Half the cores, at least one.
    package static var defaultThreadCount: Int { max(1, ProcessInfo.processInfo.activeProcessorCount / 2) }

    /// Loads the runtime and the model, and checks that they work by embedding one word: about half a second.
    ///
    /// - Throws: `.unavailable` naming the file that is missing, `.failed` when the model does not run.
    package static func load(
        home: EmbeddingHome = EmbeddingHome(),
        configuration: Configuration = Configuration()
    ) async throws(EmbeddingError) -> SentenceTransformer {
        let loaded = await withCheckedContinuation { continuation in
            // A thread of its own: compiling blocks, and uses a whole core.
            let thread = Thread {
                continuation.resume(
                    returning: Result { () throws(EmbeddingError) in try self.loadBlocking(home, configuration) }
                )
            }
            thread.name = "embedding-load"
            thread.start()
        }
        return try loaded.get()
    }

    private static func loadBlocking(
        _ home: EmbeddingHome,
        _ configuration: Configuration
    ) throws(EmbeddingError) -> SentenceTransformer {
        try home.checkFiles()
        let manifest = try home.readManifest()
        let vocabulary = try WordPieceVocabulary(parsing: home.readVocabulary())
        let library = try OpenVINOLibrary(path: home.library)
        let model = try OpenVINOModel(library: library, path: home.model, threadCount: configuration.threadCount)

        var sessions: [any InferenceSession] = []
        for _ in 0..<configuration.threadCount {
            sessions.append(try OpenVINOSession(model: model, dimension: manifest.dimension))
        }
        let tokenizer = WordPieceTokenizer(vocabulary: vocabulary, tokensMax: manifest.tokensMax)
        _ = try sessions[0].infer([tokenizer.tokens(of: "likeness")])
        return SentenceTransformer(
            manifest: manifest,
            runtime: "OpenVINO \(library.version)",
            tokenizer: tokenizer,
            sessions: sessions,
            configuration: configuration
        )
    }
}
