internal import LikenessEmbedding
internal import LikenessRepository

/// How fast the model of this machine embeds the sections of made-up people when nothing else is done: what an import of the same
/// people cannot be faster than.
package struct EmbedderLimit: Sendable {
    package struct Outcome: Sendable {
        package let sections: Int
        package let time: Duration
    }

    /// Texts of one call, and calls at a time: as the service fills an index.
    private static let textsPerCall = 32
    private static let callsMax = 4

    private let profiles: Int
    private let seed: UInt64

    package init(profiles: Int, seed: UInt64) {
        self.profiles = profiles
        self.seed = seed
    }

    /// Embeds all sections with the threads that a service on this machine has by default. Loading the model is not counted.
    package func measure() async throws -> Outcome {
        let generator = ProfileGenerator(seed: self.seed)
        let texts = (0..<self.profiles).flatMap { SectionText.sections(of: generator.profile($0).profile).map(\.text) }
        let model: SentenceTransformer
        do { model = try await SentenceTransformer.load() } catch { throw LoadError("\(error)") }
        // The shapes that batches have are prepared the first time they are met.
        _ = try await model.embed(Array(texts.prefix(256)), priority: .background, deadline: nil)
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, first) in stride(from: 0, to: texts.count, by: Self.textsPerCall).enumerated() {
                if index >= Self.callsMax { try await group.next() }
                let some = Array(texts[first..<min(first + Self.textsPerCall, texts.count)])
                group.addTask { _ = try await model.embed(some, priority: .background, deadline: nil) }
            }
            try await group.waitForAll()
        }
        let time = ContinuousClock.now - start
        await model.shutdown()
        return Outcome(sections: texts.count, time: time)
    }
}
