internal import LikenessReflection

extension JSONNode {
    /// `null`, a text of blanks, an empty list or an empty object.
    var saysNothing: Bool {
        switch self {
        case .null: true
        case .string(let text): text.allSatisfy(\.isWhitespace)
        case .array(let items): items.allSatisfy(\.saysNothing)
        case .object(let members): members.isEmpty
        case .bool, .number: false
        }
    }

    private static let labels = [
        "name", "label", "title", "value", "text", "formatted", "formattedname", "raw", "#text", "_text", "$t",
        "description", "content", "code", "degreename", "en",
    ]

    /// The text that a value holds: a text, a number, a list of them, or what an object has for its label.
    ///
    /// - Returns: The text and what of the value it leaves out; `nil` for what holds no text.
    func plainText(separator: String) -> (text: String, rest: JSONNode?)? {
        switch self {
        case .string(let text): return (text, nil)
        case .number(let text): return (text, nil)
        case .array(let items):
            var texts: [String] = []
            for item in items where !item.saysNothing {
                guard case (let text, nil)? = item.plainText(separator: separator) else { return nil }
                texts.append(text)
            }
            return (texts.joined(separator: separator), nil)
        case .object(let members):
            for label in Self.labels {
                guard let index = members.firstIndex(where: { $0.name.lowercased() == label }) else { continue }
                let value = members[index].value
                var rest = members
                rest.remove(at: index)
                switch value {
                case .string(let text) where !value.saysNothing: return (text, rest.isEmpty ? nil : .object(rest))
                case .number(let text): return (text, rest.isEmpty ? nil : .object(rest))
                case .object:
                    guard let (text, inner) = value.plainText(separator: separator) else { continue }
                    if let inner { rest.append(.init(members[index].name, inner)) }
                    return (text, rest.isEmpty ? nil : .object(rest))
                default: continue
                }
            }
            return nil
        case .null, .bool: return nil
        }
    }

    /// The value of the first member of that name.
    func member(_ names: String...) -> JSONNode? {
        guard case .object(let members) = self else { return nil }
        for name in names {
            if let member = members.first(where: { $0.name.lowercased() == name }), !member.value.saysNothing {
                return member.value
            }
        }
        return nil
    }
}

extension StringProtocol {
    /// At most that many Unicode scalars, whole characters only.
    func prefix(scalars max: Int) -> String {
        guard self.unicodeScalars.count > max else { return String(self) }
        var count = 0
        return String(
            self.prefix { character in
                count += character.unicodeScalars.count
                return count <= max
            }
        )
    }

    /// Without white space and those characters at its ends.
    func trimmed(of characters: String = "") -> String {
        let isOuter = { (character: Character) in character.isWhitespace || characters.contains(character) }
        var text = self.drop(while: isOuter)
        while let last = text.last, isOuter(last) { text.removeLast() }
        return String(text)
    }
}
