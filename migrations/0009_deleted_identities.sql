-- likeness: change=expand
-- Writing a profile with an identity looks for deleted ones that had it, too.

SET LOCAL lock_timeout = '5s';

CREATE INDEX IF NOT EXISTS profiles_deleted_identity_id_idx ON profiles (identity_id)
    WHERE NOT is_active AND identity_id IS NOT NULL;
