internal import Dispatch
internal import Foundation
internal import Synchronization

/// The first SIGINT (Ctrl-C), SIGTERM or SIGHUP (a terminal that is closed) cancels what runs; the next ends the process, as does the first when what runs is
/// not over soon: it may be busy with an answer, or wait for a pipe that is full.
final class Interruption: Sendable {
    private struct State {
        var signal: Int32?
        var cancel: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    /// Time to say goodbye to the service.
    private static let grace = DispatchTimeInterval.milliseconds(1_500)
    // SAFETY: only kept; Dispatch's sources may be used from any thread.
    nonisolated(unsafe) private let sources: [any DispatchSourceSignal]

    init() {
        var hangUp = sigaction()
        // No handler is the default; `nohup` has it ignored, and means it.
        let endsByHangUp = sigaction(SIGHUP, nil, &hangUp) == 0 && hangUp.__sigaction_handler.sa_handler == nil
        let numbers = [SIGINT, SIGTERM] + (endsByHangUp ? [SIGHUP] : [])
        self.sources = numbers.map { number in
            Foundation.signal(number, SIG_IGN)
            return DispatchSource.makeSignalSource(signal: number, queue: .global())
        }
        for (source, number) in zip(self.sources, numbers) {
            source.setEventHandler { [weak self] in self?.came(number) }
            source.resume()
        }
    }

    /// The one that came, if any.
    var signal: Int32? { self.state.withLock(\.signal) }

    func cancels(_ cancel: @escaping @Sendable () -> Void) { self.state.withLock { $0.cancel = cancel } }

    private func came(_ number: Int32) {
        let cancel = self.state.withLock { state in
            guard state.signal == nil else { _exit(128 + number) }
            state.signal = number
            return state.cancel
        }
        guard let cancel else { _exit(128 + number) }
        cancel()
        DispatchQueue.global().asyncAfter(deadline: .now() + Self.grace) { _exit(128 + number) }
    }
}
