-- Staff accounts, units and grants.

CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE units (
    id uuid PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 100),
    parent_id uuid REFERENCES units (id) ON DELETE RESTRICT,
    district text,
    created_at timestamptz NOT NULL
);

CREATE TABLE staff (
    id uuid PRIMARY KEY,
    login text NOT NULL UNIQUE CHECK (login ~ '^[a-z][a-z0-9._-]{1,31}$'),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 50),
    unit_id uuid REFERENCES units (id) ON DELETE RESTRICT,
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'left')),
    password_hash text NOT NULL,
    must_change_password boolean NOT NULL,
    totp_secret bytea NOT NULL,
    totp_step bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    left_at timestamptz,
    CHECK ((state = 'left') = (left_at IS NOT NULL))
);

-- The last five, so that none of them is chosen again.
CREATE TABLE staff_passwords (
    id uuid PRIMARY KEY,
    staff_id uuid NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    password_hash text NOT NULL
);
CREATE INDEX staff_passwords_staff ON staff_passwords (staff_id, id);

CREATE TABLE staff_recovery_codes (
    id uuid PRIMARY KEY,
    staff_id uuid NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    code_hash bytea NOT NULL,
    used_at timestamptz,
    UNIQUE (staff_id, code_hash)
);

-- Failed sign-ins by the hash of the login name, whether such an account exists or not: both cost the same work.
CREATE TABLE staff_attempts (
    login_hash bytea PRIMARY KEY,
    failures integer NOT NULL,
    locked_until timestamptz,
    last_at timestamptz NOT NULL
);
CREATE INDEX staff_attempts_last_at ON staff_attempts (last_at);

CREATE TABLE staff_sessions (
    id uuid PRIMARY KEY,
    staff_id uuid NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    token_hash bytea NOT NULL UNIQUE,
    csrf_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    ended_at timestamptz,
    client text NOT NULL DEFAULT ''
);
CREATE INDEX staff_sessions_live ON staff_sessions (staff_id) WHERE ended_at IS NULL;
CREATE INDEX staff_sessions_seen_at ON staff_sessions (seen_at);

CREATE TABLE staff_grants (
    id uuid PRIMARY KEY,
    staff_id uuid NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    role text NOT NULL,
    unit_id uuid REFERENCES units (id) ON DELETE RESTRICT,
    districts text[] NOT NULL DEFAULT '{}',
    capabilities text[] NOT NULL DEFAULT '{}',
    granted_by uuid REFERENCES staff (id) ON DELETE RESTRICT,
    granted_at timestamptz NOT NULL,
    until_at timestamptz CHECK (until_at > granted_at),
    ended_at timestamptz CHECK (ended_at >= granted_at),
    -- 等级保护: system administrator, security administrator and auditor are never one person at the same time.
    CONSTRAINT staff_grants_exclusive EXCLUDE USING gist (
        staff_id WITH =, role WITH <>, tstzrange(granted_at, least(until_at, ended_at)) WITH &&
    ) WHERE (role IN ('system_administrator', 'security_administrator', 'auditor'))
);
CREATE INDEX staff_grants_staff ON staff_grants (staff_id) WHERE ended_at IS NULL;
