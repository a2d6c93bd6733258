/// A sentence transformer in this process, on threads of its own.
///
/// One vector a text: WordPiece tokens, the network, the mean over the tokens, length 1, as the Python package
/// `sentence-transformers` does it. Equal texts are computed once and remembered for a while.
package final class SentenceTransformer: Embedder {
    /// Longer texts are refused. The model reads 256 tokens, a few kilobytes at most.
    package static let textBytesMax = 1 << 20
    /// A call of more texts waits in parts, so that one caller cannot fill the queue alone.
    private static let textsPerPartMax = 64

    package struct Configuration: Sendable, Hashable {
        /// How many batches run at once, on a core each.
        package var threadCount: Int
        /// How many more do while no search waits, of what fills an index.
        package var spareThreadCount: Int
        /// Memory for the vectors of texts asked for before; 0 for none. 2 kB hold one.
        package var cacheBytesMax: Int
        /// How many texts of each kind may wait before calls are refused.
        package var interactiveTextsMax: Int
        package var backgroundTextsMax: Int

        /// - Parameters:
        ///   - threadCount: By default half the cores, the other half being the database's.
        ///   - spareThreadCount: By default the other cores.
        package init(
            threadCount: Int = SentenceTransformer.defaultThreadCount,
            spareThreadCount: Int? = nil,
            cacheBytesMax: Int = 16 << 20,
            interactiveTextsMax: Int = 256,
            backgroundTextsMax: Int = 512
        ) {
            precondition(threadCount > 0 && threadCount <= 1024, "1...1024 threads")
            precondition(interactiveTextsMax > 0 && backgroundTextsMax > 0, "a queue holds at least one text")
            (self.threadCount, self.cacheBytesMax) = (threadCount, cacheBytesMax)
            self.spareThreadCount = spareThreadCount ?? SentenceTransformer.spareThreadCount(beside: threadCount)
            (self.interactiveTextsMax, self.backgroundTextsMax) = (interactiveTextsMax, backgroundTextsMax)
        }

        var limits: BatchQueue.Limits {
            BatchQueue.Limits(interactiveMax: self.interactiveTextsMax, backgroundMax: self.backgroundTextsMax)
        }
    }

    package let manifest: EmbeddingHome.Manifest
    /// What runs the model, like `OpenVINO 2026.4.1-22982-…`.
    package let runtime: String
    private let tokenizer: WordPieceTokenizer
    private let threads: EmbeddingThreads
    private let limits: BatchQueue.Limits

    init(
        manifest: EmbeddingHome.Manifest,
        runtime: String,
        tokenizer: WordPieceTokenizer,
        sessions: [any InferenceSession],
        spareSessions: [any InferenceSession],
        configuration: Configuration
    ) {
        (self.manifest, self.runtime, self.tokenizer) = (manifest, runtime, tokenizer)
        self.limits = configuration.limits
        self.threads = EmbeddingThreads(
            sessions: sessions,
            spareSessions: spareSessions,
            limits: configuration.limits,
            cacheBytesMax: configuration.cacheBytesMax
        )
    }

    package var dimension: Int { self.manifest.dimension }
    package var modelID: String { self.manifest.modelID }
    package var statistics: EmbeddingStatistics { self.threads.statistics }

    package func embed(
        _ texts: [String],
        priority: EmbeddingPriority,
        deadline: ContinuousClock.Instant?
    ) async throws(EmbeddingError) -> [[Float]] {
        for text in texts where text.utf8.count > Self.textBytesMax {
            throw .badInput("it has \(text.utf8.count) bytes, at most \(Self.textBytesMax) are taken")
        }
        var vectors: [[Float]] = []
        vectors.reserveCapacity(texts.count)
        let textsPerPart = min(
            Self.textsPerPartMax,
            priority == .interactive ? self.limits.interactiveMax : self.limits.backgroundMax
        )
        for start in stride(from: 0, to: texts.count, by: textsPerPart) {
            let part = texts[start..<min(start + textsPerPart, texts.count)]
            let sequences = part.map { self.tokenizer.tokens(of: CompatibleLetters.plain($0)) }
            vectors += try await self.threads.embed(sequences, priority: priority, deadline: deadline)
        }
        return vectors
    }

    package func parts(of text: String, countMax: Int) -> TextParts {
        self.tokenizer.parts(of: CompatibleLetters.plain(text), countMax: countMax)
    }

    package func shutdown() async { await self.threads.shutdown() }
}
