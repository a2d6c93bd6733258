/// Spellings of one name in `.proto`, Swift and C.
enum Naming {
    /// `page_token` → `pageToken`; keywords in back-ticks.
    static func swiftMember(_ name: String) -> String {
        let parts = name.split(separator: "_")
        guard let first = parts.first else { return name }
        let member = first.lowercased() + parts.dropFirst().map { Self.capitalised($0.lowercased()) }.joined()
        return Self.escaped(member)
    }

    /// `GetProfile` → `getProfile`.
    static func swiftMethod(_ name: String) -> String {
        Self.escaped(name.prefix(1).lowercased() + name.dropFirst())
    }

    /// `EXPERIENCE_CATEGORY_WORK` of `ExperienceCategory` → `work`.
    static func swiftCase(_ value: String, of enumeration: String) -> String {
        let prefix = Self.snakeCased(enumeration).uppercased() + "_"
        let short = value.hasPrefix(prefix) ? String(value.dropFirst(prefix.count)) : value
        let member = Self.swiftMember(short)
        return member.first?.isNumber == true ? "_" + member : member
    }

    /// protoc-c's `CamelToLower`: `ProfileSummary` → `profile_summary`.
    static func snakeCased(_ name: String) -> String {
        var snake = ""
        var wasUpper = true
        for character in name {
            if character.isUppercase {
                if !wasUpper { snake += "_" }
                snake += character.lowercased()
            } else {
                snake.append(character)
            }
            wasUpper = character.isUppercase
        }
        return snake
    }

    /// protoc-c's `ToCamel`: `profile_summary` → `ProfileSummary`.
    static func camelCased(_ name: String) -> String {
        name.split(separator: "_").map { Self.capitalised(String($0)) }.joined()
    }

    static func capitalised(_ name: String) -> String { name.prefix(1).uppercased() + name.dropFirst() }

    /// A member of a C struct as protoc-c spells it and as Swift needs it quoted.
    static func cMember(_ name: String) -> String {
        let cKeywords: Set<String> = [
            "auto", "bool", "break", "case", "char", "class", "const", "continue", "default", "delete", "do", "double",
            "else", "enum", "extern", "float", "for", "friend", "goto", "if", "inline", "int", "long", "namespace",
            "new", "operator", "private", "protected", "public", "register", "return", "short", "signed", "sizeof",
            "static", "struct", "switch", "template", "this", "throw", "try", "typedef", "typename", "union",
            "unsigned", "using", "virtual", "void", "volatile", "while",
        ]
        let lower = name.lowercased()
        return cKeywords.contains(lower) ? lower + "_" : Self.escaped(lower)
    }

    private static func escaped(_ name: String) -> String {
        let keywords: Set<String> = [
            "as", "associatedtype", "break", "case", "catch", "class", "continue", "default", "defer", "deinit", "do",
            "else", "enum", "extension", "fallthrough", "false", "for", "func", "guard", "if", "import", "in", "init",
            "inout", "internal", "is", "let", "nil", "operator", "private", "protocol", "public", "repeat", "rethrows",
            "return", "self", "static", "struct", "subscript", "super", "switch", "throw", "throws", "true", "try",
            "typealias", "var", "where", "while",
        ]
        return keywords.contains(name) ? "`\(name)`" : name
    }
}
