/// How many connections a pool holds, and for how long anybody waits.
package struct PoolConfiguration: Sendable {
    package var connectionsMax = 10
    /// Connections that one caller holds at most while others call. By default a third of all, and of a database whose cores
    /// are known no more than half as many: a statement keeps a core busy, and other callers shall find one.
    package var connectionsPerCaller: Int?
    /// Cores of the database's machine, where they are known.
    package var databaseCores: Int?
    /// How long after another caller's last call a caller is held to that.
    package var otherCallersTime: Duration = .seconds(10)
    /// Requests that may wait at once; more are refused at once. One flow may have as many waiting as there are places left.
    package var waitersMax = 100
    /// The longest wait for a connection; a call's own deadline may shorten it.
    package var acquireTimeout: Duration = .seconds(2)
    /// A connection unused for so long is closed.
    package var idleTime: Duration = .seconds(30)
    /// A connection is closed after so long, give or take a tenth, so that not all go at once.
    package var lifetime: Duration = .seconds(30 * 60)
    /// A connection unused for so long is asked for a sign of life before it is lent.
    package var checkAfterIdle: Duration = .seconds(1)
    /// Waits between failed attempts to connect: doubled from the first to the second, shortened by up to a fifth.
    package var backoffFirst: Duration = .milliseconds(500)
    package var backoffMax: Duration = .seconds(2)
    /// Once the database has been down for so long, callers are refused at once.
    package var failFastAfter: Duration = .seconds(1)

    package init() {}

    /// Connections that callers leave to administration and health.
    var systemConnections: Int { self.connectionsMax >= 4 ? 1 : 0 }

    /// Connections that callers and background work may hold together.
    var sharedConnections: Int { self.connectionsMax - self.systemConnections }

    /// What one flow may hold of them.
    ///
    /// - Parameter hasOthers: Whether other callers call. Without them one place stays free for the next, since what runs is
    ///   not interrupted for it.
    func connectionsMax(hasOthers: Bool) -> Int {
        let alone = max(1, self.sharedConnections - 1)
        guard hasOthers else { return alone }
        let share = self.connectionsPerCaller ?? min(self.connectionsMax / 3, self.databaseCores.map { $0 / 2 } ?? .max)
        return min(alone, max(1, share))
    }
}

/// A pool at one moment, and what it has done since it was made.
package struct PoolStatistics: Sendable, Hashable {
    package var idle = 0
    package var busy = 0
    package var connecting = 0
    package var waiting = 0
    package var connectionsMax = 0
    package var isDown = false
    /// Connections lent, and those of them that somebody had to wait for.
    package var acquired: UInt64 = 0
    package var acquiredAfterWait: UInt64 = 0
    package var waited: Duration = .zero
    /// Callers refused, by reason. Of those for whom no connection was free in time, some would not wait longer than their own
    /// deadline, and some found the queue full.
    package var refusedExhausted: UInt64 = 0
    package var refusedDeadline: UInt64 = 0
    package var refusedFull: UInt64 = 0
    package var refusedDown: UInt64 = 0
    package var refusedClosed: UInt64 = 0
    package var cancelled: UInt64 = 0
    package var opened: UInt64 = 0
    package var openFailed: UInt64 = 0
    /// Connections closed: unused, old, or broken.
    package var closedIdle: UInt64 = 0
    package var closedOld: UInt64 = 0
    package var closedBroken: UInt64 = 0
}

/// How long requests wait for connections, keep them, and how long opening one takes.
package struct PoolTimes: Sendable {
    /// From the request to the connection, of all that got one; also of one that turned out to be dead when it was looked at.
    package var wait = TimeHistogram()
    /// From the loan to the return.
    package var use = TimeHistogram()
    /// To open one, of those that could be opened.
    package var create = TimeHistogram()
}
