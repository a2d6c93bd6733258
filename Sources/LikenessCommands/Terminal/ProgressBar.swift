internal import Foundation

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
        self.isTerminal = isatty(STDERR_FILENO) == 1
        self.start = .now
    }

    mutating func show(_ done: Int, note: String = "") {
        guard !self.isQuiet else { return }
        if self.isTerminal {
            Self.write("\r\u{1B}[K" + Self.line(self.title, done, of: self.total, after: .now - self.start, note: note))
        } else {
            let tenths = self.total == 0 ? 10 : done * 10 / self.total
            guard tenths > self.tenthsShown else { return }
            self.tenthsShown = tenths
            Self.write(Self.line(self.title, done, of: self.total, after: .now - self.start, note: note) + "\n")
        }
    }

    func finish() {
        if self.isTerminal && !self.isQuiet { Self.write("\n") }
    }

    /// `title  [█████▌    ]  55 %  540/981  1,200/s  0:01 left`
    static func line(
        _ title: String,
        _ done: Int,
        of total: Int,
        after elapsed: Duration,
        note: String,
        width: Int = 24
    ) -> String {
        let fraction = total == 0 ? 1 : min(1, Double(done) / Double(total))
        let eighths = Int(fraction * Double(width * 8))
        var bar = String(repeating: "█", count: eighths / 8)
        if eighths % 8 > 0 { bar.append(Array("▏▎▍▌▋▊▉")[eighths % 8 - 1]) }
        bar += String(repeating: " ", count: width - bar.count)
        var line = "\(title)  [\(bar)] \(Int(fraction * 100)) %  \(done)/\(total)"
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        if done > 0 && seconds > 0.2 {
            let rate = Double(done) / seconds
            line += "  \(Int(rate))/s"
            if done < total {
                let left = Int((Double(total - done) / rate).rounded(.up))
                line += "  \(left / 60):\(left % 60 < 10 ? "0" : "")\(left % 60) left"
            }
        }
        return note.isEmpty ? line : line + "  " + note
    }

    private static func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}
