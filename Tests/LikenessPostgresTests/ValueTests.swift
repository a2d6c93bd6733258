import FoundationEssentials
import LikenessPostgres
import LikenessTesting
import Testing

/// Every type goes to the server and comes back.
@Suite(.freshDatabase) struct ValueTests {
    /// Sends one value and reads it back.
    func echo<Value: ParameterValue & ResultValue>(_ value: Value) async throws -> Value {
        let result = try await TestDatabase.current.pool.execute(
            Statement("", "SELECT $1", [Value.postgresType]),
            Parameters(value)
        )
        return try result.value(0, 0)
    }

    @Test func `numbers and truth come back as they went`() async throws {
        for value in [true, false] { #expect(try await self.echo(value) == value) }
        for value in [Int16.min, -1, 0, 1, .max] { #expect(try await self.echo(value) == value) }
        for value in [Int32.min, -1, 0, 1, .max] { #expect(try await self.echo(value) == value) }
        for value in [Int64.min, -1, 0, 1, .max] { #expect(try await self.echo(value) == value) }
        for value in [-Float.greatestFiniteMagnitude, -0.0, .leastNonzeroMagnitude, .infinity, .pi] {
            #expect(try await self.echo(value).bitPattern == value.bitPattern)
        }
        for value in [-Double.greatestFiniteMagnitude, -0.0, .leastNonzeroMagnitude, -.infinity, .pi] {
            #expect(try await self.echo(value).bitPattern == value.bitPattern)
        }
        #expect(try await self.echo(Double.nan).isNaN)
    }

    @Test func `the server reads what we mean`() async throws {
        let id = UUID()
        let sql = """
            SELECT $1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text, $8::text, $9::text, $10::text
            """
        let result = try await TestDatabase.current.pool.execute(
            Statement(
                "",
                SQL(verbatim: sql),
                [.bool, .int2, .int4, .int8, .uuid, .date, .timestamptz, .textArray, .vector, .halfvec]
            ),
            Parameters(
                true,
                Int16(-2),
                Int32(-3),
                Int64(-4),
                id,
                PostgresDate(year: 1815, month: 12, day: 10)!,
                PostgresTimestamp(unixSeconds: 1_500_000_000, nanoseconds: 123_456_789),
                ["a", "b,\"c\"", ""],
                Vector([1, -2.5, 0.125]),
                HalfVector([1, -2.5, 0.1])
            )
        )
        let texts = try (0..<10).map { try result.value(0, $0, as: String.self) }
        #expect(
            texts == [
                "true", "-2", "-3", "-4", id.uuidString.lowercased(), "1815-12-10", "2017-07-14 02:40:00.123456+00",
                #"{a,"b,\"c\"",""}"#, "[1,-2.5,0.125]", "[1,-2.5,0.099975586]",
            ]
        )
    }

    @Test func `500 hostile strings come back byte for byte`() async throws {
        let pieces = [
            "'", "''", "\"", "\\", "\\'", ";", "--", "/*", "*/", "$1", "$$", "%s", "%", "_", "{}", "{\"a\":", "NULL",
            "null",
            "\n", "\r\n", "\t", "\u{1}", "\u{7F}", "\u{80}", "\u{A0}", "\u{2028}", "\u{FEFF}", "\u{FFFF}", "\u{10FFFF}",
            "é", "e\u{301}", "ß", "İ", "ı", "漢字", "👩‍👩‍👧", "\u{202E}abc", "'; DROP TABLE profiles; --", "' OR 1=1 --", "",
        ]
        var generator = SeededGenerator(seed: 500)
        var strings = pieces
        while strings.count < 499 {
            strings.append(
                (0..<Int.random(in: 1...12, using: &generator)).map { _ in pieces.randomElement(using: &generator)! }
                    .joined()
            )
        }
        strings.append(String(repeating: "x'\\", count: 400_000))
        let pool = TestDatabase.current.pool
        let statement = Statement("hostile", "SELECT $1, $2, to_jsonb($1)", [.text, .textArray])
        for string in strings {
            let result = try await pool.execute(statement, Parameters(string, [string, "", string]))
            #expect(try Array((result.value(0, 0) as String).utf8) == Array(string.utf8))
            #expect(
                try (result.value(0, 1) as [String]).map { Array($0.utf8) }
                    == [string, "", string].map { Array($0.utf8) }
            )
        }
        let all = try await pool.execute(Statement("", "SELECT $1", [.textArray]), Parameters(strings))
        #expect(try (all.value(0, 0) as [String]).map { Array($0.utf8) } == strings.map { Array($0.utf8) })
    }

    @Test func `a string with a zero byte is refused and the connection goes on`() async throws {
        try await TestDatabase.current.pool.withConnection { connection in
            let error = await #expect(throws: DatabaseError.self) {
                _ = try await connection.execute(Statement("", "SELECT $1", [.text]), Parameters("a\0b"))
            }
            #expect(error?.kind == .statement(sqlState: "22021"))
            try await connection.ping()
        }
    }

    @Test(arguments: [1, 384, 2000, 16_000]) func `a vector comes back bit for bit`(dimension: Int) async throws {
        var generator = SeededGenerator(seed: UInt64(dimension))
        var values = (0..<dimension).map { _ in Float.random(in: -1e30...1e30, using: &generator) }
        values[0] = -0.0
        if dimension > 2 { (values[1], values[2]) = (.leastNonzeroMagnitude, .greatestFiniteMagnitude) }
        let back = try await self.echo(Vector(values))
        #expect(back.values.map(\.bitPattern) == values.map(\.bitPattern))
        let floats = try await self.echo(values)
        #expect(floats.map(\.bitPattern) == values.map(\.bitPattern))
    }

    @Test func `a half vector rounds as the server does`() async throws {
        var generator = SeededGenerator(seed: 16)
        var values: [Float] = [
            0, -0.0, 1, 65_504, 65_519, 6.1e-5, 5.96e-8, 2.98e-8, 2.99e-8, 1e-9, -6.103_515_6e-5, 1.000_488_3,
            1.001_464_8,
        ]
        for _ in 0..<2000 {
            values.append(
                Float(
                    sign: .plus,
                    exponent: Int.random(in: -28...14, using: &generator),
                    significand: .random(in: 1..<2, using: &generator)
                )
            )
        }
        let result = try await TestDatabase.current.pool.execute(
            Statement("", "SELECT $1, $2::vector::halfvec", [.halfvec, .vector]),
            Parameters(HalfVector(values), Vector(values))
        )
        let ours: HalfVector = try result.value(0, 0)
        let theirs: HalfVector = try result.value(0, 1)
        #expect(ours.values.map(\.bitPattern) == theirs.values.map(\.bitPattern))
    }

    @Test func `arrays, bytes, JSON, identifiers and times come back`() async throws {
        let ids = (0..<100).map { _ in UUID() }
        #expect(try await self.echo(ids) == ids)
        #expect(try await self.echo([UUID]()) == [])
        #expect(try await self.echo([Int64.min, 0, .max]) == [Int64.min, 0, .max])
        #expect(try await self.echo([Int32.min, 0, .max]) == [Int32.min, 0, .max])
        #expect(try await self.echo([Int16.min, 0, .max]) == [Int16.min, 0, .max])
        #expect(try await self.echo([true, false]) == [true, false])
        #expect(try await self.echo([Double.pi, -0.0]) == [Double.pi, -0.0])
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        #expect(try await self.echo(bytes) == bytes)
        #expect(try await self.echo([UInt8]()) == [])
        #expect(try await self.echo("") == "")
        #expect(try await self.echo(ids[0]) == ids[0])
        #expect(try await self.echo(JSONB(#"{"a": [1, "ü\n"]}"#)).text == #"{"a": [1, "ü\n"]}"#)
        for seconds: Int64 in [-62_135_596_800, -1, 0, 1, 946_684_799, 946_684_800, 253_402_300_799] {
            let time = PostgresTimestamp(unixSeconds: seconds, nanoseconds: 999_999_000)
            let back = try await self.echo(time)
            #expect(back == time)
            #expect(back.unixSeconds == seconds && back.nanoseconds == 999_999_000)
        }
    }

    @Test func `days have the server's year, month and day`() async throws {
        let result = try await TestDatabase.current.pool.execute(
            Statement(
                "",
                """
                SELECT d::date, extract(year FROM d)::int4, extract(month FROM d)::int4, extract(day FROM d)::int4
                FROM generate_series('0001-01-01'::timestamp, '3000-01-01', '29 days') AS d
                """
            )
        )
        #expect(result.rowCount > 37_000)
        for row in 0..<result.rowCount {
            let date: PostgresDate = try result.value(row, 0)
            let parts = (
                Int(try result.value(row, 1, as: Int32.self)), Int(try result.value(row, 2, as: Int32.self)),
                Int(try result.value(row, 3, as: Int32.self))
            )
            guard date.components == parts, PostgresDate(year: parts.0, month: parts.1, day: parts.2) == date else {
                Issue.record("\(date) is not \(parts)")
                return
            }
        }
        #expect(PostgresDate(year: 1900, month: 2, day: 29) == nil)
        #expect(PostgresDate(year: 2000, month: 2, day: 29) != nil)
        #expect(PostgresDate(year: 2000, month: 13, day: 1) == nil)
    }

    @Test func `a text that is not UTF-8 is refused and never repaired`() async throws {
        let result = try await TestDatabase.current.pool.execute(
            Statement("", "SELECT (-1)::int4::\"char\" AS byte, 'a'::\"char\", U&'\\FFFD'::text, ''::text")
        )
        let error = #expect(throws: DatabaseError.self) { try result.value(0, 0, as: String.self) }
        #expect(error?.kind == .unreadableAnswer)
        #expect(error?.detail.contains("byte") == true)
        #expect(try result.value(0, 1, as: String.self) == "a")
        #expect(try result.value(0, 2, as: String.self) == "\u{FFFD}")
        #expect(try result.value(0, 3, as: String.self) == "")
    }

    @Test func `NULL needs an optional`() async throws {
        #expect(try await self.echo(String?.none) == nil)
        #expect(try await self.echo(Vector?.none) == nil)
        #expect(try await self.echo([String]?.none) == nil)
        let result = try await TestDatabase.current.pool.execute(
            Statement("", "SELECT NULL::text AS missing, ARRAY['a', NULL], 1::int4")
        )
        let error = #expect(throws: DatabaseError.self) { try result.value(0, 0, as: String.self) }
        #expect(error?.kind == .unreadableAnswer)
        #expect(error?.detail.contains("missing") == true)
        #expect(result.isNull(0, 0) && !result.isNull(0, 2))
        #expect(throws: DatabaseError.self) { try result.value(0, 1, as: [String].self) }
        #expect(throws: DatabaseError.self) { try result.value(0, 2, as: String.self) }
        #expect(throws: DatabaseError.self) { try result.value(0, 2, as: UUID.self) }
        #expect(throws: DatabaseError.self) { try result.value(0, 2, as: Vector.self) }
    }
}

/// Random numbers that a printed seed repeats. SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { self.state = seed }
    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var z = self.state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
