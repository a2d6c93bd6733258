internal import LikenessRepository
internal import LikenessScheduling
internal import Logging

/// Reads again, in small batches, the words of profiles that an earlier version has read: those of a database that was upgraded, and
/// those that daemons of the earlier version go on writing beside this one.
struct OlderWordsReader: Sendable {
    let words: ProfileWords
    let logger: Logger

    /// Between two looks when there was nothing to read, or the database refused.
    private static let interval = Duration.seconds(60)
    private static let batchTime = Duration.seconds(60)

    /// Works until cancelled.
    func run() async {
        await Flow.$current.withValue(Flow(.background, "words")) { await self.work() }
    }

    private func work() async {
        while !Task.isCancelled {
            do {
                let count = try await self.readAll()
                if count > 0 {
                    self.logger.info("the words of older profiles were read again", metadata: ["profiles": "\(count)"])
                }
            } catch {
                if Task.isCancelled { return }
                self.logger.warning(
                    "the words of older profiles are not read again",
                    metadata: ["error": "\(ServiceError(describing: error).logText)"]
                )
            }
            do { try await Task.sleep(for: Self.interval) } catch { return }
        }
    }

    /// - Returns: How many profiles there were.
    private func readAll() async throws -> Int {
        var total = 0
        while true {
            let start = ContinuousClock.now
            let count = try await self.words.readAgain(deadline: start + Self.batchTime)
            guard count > 0 else { return total }
            total += count
            // Half of the time is for others.
            try await Task.sleep(for: .now - start)
        }
    }
}
