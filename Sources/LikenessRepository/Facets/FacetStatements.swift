internal import LikenessMessages
internal import LikenessPostgres

/// The SQL of facets: one statement for all facets of a query, prepared once.
///
/// Parameters: `$1` values of each facet (int8), `$2` what values begin with (text, empty for all).
enum FacetStatements {
    /// Counts what is stored: `$3` profiles (uuid[]), `$4` the names of the categories, from 1 on (text[]), `$5` numbers of facets of
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
            \(branches.dropFirst().reduce(branches[0]) { "\($0)\nUNION ALL\n\($1)" })
        ),
        \(counting)
        """,
        [.int8, .text, .uuidArray, .textArray, .int2Array, .textArray]
            + Array(repeating: .int2, count: FacetColumn.all.count + FacetField.Computed.allCases.count)
    )

    /// Counts what is given: `$3` how many profiles there are (int8), and of each value `$4` the number of its profile (int4[]), `$5` that
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
    private static var branches: [SQL] {
        var branches = FilterField.Table.allCases.map(self.texts)
        for (place, column) in FacetColumn.all.enumerated() where column.filter.kind == .list {
            let number = self.parameter(place)
            branches.append(
                """
                SELECT c.place, \(number)::smallint, v.value
                FROM \(self.rows(of: column.table)) CROSS JOIN LATERAL unnest(x.\(column.column)) AS v (value)
                WHERE \(number) IS NOT NULL
                """
            )
        }
        for (place, computed) in FacetField.Computed.allCases.enumerated() {
            branches.append(self.values(of: computed, self.parameter(FacetColumn.all.count + place)))
        }
        branches.append(self.attributes)
        return branches
    }

    private static func parameter(_ place: Int) -> SQL { "$\(7 + place)" }

    /// The rows `x` of a table that are of the chosen profiles.
    private static func rows(of table: FilterField.Table) -> SQL {
        table == .profile
            ? "chosen c JOIN profiles x ON x.id = c.id" : "chosen c JOIN \(table.name) x ON x.profile_id = c.id"
    }

    /// The single texts of a table's rows, which are read once for all of them.
    private static func texts(of table: FilterField.Table) -> SQL {
        let columns = FacetColumn.all.enumerated().filter {
            $0.element.table == table && $0.element.filter.kind != .list
        }
        var (values, numbers): (SQL, SQL) = ("", "")
        for (index, (place, column)) in columns.enumerated() {
            let separator: SQL = index == 0 ? "" : ", "
            let number = self.parameter(place)
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

    private static func values(of computed: FacetField.Computed, _ number: SQL) -> SQL {
        switch computed {
        case .locationPart, .experienceLocationPart:
            let table: FilterField.Table = computed == .locationPart ? .profile : .experiences
            return """
                SELECT c.place, \(number)::smallint, v.value
                FROM \(self.rows(of: table))
                    CROSS JOIN LATERAL regexp_split_to_table(x.location, '[\(SQL(stringLiteral: LocationParts.commas))]') AS v (value)
                WHERE \(number) IS NOT NULL
                """
        case .workYears:
            return """
                SELECT c.place, \(number)::smallint, \(WorkYears.name(days: "w.days"))
                FROM chosen c CROSS JOIN LATERAL (
                    \(WorkYears.days(of: "c.id"))
                ) AS w
                WHERE \(number) IS NOT NULL
                """
        }
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

    /// Of `chosen`, a row for each profile, and `stated` (place, facet, value), the values of each: how many profiles there are, and the
    /// first values of each facet, one more than asked for. At least one row.
    ///
    /// A text is folded once, however many profiles have it, and no part is joined with another: their sizes cannot be estimated.
    private static let counting: SQL = """
        found AS MATERIALIZED (
            SELECT DISTINCT s.facet, s.place,
                btrim(left(s.value, \(FacetValues.charactersMax)), E' \\t\\n\\r\\u00A0\\u3000') COLLATE "C" AS value
            FROM stated s
        ), spelt AS MATERIALIZED (
            SELECT f.facet, f.value, fold_term(f.value COLLATE "default") COLLATE "C" AS folded, count(*) AS profiles,
                array_agg(f.place) AS places
            FROM found f GROUP BY f.facet, f.value
        ), wanted AS MATERIALIZED (
            SELECT s.*, count(*) OVER (PARTITION BY s.facet, s.folded) AS spellings FROM spelt s
            WHERE s.folded <> '' AND ($2 = '' OR starts_with(s.folded, fold_term($2))
                OR s.folded COLLATE "default" ~ term_pattern(fold_term($2)))
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
