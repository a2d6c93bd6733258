/// How many requests a second are planned, over time: phases of a constant rate or one that changes evenly.
package struct RatePlan: Sendable, Hashable {
    package struct Phase: Sendable, Hashable {
        /// Requests a second when it begins and when it ends.
        package let start: Double
        package let end: Double
        package let seconds: Double

        package init(start: Double, end: Double, seconds: Double) {
            precondition(start >= 0 && end >= 0 && seconds >= 0, "rates and times are not negative")
            (self.start, self.end, self.seconds) = (start, end, seconds)
        }

        package init(rate: Double, seconds: Double) { self.init(start: rate, end: rate, seconds: seconds) }

        /// Requests planned in the whole of it.
        var count: Double { (self.start + self.end) / 2 * self.seconds }

        /// Requests planned in its first seconds.
        func count(until seconds: Double) -> Double {
            guard self.seconds > 0 else { return 0 }
            return seconds * (self.start + (self.end - self.start) * seconds / self.seconds / 2)
        }

        /// When that many are planned: the inverse of `count(until:)`, in the form that loses no digits when the rate
        /// hardly changes.
        func time(of count: Double) -> Double {
            guard count > 0 else { return 0 }
            let slope = (self.end - self.start) / self.seconds
            let root = max(self.start * self.start + 2 * slope * count, 0).squareRoot()
            return min(2 * count / (self.start + root), self.seconds)
        }
    }

    package let phases: [Phase]

    package init(_ phases: [Phase]) { self.phases = phases }

    package var seconds: Double { self.phases.reduce(0) { $0 + $1.seconds } }
    package var count: Double { self.phases.reduce(0) { $0 + $1.count } }
    package var highestRate: Double { self.phases.reduce(0) { max($0, $1.start, $1.end) } }

    /// Requests a second at a time.
    package func rate(at seconds: Double) -> Double {
        var left = seconds
        for phase in self.phases {
            if left < phase.seconds { return phase.start + (phase.end - phase.start) * left / phase.seconds }
            left -= phase.seconds
        }
        return self.phases.last?.end ?? 0
    }

    /// Requests planned before a time.
    package func count(until seconds: Double) -> Double {
        var left = seconds
        var count = 0.0
        for phase in self.phases {
            if left < phase.seconds { return count + phase.count(until: max(left, 0)) }
            left -= phase.seconds
            count += phase.count
        }
        return count
    }

    /// Seconds from the start until that many are planned, or `nil` when it never comes to that.
    package func time(of count: Double) -> Double? {
        var left = count
        var start = 0.0
        for phase in self.phases {
            if left < phase.count { return start + phase.time(of: left) }
            left -= phase.count
            start += phase.seconds
        }
        return nil
    }

    /// The same after some seconds at the rate it begins with.
    package func warmedUp(seconds: Double) -> RatePlan {
        guard seconds > 0, let first = self.phases.first else { return self }
        return RatePlan([Phase(rate: first.start, seconds: seconds)] + self.phases)
    }
}
