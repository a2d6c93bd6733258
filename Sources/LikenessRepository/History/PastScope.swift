internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres
internal import LikenessReflection

/// Whether a view and a filter show what a profile was: the condition that decides of stored profiles, asked of rows that hold the earlier
/// states.
///
/// Tables of the same names, made of parameters, take the place of the stored ones in one statement. So whatever a mask's rules may
/// ask for is asked for in the one way there is.
struct PastScope {
    /// `nil` for all live profiles.
    let condition: Filter?
    let reads: Reads

    /// - Throws: `.invalidField` for a filter that asks for what the view does not show whole.
    init(view: View?, filter: Filter? = nil, reads: Reads) throws(RepositoryError) {
        self.condition = if let view { try view.condition(and: filter) } else { filter }
        self.reads = reads
    }

    /// Asks about all states at once: how many round trips it takes does not tell how many there are.
    ///
    /// - Parameter states: Of any profiles.
    /// - Returns: As many, in their order.
    func shows(_ states: [Profile]) async throws(RepositoryError) -> [Bool] {
        guard let condition = self.condition, !states.isEmpty else { return states.map { $0.deleteTime == nil } }
        let asked = try condition.columns()
        // Of each state what the rules ask about. States that do not differ in it are one.
        var numbers: [String: Int] = [:]
        var distinct: [String] = []
        var places: [Int] = []
        for state in states {
            let text = try Self.rows(of: state, asked).text()
            let place = numbers[text] ?? distinct.count
            if place == distinct.count {
                numbers[text] = place
                distinct.append(text)
            }
            places.append(place)
        }
        var parameters = Parameters(JSONB("[\(distinct.joined(separator: ","))]"))
        let sql = try condition.sql(&parameters)
        var batch = Batch()
        batch.addFiltered(
            "history_shown",
            """
            SELECT (\(Self.tables) SELECT EXISTS (SELECT FROM profiles p WHERE \(sql)))
            FROM jsonb_array_elements($1) WITH ORDINALITY AS state (rows, number) ORDER BY state.number
            """,
            parameters,
            deadline: self.reads.deadline
        )
        var results = try await self.reads.run(batch)
        _ = results.next()
        let result = results.next()
        let isShown = try readRows { () throws(DatabaseError) in
            var isShown: [Bool] = []
            for row in 0..<result.rowCount { isShown.append(try result.value(row, 0)) }
            return isShown
        }
        guard isShown.count == distinct.count else { throw .internal(detail: "a view was not asked about every state") }
        return zip(states, places).map { state, place in state.deleteTime == nil && isShown[place] }
    }

    /// Of one state. With the words that triggers make for stored rows, which are made where the condition asks for them.
    private static let tables: SQL = """
        WITH profiles AS NOT MATERIALIZED (
            SELECT r.id, r.identity_id, r.slug, r.display_name, r.headline, r.summary, r.location, r.tags, r.keywords,
                r.attributes, r.revision, true AS is_active, r.created_at, r.updated_at, r.deleted_at,
                public.profile_section_words(r) AS search
            FROM jsonb_populate_record(NULL::public.profiles, state.rows -> 'profile') AS r
        ), experiences AS NOT MATERIALIZED (
            SELECT r.id, r.profile_id, r.position, r.category, r.title, r.organization, r.location, r.start_date,
                r.start_precision, r.end_date, r.end_precision, r.description, r.highlights, r.tags,
                public.experience_words(r) AS search
            FROM jsonb_populate_recordset(NULL::public.experiences, state.rows -> 'experiences') AS r
        ), skills AS NOT MATERIALIZED (
            SELECT r.id, r.profile_id, r.position, r.name, r.category, r.level, r.keywords,
                public.skill_words(r) AS search
            FROM jsonb_populate_recordset(NULL::public.skills, state.rows -> 'skills') AS r
        ), external_ids AS NOT MATERIALIZED (
            SELECT r.profile_id, r.position, r.system, r.id, true AS is_active
            FROM jsonb_populate_recordset(NULL::public.external_ids, state.rows -> 'external_ids') AS r
        )
        """

    /// The rows of a profile with the columns that are asked about, and those that join them.
    private static func rows(
        of profile: Profile,
        _ asked: [FilterField.Table: Set<String>]
    ) throws(RepositoryError) -> JSONNode {
        func part(_ row: JSONNode, of table: FilterField.Table) -> JSONNode {
            guard case .object(let members) = row else { return row }
            let wanted = (asked[table] ?? []).union([table == .profile ? "id" : "profile_id"])
            return .object(members.filter { wanted.contains($0.name) })
        }
        func list(_ rows: [JSONNode], of table: FilterField.Table) -> JSONNode {
            asked[table] == nil ? .array([]) : .array(rows.map { part($0, of: table) })
        }
        let experiences = try Self.experiences(of: profile)
        return .object([
            .init("profile", part(Self.row(of: profile), of: .profile)),
            .init("experiences", list(experiences, of: .experiences)),
            .init("skills", list(Self.skills(of: profile), of: .skills)),
            .init("external_ids", list(Self.externalIDs(of: profile), of: .externalIDs)),
        ])
    }

    // MARK: Rows as JSON

    private static func row(of profile: Profile) -> JSONNode {
        .object([
            Self.text("id", profile.id),
            .init("identity_id", profile.identityId.isEmpty ? .null : .string(profile.identityId)),
            Self.text("slug", profile.slug), Self.text("display_name", profile.displayName),
            Self.text("headline", profile.headline), Self.text("summary", profile.summary),
            Self.text("location", profile.location), Self.list("tags", profile.tags),
            Self.list("keywords", profile.keywords),
            // A number is printed as it stands: so is a whole object.
            .init("attributes", .number(profile.attributesJson.isEmpty ? "{}" : profile.attributesJson)),
            .init("revision", .number("\(profile.revision)")), Self.time("created_at", profile.createTime),
            Self.time("updated_at", profile.updateTime),
        ])
    }

    private static func experiences(of profile: Profile) throws(RepositoryError) -> [JSONNode] {
        var rows: [JSONNode] = []
        for (position, item) in profile.experiences.enumerated() {
            let start = try Self.date("start", item.startDate)
            let end = try Self.date("end", item.endDate)
            rows.append(
                .object(
                    [
                        Self.text("id", item.id), Self.text("profile_id", profile.id),
                        .init("position", .number("\(position)")),
                        .init("category", .number("\(item.category.rawValue)")), Self.text("title", item.title),
                        Self.text("organization", item.organization), Self.text("location", item.location),
                        Self.text("description", item.description), Self.list("highlights", item.highlights),
                        Self.list("tags", item.tags),
                    ] + start + end
                )
            )
        }
        return rows
    }

    private static func skills(of profile: Profile) -> [JSONNode] {
        profile.skills.enumerated().map { position, item in
            .object([
                Self.text("id", item.id), Self.text("profile_id", profile.id),
                .init("position", .number("\(position)")), Self.text("name", item.name),
                Self.text("category", item.category), Self.text("level", item.level),
                Self.list("keywords", item.keywords),
            ])
        }
    }

    private static func externalIDs(of profile: Profile) -> [JSONNode] {
        profile.externalIds.enumerated().map { position, item in
            .object([
                Self.text("profile_id", profile.id), .init("position", .number("\(position)")),
                Self.text("system", item.system), Self.text("id", item.id),
            ])
        }
    }

    private static func text(_ name: String, _ value: String) -> JSONNode.Member { .init(name, .string(value)) }

    private static func list(_ name: String, _ values: [String]) -> JSONNode.Member {
        .init(name, .array(values.map { .string($0) }))
    }

    private static func time(_ name: String, _ time: ProtobufTimestamp?) -> JSONNode.Member {
        guard let time, let text = TimestampText.text(seconds: time.seconds) else { return .init(name, .null) }
        let micros = String(1_000_000 + Int(time.nanos) / 1_000).dropFirst()
        return .init(name, .string("\(text.dropLast()).\(micros)Z"))
    }

    private static func date(_ name: String, _ date: PartialDate?) throws(RepositoryError) -> [JSONNode.Member] {
        guard let stored = try date?.stored(path: name) else { return [] }
        let (year, month, day) = stored.first.components
        func digits(_ number: Int, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        return [
            .init("\(name)_date", .string("\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2))")),
            .init("\(name)_precision", .number("\(stored.precision)")),
        ]
    }
}
