-- Keys that all servers of one database share, made here once: no configuration to keep alike.

SET LOCAL lock_timeout = '5s';

CREATE TABLE IF NOT EXISTS service_keys (
    name text PRIMARY KEY,
    key bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- Two random UUIDs have 244 random bits between them; the hash spreads them over 16 bytes.
INSERT INTO service_keys (name, key)
VALUES ('page_token', substr(sha256((gen_random_uuid()::text || gen_random_uuid()::text)::bytea), 1, 16))
ON CONFLICT (name) DO NOTHING;
