internal import LikenessMessages

/// Values of which a view shows less than is stored.
struct ViewCoarsening: Sendable {
    private let rules: Coarsening

    init(_ rules: Coarsening) { self.rules = rules }

    /// Fields whose values are not shown whole, as filters name them.
    var fields: [[String]] {
        var fields: [[String]] = []
        if self.rules.dates == .year { fields += [["experiences", "start_date"], ["experiences", "end_date"]] }
        if self.rules.location == .lastPart { fields += [["location"], ["experiences", "location"]] }
        if self.rules.displayName != .unspecified { fields.append([ViewField.displayName]) }
        return fields
    }

    func apply(to profile: inout Profile) {
        switch self.rules.displayName {
        case .initials: profile.displayName = Self.initials(of: profile.displayName)
        case .slug: profile.displayName = profile.slug
        case .unspecified, .unrecognized: break
        }
        if self.rules.location == .lastPart {
            profile.location = Self.lastPart(of: profile.location)
            for index in profile.experiences.indices {
                profile.experiences[index].location = Self.lastPart(of: profile.experiences[index].location)
            }
        }
        if self.rules.dates == .year {
            for index in profile.experiences.indices {
                Self.keepYear(of: &profile.experiences[index].startDate)
                Self.keepYear(of: &profile.experiences[index].endDate)
            }
        }
    }

    private static func keepYear(of date: inout PartialDate?) {
        guard let year = date?.year else { return }
        date = PartialDate(year: year)
    }

    /// "A. L." of "Ada Lovelace".
    static func initials(of name: String) -> String {
        name.split(whereSeparator: \.isWhitespace)
            .compactMap { word in word.first { $0.isLetter || $0.isNumber } }
            .map { "\($0.uppercased())." }
            .joined(separator: " ")
    }

    /// "Germany" of "Ulm, Germany", whichever script's comma it is.
    static func lastPart(of location: String) -> String {
        let parts = location.split { "\(LocationParts.commas)".contains($0) }
        func trimmed(_ part: Substring) -> String {
            var part = part.drop(while: \.isWhitespace)
            while part.last?.isWhitespace == true { part.removeLast() }
            return String(part)
        }
        return parts.map(trimmed).last { !$0.isEmpty } ?? ""
    }
}
