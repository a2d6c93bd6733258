import LikenessMessages

/// A message as the text that the oracle makes of it, found by reflection: neither codec nor generator has a say.
///
/// `(name=value,…)`: names in lower case without underscores, sorted; what is empty, zero or absent is left out. Numbers
/// are decimal, floats their bits, texts and bytes hexadecimal, a oneof `name=member:value`.
struct MessageDump {
    static func of(_ message: any Message) -> String {
        var parts: [String] = []
        for child in Mirror(reflecting: message).children {
            guard let label = child.label else { continue }
            let name = label.drop { $0 == "_" }.lowercased()
            let value = Self.unwrapped(child.value)
            if let text = value.flatMap(Self.nonEmpty) { parts.append("\(name)=\(text)") }
        }
        return "(" + parts.sorted().joined(separator: ",") + ")"
    }

    /// Out of optionals and of `Indirect`; `nil` when there is nothing inside.
    private static func unwrapped(_ value: Any) -> Any? {
        if let indirect = value as? any IndirectValue { return indirect.anyMessage }
        let mirror = Mirror(reflecting: value)
        guard mirror.displayStyle == .optional else { return value }
        return mirror.children.first?.value
    }

    private static func nonEmpty(_ value: Any) -> String? {
        switch value {
        case let value as any BinaryFloatingPoint where Double(value) == 0: nil
        case let value as any BinaryInteger where Int64(truncatingIfNeeded: value) == 0: nil
        case false as Bool, "" as String: nil
        case let value as [Any] where value.isEmpty: nil
        case let value as [AnyHashable: Any] where value.isEmpty: nil
        case let value as any RawRepresentable<Int32> where value.rawValue == 0: nil
        default: Self.text(value)
        }
    }

    private static func text(_ value: Any) -> String {
        switch value {
        case let value as any Message: Self.of(value)
        case let value as any RawRepresentable<Int32>: "\(value.rawValue)"
        case let value as String: "s" + Self.hexadecimal(Array(value.utf8))
        case let value as [UInt8]: "b" + Self.hexadecimal(value)
        case let value as Bool: value ? "true" : "false"
        case let value as Float: value.isNaN ? "fnan" : "f" + Self.hexadecimal(Self.bytes(value.bitPattern))
        case let value as Double: value.isNaN ? "dnan" : "d" + Self.hexadecimal(Self.bytes(value.bitPattern))
        case let value as any BinaryInteger: "\(value)"
        case let value as [Any]: "[" + value.map(Self.text).joined(separator: ",") + "]"
        case let value as [AnyHashable: Any]:
            "{" + value.map { "\(Self.text($0.key.base)):\(Self.text($0.value))" }.sorted().joined(separator: ",") + "}"
        default: Self.member(value)
        }
    }

    /// A oneof: an enum case with its payload.
    private static func member(_ value: Any) -> String {
        guard let chosen = Mirror(reflecting: value).children.first, let label = chosen.label else { return "?" }
        return "\(label.lowercased()):\(Self.text(chosen.value))"
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    private static func bytes(_ pattern: some FixedWidthInteger) -> [UInt8] {
        stride(from: pattern.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: pattern >> $0) }
    }
}

private protocol IndirectValue {
    var anyMessage: Any? { get }
}

extension Indirect: IndirectValue {
    fileprivate var anyMessage: Any? { self.wrappedValue }
}
