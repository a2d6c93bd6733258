internal import LikenessRepository
internal import LikenessScheduling
internal import Logging

/// Keeps what searches through masks look at up to date, as long as the service runs, so that searches have little to do first; and
/// clears away what no search uses.
struct ViewsFollower: Sendable {
    let views: ViewIndexes
    let logger: Logger

    private static let interval = Duration.seconds(1)
    private static let roundTime = Duration.seconds(600)
    /// Rounds from one clearing away to the next.
    private static let roundsPerTidying = 60

    /// Works until cancelled. A failure is logged when it is a new one; the next round tries again.
    func run() async {
        await Flow.$current.withValue(Flow(.background, "views")) { await self.work() }
    }

    private func work() async {
        var (round, failure) = (0, "")
        while !Task.isCancelled {
            do {
                for view in try await self.views.follow(deadline: .now + Self.roundTime) {
                    self.logger.info(
                        "what a mask shows is ready for searches",
                        metadata: [
                            "masks": "\(view.masks.joined(separator: ","))", "profiles": "\(view.profiles)",
                            "words": "\(view.postings)",
                        ]
                    )
                }
                if round % Self.roundsPerTidying == 0 {
                    try await self.views.tidy(deadline: .now + Self.roundTime)
                }
                failure = ""
            } catch {
                let text = ServiceError(describing: error).logText
                if !Task.isCancelled, text != failure {
                    self.logger.warning(
                        "what searches through masks look at is not up to date",
                        metadata: ["error": "\(text)"]
                    )
                }
                failure = text
            }
            round += 1
            do { try await Task.sleep(for: Self.interval) } catch { return }
        }
    }
}
