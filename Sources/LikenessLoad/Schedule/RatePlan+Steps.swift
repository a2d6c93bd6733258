extension RatePlan {
    /// A part of a plan that reports show by itself.
    package struct Step: Sendable, Hashable {
        /// Seconds since the plan began.
        package let start: Double
        package let seconds: Double
        /// Requests a second when it begins and when it ends.
        package let startRate: Double
        package let endRate: Double
    }

    /// Phases of one rate as they are; ones whose rate changes in ten parts, or as many as are a second long.
    ///
    /// Empty when all of the plan has one rate, for then the whole run says it.
    package var steps: [Step] {
        guard self.phases.count > 1 || self.phases.contains(where: { $0.start != $0.end }) else { return [] }
        var start = 0.0
        return self.phases.flatMap { phase in
            defer { start += phase.seconds }
            let parts = phase.start == phase.end ? 1 : max(min(Int(phase.seconds), 10), 1)
            let slope = (phase.end - phase.start) / Double(parts)
            return (0..<parts).map { part in
                Step(
                    start: start + phase.seconds * Double(part) / Double(parts),
                    seconds: phase.seconds / Double(parts),
                    startRate: phase.start + slope * Double(part),
                    endRate: phase.start + slope * Double(part + 1)
                )
            }
        }
    }
}
