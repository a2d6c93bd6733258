package import FoundationEssentials

/// The types that searches and reads of whole profiles take row by row. The generic `value` is not specialised for callers in other modules, where
/// each value would cost an allocation and half a dozen indirect calls; these are.
extension QueryResult {
    package func value(_ row: Int, _ column: Int, as: String.Type = String.self) throws(DatabaseError) -> String {
        try self.read(row, column)
    }

    package func value(_ row: Int, _ column: Int, as: String?.Type = String?.self) throws(DatabaseError) -> String? {
        try self.read(row, column)
    }

    package func value(_ row: Int, _ column: Int, as: [String].Type = [String].self) throws(DatabaseError) -> [String] {
        try self.read(row, column)
    }

    package func value(_ row: Int, _ column: Int, as: Int16.Type = Int16.self) throws(DatabaseError) -> Int16 {
        try self.read(row, column)
    }

    package func value(_ row: Int, _ column: Int, as: Int16?.Type = Int16?.self) throws(DatabaseError) -> Int16? {
        try self.read(row, column)
    }

    package func value(_ row: Int, _ column: Int, as: Int64.Type = Int64.self) throws(DatabaseError) -> Int64 {
        try self.read(row, column)
    }

    package func value(_ row: Int, _ column: Int, as: Int64?.Type = Int64?.self) throws(DatabaseError) -> Int64? {
        try self.read(row, column)
    }

    package func value(_ row: Int, _ column: Int, as: Int.Type = Int.self) throws(DatabaseError) -> Int {
        try self.read(row, column)
    }

    package func value(_ row: Int, _ column: Int, as: Double.Type = Double.self) throws(DatabaseError) -> Double {
        try self.read(row, column)
    }

    package func value(_ row: Int, _ column: Int, as: UUID.Type = UUID.self) throws(DatabaseError) -> UUID {
        try self.read(row, column)
    }

    package func value(_ row: Int, _ column: Int, as: UUID?.Type = UUID?.self) throws(DatabaseError) -> UUID? {
        try self.read(row, column)
    }

    package func value(
        _ row: Int,
        _ column: Int,
        as: PostgresTimestamp.Type = PostgresTimestamp.self
    ) throws(DatabaseError) -> PostgresTimestamp {
        try self.read(row, column)
    }

    package func value(
        _ row: Int,
        _ column: Int,
        as: PostgresTimestamp?.Type = PostgresTimestamp?.self
    ) throws(DatabaseError) -> PostgresTimestamp? {
        try self.read(row, column)
    }

    package func value(
        _ row: Int,
        _ column: Int,
        as: PostgresDate?.Type = PostgresDate?.self
    ) throws(DatabaseError) -> PostgresDate? {
        try self.read(row, column)
    }
}
