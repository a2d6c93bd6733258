package import NIOCore
internal import Synchronization

/// Has each event loop say once a second that it turns.
package final class EventLoopWatch: Sendable {
    /// A loop that is later than this is stuck.
    static let delayMax = Duration.seconds(10)
    private static let interval = TimeAmount.seconds(1)

    /// When each loop turned last.
    private final class Turns: Sendable {
        let last: Mutex<[NIODeadline]>

        init(_ start: NIODeadline, count: Int) { self.last = Mutex(Array(repeating: start, count: count)) }
    }

    private let turns: Turns
    private let tasks: [RepeatedTask]
    private let now: @Sendable () -> NIODeadline

    /// - Parameter now: The time on the loops' clock.
    package init(_ loops: [any EventLoop], now: @escaping @Sendable () -> NIODeadline = { .now() }) {
        let turns = Turns(now(), count: loops.count)
        self.tasks = loops.enumerated().map { number, loop in
            loop.scheduleRepeatedTask(initialDelay: .zero, delay: Self.interval) { _ in
                turns.last.withLock { $0[number] = now() }
            }
        }
        self.turns = turns
        self.now = now
    }

    /// How much later than it should each loop is, at least zero.
    func delays() -> [Duration] {
        let now = self.now()
        return self.turns.last.withLock { last in
            last.map { turn in
                let late = (now - turn).nanoseconds - Self.interval.nanoseconds
                return .nanoseconds(max(late, 0))
            }
        }
    }

    func stop() {
        for task in self.tasks { task.cancel() }
    }
}
