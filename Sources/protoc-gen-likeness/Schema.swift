/// The contract as the emitters see it: names resolved, options read, comments attached.
struct Schema {
    let files: [File]

    struct File {
        /// `likeness/v1/profile.proto`.
        let path: String
        let package: String
        let messages: [Message]
        let enums: [Enumeration]
        let services: [Service]
    }

    struct Message {
        let name: TypeName
        let comment: String
        let fields: [Field]
        let oneofs: [Oneof]
        let messages: [Message]
        let enums: [Enumeration]
        /// Whether it stands for one entry of a map field.
        let isMapEntry: Bool
        /// Most bytes that its encoded form may have where it is stored.
        let bytesMax: UInt32?
    }

    struct Oneof {
        let name: String
        let comment: String
    }

    struct Field {
        let name: String
        let number: Int32
        let comment: String
        let type: FieldType
        let isRepeated: Bool
        /// Index in the message's `oneofs`.
        let oneof: Int?
        let rules: Rules?
        let facts: Facts?
    }

    indirect enum FieldType {
        case int32, int64, uint32, uint64, float, double, bool, string, bytes
        case message(TypeName)
        case enumeration(TypeName)
        /// A repeated entry message; key and value as its fields say.
        case map(entry: TypeName, key: FieldType, value: FieldType)
    }

    struct Enumeration {
        let name: TypeName
        let comment: String
        let values: [Value]

        struct Value {
            let name: String
            let comment: String
            let number: Int32
        }
    }

    struct Service {
        let name: String
        let fullName: String
        let comment: String
        let methods: [Method]
    }

    struct Method {
        let name: String
        let comment: String
        let input: TypeName
        let output: TypeName
        let clientStreams: Bool
        let serverStreams: Bool
        let hasNoSideEffects: Bool
        let isIdempotent: Bool
        let requiredRole: String
        let defaultTimeoutMilliseconds: UInt32
        let isAudited: Bool
        let isOpenToMonitor: Bool
    }

    /// `likeness.options.v1.FieldFacts`.
    struct Facts {
        enum Filtering { case none, value, words, rows, key }

        let filtering: Filtering
        /// Empty for the field's own.
        let filterName: String
        let isIndexed: Bool
        let isWritable: Bool
        let isSearchable: Bool
        let isMaskable: Bool
        let isFacetable: Bool
    }

    struct TextRules {
        let minLen: UInt32
        let maxLen: UInt32
        let maxBytes: UInt32
        let uuid: Bool
        let slug: Bool
        /// Empty for none.
        let pattern: String
        let notBlank: Bool
        /// 0 for no maximum.
        let json: (depthMax: UInt32, digitsMax: UInt32, writtenBytesMax: UInt32)?
    }

    /// `likeness.options.v1.FieldRules`.
    final class Rules {
        var required = false
        var ignore = false
        var string: TextRules?
        var integer: (gte: Int64?, lte: Int64?)?
        var number: (finite: Bool, gte: Double?, lte: Double?)?
        var repeated: (minItems: UInt32, maxItems: UInt32, items: Rules?)?
        var bytes: (minLen: UInt32, maxLen: UInt32)?
        var definedOnly = false
        var map: (minPairs: UInt32, maxPairs: UInt32, keys: TextRules?, values: TextRules?)?
    }
}

/// A contract problem that generating code would hide.
struct SchemaError: Error {
    let message: String
}
