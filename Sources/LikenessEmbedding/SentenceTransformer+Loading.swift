internal import Foundation

extension SentenceTransformer {
    /// Half the cores, at least one.
    package static var defaultThreadCount: Int { max(1, ProcessInfo.processInfo.activeProcessorCount / 2) }

    /// The cores that are left beside so many threads.
    package static func spareThreadCount(beside threadCount: Int) -> Int {
        max(0, ProcessInfo.processInfo.activeProcessorCount - threadCount)
    }

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
        let model = try OpenVINOModel(
            library: library,
            path: home.model,
            threadCount: configuration.threadCount + configuration.spareThreadCount
        )
        func makeSessions(_ count: Int) throws(EmbeddingError) -> [any InferenceSession] {
            var sessions: [any InferenceSession] = []
            for _ in 0..<count { sessions.append(try OpenVINOSession(model: model, dimension: manifest.dimension)) }
            return sessions
        }
        let sessions = try makeSessions(configuration.threadCount)
        let tokenizer = WordPieceTokenizer(vocabulary: vocabulary, tokensMax: manifest.tokensMax)
        _ = try sessions[0].infer([tokenizer.tokens(of: "likeness")])
        return SentenceTransformer(
            manifest: manifest,
            runtime: "OpenVINO \(library.version)",
            tokenizer: tokenizer,
            sessions: sessions,
            spareSessions: try makeSessions(configuration.spareThreadCount),
            configuration: configuration
        )
    }
}
