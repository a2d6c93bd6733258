internal import Foundation

/// Slugs that names suggest.
enum Slug {
    /// Leaves room for what makes a slug unique: the contract allows 200 bytes.
    private static let bytesMax = 180
    /// For a name without a letter or a digit.
    private static let unnamed = "profile"

    /// The slug that a name in any script suggests: "Gabriela Mistral (Lucila Godoy)" gives
    /// "gabriela-mistral-lucila-godoy", "김민준" gives "gimminjun". Chinese characters are read as Chinese.
    static func suggested(by name: String) -> String {
        var slug: [UInt8] = []
        for byte in self.latin(name).utf8 where slug.count < self.bytesMax {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): slug.append(byte)
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): slug.append(byte | 0x20)
            default: if slug.last.map({ $0 != UInt8(ascii: "-") }) ?? false { slug.append(UInt8(ascii: "-")) }
            }
        }
        if slug.last == UInt8(ascii: "-") { slug.removeLast() }
        return slug.isEmpty ? self.unnamed : String(decoding: slug, as: UTF8.self)
    }

    /// ICU's transliteration; the first one of a process loads its rules, 0.2 s.
    private static func latin(_ name: String) -> String {
        guard !name.utf8.allSatisfy({ $0 < 0x80 }) else { return name }
        return name.applyingTransform(StringTransform("Any-Latin; Latin-ASCII"), reverse: false) ?? name
    }
}
