internal import LikenessRPC
internal import Synchronization

/// The connections of a client, to every address of every endpoint, and the calls that wait for one.
final class EndpointPool: Sendable {
    /// A place for one call on a connection, to be left exactly once.
    struct Lease: Sendable {
        let pooled: PooledConnection
        fileprivate let slot: ConnectionSlot
        fileprivate let pending: PendingCalls

        var connection: ClientConnection { self.pooled.connection }
        /// The address, so that a repeated call can go to another one.
        var endpoint: ClientConfiguration.Endpoint { self.slot.endpoint }

        /// The call was answered.
        func noteAnswer() {
            self.pooled.noteAnswer()
            self.slot.noteEnd(nil)
        }

        /// The call has failed, and its connection goes on.
        func noteFailure(_ error: LikenessError) { self.slot.noteEnd(error) }

        func leave() {
            self.pooled.leave()
            self.pending.wakeOne()
        }
    }

    private enum Search {
        case found(Lease)
        /// An attempt is under way, or all connections are full.
        case wait
        case failed(LikenessError, retryAt: ContinuousClock.Instant?)
    }

    private struct Name {
        let endpoint: ClientConfiguration.Endpoint
        var machine: NameMachine
    }

    private struct State {
        var slots: [ConnectionSlot] = []
        var names: [Name] = []
        var turn = 0
        var isClosed = false
    }

    /// Calls on the connections of an address that is no longer the host's may go on this long.
    private static let retirement = Duration.seconds(300)

    private let configuration: ClientConfiguration
    private let resolver: HostResolver
    private let dependencies: ConnectionSlot.Dependencies
    private let pending: PendingCalls
    private let state = Mutex(State())

    init(_ configuration: ClientConfiguration, resolver: HostResolver, dependencies: ConnectionSlot.Dependencies) {
        self.configuration = configuration
        self.resolver = resolver
        self.dependencies = dependencies
        self.pending = PendingCalls(countMax: configuration.pendingCallsMax, clock: dependencies.clock)
        let now = dependencies.clock.now()
        self.state.withLock { state in
            for endpoint in configuration.endpoints {
                if HostResolver.isAddress(endpoint.host) {
                    state.slots += self.slots(for: endpoint, address: endpoint.host, name: nil)
                } else {
                    let machine = NameMachine(interval: configuration.resolveInterval, now: now)
                    state.names.append(Name(endpoint: endpoint, machine: machine))
                }
            }
        }
    }

    /// Whether a connection to another address is there, and serves as far as is known.
    func hasAnother(than endpoint: ClientConfiguration.Endpoint?) -> Bool {
        let slots = self.state.withLock { $0.slots }
        return slots.contains { $0.endpoint != endpoint && $0.load != nil && !$0.isResting }
    }

    /// Calls that wait for a connection.
    var pendingCallCount: Int { self.pending.callCount }

    // MARK: Finding a connection

    /// A place on a connection that is there, or on the first that can be made: an endpoint that hangs or refuses holds
    /// up no call as long as another one answers.
    ///
    /// - Parameters:
    ///   - avoiding: Where the call has failed already: used only when there is no other.
    ///   - waits: Whether to wait for an endpoint to come back when none can be reached.
    /// - Throws: `.unavailable` (not when `waits`), `.deadlineExceeded`, `.resourceExhausted` or `.cancelled`; nothing
    ///   was done.
    func acquire(
        avoiding: ClientConfiguration.Endpoint? = nil,
        deadline: ContinuousClock.Instant?,
        waits: Bool
    ) async throws(LikenessError) -> Lease {
        if case .found(let lease) = self.search(avoiding: avoiding) { return lease }
        let ticket = try self.pending.enter()
        defer { self.pending.leave(ticket) }
        var reason: LikenessError?
        do throws(LikenessError) {
            while true {
                let version = self.pending.version
                var retryAt: ContinuousClock.Instant?
                switch self.search(avoiding: avoiding) {
                case .found(let lease): return lease
                case .wait: break
                case .failed(let error, let time):
                    guard waits, error.code == .unavailable else { throw error }
                    reason = error
                    retryAt = time
                }
                if Task.isCancelled { throw LikenessError(.cancelled, "the call was cancelled", nothingWasDone: true) }
                if let deadline, deadline <= self.dependencies.clock.now() { throw self.tooLate(reason) }
                let until = [deadline, retryAt].compactMap(\.self).min()
                await self.pending.wait(ticket, since: version, until: until)
            }
        } catch {
            // What woke this call may serve another one.
            self.pending.wakeOne()
            throw error
        }
    }

    private func tooLate(_ reason: LikenessError?) -> LikenessError {
        let text = "no connection before the deadline"
        return LikenessError(.deadlineExceeded, reason.map { "\(text): \($0.message)" } ?? text, nothingWasDone: true)
    }

    private func search(avoiding: ClientConfiguration.Endpoint?) -> Search {
        self.askForAddresses()
        let (isClosed, slots, turn, isAsking, unknown, retryAt) = self.state.withLock { state in
            state.turn &+= 1
            return (
                state.isClosed, state.slots, state.turn, state.names.contains { $0.machine.isAsking },
                state.names.lazy.compactMap { name in name.machine.failure.map { "\(name.endpoint.host): \($0)" } }
                    .first,
                state.names.lazy.compactMap(\.machine.dueAt).min()
            )
        }
        if isClosed { return .failed(SlotMachine<PooledConnection>.closedError, retryAt: nil) }
        guard !slots.isEmpty else {
            if isAsking { return .wait }
            return .failed(
                LikenessError(
                    .unavailable,
                    unknown ?? "no endpoint has an address",
                    reason: LikenessError.unreachable,
                    nothingWasDone: true
                ),
                retryAt: retryAt
            )
        }
        let order = self.configuration.balancing.order(
            count: slots.count,
            turn: turn,
            random: { Int.random(in: $0) },
            // One without a connection is tried first, so that it is connected; that delays no call.
            loads: { slots[$0].load ?? -1 }
        )
        var failure: LikenessError?
        var earliest = retryAt
        var mayWait = isAsking
        // What is used only when there is nothing better: a resting address, then the one that has just failed.
        var resting: (PooledConnection, ConnectionSlot)?
        var avoided: (PooledConnection, ConnectionSlot)?
        for step in -1..<slots.count {
            let slot = slots[step < 0 ? order.first : (order.then + step) % slots.count]
            switch slot.take() {
            case .ready(let connection) where slot.endpoint == avoiding,
                .resting(let connection) where slot.endpoint == avoiding:
                avoided = (connection, slot)
            case .resting(let connection): resting = (connection, slot)
            case .ready(let connection):
                if connection.enter() { return .found(self.lease(connection, slot)) }
                mayWait = true
            case .connecting: mayWait = true
            case .failed(let error, let time):
                if error.code != .unavailable { return .failed(error, retryAt: nil) }
                failure = error
                earliest = [earliest, time].compactMap(\.self).min()
            }
        }
        for case let (connection, slot)? in [resting, avoided] {
            if connection.enter() { return .found(self.lease(connection, slot)) }
            mayWait = true
        }
        if mayWait { return .wait }
        return .failed(
            failure ?? LikenessError(.unavailable, "no endpoint can be reached", nothingWasDone: true),
            retryAt: earliest
        )
    }

    private func lease(_ connection: PooledConnection, _ slot: ConnectionSlot) -> Lease {
        Lease(pooled: connection, slot: slot, pending: self.pending)
    }

    // MARK: Addresses

    private func slots(
        for endpoint: ClientConfiguration.Endpoint,
        address: String,
        name: Int?
    ) -> [ConnectionSlot] {
        (0..<min(max(1, self.configuration.connectionsPerEndpoint), 64)).map { _ in
            ConnectionSlot(
                endpoint: .init(host: address, port: endpoint.port),
                name: name,
                serverName: self.configuration.serverName ?? endpoint.host,
                dependencies: self.dependencies,
                onChange: { [weak self] isFailure in self?.slotChanged(name: name, isFailure: isFailure) }
            )
        }
    }

    private func slotChanged(name: Int?, isFailure: Bool) {
        if let name, isFailure {
            let now = self.dependencies.clock.now()
            self.state.withLock { $0.names[name].machine.connectionFailed(now: now) }
        }
        self.pending.wakeAll()
    }

    private func askForAddresses() {
        let due = self.state.withLock { state -> [(index: Int, host: String)] in
            guard !state.names.isEmpty, !state.isClosed else { return [] }
            let now = self.dependencies.clock.now()
            return state.names.indices.compactMap { index in
                state.names[index].machine.isDue(now: now) ? (index, state.names[index].endpoint.host) : nil
            }
        }
        for (index, host) in due {
            Task {
                do throws(HostResolverError) {
                    let addresses = try await self.resolver.resolve(host)
                    self.answered(index) { $0.answered(addresses, now: $1) }
                } catch {
                    self.answered(index) {
                        $0.failed(error.reason, now: $1)
                        return NameMachine.Change()
                    }
                }
            }
        }
    }

    private func answered(
        _ index: Int,
        _ event: (inout NameMachine, ContinuousClock.Instant) -> NameMachine.Change
    ) {
        let now = self.dependencies.clock.now()
        let retired = self.state.withLock { state -> [ConnectionSlot] in
            guard !state.isClosed else { return [] }
            let change = event(&state.names[index].machine, now)
            let endpoint = state.names[index].endpoint
            // Two names may share an address: then each has slots of its own.
            let gone = Set(change.removed.map { ClientConfiguration.Endpoint(host: $0, port: endpoint.port) })
            let retired = state.slots.filter { $0.name == index && gone.contains($0.endpoint) }
            state.slots.removeAll { slot in retired.contains { $0 === slot } }
            for address in change.added {
                state.slots += self.slots(for: endpoint, address: address, name: index)
            }
            return retired
        }
        for slot in retired {
            Task { await slot.close(deadline: now + Self.retirement) }
        }
        self.pending.wakeAll()
    }

    // MARK: Closing

    func close(deadline: ContinuousClock.Instant) async {
        let slots = self.state.withLock { state in
            state.isClosed = true
            for index in state.names.indices { state.names[index].machine.close() }
            return state.slots
        }
        self.pending.wakeAll()
        await withTaskGroup { group in
            for slot in slots { group.addTask { await slot.close(deadline: deadline) } }
        }
    }
}
