// Rules of bytes and enums, of the items of lists and of the entries of maps; used by generated code.
extension Violations {
    /// - Parameter evenEmpty: Whether the rules hold for no bytes too; as a field, they are taken for absent.
    public mutating func bytes(_ name: StaticString, _ bytes: [UInt8], min: Int, max: Int, evenEmpty: Bool) {
        if evenEmpty || !bytes.isEmpty { self.check(name, nil, bytes, min: min, max: max) }
    }

    public mutating func bytesItems(_ name: StaticString, _ items: [[UInt8]], min: Int, max: Int) {
        for (index, bytes) in items.enumerated() where !self.isFull {
            self.check(name, .index(index), bytes, min: min, max: max)
        }
    }

    private mutating func check(_ name: StaticString, _ place: Place?, _ bytes: [UInt8], min: Int, max: Int) {
        let count = bytes.count
        if count < min { self.add(name, place, "bytes.min_len", "has \(count) bytes; at least \(min) are needed") }
        if count > max { self.add(name, place, "bytes.max_len", "has \(count) bytes; at most \(max) are allowed") }
    }

    public mutating func defined(_ name: StaticString, _ value: some ContractEnum) {
        self.check(name, nil, value)
    }

    public mutating func definedItems(_ name: StaticString, _ values: [some ContractEnum]) {
        for (index, value) in values.enumerated() where !self.isFull { self.check(name, .index(index), value) }
    }

    private mutating func check(_ name: StaticString, _ place: Place?, _ value: some ContractEnum) {
        if !value.isDefined {
            self.add(name, place, "enum.defined_only", "is \(value.rawValue), which the contract does not name")
        }
    }

    public mutating func integers(_ name: StaticString, _ values: [some BinaryInteger], min: Int64?, max: Int64?) {
        for (index, value) in values.enumerated() where !self.isFull {
            let value = Int64(clamping: value)
            let place = Place.index(index)
            if let min, value < min { self.add(name, place, "int64.gte", "is \(value); must be at least \(min)") }
            if let max, value > max { self.add(name, place, "int64.lte", "is \(value); must be at most \(max)") }
        }
    }

    // MARK: Maps, by ascending key so that the same message gives the same violations.

    public mutating func pairs(_ name: StaticString, _ count: Int, min: Int, max: Int) {
        if count < min { self.add(name, nil, "map.min_pairs", "has \(count) entries; at least \(min) are needed") }
        if count > max { self.add(name, nil, "map.max_pairs", "has \(count) entries; at most \(max) are allowed") }
    }

    public mutating func keys(_ name: StaticString, _ map: [String: some Any], _ rules: TextRules) {
        for key in map.keys.sorted() where !self.isFull { self.check(name, .key(key), key, rules) }
    }

    public mutating func values<Key: Comparable>(_ name: StaticString, _ map: [Key: String], _ rules: TextRules) {
        for (key, value) in map.sorted(by: { $0.key < $1.key }) where !self.isFull {
            self.check(name, .key("\(key)"), value, rules)
        }
    }

    public mutating func values(_ name: StaticString, _ map: [Bool: String], _ rules: TextRules) {
        for key in [false, true] { if let value = map[key] { self.check(name, .key("\(key)"), value, rules) } }
    }

    public mutating func messages<Key: Comparable>(_ name: StaticString, _ map: [Key: some Message]) {
        for (key, message) in map.sorted(by: { $0.key < $1.key }) where !self.isFull {
            self.inside(name, .key("\(key)"), message)
        }
    }

    public mutating func messages(_ name: StaticString, _ map: [Bool: some Message]) {
        for key in [false, true] { if let message = map[key] { self.inside(name, .key("\(key)"), message) } }
    }
}

/// An enum of the contract. It keeps numbers that the contract does not name.
public protocol ContractEnum: RawRepresentable<Int32>, Sendable, Hashable {
    /// Whether the contract names the value.
    var isDefined: Bool { get }
}
