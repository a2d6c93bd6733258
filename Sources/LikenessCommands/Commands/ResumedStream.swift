internal import LikenessClient
internal import LikenessConsole
internal import Synchronization

/// A stream that goes on after the service was away: from the token of the last answer that was shown.
final class ResumedStream: Sendable {
    private let first: String
    private let last: Mutex<String>

    /// - Parameter token: What it begins after; empty for none.
    init(after token: String) {
        self.first = token
        self.last = Mutex(token)
    }

    /// That of the last answer that was shown, also when the stream ends with an error.
    var token: String { self.last.withLock { $0 } }

    /// An answer was shown.
    func shown(_ token: String) { self.last.withLock { $0 = token } }

    /// More than a line or two of a token hide what was shown.
    private static let tokenBytesMax = 200

    /// What a later run goes on with; `nil` where nothing was shown.
    ///
    /// - Parameter file: That of `--state`, which holds the token.
    func wayOn(file: String? = nil) -> DisplayText? {
        let token = self.token
        guard token != self.first, !token.isEmpty else { return nil }
        if let file { return "it goes on with --state \(TerminalText.line(file))" }
        guard token.utf8.count > Self.tokenBytesMax else { return "it goes on with --from \(TerminalText.line(token))" }
        return "--state FILE would keep where it was; --output json shows the token of each answer, for --from"
    }

    private static let firstPause = Duration.milliseconds(250)
    private static let longestPause = Duration.seconds(10)

    /// Calls again as often as the service is away, unless the caller has given a time-out.
    ///
    /// - Parameter watch: One call, which goes on after `token` and calls `shown` with each answer. Returns whether all was shown
    ///   that is to be.
    func run(
        on connection: ServiceConnection,
        _ options: CallOptions,
        _ watch: (LikenessClient) async throws -> Bool
    ) async throws {
        var pause = Self.firstPause
        while true {
            do {
                let before = self.token
                if try await watch(connection.client) { return }
                if self.token != before { pause = Self.firstPause }
            } catch let error as LikenessError where Self.passes(error) && options.timeout == nil {
                Console.say("likeness: \(TerminalText.line(error.message)); going on in a moment")
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, Self.longestPause)
            await connection.renew()
        }
    }

    /// Whether the stream may go on later from where it was.
    private static func passes(_ error: LikenessError) -> Bool {
        error.code == .unavailable || error.code == .deadlineExceeded
    }
}
