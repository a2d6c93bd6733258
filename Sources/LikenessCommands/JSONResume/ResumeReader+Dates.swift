internal import LikenessMessages
internal import LikenessReflection

/// The dates of an experience, as people write them.
extension ResumeReader {
    static func readDates(_ section: JSONResumeSection, _ scope: ResumeScope, into experience: inout Experience) {
        guard section.hasStart else {
            experience.endDate =
                Self.date(section.date, in: scope, mayBeOngoing: false) ?? Self.startOfPeriod(in: scope)
            return
        }
        let start = scope.take(ResumeVocabulary.start)
        let span = start.flatMap { Self.span($0, in: scope) }
        experience.startDate =
            span?.start ?? (span == nil ? start.flatMap { Self.date($0, in: scope, mayBeOngoing: false) } : nil)
        if let end = scope.take(ResumeVocabulary.end) {
            experience.endDate = Self.date(end, in: scope, mayBeOngoing: true)
        } else {
            experience.endDate = span?.end
        }
        guard experience.startDate == nil, experience.endDate == nil, let taken = scope.take(ResumeVocabulary.range)
        else {
            return
        }
        if case .object(let members) = taken.value, Self.dateParts(taken.value) == nil {
            // {"period": {"from": …, "to": …}}
            let inner = ResumeScope(members, path: taken.path, log: scope.log)
            experience.startDate = Self.date(ResumeVocabulary.start, in: inner, mayBeOngoing: false)
            experience.endDate = Self.date(ResumeVocabulary.end, in: inner, mayBeOngoing: true)
            if let left = inner.leftover() { scope.keep(taken, left) }
        } else if let span = Self.span(taken, in: scope) {
            (experience.startDate, experience.endDate) = span
        } else {
            experience.endDate = Self.date(taken, in: scope, mayBeOngoing: true)
        }
    }

    /// {"timePeriod": {"startDate": …}}: when what has one date was given.
    private static func startOfPeriod(in scope: ResumeScope) -> PartialDate? {
        guard let taken = scope.take(["timeperiod", "period"]) else { return nil }
        guard case .object(let members) = taken.value else {
            scope.keep(taken, because: "not a date: not read, kept in attributes")
            return nil
        }
        let inner = ResumeScope(members, path: taken.path, log: scope.log)
        let date = Self.date(ResumeVocabulary.start, in: inner, mayBeOngoing: false)
        if let left = inner.leftover() { scope.keep(taken, left) }
        return date
    }

    /// What a text, or a list of two, says from when to when; `nil` for one that is a date. It is kept: where it stood it said more.
    private static func span(
        _ taken: ResumeScope.Taken,
        in scope: ResumeScope
    ) -> (start: PartialDate?, end: PartialDate?)? {
        let span: (start: ResumeDate?, end: ResumeDate?)
        switch taken.value {
        case .string(let text):
            if case .date(_, exact: true)? = ResumeDate(text) { return nil }
            guard let range = ResumeDate.range(text) else { return nil }
            span = range
        case .array(let items) where items.count == 2:
            // ["2016.09", "2020.06"]; without an end it goes on.
            let dates = items.map { $0.plainText(separator: " ").flatMap { ResumeDate($0.text) } }
            guard case .date? = dates[0], dates[1] != nil || items[1].saysNothing else { return nil }
            span = (dates[0], dates[1])
        default: return nil
        }
        var isExact = true
        func date(_ date: ResumeDate?) -> PartialDate? {
            guard case .date(let date, let exact)? = date else { return nil }
            isExact = isExact && exact
            return date
        }
        let (start, end) = (date(span.start), date(span.end))
        let text = [start, end].compactMap { $0?.iso8601 }.joined(separator: " to ")
        scope.keep(taken, because: isExact ? nil : "read as \(text): the text is kept in attributes")
        return (start, end)
    }

    private static func date(_ names: [String], in scope: ResumeScope, mayBeOngoing: Bool) -> PartialDate? {
        guard let taken = scope.take(names) else { return nil }
        return Self.date(taken, in: scope, mayBeOngoing: mayBeOngoing)
    }

    /// Reads a date that was taken; what it does not say wholly is kept as it was written.
    private static func date(_ taken: ResumeScope.Taken, in scope: ResumeScope, mayBeOngoing: Bool) -> PartialDate? {
        if let parts = Self.dateParts(taken.value) { return parts }
        var value = taken.value
        while let inner = value.member(
            "$date",
            "$numberlong",
            "iso",
            "value",
            "text",
            "date",
            "year",
            "yearmonth",
            "anydate",
            "stringdate",
            "#text"
        ) {
            value = inner
        }
        guard let (text, _) = value.plainText(separator: " ") else {
            scope.keep(
                taken,
                because: "expected a date, found \(taken.value.kind): not read, kept in attributes"
            )
            return nil
        }
        switch ResumeDate(text) {
        case .date(let date, let isExact):
            // {"year": 2015, "month": "rainy"}
            let hasMore = taken.value.member("month", "day") != nil
            if !isExact || hasMore {
                let isInstant =
                    text.utf8.count > 10 && PartialDate(iso8601: String(text.prefix(10))) != nil
                    || text.utf8.count >= 9 && Int64(text) != nil
                scope.keep(taken, because: isInstant ? nil : "read as \(date.iso8601): the text is kept in attributes")
            } else if value != taken.value {
                scope.keep(taken)
            }
            return date
        case .ongoing where mayBeOngoing:
            scope.keep(taken)
            return nil
        case .ongoing, nil:
            scope.keep(taken, because: "not a date: not read, kept in attributes")
            return nil
        }
    }

    /// {"year": 2015, "month": 3}, as LinkedIn's interfaces write it; the month may be a name.
    private static func dateParts(_ value: JSONNode) -> PartialDate? {
        guard case .object(let members) = value else { return nil }
        var parts: [String: Int32] = ["month": 0, "day": 0]
        for member in members where !member.value.saysNothing {
            let name = member.name.lowercased()
            guard ["year", "month", "day"].contains(name), let text = member.value.plainText(separator: "")?.text,
                let number = Int32(text.drop { $0 == "-" })
                    ?? (name == "month" ? ResumeMonths.number(of: text.lowercased().trimmed(of: ".")[...]) : nil)
            else { return nil }
            parts[name] = number
        }
        guard let year = parts["year"], let month = parts["month"], let day = parts["day"] else { return nil }
        return PartialDate(checking: year, month, day)
    }
}
