/// Lines that wait to be written. Two kinds with a bound each: lines that may be dropped are, and are counted; lines that
/// are to be kept are always taken, and ``takesKeptLines`` asks for no more. Pure.
struct LogQueue {
    struct Line {
        let bytes: [UInt8]
        let isKept: Bool
    }

    private let bytesMax: Int
    private var lines: [Line] = []
    private var keptBytes = 0
    private var otherBytes = 0
    private var dropped = 0

    init(bytesMax: Int = 1 << 20) { self.bytesMax = bytesMax }

    /// Whether what is kept is within its bound.
    var takesKeptLines: Bool { self.keptBytes < self.bytesMax }

    var isEmpty: Bool { self.lines.isEmpty && self.dropped == 0 }

    mutating func append(_ line: Line) {
        if line.isKept {
            self.keptBytes += line.bytes.count
        } else {
            guard self.otherBytes + line.bytes.count <= self.bytesMax else {
                self.dropped += 1
                return
            }
            self.otherBytes += line.bytes.count
        }
        self.lines.append(line)
    }

    /// What is to be written now, and how many lines were dropped before it. The bytes count until ``written(_:)``.
    mutating func take() -> (lines: [Line], dropped: Int) {
        defer { (self.lines, self.dropped) = ([], 0) }
        return (self.lines, self.dropped)
    }

    /// A line that was taken is written, or given up.
    mutating func written(_ line: Line, wasDropped: Bool = false) {
        if line.isKept { self.keptBytes -= line.bytes.count } else { self.otherBytes -= line.bytes.count }
        if wasDropped { self.dropped += 1 }
    }
}
