internal import LikenessPostgres

/// The SQL of embedding spaces, their tables and the outbox.
enum EmbeddingStatements {
    private static let spaceColumns: SQL = """
        s.name, s.model, s.dimension, s.table_name, s.index_method, s.index_precision, s.ef_search, s.probes, s.is_active,
        s.m, s.ef_construction, s.vectors_built,
        EXISTS (
            SELECT FROM pg_index i WHERE i.indisvalid
                AND i.indexrelid IN (to_regclass(s.table_name || '_ann'), to_regclass(s.table_name || '_ann_next'))
        )
        """

    static let spaces = Statement("spaces", "SELECT \(spaceColumns) FROM embedding_spaces s ORDER BY s.name")
    static let create = Statement(
        "space_create",
        "SELECT create_embedding_space($1, $2, $3, $4, $5)",
        [.text, .text, .int4, .text, .text]
    )
    static let deactivate = Statement(
        "space_deactivate",
        "UPDATE embedding_spaces SET is_active = false, updated_at = now() WHERE is_active AND name <> $1",
        [.text]
    )
    static let activate = Statement(
        "space_activate",
        "UPDATE embedding_spaces SET is_active = true, updated_at = now() WHERE name = $1 AND NOT is_active",
        [.text]
    )

    /// Of the index that a space will have: `$1` space, `$2` method.
    static let setIndexMethod = Statement(
        "space_set_index_method",
        "UPDATE embedding_spaces SET index_method = $2, updated_at = now() WHERE name = $1",
        [.text, .text]
    )

    /// `$1` space, `$2` rows wanted, `$3` lease in seconds.
    static let claim = Statement(
        "outbox_claim",
        """
        WITH waiting AS MATERIALIZED (
            SELECT o.ctid AS place FROM embedding_outbox o
            WHERE o.space = $1 AND o.available_at <= now()
            ORDER BY o.available_at LIMIT $2 FOR UPDATE SKIP LOCKED
        ), due AS MATERIALIZED (
            SELECT place, nextval('embedding_outbox_ticket') AS ticket FROM waiting
        )
        UPDATE embedding_outbox o
        SET ticket = due.ticket, parts_ticket = due.ticket, attempts = o.attempts + 1,
            available_at = now() + make_interval(secs => $3), updated_at = now()
        FROM due
        WHERE o.ctid = due.place
        RETURNING o.profile_id, o.section_id, o.kind, o.ticket, o.attempts
        """,
        [.text, .int4, .float8]
    )
    /// Where rows of the outbox are that have these tickets still: claimed(place, ticket). `$1` space, `$2` sections, `$3` kinds, `$4` tickets.
    ///
    /// OFFSET 0: each is looked up by its key. The outbox is empty most of the time, and so the planner would choose to read all of it.
    private static let claimed: SQL = """
        claimed AS MATERIALIZED (
            SELECT o.place, k.ticket FROM unnest($2, $3, $4) AS k (section_id, kind, ticket) CROSS JOIN LATERAL (
                SELECT w.ctid AS place, w.ticket FROM embedding_outbox w
                WHERE w.space = $1 AND w.section_id = k.section_id AND w.kind = k.kind OFFSET 0
            ) AS o
            WHERE o.ticket = k.ticket
        )
        """
    /// Takes delivered sections out, unless they changed or were claimed again since, or the space is another model's now:
    /// `$1` space, `$2` sections, `$3` kinds, `$4` tickets, `$5` model.
    static let finish = Statement(
        "outbox_finish",
        """
        WITH \(claimed)
        DELETE FROM embedding_outbox o USING claimed c
        WHERE o.ctid = c.place AND o.ticket = c.ticket
            AND EXISTS (SELECT FROM embedding_spaces s WHERE s.name = $1 AND s.model = $5)
        RETURNING o.section_id, o.kind
        """,
        [.text, .uuidArray, .int2Array, .int8Array, .text]
    )
    /// Gives claimed sections back as they were, unless they changed or were claimed again since: `$1` space, `$2` sections,
    /// `$3` kinds, `$4` tickets.
    static let release = Statement(
        "outbox_release",
        """
        WITH \(claimed)
        UPDATE embedding_outbox o SET available_at = now(), attempts = o.attempts - 1, updated_at = now()
        FROM claimed c
        WHERE o.ctid = c.place AND o.ticket = c.ticket
        """,
        [.text, .uuidArray, .int2Array, .int8Array]
    )
    /// `$1` space, `$2` section, `$3` kind, `$4` ticket, `$5` seconds to wait, `$6` why.
    static let fail = Statement(
        "outbox_fail",
        """
        UPDATE embedding_outbox SET available_at = now() + make_interval(secs => $5), last_error = left($6, 1000),
            updated_at = now()
        WHERE space = $1 AND section_id = $2 AND kind = $3 AND ticket = $4
        """,
        [.text, .uuid, .int2, .int8, .float8, .text]
    )
    /// A row for each space in which something waits.
    static let pending = Statement(
        "outbox_pending",
        """
        SELECT space, count(*), coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8, count(last_error)
        FROM embedding_outbox GROUP BY space
        """
    )
    /// How many sections wait in a space, as far as they are counted: `$1` space, `$2` at most.
    static let waitingCount = Statement(
        "outbox_waiting_count",
        "SELECT count(*) FROM (SELECT FROM embedding_outbox WHERE space = $1 LIMIT $2) AS waiting",
        [.text, .int4]
    )
    /// Whether sections of these profiles wait for their embedding in the active space.
    static let waiting = Statement(
        "outbox_waiting",
        """
        SELECT EXISTS (
            SELECT FROM embedding_outbox o JOIN embedding_spaces s ON s.name = o.space
            WHERE o.profile_id = ANY ($1) AND s.is_active
        )
        """,
        [.uuidArray]
    )

    /// Sections of which an earlier version may not have read all: `$1` space, `$2` rows wanted.
    static let longSections = Statement(
        "long_sections",
        """
        SELECT profile_id, section_id, kind, ticket FROM long_sections WHERE space = $1 ORDER BY section_id, kind LIMIT $2
        """,
        [.text, .int4]
    )
    /// Takes sections off that list, unless they were noted again since, and puts those with more than one part in the outbox:
    /// `$1` space, `$2` sections, `$3` kinds, `$4` tickets, `$5` whether they have.
    static let readLongSections = Statement(
        "long_sections_read",
        """
        WITH read AS (
            DELETE FROM long_sections l USING unnest($2, $3, $4, $5) AS seen (section_id, kind, ticket, has_parts)
            WHERE l.space = $1 AND l.section_id = seen.section_id AND l.kind = seen.kind AND l.ticket = seen.ticket
            RETURNING l.section_id, l.kind, l.profile_id, seen.has_parts
        )
        INSERT INTO embedding_outbox (space, section_id, kind, profile_id, ticket)
        SELECT $1, r.section_id, r.kind, r.profile_id, nextval('embedding_outbox_ticket')
        FROM read r JOIN profiles p ON p.id = r.profile_id
        WHERE r.has_parts ORDER BY r.section_id, r.kind
        ON CONFLICT (space, section_id, kind) DO NOTHING
        RETURNING section_id
        """,
        [.text, .uuidArray, .int2Array, .int8Array, .boolArray]
    )

    /// Keeps profiles as they are until their embeddings are written, and says which are live.
    static let lockProfiles = Statement(
        "embeddings_lock_profiles",
        "SELECT id, is_active FROM profiles WHERE id = ANY ($1) ORDER BY id FOR SHARE",
        [.uuidArray]
    )

    /// Rows that one statement stores.
    static let storedMax = 8

    /// Of each of `count` rows: profile, section, kind as `SectionWindow` writes it, whether the profile is live, vector.
    static func store(_ count: Int, in space: EmbeddingSpaceInfo, _ statements: StatementCache) -> Statement {
        let types: [PostgresType] = [.uuid, .uuid, .int2, .bool, .vector]
        return statements.statement(
            .named("embeddings_store", of: "\(count)/\(space.table.name)"),
            Array(repeatElement(types, count: count).joined())
        ) {
            var rows: SQL = "($1, $2, $3, $4, $5)"
            for first in stride(from: types.count, to: count * types.count, by: types.count) {
                rows = "\(rows), ($\(first + 1), $\(first + 2), $\(first + 3), $\(first + 4), $\(first + 5))"
            }
            return """
                INSERT INTO \(space.table.name) (profile_id, section_id, kind, is_active, embedding) VALUES \(rows)
                ON CONFLICT (section_id, kind) DO UPDATE SET profile_id = EXCLUDED.profile_id,
                    is_active = EXCLUDED.is_active, embedding = EXCLUDED.embedding, updated_at = now()
                """
        }
    }

    /// Drops what is left of longer texts of sections: `$1` sections, `$2` kinds, `$3` the last row of each.
    static func removeStale(from space: EmbeddingSpaceInfo, _ statements: StatementCache) -> Statement {
        statements.statement(
            .named("embeddings_stale", of: space.table.name.text),
            [.uuidArray, .int2Array, .int2Array]
        ) {
            """
            DELETE FROM \(space.table.name) e USING unnest($1, $2, $3) AS s (section_id, kind, last)
            WHERE e.section_id = s.section_id AND \(SectionWindow.sectionKind("e.kind")) = s.kind
                AND \(SectionWindow.isStale("e.kind", last: "s.last"))
            """
        }
    }

    /// Of live profiles: `$1` ids.
    static func ofProfiles(in space: EmbeddingSpaceInfo, _ statements: StatementCache) -> Statement {
        statements.statement(.named("embeddings_of", of: space.table.name.text), [.uuidArray]) {
            "SELECT e.profile_id, e.embedding FROM \(space.table.name) e WHERE e.profile_id = ANY ($1) AND e.is_active"
        }
    }

    /// Live embeddings, the sections that they are of, and how many of those have more text than was embedded.
    static func count(in space: EmbeddingSpaceInfo, _ statements: StatementCache) -> Statement {
        statements.statement(.named("embeddings_count", of: space.table.name.text), []) {
            """
            SELECT count(*), count(*) FILTER (WHERE \(SectionWindow.isFirst("kind"))),
                count(*) FILTER (WHERE \(SectionWindow.isCut("kind")))
            FROM \(space.table.name) WHERE is_active
            """
        }
    }

    /// Live embeddings, for plans: counted up to a bound, beyond it what the last ANALYZE or VACUUM estimated.
    static func roughCount(in space: EmbeddingSpaceInfo, _ statements: StatementCache) -> Statement {
        statements.statement(.named("embeddings_count_roughly", of: space.table.name.text), []) {
            """
            SELECT CASE WHEN c.counted < \(self.countedMax) THEN c.counted ELSE greatest(c.counted, t.reltuples::bigint) END
            FROM (
                SELECT count(*) AS counted
                FROM (SELECT FROM \(space.table.name) WHERE is_active LIMIT \(self.countedMax)) AS bounded
            ) AS c, pg_class t
            WHERE t.oid = '\(space.table.name)'::regclass
            """
        }
    }
    /// More than `VectorIndexNeed.embeddingsMax`, so that no estimate decides for an exact scan.
    static let countedMax = VectorIndexNeed.embeddingsMax + 1_000

    static func copyIn(to space: EmbeddingSpaceInfo) -> SQL {
        "COPY \(space.table.name) (profile_id, section_id, kind, is_active, embedding) FROM STDIN (FORMAT binary)"
    }
}
