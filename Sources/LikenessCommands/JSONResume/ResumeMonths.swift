internal import Foundation

/// Names of months, as the locale data of Foundation (CLDR) has them.
enum ResumeMonths {
    /// - Parameter word: In lower case, without a point at its end.
    static func number(of word: Substring) -> Int32? {
        if let number = self.numbers[String(word)] { return number }
        // Hebrew writes "in" as a letter of the word.
        return word.first == "ב" ? self.numbers[String(word.dropFirst())] : nil
    }

    /// Croatian is left out, whose "listopad" is a month earlier than that of Polish and Czech.
    private static let locales = [
        "ar", "ar_DZ", "ar_SY", "bg", "ca", "cs", "da", "de", "de_AT", "el", "en", "en_GB", "es", "es_PE", "et", "fi",
        "fr", "he",
        "hi", "hu", "id", "it", "lt", "lv", "nb", "nl", "pl", "pt", "ro", "ru", "sk", "sl", "sv", "tr", "uk", "zh",
    ]

    private static let numbers: [String: Int32] = {
        var numbers: [String: Int32] = [:]
        var ambiguous: Set<String> = []
        for locale in Self.locales {
            var calendar = Calendar(identifier: .gregorian)
            calendar.locale = Locale(identifier: locale)
            for names in [
                calendar.monthSymbols, calendar.standaloneMonthSymbols, calendar.shortMonthSymbols,
                calendar.shortStandaloneMonthSymbols,
            ] {
                for (index, name) in names.enumerated() {
                    let name = name.lowercased().trimmed(of: ".")
                    guard !name.contains(where: { $0.isNumber && $0.isASCII || $0.isWhitespace }) else { continue }
                    for form in [name, name.folding(options: .diacriticInsensitive, locale: nil)] {
                        if let other = numbers[form], other != Int32(index + 1) { ambiguous.insert(form) }
                        numbers[form] = Int32(index + 1)
                    }
                }
            }
        }
        for name in ambiguous { numbers[name] = nil }
        return numbers.merging(Self.others) { $1 }
    }()

    /// How people shorten them besides.
    private static let others: [String: Int32] = [
        "janv": 1, "ene": 1, "gen": 1, "febr": 2, "fevr": 2, "mrz": 3, "maa": 3, "marc": 3, "avr": 4, "mayo": 5,
        "may": 5, "mai": 5,
        "juin": 6, "juni": 6, "juill": 7, "juil": 7, "juli": 7, "july": 7, "june": 6, "aou": 8, "aout": 8, "sep": 9,
        "sept": 9, "set": 9,
        "octo": 10, "nov": 11, "dec": 12, "dez": 12, "dic": 12, "déc": 12,
    ]
}
