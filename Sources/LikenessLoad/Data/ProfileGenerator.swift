internal import LikenessMessages
internal import LikenessStatistics

/// Makes people: who they are, what they did in which order, and how they tell it.
///
/// The same seed and place make the same person, byte for byte, however many others are made.
package struct ProfileGenerator: Sendable {
    private let seed: UInt64

    package init(seed: UInt64) { self.seed = seed }

    /// - Parameter index: From 0.
    package func profile(_ index: Int) -> GeneratedProfile {
        var mixer = SplitMix64(seed: self.seed)
        var random = SplitMix64(seed: mixer.next() ^ (UInt64(truncatingIfNeeded: index) &* 0xD1B5_4A32_D192_ED03))
        let person = Person(&random)
        let career = Career(person, &random)
        var teller = Teller(person: person, career: career)
        var made = teller.tell(&random)
        made.profile.slug = Self.slug(made.profile.displayName, index: index, seed: self.seed)
        made.profile.id = RandomUUID.text(&random)
        for place in made.profile.experiences.indices { made.profile.experiences[place].id = RandomUUID.text(&random) }
        for place in made.profile.skills.indices { made.profile.skills[place].id = RandomUUID.text(&random) }
        return made
    }

    /// The name in ASCII, the place in base 36, and two letters of the seed, so that data of two seeds can be mixed.
    private static func slug(_ name: String, index: Int, seed: UInt64) -> String {
        var slug = ""
        for character in name {
            if let letters = ASCIILetters.of(character) {
                slug += letters
            } else if slug.last != "-", !slug.isEmpty {
                slug += "-"
            }
        }
        if slug.last != "-" { slug += "-" }
        let end = String(seed % 1_296, radix: 36)
        return slug + String(index, radix: 36) + (end.count < 2 ? "0" : "") + end
    }
}

/// Version 4 UUIDs out of a seeded generator.
enum RandomUUID {
    static func text(_ random: inout SplitMix64) -> String {
        let high = random.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = random.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        var text = ""
        text.reserveCapacity(36)
        for (index, shift) in stride(from: 60, through: 0, by: -4).enumerated() {
            if index == 8 || index == 12 { text += "-" }
            text.append(Self.digits[Int((high >> UInt64(shift)) & 15)])
        }
        for (index, shift) in stride(from: 60, through: 0, by: -4).enumerated() {
            if index == 0 || index == 4 { text += "-" }
            text.append(Self.digits[Int((low >> UInt64(shift)) & 15)])
        }
        return text
    }

    private static let digits = Array("0123456789abcdef")
}

/// Latin letters with marks, without them.
enum ASCIILetters {
    /// The lower-case ASCII letters for a character; `nil` for what is none.
    static func of(_ character: Character) -> String? {
        if character.isASCII {
            return character.isLetter || character.isNumber ? character.lowercased() : nil
        }
        return Self.table[character] ?? Self.table[Character(character.lowercased())]
    }

    private static let table: [Character: String] = {
        var table: [Character: String] = ["ß": "ss", "æ": "ae", "œ": "oe", "İ": "i"]
        for (plain, marked) in [
            ("a", "áàâäãåąă"), ("c", "çćč"), ("d", "ďđð"), ("e", "éèêëęě"), ("g", "ğ"), ("i", "íìîïı"), ("l", "łľ"),
            ("n", "ñńň"), ("o", "óòôöõøő"), ("r", "řŕ"), ("s", "śşšș"), ("t", "ťț"), ("u", "úùûüůű"), ("y", "ýÿ"),
            ("z", "źżž"),
        ] {
            for character in marked { table[character] = plain }
        }
        return table
    }()
}
