/// One SQL text with `$1…$n`, its name on the server, and the declared types of its parameters.
///
/// Two statements with one name must have one text: each connection prepares a name once.
package struct Statement: Sendable {
    package let name: String
    package let sql: String
    package let parameterTypes: [PostgresType]
    /// What its times are counted under.
    package let label: StatementLabel

    /// - Parameter label: What its times are counted under, where that is not its name.
    package init(_ name: String, _ sql: SQL, _ parameterTypes: [PostgresType] = [], countedAs label: String? = nil) {
        self.name = name
        self.sql = sql.text
        self.parameterTypes = parameterTypes
        self.label = StatementLabel(label ?? name)
    }
}

/// A session setting that a call wants, e.g. `hnsw.ef_search`.
///
/// It is sent in the call's own round trip, and only if the connection has another value. One that
/// `ConnectionConfiguration.sessionSettings` names goes back to the value there with the next call that does not ask for
/// another; any other stays until a call asks for another value, so a statement that depends on it names it.
package struct SessionSetting: Sendable, Hashable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    package init(_ name: String, _ value: Int) {
        self.init(name, String(value))
    }
}

/// Several statements for one round trip. They form one transaction unless the connection is in one already.
package struct Batch: Sendable {
    struct Entry: Sendable {
        let statement: Statement
        let parameters: Parameters
    }

    var entries: [Entry] = []

    package init() {}

    package var count: Int { self.entries.count }

    /// What the times of the round trip are counted under; `nil` when nothing is asked.
    var label: StatementLabel? {
        for entry in self.entries where entry.statement.label != .other { return entry.statement.label }
        return self.entries.isEmpty ? nil : .other
    }

    package mutating func add(_ statement: Statement, _ parameters: Parameters = Parameters()) {
        precondition(
            parameters.types == statement.parameterTypes,
            "\(statement.name): parameters are \(parameters.types), declared \(statement.parameterTypes)"
        )
        self.entries.append(Entry(statement: statement, parameters: parameters))
    }

    /// Adds the statements of another batch.
    package mutating func add(_ other: Batch) { self.entries += other.entries }
}
