import NIOCore

/// The one timer of a connection: wakes it at the earliest time anything asked for.
///
/// Calls come and go much faster than their deadlines pass, so an alarm stays set when what asked for it is gone; the
/// connection then looks around, finds nothing to do, and sets the next.
struct AlarmClock {
    private let eventLoop: any EventLoop
    private var time: NIODeadline?
    private var scheduled: Scheduled<Void>?

    init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// Whether the alarm is not set, or set for after `time`.
    func isAfter(_ time: NIODeadline) -> Bool { self.time.map { $0 > time } ?? true }

    /// - Parameter wake: Runs on the loop. It must call ``rang()`` first.
    mutating func set(_ time: NIODeadline, _ wake: @escaping @Sendable () -> Void) {
        self.scheduled?.cancel()
        self.time = time
        self.scheduled = self.eventLoop.scheduleTask(deadline: time, wake)
    }

    mutating func rang() {
        self.time = nil
        self.scheduled = nil
    }

    mutating func stop() {
        self.scheduled?.cancel()
        self.rang()
    }
}
