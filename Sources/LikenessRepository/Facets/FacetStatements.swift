internal import LikenessMessages
internal import LikenessPostgres

/// The SQL of facets: one statement for all facets of a query, prepared once.
enum FacetStatements {
    // MARK: Remembered values

    /// The version of each profile that is still there. `$1` profiles (uuid[]). Gives the place of each among these, and its version.
    static let versions = Statement("facets_versions", versions(condition: "p.is_active"), [.uuidArray])

    /// - Parameter condition: On `p`, with parameters from `$2` on.
    static func versions(condition: SQL) -> SQL {
        """
        SELECT u.place::integer, p.revision, p.updated_at
        FROM unnest($1::uuid[]) WITH ORDINALITY AS u (id, place) JOIN profiles p ON p.id = u.id
        WHERE \(condition)
        """
    }

    /// Values of the profiles that are read at once.
    static let valuesMax = 40_000

    /// The values to be remembered. `$1` profiles (uuid[]), `$2` their revisions (int8[]), `$3` when they were updated (int8[], microseconds
    /// since the start of 2000, as `PostgresTimestamp` has them), `$4` the names of the categories, from 1 on (text[]).
    ///
    /// Gives rows of a field's number, a value, what it is folded to, and the places of those who have it; and one, whose field is `NULL`,
    /// with the places of all that are in the version asked for. The field of years of work has the experiences, as two days.
    static let values = Statement(
        "facets_values",
        """
        WITH chosen AS MATERIALIZED (
            SELECT u.place::integer AS place, p.id
            FROM unnest($1::uuid[], $2::int8[], $3::int8[]) WITH ORDINALITY AS u (id, revision, updated_at, place)
                JOIN profiles p ON p.id = u.id
            WHERE p.is_active AND p.revision = u.revision
                AND (extract(epoch FROM p.updated_at - timestamptz '2000-01-01 00:00:00+00') * 1000000)::int8 = u.updated_at
        ), stated AS (
            \(union(valuesOfFields { "\($0)" } years: { experienceDays($0) }))
        ),
        \(spelling)
        SELECT NULL::smallint, '', '', array_agg(c.place) FROM chosen c
        UNION ALL
        (SELECT s.facet, s.value, s.folded, s.places FROM spelt s WHERE s.folded <> '' LIMIT \(valuesMax + 1))
        """,
        [.uuidArray, .int8Array, .int8Array, .textArray]
    )

    /// Values to be remembered that are given, of each `$1` the number of its profile (int4[]), `$2` that of its field (int2[]), `$3` its text
    /// (text[]). Gives rows of a field's number, a value, what it is folded to, and the numbers of those who have it.
    static let folded = Statement(
        "facets_folded",
        """
        WITH stated AS (
            SELECT u.place, u.facet, u.value
            FROM unnest($1::integer[], $2::smallint[], $3::text[]) AS u (place, facet, value)
        ),
        \(spelling)
        SELECT s.facet, s.value, s.folded, s.places FROM spelt s WHERE s.folded <> ''
        """,
        [.int4Array, .int2Array, .textArray]
    )

    /// Those of `$1` folded values (text[]) in which a word begins with `$2` (text).
    static let beginning = Statement(
        "facets_beginning",
        """
        SELECT u.value FROM unnest($1::text[]) AS u (value) WHERE \(begins("u.value", with: "$2"))
        """,
        [.textArray, .text]
    )

    // MARK: Counts

    /// Counts what is stored: `$1` values of each facet (int8), `$2` what values begin with (text, empty for all), `$3` profiles (uuid[]), `$4` the names of the categories, from 1 on (text[]), `$5` numbers of facets of
    /// attributes (int2[]), `$6` where they are (text[] of jsonpath), then the number of the facet of each of `FacetColumn.all` and of
    /// `FacetField.Computed`, `NULL` for those that are not asked for.
    static let stored = Statement(
        "facets_stored",
        """
        WITH chosen AS MATERIALIZED (
            SELECT u.place::integer AS place, p.id
            FROM unnest($3::uuid[]) WITH ORDINALITY AS u (id, place) JOIN profiles p ON p.id = u.id
            WHERE p.is_active
        ), stated AS (
            \(union(valuesOfFields(parameter, years: workYears) + [attributes]))
        ),
        \(counting)
        """,
        [.int8, .text, .uuidArray, .textArray, .int2Array, .textArray]
            + Array(repeating: .int2, count: FacetColumn.all.count + FacetField.Computed.allCases.count)
    )

    /// Counts what is given: `$1` and `$2` as above, `$3` how many profiles there are (int8), and of each value `$4` the number of its profile (int4[]), `$5` that
    /// of its facet (int2[]), `$6` its text (text[]).
    static let given = Statement(
        "facets_given",
        """
        WITH chosen AS MATERIALIZED (
            SELECT FROM generate_series(1, $3)
        ), stated AS (
            SELECT u.place, u.facet, u.value
            FROM unnest($4::integer[], $5::smallint[], $6::text[]) AS u (place, facet, value)
        ),
        \(counting)
        """,
        [.int8, .text, .int8, .int4Array, .int2Array, .textArray]
    )

    /// However few rows there were when it was planned.
    static let settings = [SessionSetting("enable_seqscan", "off")]

    // MARK: Values

    /// Rows of place, facet and value, for each list of rows and each field that is not a single text.
    ///
    /// - Parameters:
    ///   - number: SQL for the number of a field, `NULL` for one that is not wanted.
    ///   - years: The rows of years of work, by that number.
    private static func valuesOfFields(_ number: (Int) -> SQL, years: (SQL) -> SQL) -> [SQL] {
        let tables = FilterField.Table.allCases.filter { table in FacetColumn.all.contains { $0.table == table } }
        var branches = tables.map { self.texts(of: $0, number) }
        for (place, column) in FacetColumn.all.enumerated() where column.filter.kind == .list {
            let number = number(place)
            branches.append(
                """
                SELECT c.place, \(number)::smallint, v.value
                FROM \(self.rows(of: column.table)) CROSS JOIN LATERAL unnest(x.\(column.column)) AS v (value)
                WHERE \(number) IS NOT NULL
                """
            )
        }
        for (place, computed) in FacetField.Computed.allCases.enumerated() {
            let number = number(FacetColumn.all.count + place)
            switch computed {
            case .locationPart: branches.append(self.locationParts(of: .profile, number))
            case .experienceLocationPart: branches.append(self.locationParts(of: .experiences, number))
            case .workYears: branches.append(years(number))
            }
        }
        return branches
    }

    private static func union(_ branches: [SQL]) -> SQL {
        branches.dropFirst().reduce(branches[0]) { "\($0)\nUNION ALL\n\($1)" }
    }

    private static func parameter(_ place: Int) -> SQL { "$\(7 + place)" }

    /// The rows `x` of a table that are of the chosen profiles.
    private static func rows(of table: FilterField.Table) -> SQL {
        table == .profile
            ? "chosen c JOIN profiles x ON x.id = c.id" : "chosen c JOIN \(table.name) x ON x.profile_id = c.id"
    }

    /// The single texts of a table's rows, which are read once for all of them.
    private static func texts(of table: FilterField.Table, _ number: (Int) -> SQL) -> SQL {
        let columns = FacetColumn.all.enumerated().filter {
            $0.element.table == table && $0.element.filter.kind != .list
        }
        var (values, numbers): (SQL, SQL) = ("", "")
        for (index, (place, column)) in columns.enumerated() {
            let separator: SQL = index == 0 ? "" : ", "
            let number = number(place)
            let text: SQL = column.filter.kind == .category ? "($4::text[])[x.\(column.column)]" : "x.\(column.column)"
            values = "\(values)\(separator)(\(number)::smallint, \(text))"
            numbers = "\(numbers)\(separator)\(number)"
        }
        return """
            SELECT c.place, v.facet, v.value
            FROM \(self.rows(of: table)) CROSS JOIN LATERAL (VALUES \(values)) AS v (facet, value)
            WHERE num_nonnulls(\(numbers)) > 0 AND v.facet IS NOT NULL
            """
    }

    private static func locationParts(of table: FilterField.Table, _ number: SQL) -> SQL {
        """
        SELECT c.place, \(number)::smallint, v.value
        FROM \(self.rows(of: table))
            CROSS JOIN LATERAL regexp_split_to_table(x.location, '[\(SQL(stringLiteral: LocationParts.commas))]') AS v (value)
        WHERE \(number) IS NOT NULL
        """
    }

    private static func workYears(_ number: SQL) -> SQL {
        """
        SELECT c.place, \(number)::smallint, \(WorkYears.name(days: "w.days"))
        FROM chosen c CROSS JOIN LATERAL (
            \(WorkYears.days(of: "c.id"))
        ) AS w
        WHERE \(number) IS NOT NULL
        """
    }

    /// The first days of experiences and of what follows them, since the first of January 1970: "10957/11323", "10957/".
    private static func experienceDays(_ number: SQL) -> SQL {
        """
        SELECT c.place, \(number)::smallint, concat(x.start_date - DATE '1970-01-01', '/', x.end_date - DATE '1970-01-01')
        FROM \(self.rows(of: .experiences)) WHERE x.category = \(Int(ExperienceCategory.work.rawValue)) AND x.start_date IS NOT NULL
        """
    }

    /// Texts, numbers and truth values, and those in lists. A path goes through lists of objects by itself (`lax`).
    private static let attributes: SQL = """
        SELECT c.place, a.facet, v.value
        FROM \(rows(of: .profile)) CROSS JOIN unnest($5::smallint[], $6::text[]) AS a (facet, path)
            CROSS JOIN LATERAL (
                SELECT CASE jsonb_typeof(q.value) WHEN 'number' THEN trim_scale(q.value::numeric)::text ELSE q.value #>> '{}' END
                FROM jsonb_path_query(x.attributes, a.path::jsonpath) AS q (value)
                WHERE jsonb_typeof(q.value) IN ('string', 'number', 'boolean') LIMIT \(FacetValues.attributesMax)
            ) AS v (value)
        WHERE cardinality($5) > 0
        """

    // MARK: Counting

    /// Of `stated` (place, facet, value), the values of each profile: spelt (facet, value, folded, profiles, places).
    ///
    /// A text is folded once, however many profiles have it.
    private static let spelling: SQL = """
        found AS MATERIALIZED (
            SELECT DISTINCT s.facet, s.place,
                btrim(left(s.value, \(FacetValues.charactersMax)), E' \\t\\n\\r\\u00A0\\u3000') COLLATE "C" AS value
            FROM stated s
        ), spelt AS MATERIALIZED (
            SELECT f.facet, f.value, fold_term(f.value COLLATE "default") COLLATE "C" AS folded, count(*) AS profiles,
                array_agg(f.place) AS places
            FROM found f GROUP BY f.facet, f.value
        )
        """

    private static func begins(_ folded: SQL, with prefix: SQL) -> SQL {
        """
        starts_with(\(folded), fold_term(\(prefix))) OR \(folded) COLLATE "default" ~ term_pattern(fold_term(\(prefix)))
        """
    }

    /// Of `chosen`, a row for each profile, and `stated` (place, facet, value), the values of each: how many profiles there are, and the
    /// first values of each facet, one more than asked for. At least one row.
    ///
    /// No part is joined with another: their sizes cannot be estimated.
    private static let counting: SQL = """
        \(spelling), wanted AS MATERIALIZED (
            SELECT s.*, count(*) OVER (PARTITION BY s.facet, s.folded) AS spellings FROM spelt s
            WHERE s.folded <> '' AND ($2 = '' OR \(begins("s.folded", with: "$2")))
        ), counted AS MATERIALIZED (
            SELECT w.facet, w.folded, w.value, w.profiles FROM wanted w WHERE w.spellings = 1
            UNION ALL
            SELECT w.facet, w.folded, mode() WITHIN GROUP (ORDER BY w.value), count(DISTINCT p.place)
            FROM wanted w CROSS JOIN LATERAL unnest(w.places) AS p (place)
            WHERE w.spellings > 1 GROUP BY w.facet, w.folded
        ), ranked AS MATERIALIZED (
            SELECT c.facet, left(c.value, \(FacetValues.shownMax)) AS value, c.profiles,
                row_number() OVER (PARTITION BY c.facet ORDER BY c.profiles DESC, c.folded) AS place
            FROM counted c
        )
        SELECT t.profiles, r.facet, r.value, r.profiles
        FROM (SELECT count(*) AS profiles FROM chosen) AS t LEFT JOIN ranked r ON r.place <= $1 + 1
        ORDER BY r.facet, r.place
        """
}
