internal import LikenessClient
internal import LikenessTLS
internal import LikenessWire
internal import NIOCore
internal import NIOPosix

/// One event loop's share of a run: its connections, its part of the schedule and its record.
///
/// Lives on that loop: no locks, no other thread on the way between a planned time and the socket.
final class LoadWorker: LoadConnectionOwner {
    struct Settings: Sendable {
        let plan: LoadPlan
        let workload: Workload
        let context: TLSContext
        /// Which endpoint each connection goes to.
        let endpoints: [ClientConfiguration.Endpoint]
        /// Calls each connection keeps under way in a closed loop; empty for an open one.
        let concurrency: [Int]
        let worker: Int
        let workers: Int
        /// This worker's part of the plan's count and in-flight bound.
        let countMax: Int?
        let inFlightMax: Int
    }

    struct Handshake: Sendable {
        let tcpNanoseconds: UInt64
        let tlsNanoseconds: UInt64
        let version: String
    }

    private enum State { case connecting, running, draining, over }

    private let eventLoop: any EventLoop
    private let settings: Settings
    private let plan: LoadPlan
    private var state = State.connecting
    private var picker: RequestPicker
    private var connections: [LoadConnection] = []
    private var opening: [EventLoopPromise<Void>] = []
    /// By connection: not made yet, or lost and not made again.
    private var isWithoutConnection: [Bool]
    private var lastUsed = 0
    private var inFlight = 0
    private(set) var record: LoadRecord
    private(set) var handshakes: [Handshake] = []
    private(set) var reconnects = 0

    // The monotonic clock's nanoseconds.
    private var start: UInt64 = 0
    private var measuredFrom: UInt64 = 0
    private var end: UInt64 = 0
    private var schedule: ArrivalSchedule?
    private var nextPlanned: UInt64?
    private var timerIsSet = false
    /// Planned times up to here could not be kept because as many calls were under way as may be.
    private var heldUntil: UInt64 = 0
    private var countLeft: Int
    private var sweep: RepeatedTask?
    private let done: EventLoopPromise<Void>
    private(set) var usage = CPUUsage()

    init(eventLoop: any EventLoop, settings: Settings) {
        self.eventLoop = eventLoop
        self.settings = settings
        self.plan = settings.plan
        self.picker = RequestPicker(settings.workload, worker: settings.worker, seed: settings.plan.seed)
        self.record = settings.plan.emptyRecord(for: settings.workload)
        self.countLeft = settings.countMax ?? .max
        self.isWithoutConnection = settings.endpoints.map { _ in true }
        self.done = eventLoop.makePromise()
    }

    private var now: UInt64 { NIODeadline.now().uptimeNanoseconds }
    private var limit: UInt64 { self.end - self.measuredFrom }

    // MARK: Connections

    /// - Returns: Succeeds when all have the server's HELLO.
    func connect() -> EventLoopFuture<Void> {
        self.opening = self.settings.endpoints.map { _ in self.eventLoop.makePromise() }
        for index in self.settings.endpoints.indices { self.connections.append(self.open(index)) }
        return EventLoopFuture.andAllSucceed(self.opening.map(\.futureResult), on: self.eventLoop)
    }

    private func open(_ index: Int) -> LoadConnection {
        let endpoint = self.settings.endpoints[index]
        let context = self.settings.context
        let serverName = self.plan.service.serverName ?? endpoint.host
        let timeout = TimeAmount.nanoseconds(Int64(self.plan.service.connectTimeout / .nanoseconds(1)))
        let connection = LoadConnection(index: index, owner: self)
        let bound = NIOLoopBound(connection, eventLoop: self.eventLoop)
        ClientBootstrap(group: self.eventLoop)
            .connectTimeout(timeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 2_048, initial: 16_384, maximum: 65_536)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(
                        TLSHandler(context: context, serverName: serverName, handshakeTimeout: timeout)
                    )
                    try pipeline.addHandler(bound.value)
                }
            }
            .connect(host: endpoint.host, port: endpoint.port)
            .whenFailure { error in bound.value.failed(error) }
        return connection
    }

    func connectionOpened(_ connection: LoadConnection) {
        self.handshakes.append(
            .init(
                tcpNanoseconds: connection.tcpNanoseconds,
                tlsNanoseconds: connection.handshakeNanoseconds,
                version: connection.tlsVersion
            )
        )
        self.opening[connection.index].succeed()
        self.isWithoutConnection[connection.index] = false
        if case .closed = self.plan.mode {
            let more = self.settings.concurrency[connection.index] - connection.streamsMax
            if more > 0 { self.record.hadNoPlace(callers: more) }
        }
        guard self.state == .running else { return }
        self.reconnects += 1
        self.fill(connection)
    }

    func connectionLost(_ connection: LoadConnection, cause: String) {
        let endpoint = self.settings.endpoints[connection.index]
        self.opening[connection.index].fail(LoadError("\(endpoint): \(cause)"))
        guard self.state == .running, self.connections[connection.index] === connection else { return }
        if self.isWithoutConnection[connection.index] { self.failWaitingCallers(of: connection.index) }
        self.isWithoutConnection[connection.index] = true
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        let index = connection.index
        self.eventLoop.scheduleTask(in: .milliseconds(100)) {
            guard bound.value.state == .running else { return }
            bound.value.connections[index] = bound.value.open(index)
        }
    }

    // MARK: The run

    /// - Parameter start: The monotonic clock's nanoseconds, the same for all workers.
    func run(from start: UInt64) -> EventLoopFuture<Void> {
        self.state = .running
        self.start = start
        self.measuredFrom = start + UInt64(self.plan.warmUp / .nanoseconds(1))
        self.end = self.measuredFrom + UInt64(self.plan.duration / .nanoseconds(1))
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        self.sweep = self.eventLoop.scheduleRepeatedTask(initialDelay: .milliseconds(50), delay: .milliseconds(50)) {
            _ in
            bound.value.lookAround()
        }
        self.eventLoop.scheduleTask(deadline: .uptimeNanoseconds(self.measuredFrom)) {
            bound.value.usage.started(now: bound.value.now)
        }
        switch self.plan.mode {
        case .closed:
            self.eventLoop.scheduleTask(deadline: .uptimeNanoseconds(start)) {
                if bound.value.countLeft == 0 { return bound.value.stop() }
                for connection in bound.value.connections { bound.value.fill(connection) }
            }
        case .open(let rates, let arrivals):
            self.schedule = ArrivalSchedule(
                plan: rates.warmedUp(seconds: self.plan.warmUp / .seconds(1)),
                arrivals: arrivals,
                worker: self.settings.worker,
                workers: self.settings.workers,
                countMax: nil,
                seed: self.plan.seed
            )
            self.advance()
            self.tick()
        }
        return self.done.futureResult
    }

    /// Ends before it began.
    func abandon() {
        guard self.state == .connecting else { return }
        self.state = .over
        for opening in self.opening { opening.fail(LoadError("the run was given up")) }
        for connection in self.connections { connection.close() }
        self.done.succeed()
    }

    /// Sends no more; the run ends when the calls under way have.
    func stop() {
        guard self.state == .running else { return }
        self.state = .draining
        self.usage.stopped(now: self.now)
        self.finishIfDone()
    }

    /// Ends the run early, and with it the streams that are under way. Calls get ``LoadPlan/interruptGrace``.
    func interrupt() {
        self.stop()
        self.endStreams()
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        let grace = TimeAmount.nanoseconds(Int64(self.plan.interruptGrace / .nanoseconds(1)))
        self.eventLoop.scheduleTask(in: grace) { bound.value.giveUp() }
    }

    /// Waits for no answer any longer.
    private func giveUp() {
        guard self.state == .draining else { return }
        for connection in self.connections { connection.giveUp() }
    }

    private func endStreams() {
        guard self.state == .draining else { return }
        for connection in self.connections { connection.endStreams() }
    }

    private func finishIfDone() {
        guard self.state == .draining, self.inFlight == 0 else { return }
        self.state = .over
        self.sweep?.cancel()
        for connection in self.connections {
            // What came with the last answer.
            self.collect(connection)
            connection.close()
        }
        self.done.succeed()
    }

    private func lookAround() {
        let now = self.now
        for connection in self.connections where connection.callCount > 0 { connection.expire(now: now) }
        guard now >= self.end else { return }
        // Streams may have no other end than the run's.
        defer { self.endStreams() }
        guard self.state == .running else { return }
        while let planned = self.nextPlanned {
            if planned >= self.measuredFrom { self.record.wasMissed(planned: planned - self.measuredFrom) }
            self.advance()
        }
        self.stop()
    }

    private func isMeasured(_ planned: UInt64) -> Bool { planned >= self.measuredFrom && planned < self.end }

    /// How far the run has come.
    var progress: LoadProgress {
        let told = self.record.seconds.suffix(LoadProgress.intervalsTold)
        return LoadProgress(
            nanoseconds: self.now > self.measuredFrom ? self.now - self.measuredFrom : 0,
            isWarmingUp: self.now < self.measuredFrom,
            answered: self.record.answered,
            failed: self.record.failed,
            missed: self.record.missed,
            inFlight: self.inFlight,
            errors: self.record.errors,
            seconds: Array(told),
            secondsBefore: told.startIndex,
            intervalSeconds: self.record.intervalSeconds
        )
    }

    // MARK: Open loop

    private func advance() { self.nextPlanned = self.schedule?.next().map { self.start + $0 } }

    private func tick() {
        guard self.state == .running, self.schedule != nil else { return }
        var now = self.now
        while let planned = self.nextPlanned, planned <= now {
            guard self.countLeft > 0 else { return self.stop() }
            guard let connection = self.connectionWithRoom() else {
                guard self.connections.contains(where: \.isOpen) else {
                    self.failUnsent(planned)
                    continue
                }
                self.heldUntil = now
                // The next answer makes room; its burst ends with a tick.
                break
            }
            self.send(on: connection, planned: planned, now: now)
            self.advance()
            now = self.now
        }
        for connection in self.connections { connection.flush() }
        guard let planned = self.nextPlanned else { return }
        if planned <= now { return }
        self.wake(at: planned, now: now)
    }

    private func wake(at planned: UInt64, now: UInt64) {
        guard !self.timerIsSet else { return }
        self.timerIsSet = true
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        let wake: @Sendable () -> Void = {
            bound.value.timerIsSet = false
            bound.value.tick()
        }
        let spin = UInt64(self.plan.spin / .nanoseconds(1))
        if planned - now <= spin {
            // The loop reads what has come and returns here at once.
            self.eventLoop.execute(wake)
        } else {
            self.eventLoop.scheduleTask(deadline: .uptimeNanoseconds(planned - spin), wake)
        }
    }

    /// No connection to send it on.
    private func failUnsent(_ planned: UInt64) {
        let choice = self.picker.pick()
        if self.isMeasured(planned) {
            self.record.failed(
                kind: choice.kind,
                code: StatusCode.unavailable.name,
                message: "no connection",
                planned: planned - self.measuredFrom,
                end: planned - self.measuredFrom,
                limit: self.limit
            )
        }
        self.advance()
    }

    private func connectionWithRoom() -> LoadConnection? {
        guard self.inFlight < self.settings.inFlightMax else { return nil }
        for _ in self.connections.indices {
            self.lastUsed = self.lastUsed + 1 == self.connections.count ? 0 : self.lastUsed + 1
            if self.connections[self.lastUsed].hasRoom { return self.connections[self.lastUsed] }
        }
        return nil
    }

    // MARK: Closed loop

    private func fill(_ connection: LoadConnection) {
        guard case .closed = self.plan.mode else { return }
        while connection.callCount < self.settings.concurrency[connection.index], connection.hasRoom, self.mayRepeat {
            self.send(on: connection, planned: nil, now: self.now)
        }
        connection.flush()
    }

    /// What callers of a closed loop see who find no server: one failed call each for every attempt to connect.
    private func failWaitingCallers(of index: Int) {
        guard case .closed = self.plan.mode, self.isMeasured(self.now) else { return }
        for _ in 0..<self.settings.concurrency[index] {
            self.record.failed(
                kind: self.picker.pick().kind,
                code: StatusCode.unavailable.name,
                message: "no connection",
                planned: self.now - self.measuredFrom,
                end: self.now - self.measuredFrom,
                limit: self.limit
            )
        }
    }

    private var mayRepeat: Bool { self.state == .running && self.countLeft > 0 }

    // MARK: Calls

    private func send(on connection: LoadConnection, planned: UInt64?, now: UInt64) {
        let choice = self.picker.pick()
        let request = self.settings.workload.kinds[choice.kind].requests[choice.request]
        let call = LoadCall(choice: choice, request: request, planned: planned ?? now, sent: now)
        if self.isMeasured(call.planned) {
            if self.countLeft != .max { self.countLeft -= 1 }
            if let planned {
                self.record.wasSent(late: now - planned, isHeld: planned <= self.heldUntil, bytes: request.byteCount)
            } else {
                self.record.wasSent(bytes: request.byteCount)
            }
        }
        self.inFlight += 1
        connection.send(call)
    }

    func messageCame(on connection: LoadConnection, now: UInt64, before: UInt64?, answered: UInt64?) {
        guard now >= self.measuredFrom, now <= self.end else { return }
        func since(_ time: UInt64?) -> UInt64? { time.flatMap { $0 >= self.measuredFrom ? now - $0 : nil } }
        self.record.messageCame(end: now - self.measuredFrom, gap: since(before), roundTrip: since(answered))
    }

    func callEnded(_ call: LoadCall, on connection: LoadConnection, _ outcome: LoadCall.Outcome) {
        self.inFlight -= 1
        let now = self.now
        if call.request.streamsAnswers, now >= self.measuredFrom { self.streamEnded(call, outcome, now) }
        if self.isMeasured(call.planned) {
            let end = now - self.measuredFrom
            switch outcome {
            case .answered(let message):
                if let verifier = self.plan.verifier {
                    let bytes = message.map { Array($0.readableBytesView) } ?? []
                    let verdict = verifier.verdict(request: call.choice.request, answer: bytes)
                    self.record.verified(verdict, request: call.choice.request)
                    if case .wrong(let fault, let text) = verdict {
                        self.recordFailure(call, code: "WRONG_ANSWER", message: "\(fault.rawValue), \(text)", end: end)
                        break
                    }
                }
                self.record.succeeded(
                    kind: call.choice.kind,
                    latency: now - call.planned,
                    end: end,
                    limit: self.limit
                )
            case .failed(let code, let message): self.recordFailure(call, code: code, message: message, end: end)
            case .open: break
            }
        }
        if case .closed = self.plan.mode {
            if self.mayRepeat, now < self.end, connection.hasRoom {
                self.send(on: connection, planned: nil, now: now)
            } else if self.state == .running, now >= self.end || self.countLeft == 0 {
                self.stop()
            }
        }
        self.finishIfDone()
    }

    private func recordFailure(_ call: LoadCall, code: String, message: String, end: UInt64) {
        self.record.failed(
            kind: call.choice.kind,
            code: code,
            message: message,
            planned: call.planned - self.measuredFrom,
            end: end,
            limit: self.limit
        )
    }

    private func streamEnded(_ call: LoadCall, _ outcome: LoadCall.Outcome, _ now: UInt64) {
        var (isOpen, isWhole) = (false, false)
        switch outcome {
        case .answered: isWhole = true
        case .failed: break
        case .open: isOpen = true
        }
        // Streams that last as long as the run may all have begun in the warm-up.
        let counts = self.isMeasured(call.planned) || isOpen
        self.record.streamEnded(
            firstMessage: counts ? call.firstMessageAt.map { $0 - min(call.planned, $0) } : nil,
            isOpen: isOpen,
            isUnpaired: call.isUnpaired(isWhole: isWhole),
            end: min(now, self.end) - self.measuredFrom
        )
    }

    private func collect(_ connection: LoadConnection) {
        let traffic = connection.takeTraffic()
        if self.now >= self.measuredFrom { self.record.count(traffic) }
    }

    func readBurstEnded(_ connection: LoadConnection) {
        self.collect(connection)
        if let planned = self.nextPlanned, planned <= self.now { self.tick() }
    }
}

/// A run that cannot be made.
package struct LoadError: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
