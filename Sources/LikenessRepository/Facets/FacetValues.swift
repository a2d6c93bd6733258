internal import LikenessMessages
internal import LikenessReflection

/// The values that a profile has of a facet, in Swift: where what is counted is not what is stored. `FacetStatements` reads the same ones of
/// stored rows; a test compares both.
enum FacetValues {
    /// Characters of a value that are read, and that are shown. What differs behind the first 100 is one value.
    static let charactersMax = 300
    static let shownMax = 100
    /// Values of one profile at one place of its attributes that are read.
    static let attributesMax = 100

    /// - Parameter today: As `WorkYears` takes it.
    static func values(_ field: FacetField, of profile: Profile, today: Int) -> [String] {
        switch field.source {
        case .column(let place): self.values(FacetColumn.all[place].path, of: profile)
        case .computed(.locationPart): LocationParts.parts(of: profile.location)
        case .computed(.experienceLocationPart): profile.experiences.flatMap { LocationParts.parts(of: $0.location) }
        case .computed(.workYears): WorkYears.name(of: profile.experiences, today: today).map { [$0] } ?? []
        case .attribute(let keys): self.attributes(keys, of: profile.attributesJson)
        }
    }

    /// All values that `FacetMemory` keeps of a profile, by `FacetField.rememberedNumber`. Years of work are kept as experiences.
    static func remembered(of profile: Profile) -> [(field: Int, texts: [String])] {
        var values = FacetColumn.all.enumerated().map { place, column in
            (field: place, texts: self.values(column.path, of: profile))
        }
        for computed in FacetField.Computed.allCases {
            let texts =
                switch computed {
                case .locationPart: LocationParts.parts(of: profile.location)
                case .experienceLocationPart: profile.experiences.flatMap { LocationParts.parts(of: $0.location) }
                case .workYears: [String]()
                }
            values.append((FacetField.number(of: computed), texts))
        }
        return values
    }

    private static func values(_ path: [String], of profile: Profile) -> [String] {
        switch path {
        case ["location"]: [profile.location]
        case ["tags"]: profile.tags
        case ["keywords"]: profile.keywords
        case ["experiences", "category"]:
            profile.experiences.map(\.category).filter(ExperienceCategory.named.contains).map(\.word)
        case ["experiences", "title"]: profile.experiences.map(\.title)
        case ["experiences", "organization"]: profile.experiences.map(\.organization)
        case ["experiences", "location"]: profile.experiences.map(\.location)
        case ["experiences", "tags"]: profile.experiences.flatMap(\.tags)
        case ["skills", "name"]: profile.skills.map(\.name)
        case ["skills", "category"]: profile.skills.map(\.category)
        case ["skills", "level"]: profile.skills.map(\.level)
        default: preconditionFailure("a field that the contract calls facetable is not read")
        }
    }

    /// A key is looked for in each object of a list; a list at the end has its elements as values.
    private static func attributes(_ keys: [String], of text: String) -> [String] {
        guard !text.isEmpty, let whole = try? JSONParser.parse(Array(text.utf8)) else { return [] }
        var nodes = [whole]
        for key in keys {
            nodes = nodes.flatMap { $0.elements }.compactMap { node in
                guard case .object(let members) = node else { return nil }
                return members.first { $0.name.utf8.elementsEqual(key.utf8) }?.value
            }
        }
        return Array(nodes.flatMap(\.elements).compactMap(self.text).prefix(self.attributesMax))
    }

    private static func text(of node: JSONNode) -> String? {
        switch node {
        case .string(let text): text
        case .bool(let value): value ? "true" : "false"
        case .number(let text): self.withoutTrailingZeros(text)
        case .null, .array, .object: nil
        }
    }

    /// "5" of "5.00", as PostgreSQL writes numbers out.
    private static func withoutTrailingZeros(_ number: String) -> String {
        guard number.contains(".") else { return number }
        var number = Substring(number)
        while number.last == "0" { number.removeLast() }
        if number.last == "." { number.removeLast() }
        return String(number)
    }
}

extension JSONNode {
    /// Those of a list; of any other value itself.
    fileprivate var elements: [JSONNode] { if case .array(let elements) = self { elements } else { [self] } }
}

/// The parts of a location: what stands between its commas.
enum LocationParts {
    /// Of all scripts.
    static let commas: StaticString = ",，、،"

    static func parts(of location: String) -> [String] {
        location.unicodeScalars.split { "\(self.commas)".unicodeScalars.contains($0) }
            .map { String(String.UnicodeScalarView($0)) }
    }
}
