internal import LikenessRepository
internal import LikenessScheduling
internal import Logging

/// Keeps the index of words up to date, as long as the service runs, so that searches have little to look at beside it.
struct WordsFollower: Sendable {
    let words: ProfileWords
    let logger: Logger

    private static let interval = Duration.seconds(1)

    /// Works until cancelled. A failure is logged when it is a new one; the next round tries again.
    func run() async {
        await Flow.$current.withValue(Flow(.background, "words")) { await self.work() }
    }

    private func work() async {
        var (isRead, failure) = (false, "")
        let started = ContinuousClock.now
        while !Task.isCancelled {
            do {
                let size = try await self.words.update(deadline: .now + .seconds(600))
                if !isRead {
                    self.logger.info(
                        "the index of words was read",
                        metadata: [
                            "profiles": "\(size.profiles)", "words": "\(size.postings)",
                            "seconds": "\((.now - started) / .seconds(1))",
                        ]
                    )
                }
                (isRead, failure) = (true, "")
            } catch {
                let text = ServiceError(describing: error).logText
                if !Task.isCancelled, text != failure {
                    self.logger.warning("the index of words is not up to date", metadata: ["error": "\(text)"])
                }
                failure = text
            }
            do { try await Task.sleep(for: Self.interval) } catch { return }
        }
    }
}
