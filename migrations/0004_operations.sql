-- Work that goes on after its call was answered.

SET LOCAL lock_timeout = '5s';

CREATE TABLE IF NOT EXISTS operations (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    kind text NOT NULL,
    target text NOT NULL,
    -- likeness.v1.OperationState: 1 running, 2 succeeded, 3 failed, 4 cancelled.
    state smallint NOT NULL DEFAULT 1 CONSTRAINT operations_state_check CHECK (state BETWEEN 1 AND 4),
    phase text NOT NULL DEFAULT '',
    percent double precision NOT NULL DEFAULT 0 CONSTRAINT operations_percent_check CHECK (percent BETWEEN 0 AND 100),
    -- The idempotency key of the call that started it.
    request_id uuid CONSTRAINT operations_request_id_key UNIQUE,
    parameters jsonb NOT NULL DEFAULT '{}',
    -- Set by any server; the one that works on it looks now and then.
    is_cancel_requested boolean NOT NULL DEFAULT false,
    error_code integer,
    error_message text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    CONSTRAINT operations_ended_at_check CHECK ((state = 1) = (ended_at IS NULL))
);

CREATE INDEX IF NOT EXISTS operations_created_at_idx ON operations (created_at DESC, id DESC);
-- One at a time per target, however many servers run.
CREATE UNIQUE INDEX IF NOT EXISTS operations_running_key ON operations (kind, target) WHERE state = 1;
