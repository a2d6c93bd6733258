/// A text that does not say what it should.
package struct OptionError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

extension RatePlan {
    /// `500/s`, `100 to 2,000/s` or `500, 1,000, 2,000/s`.
    package var text: String {
        let rates = self.phases.flatMap { $0.start == $0.end ? [$0.start] : [$0.start, $0.end] }
        let changes = rates.enumerated().filter { $0.offset == 0 || rates[$0.offset - 1] != $0.element }.map(\.element)
        let isRamp = self.phases.contains { $0.start != $0.end }
        let shown = changes.count > 6 ? Array(changes.prefix(3)) + Array(changes.suffix(1)) : changes
        var texts = shown.map { Figures.rate($0) }
        if changes.count > 6 { texts.insert("…", at: 3) }
        return texts.joined(separator: isRamp ? " to " : ", ") + "/s"
    }

    /// Reads what the options of the command line say.
    ///
    /// - Parameters:
    ///   - rate: `500`, or `100..2000` for a ramp.
    ///   - ramp: How long a ramp takes; the whole `duration` when `nil`. The last rate is kept for the rest.
    package init(rate: String, ramp: Duration?, duration: Duration) throws(OptionError) {
        let total = duration / .seconds(1)
        if let dots = rate.firstRange(of: "..") {
            let start = try Self.rate(rate[..<dots.lowerBound])
            let end = try Self.rate(rate[dots.upperBound...])
            let seconds = ramp.map { $0 / .seconds(1) } ?? total
            guard seconds > 0, seconds <= total else { throw OptionError("--ramp is longer than --duration") }
            let rest = total - seconds
            self.init(
                [Phase(start: start, end: end, seconds: seconds)] + (rest > 0 ? [Phase(rate: end, seconds: rest)] : [])
            )
        } else {
            guard ramp == nil else { throw OptionError("--ramp needs a rate like 100..2000") }
            self.init([Phase(rate: try Self.rate(rate[...]), seconds: total)])
        }
    }

    /// Reads `500,1000,2000:10s`: rates, and how long each is kept.
    package init(steps: String) throws(OptionError) {
        guard let colon = steps.lastIndex(of: ":"),
            let each = Duration(text: String(steps[steps.index(after: colon)...])),
            each > .zero
        else { throw OptionError("--steps \"\(steps)\" is not like 500,1000,2000:10s") }
        var phases: [Phase] = []
        for part in steps[..<colon].split(separator: ",", omittingEmptySubsequences: false) {
            phases.append(Phase(rate: try Self.rate(part), seconds: each / .seconds(1)))
        }
        self.init(phases)
    }

    private static func rate(_ text: Substring) throws(OptionError) -> Double {
        guard let rate = Double(text), rate > 0, rate <= 1_000_000 else {
            throw OptionError("rate \"\(text)\" is not a number from above 0 to 1000000")
        }
        return rate
    }
}

extension Duration {
    /// Reads `5s`, `250ms`, `20us`, `2m`, `1h`, or a number of seconds.
    package init?(text: String) {
        let units: [(String, Double)] = [
            ("ms", 1e-3), ("us", 1e-6), ("µs", 1e-6), ("ns", 1e-9), ("s", 1), ("m", 60), ("h", 3_600), ("", 1),
        ]
        guard let (unit, factor) = units.first(where: { text.hasSuffix($0.0) }),
            let number = Double(text.dropLast(unit.count)), number >= 0, number * factor <= 1e7
        else { return nil }
        self = .nanoseconds(Int64((number * factor * 1e9).rounded()))
    }

    /// `250 ms`, with three digits at most.
    package var shortText: String { Figures.duration(nanoseconds: Double(self / .nanoseconds(1))) }
}
