internal import NIOCore
internal import Synchronization

/// The open connections of a server.
final class ServerConnections: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isDraining = false
        var emptyWaiters: [CheckedContinuation<Void, Never>] = []
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    var count: Int { self.state.withLock { $0.channels.count } }

    /// - Returns: `false` when there are too many, or no more are wanted.
    func insert(_ channel: any Channel) -> Bool {
        let id = ObjectIdentifier(channel)
        let isTaken = self.state.withLock { state in
            guard !state.isDraining, state.channels.count < self.limit else { return false }
            state.channels[id] = channel
            return true
        }
        if isTaken { channel.closeFuture.whenComplete { _ in self.remove(id) } }
        return isTaken
    }

    private func remove(_ id: ObjectIdentifier) {
        let waiters = self.state.withLock { state in
            state.channels[id] = nil
            guard state.channels.isEmpty else { return [CheckedContinuation<Void, Never>]() }
            defer { state.emptyWaiters = [] }
            return state.emptyWaiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns when all are closed: politely within the bound, by force after it.
    func drain(within bound: Duration) async {
        self.state.withLock { $0.isDraining = true }
        self.tell(.drain)
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await self.allClosed()
                return true
            }
            group.addTask {
                try? await Task.sleep(for: bound)
                return false
            }
            if await group.next() == false { self.tell(.abort) }
            group.cancelAll()
            await group.waitForAll()
        }
    }

    private func allClosed() async {
        await withCheckedContinuation { continuation in
            let isEmpty = self.state.withLock { state in
                if !state.channels.isEmpty { state.emptyWaiters.append(continuation) }
                return state.channels.isEmpty
            }
            if isEmpty { continuation.resume() }
        }
    }

    private func tell(_ command: ServerConnectionCommand) {
        let channels = self.state.withLock { Array($0.channels.values) }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(command) }
    }
}
