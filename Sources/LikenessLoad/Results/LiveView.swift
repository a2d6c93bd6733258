/// What is shown while a run goes on. Pure: whoever owns the terminal writes what it returns.
package struct LiveView: Sendable {
    private let title: String
    private let seconds: Double
    private let isTerminal: Bool
    private var linesShown = 0
    private var secondsTold = 0

    /// - Parameters:
    ///   - seconds: Planned, measured.
    ///   - isTerminal: One block that is drawn again; otherwise a line every ten seconds.
    package init(title: String, seconds: Double, isTerminal: Bool) {
        self.title = title
        self.seconds = seconds
        self.isTerminal = isTerminal
    }

    /// - Returns: What to write now; empty for nothing.
    package mutating func update(_ progress: LoadProgress) -> String {
        let elapsed = Double(progress.nanoseconds) / 1e9
        // The second that has begun says nothing yet.
        let whole = progress.seconds.prefix(min(Int(elapsed), progress.seconds.count))
        guard self.isTerminal else { return self.line(progress, Array(whole), elapsed) }
        var recent = IntervalHistogram()
        for second in whole.suffix(3) { recent.merge(second.latencies) }
        let left = max(self.seconds - elapsed, 0)
        let status = progress.isWarmingUp ? "warming up" : "\(Self.clock(elapsed)) · \(Self.clock(left)) left"
        var lines = ["\u{1B}[1m\(self.title)\u{1B}[0m  \(status)"]
        lines.append(
            "  rate  \(Self.column(whole.last.map { Figures.rate(Double($0.answered)) + "/s" } ?? "–")) "
                + Sparkline.text(whole.map { Double($0.answered) }, width: 40)
        )
        lines.append(
            "  p50   \(Self.column(Figures.duration(nanoseconds: Double(recent.percentile(50))))) "
                + Sparkline.text(whole.map { Double($0.latencies.percentile(50)) }, width: 40)
        )
        lines.append(
            "  p99   \(Self.column(Figures.duration(nanoseconds: Double(recent.percentile(99))))) "
                + Sparkline.text(whole.map { Double($0.latencies.percentile(99)) }, width: 40)
        )
        let failed = progress.failed > 0 ? "\u{1B}[31m\(Figures.count(progress.failed)) failed\u{1B}[0m" : "0 failed"
        lines.append(
            "  \(Figures.count(progress.answered)) answered · \(failed) · \(progress.inFlight) under way"
        )
        let text = self.clear + lines.map { $0 + "\u{1B}[K\n" }.joined()
        self.linesShown = lines.count
        return text
    }

    /// - Returns: What removes the block from the terminal.
    package mutating func end() -> String {
        defer { self.linesShown = 0 }
        return self.linesShown > 0 ? self.clear + "\u{1B}[J" : ""
    }

    private var clear: String { self.linesShown > 0 ? "\u{1B}[\(self.linesShown)A\r" : "" }

    private mutating func line(_ progress: LoadProgress, _ whole: [LoadRecord.Second], _ elapsed: Double) -> String {
        let second = Int(elapsed)
        guard second >= self.secondsTold + 10, !whole.isEmpty else { return "" }
        let told = whole.suffix(max(whole.count - self.secondsTold, 1))
        self.secondsTold = second / 10 * 10
        var recent = IntervalHistogram()
        for second in told { recent.merge(second.latencies) }
        let rate = Double(told.reduce(0) { $0 + $1.answered }) / Double(told.count)
        return "\(Self.clock(elapsed))  \(Figures.rate(rate))/s  p50 "
            + "\(Figures.duration(nanoseconds: Double(recent.percentile(50))))  p99 "
            + "\(Figures.duration(nanoseconds: Double(recent.percentile(99))))  \(progress.failed) failed\n"
    }

    private static func column(_ text: String) -> String {
        String(repeating: " ", count: max(10 - text.count, 0)) + text
    }

    /// `1:05`.
    private static func clock(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded())
        return "\(whole / 60):\(whole % 60 < 10 ? "0" : "")\(whole % 60)"
    }
}
