internal import Synchronization

/// How far a service is between its start and its end.
package final class ServiceState: Sendable {
    private let started = Atomic(false)
    private let stopping = Atomic(false)

    package init() {}

    var hasStarted: Bool { self.started.load(ordering: .relaxed) }
    var isStopping: Bool { self.stopping.load(ordering: .relaxed) }

    package func start() { self.started.store(true, ordering: .relaxed) }
    func stop() { self.stopping.store(true, ordering: .relaxed) }
}
