/// A regular expression that is searched for in time proportional to the text, whatever the text: all ways to match are
/// followed at once, none is tried twice (Thompson's construction).
///
/// RE2's syntax without what a yes or no does not need: literals, `.`, classes like `[a-z_]` and `[^0-9]`, `\d \w \s` and
/// their opposites, escapes of punctuation, `\t \n \r`, groups, `|`, `* + ?` and `{n} {n,} {n,m}`, `^` and `$`.
/// It works on code points; without `^` and `$` it is searched for anywhere.
package struct TextPattern: Sendable {
    /// Why a text is no pattern.
    package struct Failure: Error, Hashable, CustomStringConvertible {
        package let description: String
    }

    enum Instruction: Sendable {
        case scalar(ScalarSet)
        /// Goes on at both.
        case split(Int, Int)
        case jump(Int)
        case begin, end, match
    }

    /// More would make every search slow.
    static let instructionsMax = 2_000

    let program: [Instruction]

    package init(_ text: String) throws(Failure) {
        var compiler = PatternCompiler()
        try compiler.compile(try PatternParser.parse(text))
        self.program = compiler.program + [.match]
    }

    /// Whether the pattern occurs in the text.
    package func matches(_ text: String) -> Bool {
        var now = ThreadList(count: self.program.count)
        var next = ThreadList(count: self.program.count)
        var position = text.unicodeScalars.startIndex
        let end = text.unicodeScalars.endIndex
        var isFirst = true
        while true {
            // A match may begin anywhere.
            if self.follow(0, isFirst: isFirst, isLast: position == end, &now) { return true }
            guard position < end else { return false }
            let scalar = text.unicodeScalars[position].value
            text.unicodeScalars.formIndex(after: &position)
            next.removeAll()
            for thread in now.threads {
                guard case .scalar(let set) = self.program[thread], set.contains(scalar) else { continue }
                if self.follow(thread + 1, isFirst: false, isLast: position == end, &next) { return true }
            }
            swap(&now, &next)
            isFirst = false
        }
    }

    /// Adds a thread and all that it becomes without reading.
    ///
    /// - Returns: Whether one of them has matched.
    private func follow(_ start: Int, isFirst: Bool, isLast: Bool, _ list: inout ThreadList) -> Bool {
        var pending = [start]
        while let thread = pending.popLast() {
            guard list.visit(thread) else { continue }
            switch self.program[thread] {
            case .scalar: list.threads.append(thread)
            case .split(let first, let second): pending += [second, first]
            case .jump(let target): pending.append(target)
            case .begin: if isFirst { pending.append(thread + 1) }
            case .end: if isLast { pending.append(thread + 1) }
            case .match: return true
            }
        }
        return false
    }

    private struct ThreadList {
        /// Those that wait for a code point.
        var threads: [Int] = []
        private var visited: [Bool]

        init(count: Int) { self.visited = Array(repeating: false, count: count) }

        mutating func visit(_ thread: Int) -> Bool {
            if self.visited[thread] { return false }
            self.visited[thread] = true
            return true
        }

        mutating func removeAll() {
            self.threads.removeAll(keepingCapacity: true)
            for index in self.visited.indices { self.visited[index] = false }
        }
    }
}

/// Some code points, or all but some.
struct ScalarSet: Sendable, Hashable {
    var ranges: [ClosedRange<UInt32>] = []
    var isNegated = false

    func contains(_ scalar: UInt32) -> Bool { self.ranges.contains { $0.contains(scalar) } != self.isNegated }

    static func one(_ scalar: UInt32) -> ScalarSet { ScalarSet(ranges: [scalar...scalar]) }
    /// RE2's `.`: everything but the end of a line.
    static let any = ScalarSet(ranges: [10...10], isNegated: true)
    static let digits = ScalarSet(ranges: [48...57])
    static let words = ScalarSet(ranges: [48...57, 65...90, 95...95, 97...122])
    static let spaces = ScalarSet(ranges: [9...10, 12...13, 32...32])
}

/// What a pattern says, before it is compiled.
indirect enum PatternNode {
    case scalar(ScalarSet)
    case begin, end
    case sequence([PatternNode])
    case choice([PatternNode])
    /// `max` is `nil` for no limit.
    case repetition(PatternNode, min: Int, max: Int?)
}

struct PatternCompiler {
    private(set) var program: [TextPattern.Instruction] = []
    /// Repeating nothing makes no instructions, but takes time too.
    private var steps = 0

    mutating func compile(_ node: PatternNode) throws(TextPattern.Failure) {
        self.steps += 1
        guard self.steps < TextPattern.instructionsMax * 2, self.program.count < TextPattern.instructionsMax else {
            throw TextPattern.Failure(description: "the pattern is too large")
        }
        switch node {
        case .scalar(let set): self.program.append(.scalar(set))
        case .begin: self.program.append(.begin)
        case .end: self.program.append(.end)
        case .sequence(let nodes): for node in nodes { try self.compile(node) }
        case .choice(let nodes): try self.compile(choice: nodes[...])
        case .repetition(let inner, let min, let max):
            for _ in 0..<min { try self.compile(inner) }
            guard let max else { return try self.compile(loop: inner) }
            // Each of the rest may be the last.
            var splits: [Int] = []
            for _ in min..<max {
                splits.append(self.program.count)
                self.program.append(.jump(0))
                try self.compile(inner)
            }
            for split in splits { self.program[split] = .split(split + 1, self.program.count) }
        }
    }

    private mutating func compile(loop inner: PatternNode) throws(TextPattern.Failure) {
        let start = self.program.count
        self.program.append(.jump(0))
        try self.compile(inner)
        self.program.append(.jump(start))
        self.program[start] = .split(start + 1, self.program.count)
    }

    private mutating func compile(choice nodes: ArraySlice<PatternNode>) throws(TextPattern.Failure) {
        guard let first = nodes.first else { return }
        guard nodes.count > 1 else { return try self.compile(first) }
        let split = self.program.count
        self.program.append(.jump(0))
        try self.compile(first)
        let jump = self.program.count
        self.program.append(.jump(0))
        self.program[split] = .split(split + 1, self.program.count)
        try self.compile(choice: nodes.dropFirst())
        self.program[jump] = .jump(self.program.count)
    }
}
