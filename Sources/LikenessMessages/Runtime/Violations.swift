internal import LikenessPatterns

/// One way in which a message breaks the rules of the contract.
public struct Violation: Sendable, Hashable {
    /// Path from the message: `query.vector.values[3]`.
    public let field: String
    /// Which rule, named as in the options: `string.max_len`.
    public let ruleID: String
    /// What is wrong, for people.
    public let message: String

    public init(field: String, ruleID: String, message: String) {
        self.field = field
        self.ruleID = ruleID
        self.message = message
    }
}

/// Rules of one text; see `likeness.options.v1.StringRules`.
public struct TextRules: Sendable {
    let lengthMin: Int
    let lengthMax: Int
    let bytesMax: Int
    let isUUID: Bool
    let isSlug: Bool
    let isNotBlank: Bool
    let json: JSONBounds?
    let pattern: (text: String, compiled: TextPattern)?

    /// - Parameter pattern: A `TextPattern` that the generator has tried.
    public init(
        lengthMin: Int,
        lengthMax: Int,
        bytesMax: Int,
        isUUID: Bool,
        isSlug: Bool,
        isNotBlank: Bool = false,
        json: JSONBounds? = nil,
        pattern: String? = nil
    ) {
        self.lengthMin = lengthMin
        self.lengthMax = lengthMax
        self.bytesMax = bytesMax
        self.isUUID = isUUID
        self.isSlug = isSlug
        self.isNotBlank = isNotBlank
        self.json = json
        self.pattern = pattern.map { text in
            do {
                return (text, try TextPattern(text))
            } catch {
                preconditionFailure("the generator let a bad pattern through: \(error)")
            }
        }
    }
}

/// Collects violations while generated code walks through a message.
public struct Violations {
    /// More are not collected: one mistake repeated a million times is still one.
    public static let countMax = 32

    public private(set) var found: [Violation] = []
    /// Names of the messages around, outermost first.
    private(set) var path: [(name: StaticString, place: Place?)] = []

    /// Which item of a list, or which entry of a map.
    enum Place {
        case index(Int)
        case key(String)

        var text: String {
            switch self {
            case .index(let index): "[\(index)]"
            case .key(let key): "[\"\(key.prefix(64))\"]"
            }
        }
    }

    public init() {}

    var isFull: Bool { self.found.count >= Self.countMax }

    public mutating func message(_ name: StaticString, _ message: (some Message)?) {
        guard let message, !self.isFull else { return }
        self.inside(name, nil, message)
    }

    public mutating func messages(_ name: StaticString, _ messages: [some Message]) {
        for (index, message) in messages.enumerated() where !self.isFull {
            self.inside(name, .index(index), message)
        }
    }

    mutating func inside(_ name: StaticString, _ place: Place?, _ message: some Message) {
        self.path.append((name, place))
        message._check(&self)
        self.path.removeLast()
    }

    public mutating func required(_ name: StaticString, _ isThere: Bool) {
        if !isThere { self.add(name, nil, "required", "is required") }
    }

    public mutating func count(_ name: StaticString, _ count: Int, min: Int, max: Int) {
        if count < min { self.add(name, nil, "repeated.min_items", "has \(count) items; at least \(min) are needed") }
        if count > max { self.add(name, nil, "repeated.max_items", "has \(count) items; at most \(max) are allowed") }
    }

    public mutating func integer(_ name: StaticString, _ value: Int64, min: Int64?, max: Int64?) {
        if let min, value < min { self.add(name, nil, "int64.gte", "is \(value); must be at least \(min)") }
        if let max, value > max { self.add(name, nil, "int64.lte", "is \(value); must be at most \(max)") }
    }

    public mutating func number(
        _ name: StaticString,
        _ value: some BinaryFloatingPoint,
        mustBeFinite: Bool,
        min: Double?,
        max: Double?
    ) {
        self.check(name, nil, Double(value), mustBeFinite: mustBeFinite, min: min, max: max)
    }

    public mutating func numbers(
        _ name: StaticString,
        _ values: [Float],
        mustBeFinite: Bool,
        min: Double?,
        max: Double?
    ) {
        if min == nil && max == nil {
            // Infinity and NaN have the largest exponent there is. A loop without exits runs on vector registers.
            var largest: UInt32 = 0
            for value in values { largest = Swift.max(largest, value.magnitude.bitPattern) }
            if largest < Float.infinity.bitPattern { return }
        }
        for (index, value) in values.enumerated() where !self.isFull {
            self.check(name, .index(index), Double(value), mustBeFinite: mustBeFinite, min: min, max: max)
        }
    }

    public mutating func numbers(
        _ name: StaticString,
        _ values: [Double],
        mustBeFinite: Bool,
        min: Double?,
        max: Double?
    ) {
        for (index, value) in values.enumerated() where !self.isFull {
            self.check(name, .index(index), value, mustBeFinite: mustBeFinite, min: min, max: max)
        }
    }

    private mutating func check(
        _ name: StaticString,
        _ place: Place?,
        _ value: Double,
        mustBeFinite: Bool,
        min: Double?,
        max: Double?
    ) {
        // Written so that NaN breaks each of them, and one value is reported once.
        if mustBeFinite, !value.isFinite {
            self.add(name, place, "double.finite", "is \(value); must be a finite number")
        } else if let min, !(value >= min) {
            self.add(name, place, "double.gte", "is \(value); must be at least \(min)")
        } else if let max, !(value <= max) {
            self.add(name, place, "double.lte", "is \(value); must be at most \(max)")
        }
    }

    /// - Parameter evenEmpty: Whether the rules hold for an empty text too; as a field, it is taken for absent.
    public mutating func text(_ name: StaticString, _ text: String, _ rules: TextRules, evenEmpty: Bool) {
        guard evenEmpty || !text.isEmpty else { return }
        self.check(name, nil, text, rules)
    }

    public mutating func texts(_ name: StaticString, _ texts: [String], _ rules: TextRules) {
        for (index, text) in texts.enumerated() where !self.isFull { self.check(name, .index(index), text, rules) }
    }

    mutating func check(_ name: StaticString, _ place: Place?, _ text: String, _ rules: TextRules) {
        let bytes = text.utf8.count
        if bytes > rules.bytesMax {
            self.add(
                name,
                place,
                "string.max_bytes",
                "has \(bytes) bytes; at most \(rules.bytesMax) are allowed"
            )
        }
        var isTooLong = bytes > rules.bytesMax
        // A text has at most as many characters as bytes, and at least a quarter: most texts need no counting.
        if bytes > rules.lengthMax || bytes < rules.lengthMin * 4 {
            let length = text.unicodeScalars.count
            if length > rules.lengthMax {
                isTooLong = true
                let problem = "has \(length) characters; at most \(rules.lengthMax) are allowed"
                self.add(name, place, "string.max_len", problem)
            }
            if length < rules.lengthMin {
                let problem = "has \(length) characters; at least \(rules.lengthMin) are needed"
                self.add(name, place, "string.min_len", problem)
            }
        }
        if rules.isUUID && !Self.isUUID(text) { self.add(name, place, "string.uuid", "is not a UUID") }
        // Matching takes time: only what has an allowed length.
        if let pattern = rules.pattern, !isTooLong, !pattern.compiled.matches(text) {
            self.add(name, place, "string.pattern", "does not match \(pattern.text)")
        }
        if rules.isNotBlank && !text.isEmpty && Self.isBlank(text) {
            self.add(name, place, "string.not_blank", "holds nothing that can be seen")
        }
        if let json = rules.json, !isTooLong, let (rule, problem) = json.problem(of: text) {
            self.add(name, place, "json.\(rule)", problem)
        }
        if rules.isSlug && !Self.isSlug(text) {
            let problem = "may hold lower-case letters, digits and single hyphens between them"
            self.add(name, place, "string.slug", problem)
        }
    }

    mutating func add(_ name: StaticString, _ place: Place?, _ ruleID: String, _ message: String) {
        guard !self.isFull else { return }
        let path = (self.path + [(name, place)]).map { "\($0.name)\($0.place?.text ?? "")" }
        self.found.append(Violation(field: path.joined(separator: "."), ruleID: ruleID, message: message))
    }

    /// 8-4-4-4-12 hexadecimal digits.
    private static func isUUID(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { utf8 in
            guard utf8.count == 36 else { return false }
            let bytes = unsafe Span(_unsafeElements: utf8)
            for index in bytes.indices {
                let byte = bytes[index]
                switch index {
                case 8, 13, 18, 23: if byte != 0x2D { return false }
                default:
                    let isHex =
                        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
                    if !isHex { return false }
                }
            }
            return true
        }
    }

    /// Whether a text holds nothing that can be seen: it is empty, or all white space, control characters and invisible ones.
    public static func isBlank(_ text: String) -> Bool {
        for byte in text.utf8.prefix(1) where (0x21...0x7E).contains(byte) { return false }
        return text.unicodeScalars.allSatisfy { scalar in
            let properties = scalar.properties
            return properties.isWhitespace || properties.isDefaultIgnorableCodePoint
                || properties.generalCategory == .control || properties.generalCategory == .format
        }
    }

    private static func isSlug(_ text: String) -> Bool {
        var previous: UInt8 = 0x2D
        for byte in text.utf8 {
            let isWord = (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
            guard isWord || (byte == 0x2D && previous != 0x2D) else { return false }
            previous = byte
        }
        return previous != 0x2D
    }
}
