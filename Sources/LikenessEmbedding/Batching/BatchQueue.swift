/// The token sequences that wait for a thread, and which of them run together.
///
/// A batch has sequences of similar length only: each is padded to the same, and padding costs as much as text.
/// Searches go first; after `interactiveInARowMax` batches of them, one of the background's gets its turn.
struct BatchQueue {
    struct Limits: Hashable, Sendable {
        /// The most sequences that wait, by priority.
        var interactiveMax = 256
        var backgroundMax = 512
        /// The most sequences of one batch.
        var sequencesPerBatchMax = 16
        /// The most tokens of one batch, padding included, unless one sequence alone has more. A batch cannot be
        /// interrupted, so this is how long a search may have to wait: about 0.1 ms a token.
        var tokensPerBatchMax = 256
        var interactiveInARowMax = 8
    }

    /// Batches are padded to multiples of this. The runtime prepares anew for each shape it meets, which takes 4 ms and
    /// some memory: with steps there are some seventy shapes of batches, without them over a thousand.
    static let lengthStep = 8

    struct Entry: Hashable {
        let id: UInt64
        let tokenCount: Int
    }

    private let limits: Limits
    private var interactive: [Entry] = []
    private var background: [Entry] = []
    private var interactiveInARow = 0

    init(limits: Limits) { self.limits = limits }

    var isEmpty: Bool { self.interactive.isEmpty && self.background.isEmpty }
    var count: Int { self.interactive.count + self.background.count }

    /// How many more sequences of a priority may wait.
    func room(_ priority: EmbeddingPriority) -> Int {
        switch priority {
        case .interactive: max(0, self.limits.interactiveMax - self.interactive.count)
        case .background: max(0, self.limits.backgroundMax - self.background.count)
        }
    }

    mutating func append(_ entry: Entry, _ priority: EmbeddingPriority) {
        switch priority {
        case .interactive: self.interactive.append(entry)
        case .background: self.background.append(entry)
        }
    }

    /// Moves a waiting background entry to the end of the interactive ones; any other stays where it is.
    mutating func promote(_ id: UInt64) {
        guard let index = self.background.firstIndex(where: { $0.id == id }) else { return }
        self.interactive.append(self.background.remove(at: index))
    }

    mutating func remove(_ id: UInt64) {
        self.interactive.removeAll { $0.id == id }
        self.background.removeAll { $0.id == id }
    }

    /// Takes the next batch off the queue: the entry that has waited longest, and those that fit beside it.
    ///
    /// - Returns: The entries in the order they came; none when nothing waits.
    mutating func nextBatch() -> [Entry] {
        let isBackgroundsTurn = self.interactiveInARow >= self.limits.interactiveInARowMax && !self.background.isEmpty
        if !self.interactive.isEmpty && !isBackgroundsTurn {
            self.interactiveInARow += 1
            return Self.takeBatch(from: &self.interactive, self.limits)
        }
        self.interactiveInARow = 0
        return Self.takeBatch(from: &self.background, self.limits)
    }

    private static func takeBatch(from queue: inout [Entry], _ limits: Limits) -> [Entry] {
        guard let head = queue.first else { return [] }
        let length = self.paddedLength(head)
        let countMax = max(1, min(limits.sequencesPerBatchMax, limits.tokensPerBatchMax / length))
        var batch: [Entry] = []
        queue.removeAll { entry in
            guard batch.count < countMax, self.paddedLength(entry) == length else { return false }
            batch.append(entry)
            return true
        }
        return batch
    }

    private static func paddedLength(_ entry: Entry) -> Int {
        (entry.tokenCount + self.lengthStep - 1) / self.lengthStep * self.lengthStep
    }
}
