internal import LikenessConsole

/// How many there are of what has no known end, on standard error: one line redrawn on a terminal, nothing elsewhere.
struct ProgressCount {
    private let title: String
    private let isShown: Bool
    private let start = ContinuousClock.now
    private var lastShown = ContinuousClock.now

    private static let interval = Duration.milliseconds(100)

    init(title: String, quiet: Bool) {
        self.title = title
        self.isShown = !quiet && Console.errors.isTerminal
    }

    mutating func show(_ count: Int) {
        let now = ContinuousClock.now
        guard self.isShown, now - self.lastShown >= Self.interval else { return }
        self.lastShown = now
        Console.show("\r\u{1B}[K\(Self.line(self.title, count, after: now - self.start))")
    }

    /// Leaves the line empty.
    func finish() {
        if self.isShown { Console.show("\r\u{1B}[K") }
    }

    /// `exporting 12000 1200/s`
    static func line(_ title: String, _ count: Int, after elapsed: Duration) -> String {
        let seconds = elapsed / .seconds(1)
        return "\(title) \(count)" + (seconds > 0.2 ? " \(Int(Double(count) / seconds))/s" : "")
    }
}
