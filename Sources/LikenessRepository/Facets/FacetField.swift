internal import LikenessMessages
internal import LikenessPostgres
internal import LikenessReflection

/// A field whose values are counted: one that the contract calls facetable, or one that is computed of such.
struct FacetField: Sendable, Hashable {
    /// What there is besides the fields of the contract.
    enum Computed: String, CaseIterable {
        /// What stands between the commas of a location: each of the parts is a value.
        case locationPart = "location.part"
        case experienceLocationPart = "experiences.location.part"
        /// Of experiences of the category WORK, as a range of whole years: `WorkYears`.
        case workYears = "years_of_experience"

        /// The fields that it is made of, as filters and views know them.
        var sources: [[String]] {
            switch self {
            case .locationPart: [["location"]]
            case .experienceLocationPart: [["experiences", "location"]]
            case .workYears: ["category", "start_date", "end_date"].map { ["experiences", $0] }
            }
        }
    }

    enum Source: Sendable, Hashable {
        /// Its place in `FacetColumn.all`.
        case column(Int)
        case computed(Computed)
        /// The keys of a place within the attributes.
        case attribute([String])
    }

    /// As it was asked for.
    let path: String
    let source: Source

    /// Its number in `FacetMemory`, from 0; `nil` for one whose values are not remembered, as there is no end of such fields.
    var rememberedNumber: UInt8? {
        switch self.source {
        case .column(let place): UInt8(place)
        case .computed(let computed): UInt8(Self.number(of: computed))
        case .attribute: nil
        }
    }

    static let workYearsNumber = number(of: .workYears)

    /// The same of a computed one.
    static func number(of computed: Computed) -> Int {
        FacetColumn.all.count + (Computed.allCases.firstIndex(of: computed) ?? 0)
    }

    /// - Throws: Why it is none.
    init(_ path: String) throws(FieldPathError) {
        self.path = path
        guard let parts = FilterParser.fieldPath(path) else {
            throw FieldPathError(
                reason: path.isEmpty ? "is empty" : "is \"\(path.prefix(100))\", which is not the path of a field"
            )
        }
        let name = parts.joined(separator: ".")
        if let computed = Computed(rawValue: name) {
            self.source = .computed(computed)
        } else if let place = FacetColumn.all.firstIndex(where: { $0.path == parts }) {
            self.source = .column(place)
        } else if parts.count > 1, parts[0] == ViewField.attributes {
            guard parts.count <= FilterField.attributeDepthMax + 1 else {
                throw FieldPathError(
                    reason:
                        "names an attribute of \(parts.count - 1) levels; at most \(FilterField.attributeDepthMax) are read"
                )
            }
            self.source = .attribute(Array(parts.dropFirst()))
        } else {
            throw FieldPathError(
                reason: "names \"\(name)\", which is none of \(Self.names.joined(separator: ", "))"
                    + Suggestion.question(for: name, in: Self.names)
            )
        }
    }

    /// Those that there are, for people.
    static var names: [String] {
        FacetColumn.all.map { $0.path.joined(separator: ".") } + Computed.allCases.map(\.rawValue) + ["attributes.KEY"]
    }

    func isSame(as other: FacetField) -> Bool {
        switch (self.source, other.source) {
        case (.attribute(let keys), .attribute(let others)): Self.areSame(keys, others)
        default: self.source == other.source
        }
    }

    /// Whether paths have the same keys, byte by byte as the database compares them: to Swift those of equal signs are equal.
    static func areSame(_ path: [String], _ other: [String]) -> Bool {
        path.elementsEqual(other) { $0.utf8.elementsEqual($1.utf8) }
    }

    /// The fields that a filter asks for when it asks for the facet's own value. Of years of experience none does: what is asked
    /// of dates and categories is a matter of its own.
    var ownFields: [[String]] { self.source == .computed(.workYears) ? [] : self.sources }

    /// The fields that its values are made of, as filters and views know them.
    var sources: [[String]] {
        switch self.source {
        case .column(let place): [FacetColumn.all[place].path]
        case .computed(let computed): computed.sources
        case .attribute(let keys): [[ViewField.attributes] + keys]
        }
    }
}

/// Why a text is no field.
struct FieldPathError: Error {
    let reason: String
}

/// A column whose values are counted as they are stored.
struct FacetColumn: Sendable {
    let table: FilterField.Table
    let filter: FieldFilter
    let column: SQL

    /// As a filter names it.
    var path: [String] { (self.table == .profile ? [] : [self.table.rawValue]) + [self.filter.name] }

    /// In the order of the contract. Objects have no values of their own.
    static let all: [FacetColumn] =
        of(.profile, Profile.fieldFacts) + of(.experiences, Experience.fieldFacts) + of(.skills, Skill.fieldFacts)

    private static func of<Record>(_ table: FilterField.Table, _ facts: [FieldFacts<Record>]) -> [FacetColumn] {
        facts.compactMap { facts in
            guard facts.isFacetable, let filter = facts.filter, filter.kind != .json, let column = facts.column else {
                return nil
            }
            return FacetColumn(table: table, filter: filter, column: column)
        }
    }
}
