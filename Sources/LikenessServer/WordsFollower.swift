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

    /// Words that were read as an earlier version reads them, for half of the time at most.
    private func readAgain(_ count: inout Int) async throws {
        let end = ContinuousClock.now + Self.interval
        repeat {
            let done = try await self.words.readAgain(deadline: .now + .seconds(60))
            if done == 0 {
                if count > 0 {
                    self.logger.info("the words of older profiles were read again", metadata: ["profiles": "\(count)"])
                }
                count = 0
                return
            }
            count += done
        } while .now < end && !Task.isCancelled
    }

    private func work() async {
        var (isRead, failure) = (false, "")
        var (readAgain, readAgainFailure) = (0, "")
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
            do { try await self.readAgain(&readAgain) } catch {
                let text = ServiceError(describing: error).logText
                if !Task.isCancelled, text != readAgainFailure {
                    self.logger.warning("words of older profiles are not read again", metadata: ["error": "\(text)"])
                }
                readAgainFailure = text
            }
            do { try await Task.sleep(for: Self.interval) } catch { return }
        }
    }
}
