/// What the service does with one field of a message that it stores: the options of the contract.
///
/// - SeeAlso: `proto/likeness/options/v1/options.proto`.
public struct FieldFacts<Record: Message>: Sendable {
    /// How a filter may ask for a field.
    public enum Filtering: Sendable, Hashable {
        /// Not at all.
        case none
        case value(FieldFilter)
        /// By the fields of its rows; with the name that filters know it by.
        case rows(String)
    }

    /// As the contract spells it: its path in a field mask.
    public let name: String
    public let filtering: Filtering
    /// Whether an update mask may name it.
    public let isWritable: Bool
    /// Whether a search by words reads its texts.
    public let isSearchable: Bool
    /// Whether a stored view may hide it.
    public let isMaskable: Bool
    /// Whether its values may be counted in the answer of a search.
    public let isFacetable: Bool
    private let copy: @Sendable (Record, inout Record) -> Void

    package init(
        _ name: String,
        filtering: Filtering,
        isWritable: Bool = false,
        isSearchable: Bool = false,
        isMaskable: Bool = false,
        isFacetable: Bool = false,
        copy: @escaping @Sendable (Record, inout Record) -> Void
    ) {
        self.name = name
        self.filtering = filtering
        self.isWritable = isWritable
        self.isSearchable = isSearchable
        self.isMaskable = isMaskable
        self.isFacetable = isFacetable
        self.copy = copy
    }

    /// How a filter compares its value; `nil` when it does not.
    public var filter: FieldFilter? {
        if case .value(let filter) = self.filtering { filter } else { nil }
    }

    /// Copies this field from one record to another.
    public func copy(from source: Record, to target: inout Record) { self.copy(source, &target) }
}

/// How a filter compares the value of a field.
public struct FieldFilter: Sendable, Hashable {
    /// Which comparisons there are.
    public enum Kind: Sendable, Hashable, CaseIterable {
        case uuid
        /// A text that is compared byte by byte.
        case key
        /// Compared as a whole and by its words.
        case text
        /// Long: its words can be asked for, not the whole.
        case prose
        /// Of texts: its elements.
        case list
        case time
        /// Partly known, as `PartialDate`.
        case date
        case number
        /// A value that the contract names.
        case category
        /// The places within an object.
        case json
    }

    /// What filters call the field.
    public let name: String
    public let kind: Kind
    /// Whether an index finds the whole value, or an element of a list.
    public let isIndexed: Bool

    package init(_ name: String, _ kind: Kind, isIndexed: Bool = false) {
        self.name = name
        self.kind = kind
        self.isIndexed = isIndexed
    }
}
