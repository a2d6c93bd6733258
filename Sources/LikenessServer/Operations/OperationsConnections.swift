internal import NIOCore
internal import Synchronization

/// The open connections of the operations port, of which there are so many at most.
///
/// A further one is let in and the one that was answered longest ago ends for it, so that clients which hold connections without asking
/// anything cannot keep probes out: an orchestrator would restart a service that is well.
package final class OperationsConnections: Sendable {
    private let countMax: Int
    /// Those that were answered longest ago first; one that was never answered counts from its arrival.
    private let channels = Mutex<[any Channel]>([])

    package init(countMax: Int) { self.countMax = countMax }

    /// Closes another one when there are too many.
    func opened(_ channel: any Channel) {
        let oldest: (any Channel)? = self.channels.withLock { channels in
            channels.append(channel)
            return channels.count > self.countMax ? channels.removeFirst() : nil
        }
        oldest?.close(promise: nil)
        channel.closeFuture.whenComplete { _ in self.closed(channel) }
    }

    func answered(_ channel: any Channel) {
        self.channels.withLock { channels in
            guard let index = channels.firstIndex(where: { $0 === channel }) else { return }
            channels.append(channels.remove(at: index))
        }
    }

    private func closed(_ channel: any Channel) {
        self.channels.withLock { $0.removeAll { $0 === channel } }
    }
}
