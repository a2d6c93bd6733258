/// Reads the text of a pattern.
struct PatternParser {
    private typealias Failure = TextPattern.Failure
    private static let depthMax = 50
    private static let repetitionsMax = 1_000

    private let scalars: [Unicode.Scalar]
    private var position = 0

    static func parse(_ text: String) throws(TextPattern.Failure) -> PatternNode {
        var parser = Self(scalars: Array(text.unicodeScalars))
        let node = try parser.choice(depthLeft: Self.depthMax)
        guard parser.next == nil else { throw Failure(description: "a ) has no (") }
        return node
    }

    private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

    private var next: Unicode.Scalar? { self.position < self.scalars.count ? self.scalars[self.position] : nil }

    private mutating func accept(_ scalar: Unicode.Scalar) -> Bool {
        guard self.next == scalar else { return false }
        self.position += 1
        return true
    }

    private mutating func choice(depthLeft: Int) throws(TextPattern.Failure) -> PatternNode {
        guard depthLeft > 0 else { throw Failure(description: "groups are nested too deeply") }
        var branches: [PatternNode] = []
        repeat {
            var items: [PatternNode] = []
            while let scalar = self.next, scalar != "|", scalar != ")" {
                items.append(try self.repeated(try self.atom(depthLeft: depthLeft)))
            }
            branches.append(.sequence(items))
        } while self.accept("|")
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func repeated(_ atom: PatternNode) throws(TextPattern.Failure) -> PatternNode {
        let node: PatternNode
        if self.accept("*") {
            node = .repetition(atom, min: 0, max: nil)
        } else if self.accept("+") {
            node = .repetition(atom, min: 1, max: nil)
        } else if self.accept("?") {
            node = .repetition(atom, min: 0, max: 1)
        } else if self.accept("{") {
            let min = try self.count()
            let max: Int? = self.accept(",") ? (self.next == "}" ? nil : try self.count()) : min
            guard self.accept("}"), max.map({ $0 >= min }) ?? true else { throw Failure(description: "a bad {n,m}") }
            node = .repetition(atom, min: min, max: max)
        } else {
            return atom
        }
        if let next = self.next, ["*", "+", "?", "{"].contains(next) {
            throw Failure(description: "\(next) follows a repetition")
        }
        return node
    }

    private mutating func count() throws(TextPattern.Failure) -> Int {
        var digits = ""
        while let scalar = self.next, ("0"..."9").contains(scalar) {
            digits.unicodeScalars.append(scalar)
            self.position += 1
        }
        guard let count = Int(digits), count <= Self.repetitionsMax else {
            throw Failure(description: "a bad {n,m}; at most \(Self.repetitionsMax) are allowed")
        }
        return count
    }

    private mutating func atom(depthLeft: Int) throws(TextPattern.Failure) -> PatternNode {
        guard let scalar = self.next else { return .sequence([]) }
        self.position += 1
        switch scalar {
        case "^": return .begin
        case "$": return .end
        case ".": return .scalar(.any)
        case "[": return .scalar(try self.scalarClass())
        case "\\": return .scalar(try self.escape())
        case "(":
            if self.accept("?"), !self.accept(":") { throw Failure(description: "only (?: may follow a (") }
            let node = try self.choice(depthLeft: depthLeft - 1)
            guard self.accept(")") else { throw Failure(description: "a ( has no )") }
            return node
        case "*", "+", "?", "{": throw Failure(description: "\(scalar) has nothing to repeat")
        default: return .scalar(.one(scalar.value))
        }
    }

    private mutating func scalarClass() throws(TextPattern.Failure) -> ScalarSet {
        var set = ScalarSet(isNegated: self.accept("^"))
        var isFirst = true
        while isFirst || self.next != "]" {
            isFirst = false
            let first = try self.classItem()
            guard first.ranges.count == 1, first.ranges[0].count == 1, self.next == "-",
                self.position + 1 < self.scalars.count, self.scalars[self.position + 1] != "]"
            else {
                guard !first.isNegated else { throw Failure(description: "\\D, \\W and \\S cannot stand in a class") }
                set.ranges += first.ranges
                continue
            }
            self.position += 1
            let last = try self.classItem()
            guard last.ranges.count == 1, last.ranges[0].count == 1, !last.isNegated,
                last.ranges[0].lowerBound >= first.ranges[0].lowerBound
            else { throw Failure(description: "a range of a class is the wrong way round") }
            set.ranges.append(first.ranges[0].lowerBound...last.ranges[0].lowerBound)
        }
        self.position += 1
        return set
    }

    private mutating func classItem() throws(TextPattern.Failure) -> ScalarSet {
        guard let scalar = self.next else { throw Failure(description: "a [ has no ]") }
        self.position += 1
        return scalar == "\\" ? try self.escape() : .one(scalar.value)
    }

    private mutating func escape() throws(TextPattern.Failure) -> ScalarSet {
        guard let scalar = self.next else { throw Failure(description: "a \\ stands at the end") }
        self.position += 1
        switch scalar {
        case "d": return .digits
        case "w": return .words
        case "s": return .spaces
        case "D": return ScalarSet(ranges: ScalarSet.digits.ranges, isNegated: true)
        case "W": return ScalarSet(ranges: ScalarSet.words.ranges, isNegated: true)
        case "S": return ScalarSet(ranges: ScalarSet.spaces.ranges, isNegated: true)
        case "t": return .one(9)
        case "n": return .one(10)
        case "r": return .one(13)
        default:
            guard scalar.isASCII, !ScalarSet.words.contains(scalar.value) else {
                throw Failure(description: "no such escape: \\\(scalar)")
            }
            return .one(scalar.value)
        }
    }
}
