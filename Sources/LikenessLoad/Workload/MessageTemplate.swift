internal import Foundation
internal import LikenessStatistics

/// A JSON text with places to fill in: the same seed fills in the same.
///
///     {"query": {"vector": {"values": {{vector 384}}}}, "limit": {{int 1 50}}}
///
/// Places: `{{vector N}}` (N numbers in brackets), `{{int A B}}`, `{{float A B}}`, `{{uuid}}`, `{{index}}` (0, 1, 2 …),
/// `{{choose a|b|c}}` and `{{line FILE}}` (a line, escaped for the inside of a JSON string).
package struct MessageTemplate: Sendable {
    private enum Part: Sendable {
        case text(String)
        case vector(Int)
        case int(ClosedRange<Int>)
        case float(ClosedRange<Double>)
        case uuid
        case index
        case choose([String])
    }

    private let parts: [Part]

    /// Whether two messages can differ.
    package var varies: Bool { self.parts.contains { if case .text = $0 { false } else { true } } }

    /// - Parameter readLines: Lines of the file that `{{line FILE}}` names.
    package init(
        _ text: String,
        readLines: (String) throws -> [String] = Self.lines(of:)
    ) throws {
        var parts: [Part] = []
        var rest = text[...]
        while let open = rest.firstRange(of: "{{") {
            // Braces of JSON itself stand together too: a place has a word after them.
            guard let close = rest[open.upperBound...].firstRange(of: "}}"),
                rest[open.upperBound].isLetter
            else {
                parts.append(.text(String(rest[..<open.upperBound])))
                rest = rest[open.upperBound...]
                continue
            }
            parts.append(.text(String(rest[..<open.lowerBound])))
            parts.append(try Self.part(String(rest[open.upperBound..<close.lowerBound]), readLines))
            rest = rest[close.upperBound...]
        }
        parts.append(.text(String(rest)))
        self.parts = parts.filter { if case .text("") = $0 { false } else { true } }
    }

    private static func part(_ text: String, _ readLines: (String) throws -> [String]) throws -> Part {
        let words = text.split(separator: " ", maxSplits: 1).map(String.init)
        let rest = words.count > 1 ? words[1] : ""
        let numbers = rest.split(separator: " ").map { Double($0) }
        switch words[0] {
        case "uuid" where rest.isEmpty: return .uuid
        case "index" where rest.isEmpty: return .index
        case "vector":
            if numbers.count == 1, let count = Int(rest), (1...16_000).contains(count) { return .vector(count) }
        case "int":
            if numbers.count == 2, let low = numbers[0], let high = numbers[1], low <= high, abs(low) < 1e15,
                abs(high) < 1e15
            {
                return .int(Int(low)...Int(high))
            }
        case "float":
            if numbers.count == 2, let low = numbers[0], let high = numbers[1], low <= high {
                return .float(low...high)
            }
        case "choose":
            if !rest.isEmpty { return .choose(rest.split(separator: "|").map(String.init)) }
        case "line":
            let lines = try readLines(rest)
            guard !lines.isEmpty else { throw OptionError("\(rest) has no lines") }
            return .choose(lines.map(Self.escaped))
        default: break
        }
        throw OptionError("{{\(text)}} is not a place to fill in: \(Self.places)")
    }

    private static let places =
        "there are vector N (up to 16000), int A B, float A B, uuid, index, choose a|b and line FILE"

    /// One message.
    func text(index: Int, random: inout SplitMix64) -> String {
        var text = ""
        for part in self.parts {
            switch part {
            case .text(let fixed): text += fixed
            case .vector(let count):
                let numbers = QueryVectors.next(&random, dimension: count).map { "\($0)" }
                text += "[" + numbers.joined(separator: ",") + "]"
            case .int(let range): text += "\(Int.random(in: range, using: &random))"
            case .float(let range): text += "\(Double.random(in: range, using: &random))"
            case .uuid: text += random.uuid().uuidString.lowercased()
            case .index: text += "\(index)"
            case .choose(let choices): text += choices[Int.random(in: 0..<choices.count, using: &random)]
            }
        }
        return text
    }

    package static func lines(of file: String) throws -> [String] {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw OptionError("\(file): cannot be read")
        }
        return text.split(whereSeparator: \.isNewline).map(String.init)
    }

    private static func escaped(_ line: String) -> String {
        var text = ""
        for scalar in line.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case _ where scalar.value < 0x20: text += String(format: "\\u%04x", scalar.value)
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}

extension SplitMix64 {
    /// Version 4, as all random ones.
    mutating func uuid() -> UUID {
        let (high, low) = (self.next(), self.next())
        func byte(_ value: UInt64, _ index: Int) -> UInt8 { UInt8(truncatingIfNeeded: value >> (56 - 8 * index)) }
        return UUID(
            uuid: (
                byte(high, 0), byte(high, 1), byte(high, 2), byte(high, 3), byte(high, 4), byte(high, 5),
                byte(high, 6) & 0x0F | 0x40, byte(high, 7), byte(low, 0) & 0x3F | 0x80, byte(low, 1), byte(low, 2),
                byte(low, 3), byte(low, 4), byte(low, 5), byte(low, 6), byte(low, 7)
            )
        )
    }
}
