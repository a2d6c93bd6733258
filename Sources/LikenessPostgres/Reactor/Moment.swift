internal import Glibc

/// A point in time on the machine's monotonic clock.
///
/// Callers name deadlines as `ContinuousClock.Instant`. Its layout is known only at run time, and so is that of every
/// value that holds one: keeping it in the state of connections and pools made each request pay for generic copies.
package struct Moment: Sendable, Hashable, Comparable {
    /// Since an arbitrary start.
    package let nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// The same point in time, or a few nanoseconds after it; never before.
    package init(_ instant: ContinuousClock.Instant) {
        let rest = ContinuousClock.now.duration(to: instant)
        self = .now + rest
    }

    package static var now: Moment {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Moment(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// Rounds up to a nanosecond, and ends at the ends of what can be represented.
    package static func + (moment: Moment, duration: Duration) -> Moment {
        let (seconds, attoseconds) = duration.components
        let (product, productOverflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let part = (attoseconds + (attoseconds > 0 ? 999_999_999 : 0)) / 1_000_000_000
        let (sum, sumOverflow) = moment.nanoseconds.addingReportingOverflow(product)
        let (total, totalOverflow) = sum.addingReportingOverflow(part)
        if productOverflow || sumOverflow || totalOverflow { return Moment(nanoseconds: seconds < 0 ? .min : .max) }
        return Moment(nanoseconds: total)
    }

    package static func += (moment: inout Moment, duration: Duration) { moment = moment + duration }

    package static func < (left: Moment, right: Moment) -> Bool { left.nanoseconds < right.nanoseconds }

    package func duration(to other: Moment) -> Duration {
        let (difference, isOverflow) = other.nanoseconds.subtractingReportingOverflow(self.nanoseconds)
        return .nanoseconds(isOverflow ? (other > self ? .max : .min) : difference)
    }
}
