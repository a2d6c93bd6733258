/// One setting of `likenessd serve`: its name, its form, its default and what it is for.
///
/// The same table checks the file, documents the settings (`likenessd config`) and is read by `ServerConfiguration`.
package struct ConfigurationKey: Sendable {
    package enum Form: String, Sendable {
        case text, integer, boolean, duration, list
    }

    /// Dotted path in the file; upper-cased with `_` and the prefix `LIKENESS_` in the environment.
    package let name: String
    package let form: Form
    /// As it would be written; `nil` when the setting is required or has no value unless given.
    package let defaultValue: String?
    package let isSecret: Bool
    package let purpose: String

    private init(_ name: String, _ form: Form, _ defaultValue: String?, secret: Bool = false, _ purpose: String) {
        self.name = name
        self.form = form
        self.defaultValue = defaultValue
        self.isSecret = secret
        self.purpose = purpose
    }

    /// Name of the environment variable that sets it.
    package var environmentName: String {
        "LIKENESS_" + self.name.uppercased().replacing(".", with: "_")
    }

    package static let all: [ConfigurationKey] = [
        .init("listen", .text, "127.0.0.1:7443", "HOST:PORT to accept connections on; port 0 lets the system choose."),
        .init(
            "operations.listen",
            .text,
            nil,
            "HOST:PORT for probes and metrics by HTTP, or a port of 127.0.0.1; not given, there is none."
        ),
        .init("tls.certificate_file", .text, nil, "PEM file with the server's certificate chain. Required."),
        .init("tls.key_file", .text, nil, "PEM file with the server's private key. Required."),
        .init("tls.client_ca_file", .text, nil, "PEM file with the CAs that sign client certificates. Required."),
        .init(
            "tls.client_crl_file",
            .text,
            nil,
            "PEM file with a current CRL of each of those CAs; revoked certificates are refused."
        ),
        .init(
            "tls.client_certificate",
            .text,
            "required",
            "required, or optional: who shows none needs a bearer token."
        ),
        .init("tls.minimum_version", .text, "1.3", "Oldest TLS version accepted: 1.2 or 1.3."),
        .init(
            "tls.key_log_file",
            .text,
            nil,
            "File for the keys of every connection (NSS format), for debugging: its reader can read the traffic."
        ),
        .init("roles.admin", .list, nil, "Certificate names (URI: or DNS: entries) that may call everything."),
        .init("roles.writer", .list, nil, "Certificate names that may read and write profiles."),
        .init("roles.reader", .list, nil, "Certificate names that may search and read profiles."),
        .init(
            "roles.monitor",
            .list,
            nil,
            "Certificate names that may see how the service is doing, and nothing of people; their calls leave no audit lines."
        ),
        .init(
            "roles.masks",
            .list,
            nil,
            "NAME=MASK for names of roles.reader that see profiles through that mask alone; docs/views.md has what they may call."
        ),
        .init(
            "auth.token_file",
            .text,
            nil,
            "File with the digests of bearer tokens, as `likenessd token` makes them. Read again when it changes."
        ),
        .init("database.url", .text, nil, secret: true, "libpq connection string or URI. Required."),
        .init("database.max_connections", .integer, "10", "Most connections in the pool, 1 to 1000."),
        .init(
            "database.connections_per_caller",
            .integer,
            "0",
            "Most connections that one caller holds while others call, 0 to 1000; 0 is a third of all, and for a database on "
                + "this machine no more than half of its cores."
        ),
        .init("database.idle_timeout", .duration, "30s", "An idle connection is closed after this long."),
        .init("database.connect_timeout", .duration, "2s", "A connection attempt fails after this long."),
        .init("database.acquire_timeout", .duration, "2s", "A request waits at most this long for a connection."),
        .init(
            "database.statement_timeout",
            .duration,
            "30s",
            "The server ends a statement after this long; 0s: never."
        ),
        .init(
            "database.lock_timeout",
            .duration,
            "1s",
            "A statement waits at most this long for a lock; 0s: for ever."
        ),
        .init(
            "database.idle_in_transaction_timeout",
            .duration,
            "5s",
            "The server ends a session that does nothing in a transaction for this long; 0s: never."
        ),
        .init(
            "database.start_timeout",
            .duration,
            "60s",
            "The start waits at most this long for the database, with the port open and NOT_SERVING."
        ),
        .init("database.migrate", .boolean, "false", "Apply pending migrations at the start."),
        .init("embedding.provider", .text, "in_process", "in_process, or none when callers send vectors."),
        .init(
            "embedding.home",
            .text,
            nil,
            "Folder with the runtime and the model; default as scripts/setup installs."
        ),
        .init("embedding.threads", .integer, "1", "Threads that embed, 1 to 64."),
        .init(
            "embedding.spare_threads",
            .integer,
            nil,
            "More threads that embed what is written while no search waits, 0 to 64; default the other cores."
        ),
        .init(
            "search.index_method",
            .text,
            "keep",
            "hnsw or ivfflat rebuilds another vector index at the start; or keep."
        ),
        .init(
            "search.index_build_memory_mib",
            .integer,
            nil,
            "Memory that a build of a vector index may use, 64 to 1048576 MiB; default what the machine can spare, or PostgreSQL's"
                + " maintenance_work_mem when the database is on another machine."
        ),
        .init(
            "search.saved_event_time",
            .duration,
            "168h",
            "How long events of saved searches are kept, for streams that are resumed."
        ),
        .init(
            "retention.deleted",
            .duration,
            "0s",
            "Soft-deleted profiles are erased for good after this long; 0s: never."
        ),
        .init(
            "retention.history",
            .duration,
            "0s",
            "What profiles were before each write, and who wrote, is kept for so long; 0s: not at all. Set the same on all servers; where they differ, the longest counts."
        ),
        .init(
            "retention.changes",
            .duration,
            "168h",
            "How long changes of profiles are kept for WatchProfiles: a stream that is resumed later begins with a snapshot."
        ),
        .init(
            "retention.backups",
            .duration,
            "720h",
            "How long backups of the database are kept: an erasure says until when they may hold the profile."
        ),
        .init(
            "rpc.frame_bytes_max",
            .integer,
            "4194304",
            "Largest frame accepted, 16384 to 67108864 bytes. None larger is sent either."
        ),
        .init(
            "rpc.answer_bytes_max",
            .integer,
            "0",
            "Bytes of answers over 16 KiB that may wait for their sockets, of all connections together; 0 means sixteen frames."
        ),
        .init("rpc.streams_max", .integer, "100", "Most calls at once on one connection, 1 to 10000."),
        .init("rpc.connections_max", .integer, "1024", "Most connections at once, 1 to 100000."),
        .init(
            "rpc.connections_per_identity_max",
            .integer,
            "64",
            "Most connections of one client certificate, or of one address without one, 1 to 100000."
        ),
        .init(
            "rpc.connections_without_credential_max",
            .integer,
            nil,
            "Most connections that have shown neither a certificate nor a valid token; default half of rpc.connections_max."
        ),
        .init(
            "rpc.handshakes_max",
            .integer,
            "256",
            "With more unfinished handshakes the address with the most loses its oldest, 1 to 100000."
        ),
        .init(
            "rpc.unwritten_bytes_max",
            .integer,
            nil,
            "No new call of a connection starts while its client leaves more than this unread, 65536 to 1073741824 bytes;"
                + " default twice rpc.frame_bytes_max."
        ),
        .init("rpc.handshake_timeout", .duration, "5s", "A TLS handshake fails after this long."),
        .init("rpc.keepalive_interval", .duration, "60s", "Silence after which a client is asked whether it lives."),
        .init(
            "rpc.keepalive_timeout",
            .duration,
            "20s",
            "A client that does not answer or read for this long is gone."
        ),
        .init("rpc.idle_timeout", .duration, "10m", "A connection without a call is asked to leave after this long."),
        .init(
            "rpc.connection_age",
            .duration,
            "30m",
            "A connection is asked to leave at this age, give or take a tenth."
        ),
        .init("rpc.connection_age_grace", .duration, "60s", "It has this long for its last calls."),
        .init("rpc.queue_delay_target", .duration, "250ms", "Calls are refused when all others wait longer than this."),
        .init(
            "rpc.reader_deadline_max",
            .duration,
            "30s",
            "Longest deadline of a call for readers; a call that names none or a longer one gets it."
        ),
        .init("rpc.writer_deadline_max", .duration, "60s", "The same of a call for writers."),
        .init("rpc.admin_deadline_max", .duration, "10m", "The same of a call for administrators."),
        .init("rpc.drain_timeout", .duration, "10s", "A shutdown waits at most this long for running calls."),
        .init("rpc.threads", .integer, "1", "Event-loop threads, 1 to 64."),
        .init(
            "log.level",
            .text,
            "info",
            "trace, debug, info, notice, warning, error or critical. Read again at SIGHUP."
        ),
        .init("log.format", .text, "text", "text, json, or auto: text on a terminal and JSON elsewhere."),
    ]

    package static func named(_ name: String) -> ConfigurationKey? {
        Self.all.first { $0.name == name }
    }

    /// Whether settings of a section have such names.
    static func hasSection(_ name: String) -> Bool { self.all.contains { $0.name.hasPrefix(name + ".") } }
}
