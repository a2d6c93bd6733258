internal import Foundation
internal import LikenessTLS
internal import Synchronization

/// The token in a file, read again when the file changes. Never part of an error.
final class TokenFileReader: Sendable {
    private struct State {
        var token: String
        var watch: FileWatch
        var nextLook: ContinuousClock.Instant
    }

    private let path: String
    private let state: Mutex<State>

    private static let interval = Duration.milliseconds(500)
    /// As servers have it.
    private static let bytesMax = 4_000

    /// - Throws: `LikenessError` with code `.invalidArgument`, naming the file.
    init(path: String) throws(LikenessError) {
        self.path = path
        let watch = FileWatch([path])
        self.state = Mutex(State(token: try Self.read(path), watch: watch, nextLook: .now + Self.interval))
    }

    /// The token; a file that has become unreadable leaves the one of before.
    var token: String {
        self.state.withLock { state in
            let now = ContinuousClock.now
            guard now >= state.nextLook else { return state.token }
            state.nextLook = now + Self.interval
            guard state.watch.look() else { return state.token }
            state.watch.take()
            if let token = try? Self.read(self.path) { state.token = token }
            return state.token
        }
    }

    private static func read(_ path: String) throws(LikenessError) -> String {
        let text: String
        do {
            text = try WholeFile.text(of: path)
        } catch {
            throw LikenessError(.invalidArgument, "\(path): \(error.reason)")
        }
        let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
        let isPrintable = token.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        guard isPrintable, (1...Self.bytesMax).contains(token.utf8.count) else {
            throw LikenessError(.invalidArgument, "\(path): is not one token")
        }
        return token
    }
}
