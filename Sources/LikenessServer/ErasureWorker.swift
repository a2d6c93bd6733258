internal import LikenessRepository
internal import LikenessScheduling
internal import Logging

/// Completes erasures, and erases what was deleted long enough ago, as long as the service runs. Any number of servers may do so; one
/// of them erases at a time.
struct ErasureWorker: Sendable {
    let erasures: ErasureRepository
    let search: SearchRepository
    /// How long deleted profiles are kept; `nil` for ever.
    let deletedTime: Duration?
    /// Has those who follow changes look.
    let erased: @Sendable () -> Void
    let logger: Logger

    private static let interval = Duration.seconds(60)
    private static let batchTime = Duration.seconds(60)

    /// Works until cancelled. A failure is logged when it is a new one; the next round tries again.
    func run() async {
        await Flow.$current.withValue(Flow(.background, "erasures")) { await self.work() }
    }

    private func work() async {
        var failure = ""
        while !Task.isCancelled {
            do {
                // Of other servers too. A round that fails is made up for by the next ones.
                self.search.forget(
                    try await self.erasures.recent(within: self.forgetTime, deadline: .now + Self.batchTime)
                )
                if let deletedTime { try await self.erase(deletedFor: deletedTime) }
                try await self.erasures.clear(deadline: .now + Self.batchTime)
                failure = ""
            } catch {
                let text = ServiceError(describing: error).logText
                if !Task.isCancelled, text != failure {
                    self.logger.warning("erasures are not completed", metadata: ["error": "\(text)"])
                }
                failure = text
            }
            do { try await Task.sleep(for: Self.interval) } catch { return }
        }
    }

    /// Long enough for rounds that fail.
    private var forgetTime: Duration { ErasureRepository.notesTime }

    private func erase(deletedFor time: Duration) async throws {
        var total = 0
        while true {
            let start = ContinuousClock.now
            let count = try await self.erasures.erase(deletedFor: time, deadline: start + Self.batchTime)
            guard count > 0 else { break }
            total += count
            self.erased()
            // Half of the time is for others.
            try await Task.sleep(for: .now - start)
        }
        guard total > 0 else { return }
        self.logger.notice("deleted profiles were erased", metadata: ["profiles": "\(total)"])
    }
}
