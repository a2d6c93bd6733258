internal import Synchronization

/// How far a service is between its start and its end.
final class ServiceState: Sendable {
    private let started = Atomic(false)
    private let stopping = Atomic(false)

    var hasStarted: Bool { self.started.load(ordering: .relaxed) }
    var isStopping: Bool { self.stopping.load(ordering: .relaxed) }

    func start() { self.started.store(true, ordering: .relaxed) }
    func stop() { self.stopping.store(true, ordering: .relaxed) }
}
