internal import CLibpq
internal import Glibc
internal import Synchronization

/// Something with a socket, a timer or both, driven by a `Reactor`. Both calls come from the reactor's thread.
protocol ReactorSource: AnyObject, Sendable {
    func socketBecameReady()
    func timerFired(now: Moment)
}

/// One thread that waits for all database sockets and timers.
///
/// Callers send on their own threads; what comes back is read here, and whoever waits for it is resumed.
package final class Reactor: Sendable {
    /// What a source wants to hear of its socket.
    struct Interest: OptionSet {
        let rawValue: UInt32
        static let readable = Interest(rawValue: UInt32(EPOLLIN.rawValue) | UInt32(EPOLLRDHUP.rawValue))
        static let writable = Interest(rawValue: UInt32(EPOLLOUT.rawValue))
    }

    /// The reactor that a process normally has. Its thread starts with the first use and lives as long as the process.
    package static let shared = Reactor()

    private struct Timer {
        let at: Moment
        let token: UInt64
    }

    private struct State {
        var sources: [UInt64: any ReactorSource] = [:]
        /// Latest first. A source has about one timer, so there are a few dozen.
        var timers: [Timer] = []
        var nextToken: UInt64 = 1
        /// When the thread will look at the timers again without being woken.
        var wakesAt: Moment?
        var isStopped = false
    }

    private static let wakeToken: UInt64 = 0
    private let epoll: Int32
    private let wakeDescriptor: Int32
    private let state = Mutex(State())

    package init() {
        self.epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        self.wakeDescriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        precondition(self.epoll >= 0 && self.wakeDescriptor >= 0, "no descriptor left for the database reactor")
        self.control(EPOLL_CTL_ADD, self.wakeDescriptor, .readable, Self.wakeToken)
        Threads.start(name: "likeness-pg") { self.run() }
    }

    /// Ends the thread. Sources that are left hear no more.
    package func stop() {
        self.state.withLock { $0.isStopped = true }
        self.wake()
    }

    func reserveToken() -> UInt64 {
        self.state.withLock { state in
            defer { state.nextToken += 1 }
            return state.nextToken
        }
    }

    /// Keeps the source alive until it is deregistered.
    func register(_ source: any ReactorSource, token: UInt64) {
        self.state.withLock { $0.sources[token] = source }
    }

    func deregister(_ token: UInt64) {
        self.state.withLock { _ = $0.sources.removeValue(forKey: token) }
    }

    /// Watches a socket, or changes what is watched. The kernel forgets a socket when it is closed.
    func watch(_ descriptor: Int32, _ interest: Interest, token: UInt64) {
        // libpq may have closed the old socket and opened a new one with the same number.
        if !self.control(EPOLL_CTL_MOD, descriptor, interest, token) {
            self.control(EPOLL_CTL_ADD, descriptor, interest, token)
        }
    }

    func unwatch(_ descriptor: Int32) {
        self.control(EPOLL_CTL_DEL, descriptor, [], 0)
    }

    /// Calls the source's `timerFired` at `at` or a little later. Timers are never taken back: the source looks whether
    /// it still cares.
    func setTimer(_ at: Moment, token: UInt64) {
        let mustWake = self.state.withLock { state in
            let place = state.timers.lastIndex { $0.at >= at }.map { $0 + 1 } ?? 0
            state.timers.insert(Timer(at: at, token: token), at: place)
            guard let wakesAt = state.wakesAt else { return true }
            return at < wakesAt
        }
        if mustWake { self.wake() }
    }

    @discardableResult
    private func control(_ operation: Int32, _ descriptor: Int32, _ interest: Interest, _ token: UInt64) -> Bool {
        var event = unsafe epoll_event(events: interest.rawValue, data: epoll_data_t(u64: token))
        return unsafe epoll_ctl(self.epoll, operation, descriptor, &event) == 0
    }

    private func wake() {
        var one: UInt64 = 1
        _ = unsafe write(self.wakeDescriptor, &one, 8)
    }

    private func run() {
        var events = unsafe [epoll_event](repeating: epoll_event(), count: 64)
        var ready: [any ReactorSource] = []
        while true {
            let timeout: Int32? = self.state.withLock { state in
                if state.isStopped { return nil }
                guard let first = state.timers.last else {
                    state.wakesAt = Moment.now + .seconds(3600)
                    return 3_600_000
                }
                state.wakesAt = first.at
                return Self.milliseconds(Moment.now.duration(to: first.at))
            }
            guard let timeout else { break }
            let count = unsafe epoll_wait(self.epoll, &events, Int32(events.count), timeout)
            if count > 0 {
                self.state.withLock { state in
                    for index in 0..<Int(count) {
                        if let source = unsafe state.sources[events[index].data.u64] { ready.append(source) }
                    }
                }
                if unsafe events[..<Int(count)].contains(where: { unsafe $0.data.u64 == Self.wakeToken }) {
                    var drained: UInt64 = 0
                    _ = unsafe read(self.wakeDescriptor, &drained, 8)
                }
                for source in ready { source.socketBecameReady() }
                ready.removeAll(keepingCapacity: true)
            }
            let now = Moment.now
            self.state.withLock { state in
                while let first = state.timers.last, first.at <= now {
                    state.timers.removeLast()
                    if let source = state.sources[first.token] { ready.append(source) }
                }
            }
            for source in ready { source.timerFired(now: now) }
            ready.removeAll(keepingCapacity: true)
        }
        close(self.epoll)
        close(self.wakeDescriptor)
    }

    /// Rounds up, so that a timer is due when the thread wakes for it.
    private static func milliseconds(_ duration: Duration) -> Int32 {
        let (seconds, attoseconds) = duration.components
        if seconds < 0 || attoseconds < 0 { return 0 }
        if seconds > 3600 { return 3_600_000 }
        return Int32(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
