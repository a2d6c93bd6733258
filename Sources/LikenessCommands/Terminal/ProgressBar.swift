internal import LikenessConsole

/// How far a long step is, on standard error: one line redrawn on a terminal, a line at each tenth elsewhere.
struct ProgressBar {
    private let title: String
    private let total: Int
    private let isTerminal: Bool
    private let isQuiet: Bool
    private let start: ContinuousClock.Instant
    private var tenthsShown = 0

    init(title: String, total: Int, quiet: Bool = false) {
        self.title = title
        self.total = total
        self.isQuiet = quiet
        self.isTerminal = Console.errors.isTerminal
        self.start = .now
    }

    mutating func show(_ done: Int, note: String = "") {
        guard !self.isQuiet else { return }
        let line = Self.line(self.title, done, of: self.total, after: .now - self.start, note: note)
        if self.isTerminal {
            // A line that wraps could not be drawn over.
            Console.show("\r\u{1B}[K\(DisplayText.fitted(line, to: max(8, (Console.errors.columns ?? 80) - 1)))")
        } else {
            let tenths = Int(Self.fraction(done, of: self.total) * 10)
            guard tenths > self.tenthsShown else { return }
            self.tenthsShown = tenths
            Console.say("\(line)")
        }
    }

    func finish() {
        if self.isTerminal && !self.isQuiet { Console.show("\n") }
    }

    private static func fraction(_ done: Int, of total: Int) -> Double {
        total <= 0 ? 1 : min(1, max(0, Double(done) / Double(total)))
    }

    /// `title [█████▌....] 55 % 540/981 1,200/s 0:01 left`
    static func line(
        _ title: String,
        _ done: Int,
        of total: Int,
        after elapsed: Duration,
        note: String,
        width: Int = 24
    ) -> String {
        let fraction = Self.fraction(done, of: total)
        let eighths = Int(fraction * Double(width * 8))
        var bar = String(repeating: "█", count: eighths / 8)
        if eighths % 8 > 0 { bar.append(Array("▏▎▍▌▋▊▉")[eighths % 8 - 1]) }
        bar += String(repeating: "·", count: width - bar.count)
        var line = "\(title) [\(bar)] \(Int(fraction * 100)) % \(done)/\(total)"
        let seconds = elapsed / .seconds(1)
        if done > 0 && seconds > 0.2 {
            let rate = Double(done) / seconds
            line += " \(Int(rate))/s"
            if done < total {
                let left = Int((Double(total - done) / rate).rounded(.up))
                line += " \(left / 60):\(left % 60 < 10 ? "0" : "")\(left % 60) left"
            }
        }
        return note.isEmpty ? line : line + " " + note
    }
}
