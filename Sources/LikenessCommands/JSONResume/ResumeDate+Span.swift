internal import LikenessMessages

/// From when to when, in one text.
extension ResumeDate {
    /// Reads "2015 - 2019", "Jan 2015 – Present", "2010 to 2012", "2017-19", an interval of ISO 8601, and a start without an end: "since
    /// 2018", "2018 –", "2018/10至今".
    static func range(_ text: String) -> (start: ResumeDate?, end: ResumeDate?)? {
        guard text.utf8.count <= Self.bytesMax, let plain = Self.withASCIIDigits(text) else { return nil }
        let text = Self.withoutDuration(plain.trimmed()).lowercased().replacing("’", with: "'")
        if let start = Self.open(text) { return (start, .ongoing) }
        if let years = Self.shortenedYears(text) { return years }
        for separator in Self.separators {
            let parts = Self.split(text, at: separator)
            guard parts.count == 2 else { continue }
            let (start, end) = (ResumeDate(Self.withoutSince(parts[0])), ResumeDate(parts[1]))
            if let start, case .date = start, end != nil { return (start, end) }
        }
        return nil
    }

    /// What has a start and says that it goes on.
    private static func open(_ text: String) -> ResumeDate? {
        var starts: [Substring] = []
        for word in Self.sinceWords where text.hasPrefix(word) { starts.append(text.dropFirst(word.count)) }
        for word in Self.onwardWords where text.hasSuffix(word) { starts.append(text.dropLast(word.count)) }
        for word in Self.ongoingWords where text.hasSuffix(word) { starts.append(text.dropLast(word.count)) }
        // The longest word first: "至今" ends with "今".
        for start in starts.sorted(by: { $0.utf8.count < $1.utf8.count }) {
            // One date and no other: "from 2010 to 2012" is none.
            let start = start.trimmed(of: "-–—~〜～→:,.")
            if case .date(let date, let isExact)? = ResumeDate(start), isExact || !start.contains(where: Self.isMark) {
                return .date(date, exact: isExact)
            }
        }
        return nil
    }

    /// "from 2010", where an end follows.
    private static func withoutSince(_ text: String) -> String {
        let words = Self.sinceWords + ["de "]
        guard let word = words.first(where: { text.hasPrefix($0) }) else { return text }
        return String(text.dropFirst(word.count))
    }

    private static func isMark(_ character: Character) -> Bool { "-–—~〜～→ ".contains(character) }

    /// "2017-19" and "2018/19"; "2010-12" is a month.
    private static func shortenedYears(_ text: String) -> (start: ResumeDate?, end: ResumeDate?)? {
        let parts = text.split(omittingEmptySubsequences: false) { "-–/".contains($0) }.map { $0.trimmed() }
        guard parts.count == 2, parts[0].utf8.count == 4, parts[1].utf8.count == 2, let first = Int32(parts[0]),
            let last = Int32(parts[1]), last > 12, last > first % 100, first >= 1_000
        else { return nil }
        return (
            .date(.init(year: first), exact: true), .date(.init(year: first / 100 * 100 + last), exact: true)
        )
    }

    private static let separators = [
        " - ", "–", "—", "→", " to ", " until ", " till ", " through ", " bis ", " à ", " au ", " a ", " al ",
        " hasta ",
        " até ", " tot ", " til ", " do ", " до ", " по ", "~", "〜", "～", "－", "−", "-", "/",
    ]

    private static let sinceWords = [
        "since ", "from ", "started ", "starting ", "beginning ", "seit ", "ab ", "depuis ", "dès ", "desde ", "dal ",
        "da ",
        "sinds ", "vanaf ", "sedan ", "från ", "siden ", "fra ", "od ", "с ", "з ", "từ ", "منذ ", "מאז ", "自", "从",
        "從",
    ]

    private static let onwardWords = [
        " onwards", " onward", " and on", "+", "-", "–", "—", "~", "〜", "～", "→", "起", "から", "より", "부터",
    ]

    static let ongoingWords: Set<String> = [
        "present", "presently", "current", "currently", "current position", "now", "now()", "today", "to date",
        "till date",
        "till now", "until now", "ongoing", "on going", "on-going", "to present", "to now", "until present", "heute",
        "aktuell",
        "jetzt", "bis heute", "gegenwart", "derzeit", "laufend", "présent", "à présent", "aujourd'hui", "à aujourd'hui",
        "actuel", "actuellement", "en cours", "actualidad", "la actualidad", "actual", "presente", "hoy", "attuale",
        "oggi", "in corso",
        "atual", "hoje", "até hoje", "até o momento", "heden", "nu", "pågående", "nuvarande", "nåværende", "nykyinen",
        "obecnie",
        "aktualnie", "dzisiaj", "teraz", "současnost", "по настоящее время", "настоящее время", "н.в", "н.в.", "в н.в",
        "до н.в", "до н.в.",
        "по н.в", "по н.в.", "сейчас", "до сих пор", "дотепер", "до тепер", "зараз", "bugün", "halen", "devam ediyor",
        "günümüz",
        "nay", "hiện nay", "hiện tại", "đến nay", "حتى الآن", "الآن", "الحاضر", "היום", "כיום", "至今", "目前", "现在", "現在",
        "在职",
        "在職", "在職中", "現在に至る", "現在まで", "현재", "재직중", "재직 중", "현재까지", "現職", "现职", "迄今", "今",
        "actualmente", "a la fecha", "la fecha", "hasta la fecha", "hasta hoy", "à ce jour", "ce jour",
        "jusqu'à présent",
        "jusqu'à aujourd'hui", "jusqu'à ce jour", "atualmente", "até o presente", "dias atuais", "ad oggi", "a oggi",
        "attualmente", "zurzeit", "zur zeit", "bis jetzt", "bis dato", "idag", "i dag", "nutid", "nyt", "jelenleg",
        "napjainkig", "dnes", "dosud", "do dziś", "nadal", "prezent", "în prezent", "sekarang", "saat ini", "σήμερα",
        "έως σήμερα", "сега", "по сей день", "наст. время", "по наст. время", "сьогодні", "до сьогодні",
        "теперішній час", "по теперішній час", "şu an", "şimdi", "ปัจจุบัน", "वर्तमान", "حاليا", "حتى اليوم", "עד היום",
    ]
}
