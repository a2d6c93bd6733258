-- likeness: change=expand
-- Masks as the contract has them: when one was deleted, and what it is for. `slug` holds the name that requests give;
-- `configuration` is likeness.v1.MaskConfiguration by protobuf's JSON mapping.

SET LOCAL lock_timeout = '5s';

ALTER TABLE masks
    ADD COLUMN IF NOT EXISTS description text NOT NULL DEFAULT '',
    ADD COLUMN IF NOT EXISTS deleted_at timestamptz;
