/// The types that travel in binary. The raw value is the type's OID, where PostgreSQL fixes one.
package enum PostgresType: UInt32, Sendable, Hashable {
    case bool = 16
    case bytea = 17
    case int8 = 20
    case int2 = 21
    case int4 = 23
    case text = 25
    case float4 = 700
    case float8 = 701
    case date = 1082
    case timestamptz = 1184
    case uuid = 2950
    case jsonb = 3802
    case boolArray = 1000
    case int2Array = 1005
    case int4Array = 1007
    case textArray = 1009
    case int8Array = 1016
    case float4Array = 1021
    case float8Array = 1022
    case uuidArray = 2951
    /// pgvector's types have another OID in each database: looked up when a connection opens. These are never sent.
    case vector = 0xFFFF_0001
    case halfvec = 0xFFFF_0002
}

/// The OIDs of pgvector's types in one database; 0 where the extension is missing, which lets the server infer.
struct ExtensionTypes: Sendable, Hashable {
    var vector: UInt32 = 0
    var halfvec: UInt32 = 0

    func oid(of type: PostgresType) -> UInt32 {
        switch type {
        case .vector: self.vector
        case .halfvec: self.halfvec
        default: type.rawValue
        }
    }
}
