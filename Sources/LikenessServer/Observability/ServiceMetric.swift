internal import LikenessMetrics

/// Every metric that a service has, with its labels; `docs/operations.md` lists the same.
///
/// Names follow OpenTelemetry's conventions for RPC and for database pools, in the form that Prometheus gives them; what they do not know
/// begins with `likeness_`.
enum ServiceMetric {
    static let callDuration = MetricDescription(
        "rpc_server_call_duration_seconds",
        .histogram,
        labels: ["rpc_system_name", "rpc_method", "rpc_status_code"],
        "From the arrival of a call to its answer, of calls that started."
    )
    static let callsStarted = MetricDescription(
        "rpc_server_calls_started_total",
        .counter,
        labels: ["rpc_system_name", "rpc_method"],
        "Calls that started."
    )
    static let callsRefused = MetricDescription(
        "likeness_rpc_calls_refused_total",
        .counter,
        labels: ["rpc_method", "rpc_status_code"],
        "Calls that were refused before they started: RESOURCE_EXHAUSTED by overload, others by roles, bounds, names."
    )
    static let callsInFlight = MetricDescription("likeness_rpc_calls_in_flight", .gauge, "Calls under way.")
    static let requestBytes = MetricDescription(
        "likeness_rpc_request_bytes_total",
        .counter,
        labels: ["rpc_method"],
        "Messages that arrived, in bytes without frames."
    )
    static let responseBytes = MetricDescription(
        "likeness_rpc_response_bytes_total",
        .counter,
        labels: ["rpc_method"],
        "Messages that were sent, in bytes without frames."
    )
    static let connections = MetricDescription("likeness_rpc_connections", .gauge, "Open connections.")
    static let connectionsOpened = MetricDescription(
        "likeness_rpc_connections_opened_total",
        .counter,
        "Connections that were let in."
    )
    static let connectionsRefused = MetricDescription(
        "likeness_rpc_connections_refused_total",
        .counter,
        labels: ["reason"],
        "Connections that were ended by the service, or not let in."
    )
    static let answerBytes = MetricDescription(
        "likeness_rpc_answer_bytes",
        .gauge,
        "Answers over 16 KiB that no socket has taken yet; see rpc.answer_bytes_max."
    )
    static let eventLoopLag = MetricDescription(
        "likeness_event_loop_lag_seconds",
        .gauge,
        labels: ["loop"],
        "How late an event loop of calls is."
    )

    static let poolConnections = MetricDescription(
        "db_client_connections",
        .gauge,
        labels: ["db_client_connection_pool_name", "db_client_connection_state"],
        "Connections to the database: idle, used, or being opened (connecting)."
    )
    static let poolMax = MetricDescription(
        "db_client_connection_max",
        .gauge,
        labels: ["db_client_connection_pool_name"],
        "Most connections to the database."
    )
    static let poolPending = MetricDescription(
        "db_client_connection_pending_requests",
        .gauge,
        labels: ["db_client_connection_pool_name"],
        "Requests that wait for a connection."
    )
    static let poolTimeouts = MetricDescription(
        "db_client_connection_timeouts_total",
        .counter,
        labels: ["db_client_connection_pool_name"],
        "Requests that waited for a connection in vain."
    )
    static let poolWait = MetricDescription(
        "db_client_connection_wait_time_seconds",
        .histogram,
        labels: ["db_client_connection_pool_name"],
        "From the request for a connection to the connection, of those that got one."
    )
    static let poolUse = MetricDescription(
        "db_client_connection_use_time_seconds",
        .histogram,
        labels: ["db_client_connection_pool_name"],
        "How long connections are lent."
    )
    static let poolCreate = MetricDescription(
        "db_client_connection_create_time_seconds",
        .histogram,
        labels: ["db_client_connection_pool_name"],
        "How long opening a connection takes."
    )
    static let poolRefusals = MetricDescription(
        "likeness_db_acquire_failures_total",
        .counter,
        labels: ["reason"],
        "Requests that got no connection: timeout (database.acquire_timeout), deadline (the call's own), queue_full, down (none can be opened), closed (shutdown), cancelled."
    )
    static let operationDuration = MetricDescription(
        "db_client_operation_duration_seconds",
        .histogram,
        labels: ["db_system_name", "db_query_summary", "db_response_status_code", "error_type"],
        "Round trips to the database, by the name of the first statement, or of the one that failed and its SQLSTATE."
    )
    static let poolAcquired = MetricDescription(
        "likeness_db_connections_acquired_total",
        .counter,
        "Requests that got a connection."
    )
    static let poolOpened = MetricDescription("likeness_db_connections_opened_total", .counter, "Connections opened.")
    static let poolFailures = MetricDescription(
        "likeness_db_connect_failures_total",
        .counter,
        "Attempts to connect that failed."
    )

    static let embedderTexts = MetricDescription("likeness_embedder_texts_total", .counter, "Texts that were embedded.")
    static let embedderCacheHits = MetricDescription(
        "likeness_embedder_cache_hits_total",
        .counter,
        "Texts whose embedding was known."
    )
    static let embedderQueue = MetricDescription("likeness_embedder_queue_length", .gauge, "Texts that wait.")
    static let outboxSections = MetricDescription(
        "likeness_outbox_sections",
        .gauge,
        "Sections that wait for their embedding by a model of this service."
    )
    static let outboxFailing = MetricDescription(
        "likeness_outbox_failing_sections",
        .gauge,
        "Those of them that failed before."
    )
    static let outboxAge = MetricDescription(
        "likeness_outbox_oldest_age_seconds",
        .gauge,
        "How long the oldest of them waits."
    )

    static let ready = MetricDescription("likeness_ready", .gauge, "1 when /readyz answers 200, else 0.")
    static let componentStatus = MetricDescription(
        "likeness_component_status",
        .gauge,
        labels: ["component"],
        "1 SERVING, 0.5 DEGRADED, 0 NOT_SERVING; as `likeness admin status` says."
    )
    static let buildInfo = MetricDescription(
        "likeness_build_info",
        .gauge,
        labels: ["version", "commit"],
        "Always 1: which release runs."
    )

    static let reloads = MetricDescription(
        "likeness_reloads_total",
        .counter,
        labels: ["files"],
        "Times that files were taken up: tls, tokens."
    )
    static let reloadFailures = MetricDescription(
        "likeness_reload_failures_total",
        .counter,
        labels: ["files"],
        "Times that changed files were refused; the previous ones stay in use."
    )
    static let certificateExpiry = MetricDescription(
        "likeness_tls_certificate_expiry_seconds",
        .gauge,
        "When the certificate shown expires, in seconds since 1970."
    )
    static let revocationListExpiry = MetricDescription(
        "likeness_tls_crl_expiry_seconds",
        .gauge,
        "When the first of the revocation lists runs out, in seconds since 1970; no certificate is accepted after it."
    )

    static let all =
        [
            callDuration, callsStarted, callsRefused, callsInFlight, requestBytes, responseBytes, connections,
            connectionsOpened, connectionsRefused, answerBytes, eventLoopLag, poolConnections, poolMax, poolPending,
            poolTimeouts, poolWait, poolUse, poolCreate, poolRefusals, operationDuration, poolAcquired, poolOpened,
            poolFailures, embedderTexts, embedderCacheHits, embedderQueue,
            outboxSections, outboxFailing, outboxAge, ready, componentStatus, buildInfo, reloads, reloadFailures,
            certificateExpiry, revocationListExpiry,
        ] + ProcessMetrics.descriptions
}
