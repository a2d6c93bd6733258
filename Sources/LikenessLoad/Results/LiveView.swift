package import LikenessConsole

/// What is shown while a run goes on. Pure: the owner of the terminal writes what it returns.
package struct LiveView: Sendable {
    private let title: String
    private let seconds: Double
    private let count: Int?
    private let isTerminal: Bool
    private let hasColors: Bool
    private var linesShown = 0
    private var secondsTold = 0

    /// - Parameters:
    ///   - seconds: Planned, measured.
    ///   - count: Requests after which the run ends, if that is sooner.
    ///   - isTerminal: One block that is drawn again; otherwise a line every ten seconds.
    ///   - hasColors: Bold and red text in that block.
    package init(title: String, seconds: Double, count: Int? = nil, isTerminal: Bool, hasColors: Bool = true) {
        self.title = title
        self.seconds = seconds
        self.count = count
        self.isTerminal = isTerminal
        self.hasColors = hasColors
    }

    /// - Parameter columns: Of the terminal; no line is longer, for one that wraps would not be drawn over.
    /// - Returns: What to write now; empty for nothing.
    package mutating func update(_ progress: LoadProgress, columns: Int = 80) -> DisplayText {
        let elapsed = Double(progress.nanoseconds) / 1e9
        // The second that has begun says nothing yet.
        let whole = Array(progress.whole)
        let length = Double(progress.intervalSeconds)
        guard self.isTerminal else { return self.line(progress, whole, elapsed) }
        let recent = Self.latencies(whole.suffix(3))
        let width = max(columns - 1, 1)
        let left = Self.clock(self.secondsLeft(progress, elapsed, whole))
        let status = progress.isWarmingUp ? "warming up" : "\(Self.clock(elapsed)) · \(left) left"
        var lines = [
            self.styled(
                [("1", TerminalText.fitted(self.title, to: max(width - status.count - 2, 8))), (nil, "  " + status)],
                width
            ),
            self.row("rate", whole.last.map { Figures.rate(Double($0.answered) / length) + "/s" }, width) {
                Sparkline.text(whole.map { Double($0.answered) }, width: $0)
            },
            self.row("p50", Self.percentile(50, of: recent), width) {
                Sparkline.text(whole.map { Double($0.latencies.percentile(50)) }, width: $0)
            },
            self.row("p99", Self.percentile(99, of: recent), width) {
                Sparkline.text(whole.map { Double($0.latencies.percentile(99)) }, width: $0)
            },
            self.styled(
                [
                    (nil, "  \(Figures.count(progress.answered)) answered · "),
                    (progress.failed > 0 ? "31" : nil, Self.failures(progress)),
                    (nil, " · \(progress.inFlight) under way"),
                ],
                width
            ),
        ]
        if progress.seconds.contains(where: { $0.messages > 0 }) {
            let messages = whole.map { Double($0.messages) / length }
            let row = self.row("msgs", messages.last.map { Figures.rate($0) + "/s" }, width) {
                Sparkline.text(messages, width: $0)
            }
            lines.insert(row, at: 2)
        }
        if progress.failed > 0 {
            let failed = whole.map { Double($0.failed) / length }
            let row = self.row("failed", failed.last.map { Figures.rate($0) + "/s" }, width) {
                Sparkline.text(failed, width: $0)
            }
            lines.insert(row, at: lines.count - 1)
        }
        let text = self.clear + lines.map { $0 + "\u{1B}[K\n" }.joined()
        self.linesShown = lines.count
        return text
    }

    /// - Returns: What removes the block from the terminal.
    package mutating func end() -> DisplayText {
        defer { self.linesShown = 0 }
        return self.linesShown > 0 ? self.clear + "\u{1B}[J" : ""
    }

    private var clear: DisplayText { self.linesShown > 0 ? "\u{1B}[\(self.linesShown)A\r" : "" }

    private func secondsLeft(_ progress: LoadProgress, _ elapsed: Double, _ whole: [LoadRecord.Second]) -> Double {
        let left = max(self.seconds - elapsed, 0)
        guard let count = self.count, let last = whole.last, last.answered + last.failed > 0 else { return left }
        let open = max(count - progress.answered - progress.failed, 0)
        return min(left, Double(open) / Double(last.answered + last.failed) * Double(progress.intervalSeconds))
    }

    private mutating func line(_ progress: LoadProgress, _ whole: [LoadRecord.Second], _ elapsed: Double) -> DisplayText
    {
        let second = Int(elapsed)
        guard second >= self.secondsTold + 10, !whole.isEmpty else { return "" }
        let told = whole.suffix(max((second - self.secondsTold) / progress.intervalSeconds, 1))
        let length = Double(told.count * progress.intervalSeconds)
        self.secondsTold = second / 10 * 10
        let recent = Self.latencies(told)
        let rate = Double(told.reduce(0) { $0 + $1.answered }) / length
        let messages = Double(told.reduce(0) { $0 + $1.messages }) / length
        let messagesText = messages > 0 ? "\(Figures.rate(messages)) messages/s  " : ""
        let (p50, p99) = (Self.percentile(50, of: recent) ?? "–", Self.percentile(99, of: recent) ?? "–")
        return
            "\(Self.clock(elapsed))  \(Figures.rate(rate))/s  \(messagesText)p50 \(p50)  p99 \(p99)  \(Self.failures(progress))\n"
    }

    private static func failures(_ progress: LoadProgress) -> String {
        let most = progress.errors.max { ($0.value, $1.key) < ($1.value, $0.key) }
        return "\(Figures.count(progress.failed)) failed" + (most.map { " (\($0.key))" } ?? "")
    }

    private static func latencies(_ seconds: ArraySlice<LoadRecord.Second>) -> IntervalHistogram {
        seconds.reduce(into: IntervalHistogram()) { $0.merge($1.latencies) }
    }

    /// `nil` when nothing was answered.
    private static func percentile(_ percent: Double, of latencies: IntervalHistogram) -> String? {
        let nanoseconds = latencies.percentile(percent)
        return nanoseconds > 0 ? Figures.duration(nanoseconds: Double(nanoseconds)) : nil
    }

    private func row(_ name: String, _ value: String?, _ width: Int, plot: (Int) -> String) -> DisplayText {
        let value = value ?? "–"
        let padding = String(repeating: " ", count: max(6 - name.count, 0) + max(10 - value.count, 0))
        let text = "  " + name + padding + value + " "
        return "\(Self.cut(text, width))\(width - text.count >= 5 ? plot(min(width - text.count, 60)) : "")"
    }

    /// Parts with their codes of select graphic rendition, cut to `width`.
    private func styled(_ parts: [(code: DisplayText?, text: String)], _ width: Int) -> DisplayText {
        var left = width
        return parts.map { code, text in
            let shown: DisplayText = "\(Self.cut(TerminalText.line(text), left))"
            left -= shown.width
            guard self.hasColors, let code else { return shown }
            return "\u{1B}[\(code)m\(shown)\u{1B}[0m"
        }.joined()
    }

    private static func cut(_ text: String, _ width: Int) -> String {
        text.count <= width ? text : width > 0 ? text.prefix(width - 1) + "…" : ""
    }

    /// `1:05`.
    private static func clock(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded())
        return "\(whole / 60):\(whole % 60 < 10 ? "0" : "")\(whole % 60)"
    }
}
